"""Chapters: more hidden units, and more numbers a character."""

import streamlit as st

from dashboard import state
from dashboard.components.chapters.chapter import Chapter
from dashboard.components.chapters.race_view import plan, show_race
from dashboard.figures.chapters import RaceLook
from dashboard.race_job import Racer
from makemore import ModelConfig, Stage

_N_STEPS = 6_000
_TAIL = Stage(2_000, 0.01)


def _show_hidden() -> None:
    n_hidden = st.select_slider(
        "Hidden units", [10, 30, 50, 200, 300, 500], 300, key="larger_hidden", **state.IN_URL
    )
    sizes = {size: ModelConfig(n_hidden=size) for size in (100, n_hidden)}
    _race("larger_hidden", sizes, "hidden units")


def _show_embedding() -> None:
    n_embd = st.select_slider(
        "Embedding size", [1, 3, 5, 10, 20, 30], 10, key="larger_embedding", **state.IN_URL
    )
    sizes = {size: ModelConfig(n_embd=size) for size in (2, n_embd)}
    _race("larger_embedding", sizes, "numbers a character")


def _race(chapter: str, models: dict[int, ModelConfig], what: str) -> None:
    """Train two sizes, both with the good init, so that size is what differs."""
    vocab_size = state.dataset().vocabulary.size
    racers = tuple(
        Racer(
            f"{size} {what}",
            ModelConfig(vocab_size, 3, model.n_embd, model.n_hidden, "scaled"),
            plan(_N_STEPS, 0.1, _TAIL, n_points=40),
        )
        for size, model in models.items()
    )
    show_race(chapter, racers, RaceLook("both splits"))


HIDDEN = Chapter(
    "larger_hidden",
    "A larger hidden layer",
    "More hidden units can tell more contexts apart. Both runs begin with scaled weights, so that "
    "only the size differs, and both fall to a tenth of the rate at the end. Training and "
    "validation loss stay close: the model does not learn the names by heart, so something holds "
    "it back, its size or something else.",
    "300 units gain little over 100, and 500 no more. What else could hold the model back? "
    "Compare with the next chapter.",
    _show_hidden,
    "Each character is only two numbers, and however many units look at six numbers in all, they "
    "can tell no more than these say. The larger layer is even behind until the rate falls: with "
    "more weights the steps are noisier.",
)
EMBEDDING = Chapter(
    "larger_embedding",
    "A larger embedding",
    "All characters have to share a plane if each is two numbers. Ten numbers leave room to be "
    "alike in one respect and different in another, and the loss falls clearly.",
    "Does it go on at 30? Compare training with validation loss.",
    _show_embedding,
    "It does, but each step gains less: from 2 to 10 about 0.09 nats, from 10 to 30 half of that. "
    "And the gap between training and validation loss widens: the model begins to learn what is "
    "true of the training names alone.",
)
