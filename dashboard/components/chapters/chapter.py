"""What a chapter is, and what all of them share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from string import Template

import streamlit as st
import torch

from dashboard import state
from makemore import MLP, ModelConfig

_SNIPPETS = Path(__file__).parent / "snippets"
SEED = 42  # of what a chapter draws, as the lecture's


@dataclass(frozen=True)
class Chapter:
    """A step of the lecture that one can play with.

    What depends on the list of words is filled into its texts, see `filled_in`.

    Args:
        slug: its name in the address, and of its file of code.
        title: what it is about.
        text: the idea, in a few sentences.
        question: something to try.
        show: draws its widgets and its picture.
        answer: what one finds.
        page: where there is more of it: a page's file, and what the link says.
    """

    slug: str
    title: str
    text: str
    question: str
    show: Callable[[], None]
    answer: str = ""
    page: tuple[str, str] | None = None

    @property
    def code(self) -> str:
        """The lines that do it: a file of its own, which the tests run."""
        return (_SNIPPETS / f"{self.slug}.py").read_text(encoding="utf-8")


def filled_in(text: str) -> str:
    """Put the number of the session's symbols for `$size`, an even guess's loss for `$even`."""
    size = state.dataset().vocabulary.size
    return Template(text).substitute(size=size, even=f"{log(size):.2f}")


def fresh_model(**settings: object) -> MLP:
    """Draw a model for the session's alphabet with the lecture's seed."""
    config = ModelConfig(state.dataset().vocabulary.size, **settings)  # type: ignore[arg-type]
    return MLP(config, torch.Generator().manual_seed(SEED))


def first_words(n_words: int = 2) -> tuple[str, ...]:
    """Give the first words of the session's list."""
    return tuple(state.dataset().words[:n_words])


def letters() -> list[str]:
    """Give the session's alphabet, the end mark first."""
    return list(state.dataset().vocabulary.characters)


def as_known(text: str) -> str:
    """Read capitals as small letters, unless the session's alphabet knows them."""
    text = text.strip()
    return text if set(text) <= set(letters()) else text.lower()


def show_metrics(figures: Mapping[str, tuple[str, str]]) -> None:
    """Show figures side by side, as many as fit: each by its name, with a word of help."""
    with st.container(horizontal=True, gap="medium"):
        for name, (value, help_text) in figures.items():
            st.metric(name, value, help=help_text, width="content")


def show_table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Show a table; cells are Markdown, so none may hold what a user typed."""
    lines = [titles, ["---"] * len(titles), *rows]
    st.markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))
