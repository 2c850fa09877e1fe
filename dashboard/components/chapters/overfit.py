"""Chapter: a few names learnt by heart, and why the loss stays above 0."""

import streamlit as st

from dashboard import state
from dashboard.components.chapters.chapter import Chapter, first_words
from dashboard.components.chapters.race_view import plan, show_race
from dashboard.figures.chapters import RaceLook
from dashboard.race_job import Racer
from makemore import ModelConfig, build_examples, lowest_loss


def _show() -> None:
    left, right = st.columns(2)
    n_words = left.slider("Names", 1, 32, 2, key="overfit_names", **state.IN_URL)
    n_steps = right.select_slider(
        "Steps", [10, 30, 100, 300, 1_000, 3_000], 300, key="overfit_steps", **state.IN_URL
    )
    dataset = state.dataset()
    words = first_words(n_words)
    examples = build_examples(words, dataset.vocabulary, 3)
    floor = lowest_loss(examples)
    model = ModelConfig(dataset.vocabulary.size)
    st.markdown(
        f"{', '.join(f'`{word}`' for word in words)}: {len(examples)} examples, "
        f"{model.n_parameters:,} parameters. No model can get below **{floor:.4f}** nats on them."
    )
    label = "1 name" if n_words == 1 else f"{len(words)} names"
    settings = plan(n_steps, 0.1, batch_size=None, n_points=100)
    show_race(
        "overfit",
        (Racer(label, model, settings, words),),
        RaceLook("both splits", is_log=True, floor=("the least that is possible", floor)),
    )
    st.caption(
        "The training loss is that over these names alone, the validation loss that over names "
        "which the model has never seen."
    )


CHAPTER = Chapter(
    "overfit",
    "Overfit one batch",
    "If a model cannot learn a handful of examples by heart, something is wrong with it. This one "
    "can, almost: all names begin after the same `...`, and nobody can tell from that which one "
    "it will be. What is left is exactly that doubt.",
    "With one name the doubt is gone. How far down does the loss go then? And what does the "
    "validation loss say of a model that knows two names by heart?",
    _show,
    "With one name each context has one right answer: the loss goes on falling towards 0, ever "
    "more slowly. The validation loss stays far above the $even that an even guess costs, and "
    "slowly rises: the model is sure, and about other names it is sure of the wrong letters.",
)
