"""Embeddings: where the model has put each character. Layout only."""

from dataclasses import replace

import streamlit as st

from dashboard import state
from dashboard.components.embedding_details import details_form, show_details
from dashboard.components.embedding_view import map_form, show_map
from dashboard.components.list_view import tell_list

st.title(
    "Embeddings",
    help="Each character is a row of the table `C` that training adjusts along with everything "
    "else. Characters that the model treats alike move together.",
)
job = state.run_or_first()
tell_list(job)
settings = map_form(job.model_config.n_embd)
place = st.container()
closer = details_form(job)  # before the map, which has to know what stands out
with place:
    show_map(job, replace(settings, isolated=closer.isolated))
show_details(job, closer.look, settings.distance)
