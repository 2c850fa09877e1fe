"""Chapter: three splits, and what each is for."""

from functools import lru_cache

import streamlit as st

from dashboard import state
from dashboard.components.chapters.chapter import Chapter, show_table
from dashboard.components.chart import Columns, show_chart
from dashboard.figures.chapters import plot_ladder
from dashboard.plain_text import as_text
from makemore import Dataset, SplitLosses, ngram_losses, overlaps
from makemore.baselines import highest_order

_NAMES = ("training", "validation", "test")
_MAX_ORDER = 8


def _show() -> None:
    left, right = st.columns(2, vertical_alignment="center")
    given = state.dataset()
    seed = left.slider(
        "Seed of the shuffle", 0, 100, min(given.seed, 100), key="splits_seed", **state.IN_URL
    )
    is_test_shown = right.toggle("Look at the test split", key="splits_test", **state.IN_URL)
    dataset = given if seed == given.seed else _split_anew(given, seed)
    parts = dict(zip(_NAMES, dataset.split, strict=True))
    ladder = _ladder(dataset)
    losses = dict(zip(_NAMES, zip(*ladder, strict=True), strict=True))
    if not is_test_shown:
        del losses["test"]
    columns: Columns = [("characters", ["training"], "x")]
    show_chart(
        plot_ladder(losses, range(len(ladder))),
        key="splits_picture",
        summary="The loss of count tables over each split against how far they look back.",
        columns=[*columns, *((f"{split} loss (nats)", [split], "y") for split in losses)],
    )
    shared = overlaps(dataset.split)
    show_table(
        ("split", "names", "examples", "also stand in training", "begins"),
        (
            (
                name,
                f"{len(words):,}",
                f"{sum(map(len, words)) + len(words):,}",
                f"{shared[name].share:.0%}" if name in shared else "",
                as_text(", ".join(words[:3])),
            )
            for name, words in parts.items()
        ),
    )


@lru_cache(maxsize=16)
def _split_anew(dataset: Dataset, seed: int) -> Dataset:
    return Dataset(dataset.words, seed, by_name=dataset.by_name)


@lru_cache(maxsize=16)
def _ladder(dataset: Dataset) -> list[SplitLosses]:
    """Give the losses of tables that look 0, 1, 2, … characters back."""
    most = highest_order(dataset.vocabulary.size, _MAX_ORDER)
    _, *tables = ngram_losses(dataset.split, dataset.vocabulary, most).values()
    return tables


CHAPTER = Chapter(
    "splits",
    "Three splits",
    "A table that counts what follows what does better and better on the names that it has "
    "counted, the further it looks back. Whether it has learnt anything shows on other names. So "
    "names, not examples, are shuffled and cut: 80 % to train on, 10 % to choose settings by, and "
    "10 % to look at once, at the very end. Some names stand twice in the list, given to girls "
    "and to boys, and so may stand in two splits.",
    "How far back would you look by the training loss, and how far by the validation loss? "
    "Choose, then look at the test split: why is a third one needed?",
    _show,
    "The training loss falls and falls, as the table learns its names by heart; the validation "
    "loss turns. But the lowest of several validation losses is partly luck, and luck does not "
    "come along: with some seeds the test loss of the chosen table is higher. Only names that no "
    "choice has seen say how good it is.",
)
