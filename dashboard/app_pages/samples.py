"""Samples: names that the model invents. Layout only."""

import streamlit as st

from dashboard import state
from dashboard.components.diary_view import show_diary
from dashboard.components.list_view import tell_list
from dashboard.components.name_reader import show_name_reader
from dashboard.components.sample_pair import show_pair
from dashboard.components.sample_view import sample_form, show_samples, view_choice

st.title("Samples")
job = state.run_or_first()
tell_list(job)
match view_choice():
    case "Letter by letter":
        show_name_reader(job)
    case "As it learnt":
        show_diary(job)
    case "Two runs":
        show_pair(job, sample_form())
    case _:
        show_samples(job, sample_form())
