"""Chapter: the hidden layer, and how one row of biases meets every row of a batch."""

import streamlit as st

from dashboard import state
from dashboard.components.chapters.chapter import Chapter, first_words, fresh_model
from dashboard.components.chart import show_chart
from dashboard.figures.chapters import plot_cells
from makemore import Activations, build_examples


def _show() -> None:
    left, right = st.columns(2)
    n_hidden = left.slider("Hidden units", 2, 24, 12, key="layer_units", **state.IN_URL)
    bias = right.slider(
        "Add to every bias", -4.0, 4.0, 0.0, step=0.25, key="layer_bias", **state.IN_URL
    )
    dataset = state.dataset()
    examples = build_examples(first_words(), dataset.vocabulary, 3)
    model = fresh_model(n_hidden=n_hidden, init="scaled")
    model.b1.data += bias
    h = Activations.of(model, examples).h
    n, fan_in = len(examples), model.config.fan_in
    st.markdown(
        f"`({n}, {fan_in}) @ ({fan_in}, {n_hidden})` gives `({n}, {n_hidden})`; `b1` has shape "
        f"`({n_hidden},)`, is read as `(1, {n_hidden})`, and is added to each of the {n} rows."
    )
    show_chart(
        plot_cells(
            h.numpy(),
            [str(unit) for unit in range(1, n_hidden + 1)],
            [
                f"{number}: {dataset.vocabulary.decode(context)}"
                for number, context in enumerate(examples.x.tolist(), start=1)
            ],
            "hidden unit",
            "example",
        ),
        key="hidden_picture",
        summary=f"Activations of {n_hidden} hidden units for {n} examples.",
    )


CHAPTER = Chapter(
    "hidden",
    "The hidden layer",
    "Each hidden unit weighs all numbers of a context, adds its bias, and squashes the sum into "
    "-1 to 1 by tanh. There is one bias a unit, not one an example: broadcasting adds the one row "
    "to all rows.",
    "Move the biases to 4. What is left of the differences between examples, and what can be "
    "learnt from them?",
    _show,
    "Almost nothing: nearly all activations are close to 1, whatever the context. And there tanh "
    "is flat: its gradient, 1 - tanh², is close to 0, so the weights below hardly learn. The "
    "chapter on the initial weights comes back to this.",
)
