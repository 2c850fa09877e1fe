"""Which of the names that a model draws it may have copied, and which are its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import torch

from makemore.dataset import Split
from makemore.model import MLP
from makemore.sampling import sample_words
from makemore.vocabulary import Vocabulary

Origin = Literal["train", "held out", "new"]
ORIGINS: tuple[Origin, ...] = ("train", "held out", "new")


class OriginCounts(NamedTuple):
    """How many of `n` drawn words stand where."""

    n: int
    train: int
    held_out: int
    new: int
    repeats: int  # words that stood among those drawn before them

    def share(self, count: int) -> float:
        """Give `count` as a share of all words; 0 of none."""
        return count / self.n if self.n else 0.0


class Novelty:
    """Tells words of the training split, held-out words and new ones apart.

    A word of the training split counts as such if it was held out as well: it was seen.

    Example:
        >>> novelty = Novelty(Split(["emma"], ["ava", "emma"], ["mia"]))
        >>> [novelty.origin(word) for word in ("emma", "ava", "mia", "amma")]
        ['train', 'held out', 'held out', 'new']
    """

    def __init__(self, split: Split) -> None:
        self._train = frozenset(split.train)
        self._held_out = frozenset(split.val) | frozenset(split.test)

    def origin(self, word: str) -> Origin:
        """Say where a word stands."""
        if word in self._train:
            return "train"
        return "held out" if word in self._held_out else "new"

    def count(self, words: Iterable[str]) -> OriginCounts:
        """Count where words stand."""
        words = list(words)
        origins = [self.origin(word) for word in words]
        train, held_out, new = (origins.count(origin) for origin in ORIGINS)
        return OriginCounts(len(words), train, held_out, new, len(words) - len(set(words)))


def origins_by_temperature(
    model: MLP,
    vocabulary: Vocabulary,
    novelty: Novelty,
    temperatures: Sequence[float],
    n: int = 1_000,
    seed: int = 42,
    top_k: int | None = None,
    prefix: str = "",
) -> list[OriginCounts]:
    """Count where `n` words stand at each temperature, drawn from the same uniform numbers.

    Raises:
        ValueError: as `sample_words`.
    """
    return [
        novelty.count(
            sample_words(
                model,
                vocabulary,
                n,
                torch.Generator().manual_seed(seed),
                temperature,
                top_k,
                prefix,
            )
        )
        for temperature in temperatures
    ]
