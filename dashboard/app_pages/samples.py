"""Samples: names that the model invents. Layout only."""

import streamlit as st

from dashboard import state
from dashboard.components.sample_view import sample_form, show_samples
from dashboard.components.settings_form import settings_form

st.title("Samples")
job = state.run_or_first(*settings_form())
show_samples(job, sample_form())
