"""Chapter: all examples at each step, or a few."""

import streamlit as st

from dashboard import state
from dashboard.components.chapters.chapter import Chapter, show_table
from dashboard.components.chapters.race_view import plan, show_race
from dashboard.components.choice import choose_one
from dashboard.figures.chapters import AGAINST, RaceLook
from dashboard.race_job import Racer
from makemore import ModelConfig

_FULL_STEPS = 50


def _show() -> None:
    left, right = st.columns(2)
    batch_size = left.select_slider(
        "Examples a step", [1, 4, 16, 32, 64, 256, 1_024], 32, key="batch_few", **state.IN_URL
    )
    n_steps = right.select_slider(
        "Steps", [100, 300, 1_000, 3_000], 1_000, key="batch_steps", **state.IN_URL
    )
    n_train = len(state.dataset().examples(3).train)
    model = ModelConfig(state.dataset().vocabulary.size)
    few, every = f"{batch_size} a step", "all a step"
    st.markdown(
        f"The training split has {n_train:,} examples. Both runs begin with the same weights and "
        "take steps at the rate 0.1."
    )
    against = choose_one("Loss against", AGAINST, "batch_against")
    show_race(
        "batches",
        (
            Racer(few, model, plan(n_steps, 0.1, batch_size=batch_size)),
            Racer(every, model, plan(_FULL_STEPS, 0.1, batch_size=None, n_points=5)),
        ),
        RaceLook(against=against, is_log=True),
    )
    seen = {few: n_steps * batch_size, every: _FULL_STEPS * n_train}
    show_table(
        ("run", "examples looked at", "passes over the split"),
        ((run, f"{n:,}", f"{n / n_train:.2f}") for run, n in seen.items()),
    )


CHAPTER = Chapter(
    "batches",
    "Full batch against minibatch",
    "A step on all examples goes exactly downhill, but has to look at all of them. A step on 32 "
    "goes roughly downhill, and thousands of them cost as much. It is better to take many rough "
    "steps than a few exact ones.",
    "Which run is smoother, and which is further down after as many examples, or seconds? And "
    "with 1 example a step, what does the noise do to the loss at the end?",
    _show,
    "The full batch's line is smooth, and it has hardly begun when the other has arrived. But "
    "there is too little of a batch, too: with 1 example each step undoes what the last ones "
    "taught, and at this rate the loss stays above 10. From 32 to 1,024 it gains little, for 32 "
    "times the examples.",
)
