"""Chapter: how the weights begin, and what it costs to begin badly."""

from math import log

import streamlit as st

from dashboard import state
from dashboard.components.chapters.chapter import Chapter, fresh_model
from dashboard.components.chapters.race_view import plan, show_race
from dashboard.components.chart import show_chart
from dashboard.figures.chapters import plot_distribution
from dashboard.race_job import Racer
from makemore import Activations, ModelConfig, build_examples

_N_WORDS = 300  # whose examples are looked at


def _show() -> None:
    left, right = st.columns(2)
    first = left.slider("W1 and b1 ×", 0.0, 2.0, 1.0, step=0.05, key="init_first", **state.IN_URL)
    second = right.slider(
        "W2 and b2 ×", 0.0, 2.0, 1.0, step=0.05, key="init_second", **state.IN_URL
    )
    dataset = state.dataset()
    model = fresh_model(n_embd=10, n_hidden=200)
    for name, scale in (("W1", first), ("b1", first), ("W2", second), ("b2", second)):
        model.get_parameter(name).data *= scale
    inside = Activations.of(model, build_examples(dataset.words[:_N_WORDS], dataset.vocabulary, 3))
    uniform = log(dataset.vocabulary.size)
    one, two, three = st.columns(3)
    one.metric(
        "First loss", f"{inside.loss:.2f}", help=f"A uniform guess costs {uniform:.2f} nats."
    )
    two.metric("Saturated", f"{inside.saturated:.0%}", help="|tanh| above 0.97.")
    three.metric("Dead units", inside.dead_units, help="Saturated for every example.")
    show_chart(
        plot_distribution(inside.h.flatten().numpy(), "activation, tanh(…)", (-1, 1)),
        key="picture",
        summary="How often each activation occurs; at ±1 tanh is flat.",
        columns=[("activation", ["bars"], "x"), ("share", ["bars"], "y")],
    )
    st.markdown("**The same run from both inits**")
    vocab_size = dataset.vocabulary.size
    show_race(
        tuple(
            Racer(f"{init} init", ModelConfig(vocab_size, 3, 10, 200, init), plan(3_000, 0.1))
            for init in ("lecture", "scaled")
        ),
        floor=(f"ln {vocab_size}", uniform),
    )


CHAPTER = Chapter(
    "init",
    "The init",
    "The lecture draws all weights from the standard normal. Then the logits are large, and the "
    "model begins sure of wrong guesses: a first loss of 19 and more, where equal guesses would "
    "cost ln 27 = 3.30. And most sums are so large that tanh is flat there: little gradient comes "
    "through. Scaled weights mend both, and the first thousands of steps are not spent on it.",
    "Bring the first loss to 3.30 with one slider. Which, and why does the other not do it?",
    _show,
)
