"""Train: fit the model and watch the loss fall. Layout only."""

import streamlit as st

from dashboard import state
from dashboard.components.chart import show_live_losses
from dashboard.components.list_view import tell_list
from dashboard.components.run_controls import run_controls
from dashboard.components.run_list import compared_runs, run_list


@st.fragment  # a click on a button draws this again and leaves the rest of the page
def present_run() -> None:
    """Show the run with its buttons, its curve and the list it stands in."""
    if state.is_run_asked_for():
        st.rerun()  # what the sidebar says has to be read first
    job = state.run_or_first()
    drawn = job.state  # before the buttons: it may change while the page is drawn
    run_controls(job)
    tell_list(job)
    show_live_losses(job, compared_runs(job), drawn)
    run_list(job)


st.title("Train")
state.run_or_first()
present_run()
