"""Lecture: its experiments run here, theirs beside ours. Layout only."""

import streamlit as st

from dashboard.components.lecture_view import (
    choose_experiment,
    explain_list,
    show_experiment,
    show_overview,
)

st.title("The lecture's experiments")
st.caption(
    "Twelve experiments, A to L, as the lecture does them. It ran each once; here each runs with "
    "several seeds, so that one sees how much is chance."
)
show_experiment(choose_experiment())
show_overview()
explain_list()
