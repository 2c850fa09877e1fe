"""Inside: activations, gradients and updates of the run. Layout only."""

import streamlit as st

from dashboard import state
from dashboard.components.inside_view import show_inside

st.title("Inside")
st.caption(
    "Under the hood of your run. Where tanh is flat, at ±1, little gradient comes through, and "
    "what lies before it learns slowly. Try both initial weights."
)
show_inside(state.run_or_first())
