"""Pieces of a page that follow a run: while it trains, and when a run at rest goes on."""

from collections.abc import Callable

import streamlit as st

from dashboard import state
from dashboard.jobs import State, TrainingJob

REFRESH_SECONDS = {State.RUNNING: 1.0, State.WAITING: 1.0}
REST_SECONDS = 3.0  # between two looks at a run at rest


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

    A fragment that draws nothing: to look costs next to nothing, whatever the page shows.
    """
    if job.state in REFRESH_SECONDS or job.state.is_hopeless:
        return

    def look() -> None:
        if state.has_moved(job, seen):
            st.rerun()

    seen = job.version
    st.fragment(look, run_every=REST_SECONDS)()
