"""Learning rate: one step at each rate, and which rate it suggests. Layout only."""

import streamlit as st

from dashboard import state
from dashboard.components.lr_sweep import show_sweep, sweep_form

st.title("Learning rate")
st.caption(
    "A fresh model takes one step at each rate, from too low to too high; the lowest smoothed "
    "loss is about right. A click on a point adopts its rate."
)
show_sweep(sweep_form(*state.settings()))
