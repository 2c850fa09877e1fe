"""Chapter: small steps at the end."""

import streamlit as st

from dashboard import state
from dashboard.components.chapters.chapter import Chapter
from dashboard.components.chapters.race_view import plan, show_race
from dashboard.figures.chapters import RaceLook
from dashboard.race_job import Racer
from makemore import ModelConfig, Stage

_N_STEPS = 10_000


def _show() -> None:
    left, right = st.columns(2)
    share = left.slider(
        "Steps at 0.1 before the rate falls",
        1_000,
        _N_STEPS - 500,
        7_000,
        step=500,
        key="decay_at",
        **state.IN_URL,
    )
    factor = right.select_slider(
        "Divide the rate by", [2, 3, 10, 30, 100], 10, key="decay_by", **state.IN_URL
    )
    model = ModelConfig(state.dataset().vocabulary.size)
    later = Stage(_N_STEPS - share, 0.1 / factor)
    show_race(
        "decay",
        (
            Racer("0.1 throughout", model, plan(_N_STEPS, 0.1, n_points=40)),
            Racer(f"÷ {factor} after {share:,}", model, plan(share, 0.1, later, n_points=40)),
        ),
        RaceLook("validation"),
    )


CHAPTER = Chapter(
    "decay",
    "Decaying the rate",
    "Near the end the noise of the batches keeps the model from settling: it jumps around the "
    "bottom of the valley. A tenth of the rate lets it sink, and the loss falls within a few "
    "hundred steps.",
    "Let the rate fall earlier and earlier. When is the run no better than one at 0.1 throughout?",
    _show,
    "When it falls after about 1,000 of the 10,000 steps. A few hundred steps at a tenth of the "
    "rate gain nearly all that there is to gain, and after that the model hardly moves: so what "
    "is taken from the steps at 0.1 is lost. The latest fall is the best here.",
)
