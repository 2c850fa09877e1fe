"""Data: the names, their letters and pairs, and what the splits share. Layout only."""

import streamlit as st

from dashboard.components.data_view import show_data

st.title("Data")
st.caption("What the model learns from. The windows of any name are the first chapter of Learn.")
show_data()
