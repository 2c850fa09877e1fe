"""Chapter: the embeddings of a context put side by side, and why `view` copies nothing."""

import streamlit as st
import torch
from torch import Tensor

from dashboard import state
from dashboard.components.chapters.chapter import Chapter, first_words, fresh_model, show_table
from dashboard.components.chart import show_chart
from dashboard.figures.chapters import plot_cells
from makemore import build_examples


def _show() -> None:
    left, right = st.columns(2)
    block_size = left.slider("Context length", 1, 6, 3, key="beside_length", **state.IN_URL)
    n_embd = right.slider("Embedding size", 1, 4, 2, key="beside_size", **state.IN_URL)
    dataset = state.dataset()
    x = build_examples(first_words(), dataset.vocabulary, block_size).x
    emb = fresh_model(n_embd=n_embd).C.detach()[x]  # (12, block_size, n_embd)
    flat = emb.view(len(emb), -1)
    ways = {
        "`torch.cat([emb[:, 0], emb[:, 1], …], 1)`": torch.cat(
            [emb[:, slot] for slot in range(block_size)], 1
        ),
        "`torch.cat(emb.unbind(1), 1)`": torch.cat(emb.unbind(1), 1),
        f"`emb.view({len(emb)}, {flat.shape[1]})`": flat,
    }
    show_chart(
        plot_cells(
            flat[:6].numpy(),
            [
                f"character {slot + 1} [{axis}]"
                for slot in range(block_size)
                for axis in range(n_embd)
            ],
            [
                f"{number}: {dataset.vocabulary.decode(context)}"
                for number, context in enumerate(x[:6].tolist(), start=1)
            ],
            "place in a row of the view",
            "context",
        ),
        key="beside_picture",
        summary="The embeddings of six contexts, those of each context side by side.",
    )
    show_table(
        ("way", "shape", "equal", "numbers copied"),
        (
            (
                way,
                str(tuple(result.shape)),
                "yes" if torch.equal(result, flat) else "no",
                "0" if _shares_storage(result, emb) else str(result.numel()),
            )
            for way, result in ways.items()
        ),
    )
    n = emb.shape[1] * emb.shape[2]
    stored = ", ".join(f"{value:.2f}" for value in emb.flatten()[: 2 * n].tolist())
    st.caption(
        f"In memory there is only one row of numbers: {stored}, … As `emb`, of shape "
        f"{tuple(emb.shape)}, it is read with strides {emb.stride()}; as the view with strides "
        f"{flat.stride()}."
    )
    _try_transposed(emb)


def _try_transposed(emb: Tensor) -> None:
    """Show what `view` says to numbers that do not lie in the order they are to be read in."""
    turned = emb.transpose(1, 2)
    strides = f"With `emb.transpose(1, 2)`, whose strides are {turned.stride()}, `view` "
    try:
        turned.view(len(emb), -1)
    except RuntimeError:
        st.markdown(f"{strides} **is refused**.")
    else:
        st.markdown(f"{strides} works.")


def _shares_storage(one: Tensor, other: Tensor) -> bool:
    return one.untyped_storage().data_ptr() == other.untyped_storage().data_ptr()


CHAPTER = Chapter(
    "side_by_side",
    "Side by side",
    "The hidden layer wants one row of numbers for each context. Concatenating builds it; `view` "
    "only says that the numbers that lie in memory anyway are to be read as longer rows. A "
    "tensor's storage is always one-dimensional.",
    "A stride says how far apart in memory neighbours are. When is `view` refused, and with which "
    "sizes does even the transposed tensor have a view?",
    _show,
    "A row of the view must lie in memory at even distances. In the transposed tensor one walks "
    "along a row with steps of one size within a number's column and of another from column to "
    "column, so no single stride reads it. With one character, or one number a character, there "
    "is only one kind of step, and `view` works. `reshape` always does: it copies if it must.",
)
