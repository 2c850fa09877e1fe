"""Embeddings: where the model has put each character. Layout only."""

import streamlit as st

from dashboard import state
from dashboard.components.embedding_view import show_embedding

st.title("Embeddings")
st.caption(
    "Each character is a row of the table `C` that training adjusts along with everything else. "
    "Characters that the model treats alike move together."
)
show_embedding(state.run_or_first())
