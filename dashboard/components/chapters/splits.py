"""Chapter: three splits, and what each is for."""

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.components.chapters.chapter import Chapter, show_table
from dashboard.components.chart import show_chart
from dashboard.figures.chapters import plot_bars
from makemore import overlaps, split_words

_PURPOSE = {
    "training": "the gradients come from these",
    "validation": "settings are chosen by these",
    "test": "looked at once, at the very end",
}


def _show() -> None:
    seed = st.slider("Seed of the shuffle", 0, 100, 42, key="splits_seed", **state.IN_URL)
    split = split_words(state.dataset().words, seed)
    parts = dict(zip(_PURPOSE, (split.train, split.val, split.test), strict=True))
    shared = overlaps(split)
    show_table(
        ("split", "names", "examples", "also stand in training", "for", "begins"),
        (
            (
                name,
                f"{len(words):,}",
                f"{sum(map(len, words)) + len(words):,}",
                f"{shared[name].share:.0%}" if name in shared else "",
                _PURPOSE[name],
                ", ".join(words[:3]),
            )
            for name, words in parts.items()
        ),
    )
    show_chart(
        plot_bars(list(parts), np.array([len(words) for words in parts.values()]), "names"),
        key="picture",
        summary="The names of each split.",
        columns=[("split", ["bars"], "x"), ("names", ["bars"], "y")],
    )


CHAPTER = Chapter(
    "splits",
    "Three splits",
    "A loss over the names that a model was trained on says nothing about others. So names, not "
    "examples, are shuffled and cut: 80 % to train, 10 % to choose settings by, 10 % that are "
    "looked at once. Some names stand twice in the list, given to girls and to boys, and so may "
    "stand in two splits.",
    "Why is the validation split not enough? (What happens to a figure by which you choose?)",
    _show,
)
