"""The learning-rate range test: one step at each rate, from far too low to too high.

Source: Smith 2015, "Cyclical learning rates for training neural networks", section 3.3; the
lecture's sweep of a thousand exponents from -3 to 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import torch

from makemore.config import Stage
from makemore.dataset import Examples
from makemore.lr_rules import SMOOTHING, MovingAverage, smooth, suggest_lrs
from makemore.lr_settings import SweepSettings
from makemore.model import MLP
from makemore.training import Trainer, TrainingEvent

RUNAWAY_FACTOR = 4.0  # a smoothed loss so many times its minimum will not come back


@dataclass(frozen=True, eq=False)
class LRRangeTest:
    """What a sweep found.

    Args:
        lrs: rate of each step taken, float64 (n,), rising.
        losses: minibatch loss at each rate, nats per character, float32 (n,); all finite.
        smoothed: bias-corrected exponential moving average of the losses, float64 (n,).
        stopped_at: the rate at which the loss ran away and the sweep ended early, if it did.
    """

    lrs: npt.NDArray[np.float64]
    losses: npt.NDArray[np.float32]
    smoothed: npt.NDArray[np.float64]
    stopped_at: float | None = None

    @cached_property
    def suggestions(self) -> Mapping[str, float]:
        """Rate by rule, see `SUGGESTION_RULES`; empty if fewer than two steps were good."""
        return MappingProxyType(suggest_lrs(self.lrs, self.smoothed))

    def with_smoothing(self, weight: float) -> "LRRangeTest":
        """Look at the same losses through another average.

        Raises:
            ValueError: if the weight is out of range.
        """
        return replace(self, smoothed=smooth(self.losses, weight))


class LRSweep:
    """A range test that its caller drives, for those who show it while it runs.

    Args:
        settings: of the sweep.
        train_examples: what the batches are drawn from.
        seed: in the place of the settings' first one.

    Raises:
        ValueError: if the examples do not fit the model.
    """

    def __init__(
        self, settings: SweepSettings, train_examples: Examples, seed: int | None = None
    ) -> None:
        seed = settings.train.seed if seed is None else seed
        self.lrs = settings.lrs
        stages = tuple(Stage(1, float(lr)) for lr in self.lrs)
        model = MLP(settings.model, torch.Generator().manual_seed(seed))
        self.trainer = Trainer(
            model, train_examples, replace(settings.train, stages=stages, seed=seed)
        )
        self._losses = np.empty(0, np.float32)
        self._smoothed = np.empty(0)
        self._average = MovingAverage()  # whatever a viewer looks at: it says when to stop
        self._stopped_at: float | None = None

    @property
    def n_steps(self) -> int:
        """Steps of the whole sweep."""
        return self.trainer.n_steps

    @property
    def step(self) -> int:
        """Steps taken."""
        return self.trainer.step

    @property
    def is_done(self) -> bool:
        """Whether every rate was tried, or the loss ran away."""
        return self._stopped_at is not None or self.trainer.is_done

    def advance(self, n_steps: int) -> None:
        """Try up to `n_steps` further rates."""
        self.take(self.trainer.advance(n_steps))

    def take(self, event: TrainingEvent) -> None:
        """Look at what an advance of the trainer did, from the first on and leaving out none."""
        if event.divergence is not None:
            self._stopped_at = event.divergence.lr
        finite = event.losses[np.isfinite(event.losses)]
        self._losses = np.concatenate([self._losses, finite])
        self._smoothed = np.concatenate([self._smoothed, self._average.extend(finite)])
        runaway = self._smoothed > RUNAWAY_FACTOR * np.minimum.accumulate(self._smoothed)
        if runaway.any():
            taken = int(runaway.argmax()) + 1
            self._stopped_at = float(self.lrs[taken - 1])
            self._losses, self._smoothed = self._losses[:taken], self._smoothed[:taken]

    def result(self) -> LRRangeTest:
        """Give what the rates tried so far have shown."""
        taken = len(self._losses)
        return LRRangeTest(self.lrs[:taken], self._losses, self._smoothed, self._stopped_at)


def lr_range_test(
    settings: SweepSettings, train_examples: Examples, smoothing: float = SMOOTHING
) -> LRRangeTest:
    """Train a fresh model for one step at each rate, with the first seed of the settings alone.

    Nothing that existed before is changed. The sweep ends early once the loss is not finite or
    runs away from its minimum.

    Args:
        settings: of the sweep.
        train_examples: what the batches are drawn from.
        smoothing: weight of the past in the average that the suggestions look at. It does not
            decide where the sweep ends.

    Raises:
        ValueError: if the smoothing is out of range or the examples do not fit the model.
    """
    sweep = LRSweep(settings, train_examples)
    while not sweep.is_done:
        sweep.advance(settings.n_steps)
    return sweep.result().with_smoothing(smoothing)
