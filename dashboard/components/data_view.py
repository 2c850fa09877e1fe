"""The list of words: what it holds, and what its splits share."""

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.components.chapters.chapter import show_table
from dashboard.components.chart import show_chart
from dashboard.components.choice import choose_one
from dashboard.figures.chapters import plot_bars, plot_cells
from makemore import Dataset, bigram_counts, length_counts, overlaps, repeated_words

_PICTURES = ("What follows what", "Letters", "Lengths")
_STRONGEST_SHARE = 0.4  # has the full colour; only after j and q is one symbol likelier


def show_data() -> None:
    """Show the list in figures and in a picture of one's choice."""
    dataset = state.dataset()
    _show_metrics(dataset)
    picture = choose_one("Picture", _PICTURES, "data_picture")
    draw = dict(zip(_PICTURES, (_show_bigrams, _show_letters, _show_lengths), strict=True))
    draw[picture](dataset)
    _show_overlaps(dataset)


def _show_metrics(dataset: Dataset) -> None:
    words, repeats = dataset.words, repeated_words(dataset.words)
    n_distinct = len(set(words))
    figures = {
        "Names": len(words),
        "Distinct": n_distinct,
        "Stand twice": len(repeats),
        "Symbols": dataset.vocabulary.size,
        "Examples": sum(map(len, words)) + len(words),
    }
    for column, (name, number) in zip(st.columns(len(figures)), figures.items(), strict=True):
        column.metric(name, f"{number:,}")


def _show_bigrams(dataset: Dataset) -> None:
    counts = bigram_counts(dataset.words, dataset.vocabulary)
    shares = counts / counts.sum(1, keepdims=True).clip(1)
    symbols = list(dataset.vocabulary.characters)
    show_chart(
        plot_cells(shares, symbols, symbols, "next", "character", top=_STRONGEST_SHARE),
        key="data_chart",
        summary="How often each character is followed by each; the first row is first letters.",
    )
    st.caption(
        "Each row sums to 1. The row of `.` shows how names begin, its column how they end. This "
        "table is a model already: the bigram, which sees one character."
    )


def _show_letters(dataset: Dataset) -> None:
    counts = bigram_counts(dataset.words, dataset.vocabulary).sum(0)[1:]
    _show_bars(list(dataset.vocabulary.characters[1:]), counts, "letter")


def _show_lengths(dataset: Dataset) -> None:
    counts = length_counts(dataset.words)
    lengths = np.flatnonzero(counts)
    _show_bars([str(length) for length in lengths], counts[lengths], "letters in a name")


def _show_bars(names: list[str], counts: np.ndarray, title: str) -> None:
    show_chart(
        plot_bars(names, counts, "how many", marked=names[int(counts.argmax())]),
        key="data_chart",
        summary=f"How many there are of each: {title}.",
        columns=[(title, ["bars"], "x"), ("how many", ["bars"], "y")],
    )


def _show_overlaps(dataset: Dataset) -> None:
    show_table(
        ("held-out split", "names", "also stand in the training split"),
        (
            (name, f"{each.n_words:,}", f"{each.n_known:,} ({each.share:.0%})")
            for name, each in overlaps(dataset.split).items()
        ),
    )
    st.caption(
        "A name given to girls and to boys stands twice in the list, so it may be trained on and "
        "held out. On such names a model that learns by heart looks better than it is."
    )
