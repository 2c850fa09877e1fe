"""Chapter: a name is drawn letter by letter."""

from functools import partial
from typing import NamedTuple

import streamlit as st
import torch
from torch import Tensor

from dashboard import state
from dashboard.components.chapters.chapter import Chapter
from dashboard.components.chart import show_chart
from dashboard.components.list_view import tell_list
from dashboard.components.while_active import refreshed
from dashboard.figures.chapters import plot_cells
from dashboard.figures.signs import visible
from dashboard.jobs import TrainingJob
from dashboard.plain_text import as_text
from makemore import MLP, next_probs, sample_words

_MOST_LETTERS, _N_MORE = 15, 12
_MOST_COLUMNS = 60  # characters; more could not be told apart


class _Drawn(NamedTuple):
    """A name, letter by letter: before each the context, and the probabilities it was drawn by."""

    contexts: list[list[int]]
    probs: Tensor  # (letters and end, vocab_size)
    symbols: list[int]


def _show() -> None:
    left, right = st.columns(2)
    temperature = left.slider(
        "Temperature", 0.1, 2.0, 1.0, step=0.1, key="draw_temperature", **state.IN_URL
    )
    seed = right.slider("Seed", 0, 50, 42, key="draw_seed", **state.IN_URL)
    job = state.run_or_first()
    tell_list(job)
    refreshed(partial(_show_names, temperature=temperature, seed=seed), job)


def _show_names(job: TrainingJob, temperature: float, seed: int) -> None:
    """Draw with the run as it is now, and again while it trains."""
    model, vocabulary = job.model(), job.dataset.vocabulary
    rng = torch.Generator().manual_seed(seed)
    try:
        drawn = _draw(model, temperature, rng)
        more = sample_words(model, vocabulary, _N_MORE, rng, temperature, max_length=_MOST_LETTERS)
    except ValueError as error:
        st.error(f"No names: {as_text(str(error))}")
        return
    # The characters that are likeliest somewhere on the way, and those that were drawn.
    heights = drawn.probs.amax(0)
    heights[drawn.symbols] = 2.0
    shown = sorted(heights.argsort(descending=True)[:_MOST_COLUMNS].tolist())
    signs = [visible(vocabulary.characters[number]) for number in shown]
    rows = [
        f"{place}: {vocabulary.decode(context)}"
        for place, context in enumerate(drawn.contexts, start=1)
    ]
    texts = [
        [sign if number == symbol else "" for number, sign in zip(shown, signs, strict=True)]
        for symbol in drawn.symbols
    ]
    name = vocabulary.decode(drawn.symbols).rstrip(".")
    st.markdown(f"Your run after {job.step:,} steps draws **{as_text(name) or '(nothing)'}**:")
    show_chart(
        plot_cells(
            drawn.probs[:, shown].numpy(), signs, rows, "what may follow", "context", texts
        ),
        key="sampling_picture",
        summary=f"The probabilities by which each letter of {name} was drawn; those drawn are "
        "written into their cells.",
    )
    st.markdown("More: " + as_text(", ".join(word or "(nothing)" for word in more)) + ".")


def _draw(model: MLP, temperature: float, rng: torch.Generator) -> _Drawn:
    """Guess, draw, and shift the context, until the end is drawn.

    Raises:
        ValueError: if the model has diverged.
    """
    context = [0] * model.config.block_size
    contexts: list[list[int]] = []
    rows: list[Tensor] = []
    symbols: list[int] = []
    while len(symbols) < _MOST_LETTERS and symbols[-1:] != [0]:
        probs = next_probs(model, torch.tensor([context]), temperature)[0]
        contexts.append(context)
        rows.append(probs)
        symbols.append(int(torch.multinomial(probs, 1, generator=rng)))
        context = [*context[1:], symbols[-1]]
    return _Drawn(contexts, torch.stack(rows), symbols)


CHAPTER = Chapter(
    "sampling",
    "Sampling",
    "A model that guesses what follows can also write. It begins with an empty context, draws a "
    "letter by the probabilities that it gives, moves the context on by it, and draws again, "
    "until it draws the end. Each row below is one such guess, the bluer the likelier; what was "
    "drawn is written into it. The temperature divides the logits before each guess.",
    "What does a temperature of 0.3 do to the rows, and to the names? And one of 2?",
    _show,
    "Low temperatures make what is likely likelier: each row has one dark cell, and the names "
    "are safe and much alike. High ones even the row out, and names become noise. At 1 letters "
    "are drawn as often as the model believes in them.",
    page=("samples", "Up to 100,000 names of your run →"),
)
