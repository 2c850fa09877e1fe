"""The range test with several seeds: how far its suggestions depend on chance."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf, sqrt
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from makemore.dataset import Examples
from makemore.lr_finder import LRRangeTest, LRSweep
from makemore.lr_rules import SMOOTHING
from makemore.lr_settings import SweepSettings
from makemore.side_by_side import RunFailure, train_many


class RateSpread(NamedTuple):
    """What one rule suggests, over all seeds."""

    lowest: float
    median: float  # of an even number of seeds the geometric mean of the two in the middle
    highest: float


class Band(NamedTuple):
    """Smoothed losses over all seeds, each float64 (n,); infinite where the loss ran away."""

    lowest: npt.NDArray[np.float64]
    median: npt.NDArray[np.float64]
    highest: npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LRRangeTests:
    """What sweeps with several seeds found.

    Args:
        tests: one for each seed, over the same rates.
        seeds: of the tests.
    """

    tests: tuple[LRRangeTest, ...]
    seeds: tuple[int, ...]

    @cached_property
    def lrs(self) -> npt.NDArray[np.float64]:
        """Rates that every seed has tried or would have, had its loss not run away, (n,)."""
        n_tried = [len(test.lrs) for test in self.tests if test.stopped_at is None]
        longest = max((test.lrs for test in self.tests), key=len)
        return longest[: min(n_tried, default=len(longest))]

    @cached_property
    def band(self) -> Band:
        """The lowest, median and highest smoothed loss at each of `lrs`.

        A loss that ran away counts as above all others from there on.
        """
        losses = np.full((len(self.tests), len(self.lrs)), inf)
        for row, test in zip(losses, self.tests, strict=True):
            row[: len(test.smoothed)] = test.smoothed[: len(row)]
        return Band(losses.min(axis=0), np.median(losses, axis=0), losses.max(axis=0))

    @cached_property
    def spread(self) -> Mapping[str, RateSpread]:
        """Suggested rates by rule, see `SUGGESTION_RULES`; empty before two steps were good."""
        found = [test.suggestions for test in self.tests if test.suggestions]
        rules = found[0] if found else ()
        return MappingProxyType(
            {rule: spread_of([suggestions[rule] for suggestions in found]) for rule in rules}
        )

    @property
    def first_loss(self) -> float | None:
        """Minibatch loss before the first step, the median over the seeds; in nats."""
        first = [float(test.losses[0]) for test in self.tests if len(test.losses)]
        return float(np.median(first)) if first else None

    @property
    def stopped_at(self) -> tuple[float, ...]:
        """The rates at which the losses of some seeds ran away, rising."""
        return tuple(sorted(t.stopped_at for t in self.tests if t.stopped_at is not None))

    def with_smoothing(self, weight: float) -> "LRRangeTests":
        """Look at the same losses through another average.

        Raises:
            ValueError: if the weight is out of range.
        """
        return replace(self, tests=tuple(test.with_smoothing(weight) for test in self.tests))

    def rows(self) -> Iterator[tuple[int, float, float, float]]:
        """Yield seed, rate, loss and smoothed loss of every step, seed by seed."""
        for seed, test in zip(self.seeds, self.tests, strict=True):
            columns = (test.lrs.tolist(), test.losses.tolist(), test.smoothed.tolist())
            for lr, loss, smoothed in zip(*columns, strict=True):
                yield seed, lr, loss, smoothed


def spread_of(lrs: Sequence[float]) -> RateSpread:
    """Give the lowest, median and highest of some rates."""
    lrs = sorted(lrs)
    below, above = lrs[(len(lrs) - 1) // 2], lrs[len(lrs) // 2]
    return RateSpread(lrs[0], below if below == above else sqrt(below * above), lrs[-1])


class LRSweeps:
    """Range tests with several seeds that their caller drives, all at the same rate.

    Args and errors are those of `lr_range_tests`.
    """

    def __init__(self, settings: SweepSettings, train_examples: Examples) -> None:
        self.seeds = settings.seeds
        self._sweeps = [LRSweep(settings, train_examples, seed) for seed in self.seeds]

    @property
    def progress(self) -> float:
        """Share of the rates tried, from 0 to 1."""
        return max(1.0 if s.is_done else s.step / s.n_steps for s in self._sweeps)

    @property
    def is_done(self) -> bool:
        """Whether every seed has tried every rate, or its loss ran away."""
        return all(sweep.is_done for sweep in self._sweeps)

    def advance(self, n_steps: int) -> None:
        """Try up to `n_steps` further rates with each seed."""
        for sweep in self._sweeps:
            if not sweep.is_done:
                sweep.advance(n_steps)

    def finish(self, n_workers: int | None = None) -> None:
        """Try all rates that are left, with several seeds at a time."""
        n_steps = self._sweeps[0].n_steps
        for number, event in train_many([s.trainer for s in self._sweeps], n_workers, n_steps):
            if isinstance(event, RunFailure):
                raise event.error
            self._sweeps[number].take(event)

    def result(self) -> LRRangeTests:
        """Give what the rates tried so far have shown."""
        return LRRangeTests(tuple(sweep.result() for sweep in self._sweeps), self.seeds)


def lr_range_tests(
    settings: SweepSettings,
    train_examples: Examples,
    smoothing: float = SMOOTHING,
    n_workers: int | None = None,
) -> LRRangeTests:
    """Repeat `lr_range_test` with all seeds of the settings, on all cores.

    A seed draws its own weights and its own batches; what it finds is what it finds alone.

    Args:
        settings: of the sweeps.
        train_examples: what the batches are drawn from.
        smoothing: weight of the past.
        n_workers: how many seeds compute at once; `None`: as many as there are cores.

    Raises:
        ValueError: if the smoothing is out of range or the examples do not fit the model.
    """
    sweeps = LRSweeps(settings, train_examples)
    sweeps.finish(n_workers)
    return sweeps.result().with_smoothing(smoothing)
