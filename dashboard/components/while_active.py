"""Pieces of a page that follow a run: while it trains, and when a run at rest goes on."""

from collections.abc import Callable

import streamlit as st
from streamlit import config

from dashboard import live, state
from dashboard.components.drawing_script import drawing_script
from dashboard.jobs import State, TrainingJob

REFRESH_SECONDS = {State.RUNNING: 1.0, State.WAITING: 1.0}
REST_SECONDS = 3.0  # between two looks at a run at rest, where its stream does not come through

_watch = st.components.v2.component(
    "makemore_rest_watch",
    html="<span hidden></span>",
    js=drawing_script("rest_watch.js", shared=("script_run.js", "run_stream.js")),
)


def refreshed(
    show: Callable[[TrainingJob], None], job: TrainingJob, patience: float = 1.0
) -> None:
    """Call `show` now, and again and again while the run trains.

    Args:
        show: draws what is to be followed.
        job: the run.
        patience: how many times longer than usual to wait, for what takes a while.
    """

    def show_once() -> None:
        now = job.state  # before it is shown, so that the end is shown
        show(job)
        if now is not drawn:
            st.rerun()  # at another pace, or none

    drawn = job.state
    seconds = REFRESH_SECONDS.get(drawn)
    st.fragment(show_once, run_every=None if seconds is None else patience * seconds)()


def notice_if_it_goes_on(job: TrainingJob) -> None:
    """Draw the page again when a run at rest has moved, as another window may let it go on.

    The run's stream tells of it. Where that does not come through, a fragment looks that draws
    nothing.
    """
    seen, news = job.version, live.news_id(job)  # before its state, so that no move is missed
    if job.state in REFRESH_SECONDS or job.state.is_hopeless:
        return

    def look() -> None:
        if state.has_moved(job, seen):
            st.rerun()

    if state.is_polling():
        st.fragment(look, run_every=REST_SECONDS)()
        return
    base = config.get_option("server.baseUrlPath")
    with st.container(key="rest_watch"):
        result = _watch(
            key="watch",
            data={"stream": live.stream_url(job.id, base), "seen": news},
            on_moved_change=lambda: None,
            on_broken_change=lambda: None,
        )
    if result.broken:
        state.start_polling()
        st.rerun()
