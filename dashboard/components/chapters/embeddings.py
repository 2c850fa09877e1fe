"""Chapter: what the table of embeddings looks like once it has learnt."""

import streamlit as st

from dashboard import state
from dashboard.components.chapters.chapter import Chapter, fresh_model
from dashboard.components.chapters.race_view import (
    REFRESH_SECONDS,
    begin_race,
    plan,
    tell_how_far,
)
from dashboard.components.chart import show_chart
from dashboard.figures.embedding import KIND_MARKS, plot_embedding
from dashboard.race_job import RaceJob, Racer
from makemore import ModelConfig, project_embedding

_KINDS = list(KIND_MARKS)
_LEAST_HEIGHT = 420  # pixels; in fewer the consonants lie on each other


def _show() -> None:
    n_steps = st.select_slider(
        "Steps", [0, 100, 300, 1_000, 3_000, 10_000], 10_000, key="plane_steps", **state.IN_URL
    )
    job = begin_race((_racer(n_steps),)) if n_steps else None
    is_over = job is None or job.state.is_final
    st.fragment(_draw, run_every=None if is_over else REFRESH_SECONDS)(job, is_over)


def _racer(n_steps: int) -> Racer:
    size = ModelConfig(state.dataset().vocabulary.size, init="scaled")
    return Racer("this run", size, plan(n_steps, 0.1))


def _draw(job: RaceJob | None, was_over: bool) -> None:
    """Draw where the run has put each character; until it is over, where they began."""
    is_over = job is None or job.state.is_final
    if job is not None:
        tell_how_far(job, st.empty())
    is_trained = job is not None and is_over and job.lanes[0].message is None
    model = job.model(0) if job is not None and is_trained else fresh_model(init="scaled")
    show_chart(
        plot_embedding(project_embedding(model.C), state.dataset().vocabulary),
        key="embeddings_picture",
        summary="Each character at the two numbers of its row of C.",
        columns=[
            ("character", _KINDS, "text"),
            ("first number", _KINDS, "x"),
            ("second number", _KINDS, "y"),
        ],
        least_height=_LEAST_HEIGHT,
    )
    if is_over and not was_over:
        st.rerun()


CHAPTER = Chapter(
    "embeddings",
    "Looking at the embedding",
    "Two numbers a character are a place in the plane, so one can look at what the table has "
    "learnt. The characters begin at random places. Nobody tells the model which of them are "
    "vowels: training moves together whatever is followed by much the same. (The lecture's own "
    "picture shows a table that was never trained, as 0 steps do here.)",
    "Go from 0 steps upwards. When do the vowels part from the consonants, which of the two keep "
    "together, and which character keeps away from all others?",
    _show,
    "Of the bundled names, after about 1,000 steps: the consonants draw together, as much the "
    "same follows them all, and the vowels move away from them, each to a place of its own. "
    "Furthest away is the end mark: it fills the places before a name, so what follows it is how "
    "names begin.",
    page=("embeddings", "Your own run's map, with its film and neighbours →"),
)
