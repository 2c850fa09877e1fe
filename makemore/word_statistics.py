"""What a list of words is made of: symbols, pairs, lengths, repeats, and what splits share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from makemore.dataset import Split, build_examples
from makemore.vocabulary import Vocabulary

Counts = npt.NDArray[np.int64]


def bigram_counts(words: Sequence[str], vocabulary: Vocabulary) -> Counts:
    """Count how often each symbol follows each, int64 (vocab_size, vocab_size).

    Row 0 counts first letters, column 0 last ones. A column's sum is how often its symbol occurs.

    Raises:
        ValueError: if there is no word, or a character is not in the vocabulary.
    """
    examples = build_examples(words, vocabulary, block_size=1)
    pairs = examples.x[:, 0] * vocabulary.size + examples.y
    counts = np.bincount(pairs.numpy(), minlength=vocabulary.size**2)
    return counts.reshape(vocabulary.size, vocabulary.size).astype(np.int64)


def length_counts(words: Sequence[str]) -> Counts:
    """Count the words of each length, from 0 to the longest, int64 (longest + 1,)."""
    return np.bincount([len(word) for word in words]).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Overlap:
    """What a held-out split shares with the training split.

    Args:
        n_words: words of the held-out split.
        n_known: how many of them stand in the training split too.
    """

    n_words: int
    n_known: int

    @property
    def share(self) -> float:
        """Known words among all."""
        return self.n_known / self.n_words


def overlaps(split: Split) -> dict[str, Overlap]:
    """Say for the validation and the test split how many of their words were trained on."""
    known = set(split.train)
    return {
        name: Overlap(len(words), sum(word in known for word in words))
        for name, words in (("validation", split.val), ("test", split.test))
    }


def repeated_words(words: Sequence[str]) -> dict[str, int]:
    """Give the words that stand more than once with how often, the most frequent first."""
    return {word: n for word, n in Counter(words).most_common() if n > 1}
