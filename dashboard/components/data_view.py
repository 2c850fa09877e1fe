"""The list of words: what it holds, and what its splits share."""

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.components.chapters.chapter import show_table
from dashboard.components.chart import show_chart
from dashboard.components.choice import choose_one
from dashboard.corpus import facts
from dashboard.figures.chapters import plot_bars, plot_cells
from dashboard.figures.signs import visible
from makemore import Dataset
from makemore.word_statistics import Counts

_PICTURES = ("What follows what", "Letters", "Lengths")
_STRONGEST_SHARE = 0.4  # has the full colour; only after j and q is one symbol likelier
_MOST_SYMBOLS = 40  # more could not be read
_ROW_HEIGHT, _AROUND_ROWS = 17, 90  # pixels of a row of cells with its label, and of the axis


def show_data() -> None:
    """Show the list in figures and in a picture of one's choice."""
    dataset = state.dataset()
    _show_metrics(dataset)
    picture = choose_one("Picture", _PICTURES, "data_picture")
    draw = dict(zip(_PICTURES, (_show_bigrams, _show_letters, _show_lengths), strict=True))
    draw[picture](dataset)
    _show_overlaps(dataset)


def _show_metrics(dataset: Dataset) -> None:
    counted = facts(dataset)
    figures = {
        "Names": len(dataset.words),
        "Distinct": counted.n_distinct,
        "Repeated": len(counted.repeats),
        "Symbols": dataset.vocabulary.size,
        "Examples": int(counted.bigrams.sum()),
    }
    with st.container(horizontal=True, gap="medium"):
        for name, number in figures.items():
            st.metric(name, f"{number:,}", width="content")


def _show_bigrams(dataset: Dataset) -> None:
    counts = facts(dataset).bigrams
    shares = counts / counts.sum(1, keepdims=True).clip(1)
    rows = _most_frequent(counts, _MOST_SYMBOLS)
    symbols = [_sign(dataset, row) for row in rows]
    show_chart(
        plot_cells(
            shares[np.ix_(rows, rows)],
            symbols,
            symbols,
            "next",
            "character",
            top=_STRONGEST_SHARE,
        ),
        key="data_chart",
        summary="How often each character is followed by each; the first row is first letters.",
        least_height=_ROW_HEIGHT * len(rows) + _AROUND_ROWS,
    )
    _tell_most_frequent(dataset, len(rows) - 1)
    st.caption(
        "Each row sums to 1. The row of `.` shows how names begin, its column how they end. This "
        "table is a model already: the bigram, which sees one character."
    )


def _most_frequent(counts: Counts, n: int) -> list[int]:
    """Give the end mark and the symbols that occur most often, in the vocabulary's order."""
    frequent = np.argsort(-counts.sum(0)[1:], kind="stable")[:n] + 1
    return [0, *sorted(frequent.tolist())]


def _tell_most_frequent(dataset: Dataset, n: int) -> None:
    """Say that not all characters are shown, if so."""
    n_all = dataset.vocabulary.size - 1
    if n < n_all:
        st.caption(f"The {n} most frequent of {n_all:,} characters.")


def _sign(dataset: Dataset, number: int) -> str:
    return visible(dataset.vocabulary.characters[number])


def _show_letters(dataset: Dataset) -> None:
    counts = facts(dataset).bigrams
    rows = _most_frequent(counts, _MOST_SYMBOLS)[1:]
    _show_bars([_sign(dataset, row) for row in rows], counts.sum(0)[rows], "letter")
    _tell_most_frequent(dataset, len(rows))


def _show_lengths(dataset: Dataset) -> None:
    counts = facts(dataset).lengths
    lengths = np.flatnonzero(counts)
    _show_bars([str(length) for length in lengths], counts[lengths], "letters in a name")


def _show_bars(names: list[str], counts: np.ndarray, title: str) -> None:
    show_chart(
        plot_bars(names, counts, title, "how many", marked=names[int(counts.argmax())]),
        key="data_chart",
        summary=f"How many there are of each: {title}.",
        columns=[(title, ["bars"], "x"), ("how many", ["bars"], "y")],
    )


def _show_overlaps(dataset: Dataset) -> None:
    show_table(
        ("held-out split", "names", "also stand in the training split"),
        (
            (name, f"{each.n_words:,}", f"{each.n_known:,} ({each.share:.0%})")
            for name, each in facts(dataset).overlaps.items()
        ),
    )
    if dataset.by_name:
        st.caption("Split by name: no held-out name was trained on, however often it stands.")
    elif not dataset.name:
        st.caption(
            "A name given to girls and to boys stands twice in the list, so it may be trained on "
            "and held out. On such names a model that learns by heart looks better than it is. "
            "Split by name, and none is known."
        )
    else:
        st.caption(
            "A name that stands twice in the list may be trained on and held out. On such names a "
            "model that learns by heart looks better than it is. Split by name, and none is known."
        )
