"""What a sweep of the learning rate suggests: the rules, and the average that they look at."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from makemore.checks import check_number

Floats = npt.NDArray[np.float64]

SMOOTHING = 0.98  # weight of the past in the moving average: a window of about 50 steps
MAX_SMOOTHING = 0.9999
HIGH_START_NATS = 1.0  # a first loss so far above a uniform guess misleads what looks for a fall


@dataclass(frozen=True, slots=True)
class SuggestionRule:
    """A way to read a rate off a sweep.

    Args:
        summary: what it takes, in a sentence.
        source: where it comes from.
        looks_for_fall: whether it takes the end of a far too high first loss for what it seeks,
            and so comes out far too low.
    """

    summary: str
    source: str
    looks_for_fall: bool = False


SUGGESTION_RULES: Mapping[str, SuggestionRule] = MappingProxyType(
    {
        "minimum": SuggestionRule(
            "Where the smoothed loss is lowest: the largest rate that still helped.",
            "the lecture, by eye, on the same curve",
        ),
        "minimum/10": SuggestionRule(
            "A tenth of the minimum, to stay clear of the rates that diverge.",
            "Howard and Gugger 2020, “fastai”",
        ),
        "valley": SuggestionRule(
            "Two thirds down the longest fall of the smoothed loss.",
            "the default of fastai's finder",
            looks_for_fall=True,
        ),
        "steepest": SuggestionRule(
            "Where the smoothed loss falls fastest per factor of the rate (on ln lr).",
            "Smith 2015 by eye; torch-lr-finder and PyTorch Lightning by this formula",
            looks_for_fall=True,
        ),
    }
)

MISLED_RULES = tuple(name for name, rule in SUGGESTION_RULES.items() if rule.looks_for_fall)


class MovingAverage:
    """An exponential moving average that corrects for its start at nothing, a piece at a time.

    Args:
        weight: of the past, from 0 (no smoothing) to below 1.

    Source: the bias correction is that of Kingma and Ba 2014, "Adam", section 3.

    Raises:
        ValueError: if the weight is out of range.
    """

    def __init__(self, weight: float = SMOOTHING) -> None:
        self._weight = check_number("smoothing", weight, 0, MAX_SMOOTHING)
        self._average, self._n = 0.0, 0

    def extend(self, losses: npt.NDArray[np.floating]) -> Floats:
        """Take the losses that come next, all finite (n,), and give the average after each."""
        weight, average = self._weight, self._average
        smoothed = np.empty(len(losses))
        for index, loss in enumerate(losses.tolist()):
            average = weight * average + (1 - weight) * loss
            smoothed[index] = average / (1 - weight ** (self._n + index + 1))
        self._average, self._n = average, self._n + len(losses)
        return smoothed


def smooth(losses: npt.NDArray[np.floating], weight: float = SMOOTHING) -> Floats:
    """Compute the moving average of finite losses (n,); see `MovingAverage`."""
    return MovingAverage(weight).extend(losses)


def suggest_lrs(lrs: Floats, smoothed: Floats) -> dict[str, float]:
    """Apply each of `SUGGESTION_RULES` to a smoothed sweep; nothing for fewer than two points."""
    if len(lrs) < 2:
        return {}
    minimum = float(lrs[np.argmin(smoothed)])
    slopes = np.gradient(smoothed, np.log(lrs))
    return {
        "minimum": minimum,
        "minimum/10": minimum / 10,
        "valley": float(lrs[_valley(smoothed)]),
        "steepest": float(lrs[np.argmin(slopes)]),
    }


def is_start_misleading(first_loss: float | None, vocab_size: int) -> bool:
    """Say whether a sweep starts so far above ln vocab_size that a fall tells of the start alone.

    Then its longest and its steepest fall are those in which the first weights' confident
    mistakes are undone, which any rate does.

    Args:
        first_loss: before the first step, in nats per character; `None`: no step was taken.
        vocab_size: symbols, the end mark included.
    """
    return first_loss is not None and first_loss > log(vocab_size) + HIGH_START_NATS


def _valley(smoothed: Floats) -> int:
    """Index two thirds along the longest strictly falling subsequence."""
    # Patience sorting, O(n log n): tails[k] ends the falling subsequence of length k + 1 whose
    # last value is highest.
    tails: list[int] = []
    heights: list[float] = []  # of the tails, negated: rising, as bisect wants them
    before = np.full(len(smoothed), -1)
    for index, value in enumerate(smoothed.tolist()):
        length = bisect_left(heights, -value)
        before[index] = tails[length - 1] if length else -1
        tails[length : length + 1] = [index]
        heights[length : length + 1] = [-value]
    fall = [tails[-1]]
    while before[fall[-1]] >= 0:
        fall.append(int(before[fall[-1]]))
    fall.reverse()
    return fall[min(len(fall) * 2 // 3, len(fall) - 1)]
