"""Chapter: how far a step goes."""

import streamlit as st

from dashboard import state
from dashboard.components.chapters.chapter import Chapter
from dashboard.components.chapters.race_view import plan, show_race
from dashboard.figures.chapters import RaceLook
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
    racers = tuple(Racer(name, model, plan(n_steps, lr)) for name, lr in rates.items())
    show_race("rate", racers, RaceLook(is_log=True))


CHAPTER = Chapter(
    "rate",
    "The learning rate",
    "Each step moves every parameter against its gradient, times the learning rate. Too low, and "
    "nothing happens for a long time; too high, and each step jumps over what it looks for.",
    "Which rate ends lowest after 100 steps, after 1,000, after 3,000?",
    _show,
    "After 100 steps one of about 10^-0.7 = 0.2, after 1,000 one of 0.1, and after 3,000 one of "
    "10^-1.5 = 0.03 is as good: the longer a run, the lower the rate that ends best. High rates "
    "are good at first and low ones at the end, which is what the next chapter makes use of.",
    page=("learning_rate", "Try a thousand rates in one sweep →"),
)
