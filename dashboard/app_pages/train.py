"""Train: fit the model and watch the loss fall. Layout only."""

import streamlit as st

from dashboard import state
from dashboard.components.chart import show_live_losses
from dashboard.components.run_controls import run_controls
from dashboard.components.run_list import compared_runs, run_list

st.title("Train")
job = state.run_or_first()
drawn = job.state  # before the buttons: it may change while the page is drawn
run_controls(job)
show_live_losses(job, compared_runs(job), drawn)
run_list(job)
