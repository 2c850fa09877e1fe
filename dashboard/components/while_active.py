"""Pieces of a page that follow a run while it trains."""

from collections.abc import Callable

import streamlit as st

from dashboard.jobs import State, TrainingJob

REFRESH_SECONDS = 1.0


def refreshed(show: Callable[[TrainingJob], None], job: TrainingJob) -> None:
    """Call `show` now, and again every second for as long as the run trains."""

    def show_once() -> None:
        is_over = job.state is not State.RUNNING  # before it is shown, so that the end is shown
        show(job)
        if was_running and is_over:
            st.rerun()

    was_running = job.state is State.RUNNING
    st.fragment(show_once, run_every=REFRESH_SECONDS if was_running else None)()
