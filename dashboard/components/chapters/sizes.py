"""Chapters: more hidden units, and more numbers a character."""

import streamlit as st

from dashboard import state
from dashboard.components.chapters.chapter import Chapter
from dashboard.components.chapters.race_view import plan, show_race
from dashboard.race_job import Racer
from makemore import ModelConfig, Stage

_N_STEPS = 6_000
_TAIL = Stage(2_000, 0.01)


def _show_hidden() -> None:
    n_hidden = st.select_slider(
        "Hidden units", [10, 30, 50, 200, 300, 500], 300, key="larger_hidden", **state.IN_URL
    )
    _race({100: ModelConfig(n_hidden=100), n_hidden: ModelConfig(n_hidden=n_hidden)}, "hidden")


def _show_embedding() -> None:
    n_embd = st.select_slider(
        "Embedding size", [1, 3, 5, 10, 20, 30], 10, key="larger_embedding", **state.IN_URL
    )
    _race({2: ModelConfig(n_embd=2), n_embd: ModelConfig(n_embd=n_embd)}, "embedding")


def _race(models: dict[int, ModelConfig], what: str) -> None:
    """Train two sizes, both with the good init, so that size is what differs."""
    vocab_size = state.dataset().vocabulary.size
    racers = tuple(
        Racer(
            f"{what} {size}",
            ModelConfig(vocab_size, 3, model.n_embd, model.n_hidden, "scaled"),
            plan(_N_STEPS, 0.1, _TAIL, n_points=40),
        )
        for size, model in models.items()
    )
    show_race(racers, "validation")


HIDDEN = Chapter(
    "larger_hidden",
    "A larger hidden layer",
    "More hidden units can tell more contexts apart. Both runs begin with scaled weights, so that "
    "only the size differs. Training and validation loss stay close: the model is too small to "
    "learn the names by heart, so what holds it back is its size, or something else.",
    "300 units gain little here. What else could be the bottleneck? (See the next chapter.)",
    _show_hidden,
)
EMBEDDING = Chapter(
    "larger_embedding",
    "A larger embedding",
    "27 characters have to share a plane if each is two numbers. Ten numbers leave room to be "
    "alike in one respect and different in another, and the loss falls clearly.",
    "Does it go on at 30? Compare training with validation loss.",
    _show_embedding,
)
