"""Samples: names that the model invents. Layout only."""

import streamlit as st

from dashboard import state
from dashboard.components.sample_view import sample_form, show_samples

st.title("Samples")
job = state.run_or_first()
show_samples(job, sample_form())
