"""Chapter: how the weights begin, and what it costs to begin badly."""

from math import log

import streamlit as st

from dashboard import state
from dashboard.components.chapters.chapter import (
    Chapter,
    first_words,
    fresh_model,
    show_metrics,
)
from dashboard.components.chapters.race_view import plan, show_race
from dashboard.components.chart import show_chart
from dashboard.components.choice import choose_one
from dashboard.figures.chapters import RaceLook, plot_distribution, plot_saturation
from dashboard.race_job import Racer
from makemore import Activations, ModelConfig, build_examples
from makemore.diagnostics import SATURATED

_N_WORDS = 16  # whose examples are looked at: so few that each can be seen


def _show() -> None:
    left, right = st.columns(2)
    first = left.slider(
        "Hidden layer: W1 and b1 ×", 0.0, 5.0, 1.0, step=0.05, key="init_first", **state.IN_URL
    )
    second = right.slider(
        "Output layer: W2 and b2 ×", 0.0, 2.0, 1.0, step=0.05, key="init_second", **state.IN_URL
    )
    dataset = state.dataset()
    model = fresh_model(n_embd=10, n_hidden=200)
    for name, scale in (("W1", first), ("b1", first), ("W2", second), ("b2", second)):
        model.get_parameter(name).data *= scale
    examples = build_examples(first_words(_N_WORDS), dataset.vocabulary, 3)
    inside = Activations.of(model, examples)
    uniform = log(dataset.vocabulary.size)
    show_metrics(
        {
            "First loss": (f"{inside.loss:.2f}", f"A uniform guess costs {uniform:.2f} nats."),
            "Saturated": (f"{inside.saturated:.0%}", f"|tanh| above {SATURATED}."),
            "Dead units": (f"{inside.dead_units:,}", "Saturated for every example."),
        }
    )
    view = choose_one("Show", ("which are saturated", "how often each value"), "init_view")
    if view == "which are saturated":
        show_chart(
            plot_saturation(inside.h.numpy(), SATURATED),
            key="init_picture",
            summary=f"Which of {len(examples)} examples saturate which of 200 hidden units.",
        )
        st.caption(
            f"A row is one of {len(examples)} examples, a column one of 200 hidden units. Blue: "
            "saturated, tanh is flat there. A column that is orange from top to bottom is a dead "
            "unit: none of these examples can teach it anything."
        )
    else:
        show_chart(
            plot_distribution(inside.h.flatten().numpy(), "activation, tanh(…)", (-1, 1)),
            key="init_values",
            summary="How often each activation occurs; at ±1 tanh is flat.",
            columns=[("activation", ["bars"], "x"), ("share", ["bars"], "y")],
        )
    st.markdown("**The same run from both kinds of initial weights**")
    vocab_size = dataset.vocabulary.size
    show_race(
        "init",
        tuple(
            Racer(f"{init} init", ModelConfig(vocab_size, 3, 10, 200, init), plan(3_000, 0.1))
            for init in ("lecture", "scaled")
        ),
        RaceLook(is_log=True, floor=(f"ln {vocab_size}", uniform)),
    )


CHAPTER = Chapter(
    "init",
    "The initial weights",
    "The lecture draws all weights from the standard normal. Then the logits are large, and the "
    "model begins sure of wrong guesses: a first loss of 19 in the lecture, and more with the "
    "larger layers here, where equal guesses would cost ln $size = $even. And most sums are so "
    "large that tanh is flat there: little gradient comes through. Scaled weights mend both, and "
    "the first thousands of steps are not spent on it.",
    "Bring the first loss to $even with one slider. Which, and why does the other not do it? And "
    "which one makes dead units?",
    _show,
    "The output layer's: at 0 all logits are equal, and so are the guesses (the scaled init takes "
    "a small number instead, as weights that are all 0 teach the layer below nothing). The hidden "
    "layer's cannot: whatever its activations, the output layer makes large logits of them. But "
    "it decides how many activations are saturated, and at 5 a few units are dead.",
    page=("inside", "The same inside your own run →"),
)
