"""Pieces of a page that follow a run while it trains."""

from collections.abc import Callable

import streamlit as st

from dashboard.jobs import State, TrainingJob

# A paused run may be resumed in another window, which this one should come to see.
REFRESH_SECONDS = {State.RUNNING: 1.0, State.WAITING: 1.0, State.PAUSED: 3.0}


def refreshed(
    show: Callable[[TrainingJob], None], job: TrainingJob, patience: float = 1.0
) -> None:
    """Call `show` now, and again and again for as long as the run may go on.

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
