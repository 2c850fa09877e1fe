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

from makemore.checks import check_integer
from makemore.config import ModelConfig, Stage, TrainConfig, check_lr
from makemore.dataset import Examples
from makemore.lr_rules import SMOOTHING, MovingAverage, smooth, suggest_lrs
from makemore.model import MLP
from makemore.training import Trainer, TrainingEvent

RUNAWAY_FACTOR = 4.0  # a smoothed loss so many times its minimum will not come back
MIN_SWEEP_STEPS, MAX_SWEEP_STEPS = 2, 100_000


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

    Args and errors are those of `lr_range_test`.
    """

    def __init__(
        self,
        model_config: ModelConfig,
        train_examples: Examples,
        lr_min: float = 1e-3,
        lr_max: float = 1.0,
        n_steps: int = 1000,
        batch_size: int | None = 32,
        seed: int = 42,
        train_config: TrainConfig | None = None,
    ) -> None:
        self.lrs = sweep_lrs(lr_min, lr_max, n_steps)
        config = replace(
            train_config or TrainConfig(),
            stages=tuple(Stage(1, float(lr)) for lr in self.lrs),
            batch_size=batch_size,
            seed=seed,
            eval_interval=None,
        )
        model = MLP(model_config, torch.Generator().manual_seed(seed))
        self.trainer = Trainer(model, train_examples, config)
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


def sweep_lrs(lr_min: float, lr_max: float, n_steps: int) -> npt.NDArray[np.float64]:
    """Give the rates of a sweep, evenly spaced in ln lr, (n_steps,).

    Raises:
        ValueError: if a number is out of range, or the rates would not differ.
    """
    lr_min, lr_max = check_lr("lr_min", lr_min), check_lr("lr_max", lr_max)
    if lr_min >= lr_max:
        raise ValueError(f"lr_min must be below lr_max, got {lr_min:g} and {lr_max:g}")
    check_integer("n_steps", n_steps, MIN_SWEEP_STEPS, MAX_SWEEP_STEPS)
    lrs = np.geomspace(lr_min, lr_max, n_steps)
    if not np.all(np.diff(np.log(lrs)) > 0):
        raise ValueError(
            f"lr_min and lr_max must leave room for {n_steps} different rates, got "
            f"{lr_min!r} and {lr_max!r}; move them apart"
        )
    return lrs


def lr_range_test(
    model_config: ModelConfig,
    train_examples: Examples,
    lr_min: float = 1e-3,
    lr_max: float = 1.0,
    n_steps: int = 1000,
    batch_size: int | None = 32,
    seed: int = 42,
    smoothing: float = SMOOTHING,
    train_config: TrainConfig | None = None,
) -> LRRangeTest:
    """Train a fresh model for one step at each of `n_steps` rates, evenly spaced in ln lr.

    Nothing that existed before is changed. The sweep ends early once the loss is not finite or
    runs away from its minimum.

    Args:
        model_config: sizes and init of the fresh model.
        train_examples: what the batches are drawn from.
        lr_min: first rate.
        lr_max: last rate, above `lr_min`.
        n_steps: number of rates.
        batch_size: examples per step; `None` takes all.
        seed: of the model and, in a generator of its own, of the batches.
        smoothing: weight of the past in the average that the suggestions look at. It does not
            decide where the sweep ends.
        train_config: whose optimizer, momentum, weight decay and engine are used; `None`: plain
            sgd. Its stages, batch size, seed and interval of evaluation are not.

    Raises:
        ValueError: if a number is out of range or the examples do not fit the model.
    """
    sweep = LRSweep(
        model_config, train_examples, lr_min, lr_max, n_steps, batch_size, seed, train_config
    )
    while not sweep.is_done:
        sweep.advance(n_steps)
    return sweep.result().with_smoothing(smoothing)
