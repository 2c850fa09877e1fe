"""Learning rate: one step at each rate, and which rate it suggests. Layout only."""

import streamlit as st

from dashboard.components.lr_sweep import show_sweep, sweep_form
from dashboard.components.settings_form import settings_form

st.title("Learning rate")
st.caption(
    "A fresh model of the sidebar's sizes takes one step at each rate, from too low to too high. "
    "Where the smoothed loss is lowest, the rate is about right. Click a point to adopt its rate."
)
model_config, train_config = settings_form()
job = sweep_form(model_config, train_config)
show_sweep(job)
