"""The embedding table of a run, as it is now and as the run moves on."""

import streamlit as st

from dashboard.components.chart import Columns, show_chart
from dashboard.components.while_active import refreshed
from dashboard.figures.embedding import plot_embedding
from dashboard.jobs import TrainingJob
from makemore import project_embedding

_COLUMNS: Columns = [
    (title, ["vowel", "consonant", "end mark"], array)
    for title, array in (("character", "text"), ("x", "x"), ("y", "y"))
]


def show_embedding(job: TrainingJob) -> None:
    """Show the characters of a run's model in the plane."""
    refreshed(_show, job)


def _show(job: TrainingJob) -> None:
    try:
        projection = project_embedding(job.embedding)
    except ValueError as error:
        st.error(f"There is no map to draw: {error}")
        return
    n_embd = job.model_config.n_embd
    how = {1: "on a line, as it has one number a character", 2: "as they are"}.get(
        n_embd, f"by their two directions of largest variance (PCA of {n_embd} dimensions)"
    )
    st.markdown(f"After **{job.step:,}** steps, {job.state.word}. The embeddings are drawn {how}.")
    show_chart(
        plot_embedding(projection, job.dataset.vocabulary),
        key="embedding",
        summary=f"The characters in the plane after {job.step} steps.",
        columns=_COLUMNS,
    )
