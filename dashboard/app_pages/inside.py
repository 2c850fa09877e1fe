"""Inside: activations, gradients and updates of the run. Layout only."""

import streamlit as st

from dashboard import state
from dashboard.components.inside_view import show_inside
from dashboard.components.list_view import tell_list

st.title("Inside")
st.caption(
    "Under the hood of your run. Where tanh is flat, at ±1, little gradient comes through, and "
    "what lies before it learns slowly. Try both initial weights."
)
job = state.run_or_first()
tell_list(job)
show_inside(job)
