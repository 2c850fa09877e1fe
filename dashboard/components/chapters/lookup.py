"""Chapter: a character becomes a few numbers."""

import streamlit as st
import torch
import torch.nn.functional as F

from dashboard import state
from dashboard.components.chapters.chapter import Chapter, fresh_model, letters, show_table
from dashboard.components.chart import show_chart
from dashboard.figures.chapters import plot_cells
from dashboard.figures.signs import visible


def _show() -> None:
    left, right = st.columns(2)
    letter = left.selectbox(
        "Character",
        letters(),
        index=min(5, len(letters()) - 1),
        format_func=visible,
        key="lookup_letter",
        **state.IN_URL,
    )
    n_embd = right.slider("Embedding size", 1, 6, 2, key="lookup_size", **state.IN_URL)
    table = fresh_model(n_embd=n_embd).C.detach()
    (number,) = state.dataset().vocabulary.encode(letter)
    one_hot = F.one_hot(torch.tensor(number), len(table)).float()
    batch = table[torch.tensor([[0, 0, number]])]  # (1, 3, n_embd)
    ways = {
        f"`C[{number}]`": table[number],
        "`one_hot @ C`": one_hot @ table,
        "`C[X][0, 2]`": batch[0, 2],
    }
    show_chart(
        plot_cells(
            table.T.numpy(),
            [visible(each) for each in letters()],
            [f"C[:, {column}]" for column in range(n_embd)],
            "character",
            framed=number,
        ),
        key="lookup_picture",
        summary=f"The table C: {n_embd} numbers for each character.",
    )
    show_table(
        ("way", "numbers", "equal to the first"),
        (
            (
                way,
                ", ".join(f"{value:.4f}" for value in row.tolist()),
                "yes" if torch.equal(row, table[number]) else "no",
            )
            for way, row in ways.items()
        ),
    )


CHAPTER = Chapter(
    "lookup",
    "A character as numbers",
    "Each character is a row of the table `C` (drawn upright here, the chosen one framed). Taking "
    "the row by its number is the same as multiplying a one-hot vector, 1 at that number and 0 "
    "elsewhere, by the table, only quicker. And a whole batch can be asked for at once.",
    "The one-hot product multiplies every number of the table by 0 or by 1. How many of its "
    "products matter?",
    _show,
    "Only those with the framed numbers, as many as the embedding size; all others are 0. Taking "
    "the row by its number does not make them at all.",
)
