"""Chapter: what the model sees, and what it is to guess."""

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.components.chapters.chapter import Chapter, as_known, first_words
from dashboard.components.chart import show_chart
from dashboard.figures.chapters import plot_cells
from dashboard.figures.signs import visible
from dashboard.plain_text import as_text
from makemore import build_examples

_MAX_LETTERS = 15


def _show() -> None:
    left, right = st.columns(2)
    name = left.text_input(
        "Name",
        first_words()[0][:_MAX_LETTERS],
        max_chars=_MAX_LETTERS,
        key="windows_name",
        **state.IN_URL,
    )
    block_size = right.slider("Context length", 1, 8, 3, key="windows_length", **state.IN_URL)
    vocabulary = state.dataset().vocabulary
    try:
        examples = build_examples([as_known(name)], vocabulary, block_size)
    except ValueError as error:
        st.error(f"No windows: {as_text(str(error))}")
        return
    # Letters of the context in blue, padding paler, what follows in orange.
    context = np.where(examples.x.numpy() > 0, 0.5, 0.15)
    shade = np.hstack([context, np.full((len(examples), 1), -0.5)])
    rows = zip(examples.x.tolist(), examples.y.tolist(), strict=True)
    show_chart(
        plot_cells(
            shade,
            [*(f"{place} before" for place in range(block_size, 0, -1)), "to guess"],
            [f"example {number}" for number in range(1, len(examples) + 1)],
            texts=[[visible(vocabulary.decode([symbol])) for symbol in (*x, y)] for x, y in rows],
            top=1.0,
        ),
        key="windows_picture",
        summary=f"{len(examples)} examples: {block_size} characters and the one that follows.",
        columns=[("characters and what follows", ["cells"], "text")],
    )


CHAPTER = Chapter(
    "windows",
    "Context windows",
    "The model never sees a whole name. It sees the last few characters and guesses the next one. "
    "So a name becomes several examples, one for each of its letters and one for its end, `.`, "
    "which also fills the places before the first letter.",
    "A longer context tells more. Why does it not give more examples?",
    _show,
    "There is one example for each character that is to be guessed: every letter, and the end. A "
    "longer context adds columns to each example, never a row.",
    page=("data", "All the names, and a list of your own →"),
)
