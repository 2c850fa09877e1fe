"""Learning rate: one step at each rate, and which rate it suggests. Layout only."""

import streamlit as st

from dashboard import state
from dashboard.components.lr_sweep import show_sweep, sweep_form

st.title("Learning rate")
st.caption(
    "A fresh model of the sidebar's sizes takes one step at each rate, from too low to too high. "
    "Where the smoothed loss is lowest, the rate is about right. Click a point to adopt its rate."
)
show_sweep(sweep_form(*state.settings()))
