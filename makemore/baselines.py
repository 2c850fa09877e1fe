"""Count tables as a yardstick: what a loss means beside a uniform guess and n-grams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from makemore.checks import check_choice, check_integer
from makemore.dataset import Split, build_examples
from makemore.vocabulary import Vocabulary

Smoothing = Literal["witten_bell", "add_one"]
SMOOTHINGS: dict[Smoothing, str] = {
    "witten_bell": "Every order is mixed with the one below it, the rarer its context the more.",
    "add_one": "One is added to every count of the highest order, which stands alone.",
}
MAX_ORDER = 12

_NAMES = ("uniform", "unigram", "bigram", "trigram")

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def baseline_name(order: int) -> str:
    """Call a count table by its order.

    Example:
        >>> [baseline_name(order) for order in (0, 2, 4)]
        ['uniform', 'bigram', '4-gram']
    """
    return _NAMES[order] if order < len(_NAMES) else f"{order}-gram"


@dataclass(frozen=True, eq=False)
class NGram:
    """How often each symbol followed the `order` - 1 symbols before it, as probabilities.

    With `witten_bell` an order is mixed with the one below: where N symbols were seen behind a
    context, T of them different, the lower order weighs T / (N + T). The unigram adds one to
    each count. With `add_one` that is done to the counts of the highest order, and no lower one
    is looked at.

    Args:
        order: symbols of an n-gram; 1 looks at no context, 0 guesses uniformly.
        vocab_size: number of symbols.
        smoothing: one of `SMOOTHINGS`.
        levels: counts of the orders 1 to `order`.

    Source: Witten and Bell 1991, "The zero-frequency problem", method C; interpolated as in Chen
    and Goodman 1998, "An empirical study of smoothing techniques for language modeling".
    """

    order: int
    vocab_size: int
    smoothing: Smoothing
    levels: tuple[_Level, ...]

    @classmethod
    def fit(
        cls,
        words: Sequence[str],
        vocabulary: Vocabulary,
        order: int,
        smoothing: Smoothing = "witten_bell",
    ) -> NGram:
        """Count the n-grams of `words`, padded and ended by `.` as they are for the MLP.

        Raises:
            ValueError: if there is no word, a letter is not in the vocabulary, `order` is out of
                range or too high for so many symbols, or `smoothing` is unknown.
        """
        check_choice("smoothing", smoothing, SMOOTHINGS)
        _check_order("order", order, vocabulary.size)
        return cls._of(_Text.of(words, vocabulary, order), vocabulary.size, order, smoothing)

    @classmethod
    def _of(cls, text: _Text, vocab_size: int, order: int, smoothing: Smoothing) -> NGram:
        levels = (_Level.of(grams, vocab_size) for grams in text.grams[:order])
        return cls(order, vocab_size, smoothing, tuple(levels))

    def up_to(self, order: int) -> NGram:
        """Give the table of this order or a lower one, of the same words.

        Raises:
            ValueError: if `order` is above the table's own.
        """
        check_integer("order", order, 0, self.order)
        return NGram(order, self.vocab_size, self.smoothing, self.levels[:order])

    def next_probs(self, context: Sequence[int]) -> Floats:
        """Give the distribution of the symbol behind `context`.

        Args:
            context: indices, as many as there are: what is missing in front counts as padding,
                and what stands too far back is not looked at.

        Returns:
            (vocab_size,), all above 0, sums to 1.

        Raises:
            ValueError: if an index is not that of a symbol.
        """
        if not all(0 <= index < self.vocab_size for index in context):
            raise ValueError(
                f"a context must hold indices from 0 to {self.vocab_size - 1}, the size of the "
                f"vocabulary less one, got {list(context)}"
            )
        key = 0
        for index in list(context)[-self.order :]:
            key = key * self.vocab_size + index
        key %= self.vocab_size ** max(0, self.order - 1)
        return self._probs(key * self.vocab_size + np.arange(self.vocab_size))

    def nats(self, contexts: Integers, symbols: Integers) -> Floats:
        """Give the negative log-probability of each symbol behind its context.

        Args:
            contexts: (B, n), n at least `order` - 1: only the last of these are looked at.
            symbols: (B,).
        """
        n_seen = max(0, self.order - 1)
        places = self.vocab_size ** np.arange(n_seen, 0, -1)
        keys = contexts[:, contexts.shape[1] - n_seen :] @ places + symbols
        return -np.log(self._probs(keys))

    def mean_nats(self, words: Sequence[str], vocabulary: Vocabulary) -> float:
        """Give the mean negative log-probability of a symbol of `words`, end marks included.

        Raises:
            ValueError: if there is no word, or a letter is not in the vocabulary.
        """
        return self.ladder(words, vocabulary)[-1]

    def ladder(self, words: Sequence[str], vocabulary: Vocabulary) -> list[float]:
        """Give `mean_nats` of the table of every order, from 0 to this one's.

        Raises:
            ValueError: as `mean_nats`.
        """
        return self._ladder(_Text.of(words, vocabulary, self.order))

    def _ladder(self, text: _Text) -> list[float]:
        """Go up through the orders once: each mixes what the one below gave with its counts."""
        losses, probs = [log(self.vocab_size)], np.empty(0)
        for order, (grams, rests) in enumerate(
            zip(text.grams[: self.order], text.rests, strict=False), start=1
        ):
            probs = self._mix(order, grams.keys, probs[rests])
            losses.append(float(-np.log(probs) @ grams.counts / grams.counts.sum()))
        return losses

    def _probs(self, keys: Integers) -> Floats:
        """Give the probability of each key's last symbol behind the others."""
        probs: Floats = np.full(len(keys), 1 / self.vocab_size)
        for order in range(1, self.order + 1):
            probs = self._mix(order, keys % self.vocab_size**order, probs)
        return probs

    def _mix(self, order: int, grams: Integers, lower: Floats) -> Floats:
        """Give the probabilities of one order.

        Args:
            order: 1 or more.
            grams: of that order, (m,).
            lower: what the order below gives their last symbols, (m,); of order 1 not looked at.
        """
        level = self.levels[order - 1]
        (counts,) = _look_up(grams, level.grams.keys, level.grams.counts)
        totals, kinds = _look_up(
            grams // self.vocab_size, level.contexts, level.totals, level.kinds
        )
        if order == 1 or self.smoothing == "add_one":
            return (counts + 1) / (totals + self.vocab_size)
        mixed = (counts + kinds * lower) / np.maximum(totals + kinds, 1)
        probs: Floats = np.where(totals > 0, mixed, lower)
        return probs


class SplitLosses(NamedTuple):
    """Mean nats per character over each split."""

    train: float
    val: float
    test: float


def ngram_losses(
    split: Split,
    vocabulary: Vocabulary,
    max_order: int = 5,
    smoothing: Smoothing = "witten_bell",
) -> dict[str, SplitLosses]:
    """Give the ladder of baselines: what count tables of the training words lose on each split.

    Returns:
        Losses by name, from "uniform" over "unigram" and "bigram" to the `max_order`-gram.

    Raises:
        ValueError: as `NGram.fit`.
    """
    check_choice("smoothing", smoothing, SMOOTHINGS)
    _check_order("max_order", max_order, vocabulary.size)
    texts = [_Text.of(words, vocabulary, max_order) for words in split]
    highest = NGram._of(texts[0], vocabulary.size, max_order, smoothing)
    ladders = map(highest._ladder, texts)
    return {
        baseline_name(order): SplitLosses(*losses)
        for order, losses in enumerate(zip(*ladders, strict=True))
    }


def standing(loss: float, ladder: dict[str, float]) -> str:
    """Say in words between which baselines a loss stands.

    Args:
        loss: nats per character.
        ladder: losses of the baselines by name.

    Example:
        >>> standing(2.3, {"uniform": 3.3, "bigram": 2.45, "trigram": 2.22})
        'better than the bigram table (2.4500), not yet as good as the trigram table (2.2200)'
    """
    steps = sorted(ladder.items(), key=lambda step: -step[1])
    told = [
        f"{'a uniform guess' if name == 'uniform' else f'the {name} table'} ({nats:.4f})"
        for name, nats in steps
    ]
    n_beaten = sum(loss < nats for _, nats in steps)
    words = []
    if n_beaten:
        words.append(f"better than {told[n_beaten - 1]}")
    if n_beaten < len(steps):
        words.append(f"not yet as good as {told[n_beaten]}")
    return ", ".join(words)


class _Grams(NamedTuple):
    """Different n-grams, ascending, each as one number whose digits are its symbols."""

    keys: Integers  # (m,)
    counts: Integers  # (m,)


class _Text(NamedTuple):
    """The n-grams of some words, of every order from 1 on."""

    grams: tuple[_Grams, ...]
    rests: tuple[Integers, ...]  # where each stands, without its first symbol, one order below

    @classmethod
    def of(cls, words: Sequence[str], vocabulary: Vocabulary, max_order: int) -> _Text:
        """Count the n-grams of `words`; up to order 0 as if it were up to 1."""
        size, max_order = vocabulary.size, max(1, max_order)
        examples = build_examples(words, vocabulary, block_size=max(1, max_order - 1))
        places = size ** np.arange(examples.block_size, 0, -1)
        keys = np.sort((examples.x.numpy() @ places + examples.y.numpy()) % size**max_order)
        starts, counts = _runs(keys)
        grams = [_Grams(keys[starts], counts)]
        rests = []
        for order in range(max_order - 1, 0, -1):
            shorter = grams[-1].keys % size**order
            known = np.sort(shorter)
            known = known[_runs(known)[0]]
            rests.append(np.searchsorted(known, shorter))
            added = np.bincount(rests[-1], grams[-1].counts)  # in floating point, exact to 2⁵³
            grams.append(_Grams(known, added.astype(np.int64)))
        rests.append(np.empty(0, np.int64))
        return cls(tuple(grams[::-1]), tuple(rests[::-1]))


class _Level(NamedTuple):
    """Counts of one order."""

    grams: _Grams
    contexts: Integers  # (c,), ascending: n-grams without their last symbol
    totals: Integers  # (c,), how often each occurred
    kinds: Integers  # (c,), how many different symbols followed

    @classmethod
    def of(cls, grams: _Grams, vocab_size: int) -> _Level:
        """Add up what followed each context."""
        contexts = grams.keys // vocab_size
        starts, kinds = _runs(contexts)
        return cls(grams, contexts[starts], np.add.reduceat(grams.counts, starts), kinds)


def _runs(ascending: Integers) -> tuple[Integers, Integers]:
    """Give where each number occurs first, and how often; much sooner than `np.unique`."""
    starts = np.flatnonzero(np.diff(ascending, prepend=ascending[0] - 1))
    return starts, np.diff(starts, append=len(ascending))


def _look_up(keys: Integers, known: Integers, *values: Integers) -> list[Integers]:
    """Give the values of each key, 0 where it is not known; `known` ascends."""
    places = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    is_known = known[places] == keys
    return [np.where(is_known, each[places], 0) for each in values]


def highest_order(vocab_size: int, wanted: int = 5) -> int:
    """Give the highest order, `wanted` at most, that can be counted with so many symbols.

    Example:
        >>> highest_order(27), highest_order(10_000)
        (5, 4)
    """
    return max(n for n in range(wanted + 1) if _can_be_counted(vocab_size, n))


def _can_be_counted(vocab_size: int, order: int) -> bool:
    """Say whether each n-gram has a number that fits into 64 bits."""
    return bool(vocab_size ** max(2, order) < 2**63)


def _check_order(name: str, order: int, vocab_size: int) -> None:
    check_integer(name, order, 0, MAX_ORDER)
    if not _can_be_counted(vocab_size, order):
        raise ValueError(
            f"{name} must be such that vocab_size to its power is below 2⁶³, got {order} with "
            f"{vocab_size} symbols; count a lower order"
        )
