"""Chapter: how far a step goes."""

import streamlit as st

from dashboard import state
from dashboard.components.chapters.chapter import Chapter
from dashboard.components.chapters.race_view import plan, show_race
from dashboard.race_job import Racer
from makemore import ModelConfig


def _show() -> None:
    left, right = st.columns(2)
    exponent = left.slider(
        "Your rate", -4.0, 1.0, -1.0, step=0.1, format="10^%.1f", key="rate_mine", **state.IN_URL
    )
    n_steps = right.select_slider(
        "Steps", [100, 300, 1_000, 3_000], 1_000, key="rate_steps", **state.IN_URL
    )
    model = ModelConfig(state.dataset().vocabulary.size)
    lr = 10**exponent
    rates = {"too low: 0.001": 0.001, "too high: 3": 3.0, f"yours: {lr:.3g}": lr}
    show_race(tuple(Racer(name, model, plan(n_steps, lr)) for name, lr in rates.items()))


CHAPTER = Chapter(
    "rate",
    "The learning rate",
    "Each step moves every parameter against its gradient, times the learning rate. Too low, and "
    "nothing happens for a long time; too high, and each step jumps over what it looks for. The "
    "Learning rate page looks for the best by trying a thousand.",
    "Which rates are equally good after 1,000 steps? Is the best for 100 steps the same?",
    _show,
)
