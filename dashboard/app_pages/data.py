"""Data: the names, their letters and pairs, and what the splits share. Layout only."""

import streamlit as st

from dashboard.components.data_view import show_data
from dashboard.components.list_view import choose_list

st.title("Data")
st.caption(
    "What the model learns from: the bundled names, or a list of your own. The windows of any "
    "name are the first chapter of Learn."
)
choose_list()
show_data()
