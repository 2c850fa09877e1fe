"""Learning rate: one step at each rate, what it suggests, and which suggestion is right."""

import streamlit as st

from dashboard import state
from dashboard.components.lr_bake_off import bake_off_form, show_bake_off, show_verdict
from dashboard.components.lr_suggestions import explain_rules, show_suggestions
from dashboard.components.lr_sweep import show_sweep, sweep_form, view_form

st.title("Learning rate")
st.caption(
    "Fresh models take one step at each rate, from too low to too high; the lowest smoothed loss "
    "is about right. Click a point to adopt its rate, or drag over a range."
)
with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
    settings = sweep_form(*state.settings())
    if settings is not None:
        sweep = state.start_sweep(settings)
        state.follow_bake_off_in_address(sweep)
        view = view_form(sweep)
if settings is not None:
    chart, panel = st.columns([7, 3], gap="medium")
    with chart:
        show_sweep(sweep, view)
    with panel:
        show_suggestions(sweep, view.smoothing)
        bake_off_form(sweep, view.smoothing)
        show_verdict(sweep)
    show_bake_off(sweep)
    explain_rules()
