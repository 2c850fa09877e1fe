"""A diary of a run: what it wrote at ever larger steps, from one and the same noise."""

from __future__ import annotations

from typing import NamedTuple

import torch

from makemore import MLP, Vocabulary, sample_words

N_NAMES = 8
SEED = 42
_GROWTH = 2.0  # from the step of one entry to the earliest of the next
_MAX_LENGTH = 24  # of a name: those of an untrained model hardly end


class Entry(NamedTuple):
    """Names as of a step."""

    step: int
    names: tuple[str, ...]


class Diary:
    """Entries at steps that at least double, so that a run of any length has few of them."""

    def __init__(self) -> None:
        self._entries: tuple[Entry, ...] = ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What was written, by rising step."""
        return self._entries

    def is_due(self, step: int) -> bool:
        """Say whether the step is far enough from the last entry."""
        last = self._entries[-1].step if self._entries else -1
        return step >= max(last + 1, _GROWTH * last)

    def write(self, step: int, model: MLP, vocabulary: Vocabulary) -> None:
        """Add what the model writes now; nothing of one that has diverged."""
        rng = torch.Generator().manual_seed(SEED)
        try:
            names = sample_words(model, vocabulary, N_NAMES, rng, max_length=_MAX_LENGTH)
        except ValueError:
            return
        self._entries = (*self._entries, Entry(step, tuple(names)))
