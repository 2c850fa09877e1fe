"""The learning-rate range test: one step at each rate, from far too low to too high.

Source: Smith 2015, "Cyclical learning rates for training neural networks", section 3.3; the
lecture's sweep of a thousand exponents from -3 to 0.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import torch

from makemore.checks import check_integer
from makemore.config import ModelConfig, Stage, TrainConfig, check_lr
from makemore.dataset import Examples
from makemore.model import MLP
from makemore.training import Trainer

SMOOTHING = 0.98  # weight of the past in the moving average: a window of about 50 steps
RUNAWAY_FACTOR = 4.0  # a smoothed loss so many times its minimum will not come back
MIN_SWEEP_STEPS, MAX_SWEEP_STEPS = 2, 100_000

SUGGESTION_RULES: Mapping[str, str] = MappingProxyType(
    {
        "minimum": "Where the smoothed loss is lowest: the largest rate that still helped.",
        "minimum/10": "A tenth of the minimum, the cautious rule of Howard and Gugger's fastai.",
        "valley": "Two thirds down the longest fall of the smoothed loss, fastai's default.",
        "steepest": "Where the smoothed loss falls fastest per factor of the rate (on ln lr).",
    }
)


@dataclass(frozen=True, eq=False)
class LRRangeTest:
    """What a sweep found.

    Args:
        lrs: rate of each step taken, float64 (n,), rising.
        losses: minibatch loss at each rate, nats per character, float32 (n,); all finite.
        smoothed: bias-corrected exponential moving average of the losses, float64 (n,).
        suggestions: rate by rule, see `SUGGESTION_RULES`; empty if fewer than two steps were
            good.
        stopped_at: the rate at which the loss ran away and the sweep ended early, if it did.
    """

    lrs: npt.NDArray[np.float64]
    losses: npt.NDArray[np.float32]
    smoothed: npt.NDArray[np.float64]
    suggestions: Mapping[str, float]
    stopped_at: float | None = None


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
    ) -> None:
        lr_min, lr_max = check_lr("lr_min", lr_min), check_lr("lr_max", lr_max)
        if lr_min >= lr_max:
            raise ValueError(f"lr_min must be below lr_max, got {lr_min:g} and {lr_max:g}")
        check_integer("n_steps", n_steps, MIN_SWEEP_STEPS, MAX_SWEEP_STEPS)
        self._lrs = np.geomspace(lr_min, lr_max, n_steps)
        if not np.all(np.diff(np.log(self._lrs)) > 0):
            raise ValueError(
                f"lr_min and lr_max must leave room for {n_steps} different rates, got "
                f"{lr_min!r} and {lr_max!r}; move them apart"
            )
        config = TrainConfig(
            stages=tuple(Stage(1, float(lr)) for lr in self._lrs),
            batch_size=batch_size,
            seed=seed,
            eval_interval=None,
        )
        model = MLP(model_config, torch.Generator().manual_seed(seed))
        self._trainer = Trainer(model, train_examples, config)
        self._losses = np.empty(0, np.float32)
        self._smoothed = np.empty(0)
        self._stopped_at: float | None = None

    @property
    def n_steps(self) -> int:
        """Steps of the whole sweep."""
        return self._trainer.n_steps

    @property
    def step(self) -> int:
        """Steps taken."""
        return self._trainer.step

    @property
    def is_done(self) -> bool:
        """Whether every rate was tried, or the loss ran away."""
        return self._stopped_at is not None or self._trainer.is_done

    def advance(self, n_steps: int) -> None:
        """Try up to `n_steps` further rates."""
        event = self._trainer.advance(n_steps)
        finite = event.losses[np.isfinite(event.losses)]
        if event.divergence is not None:
            self._stopped_at = event.divergence.lr
        losses = np.concatenate([self._losses, finite])
        smoothed = smooth(losses)
        runaway = smoothed > RUNAWAY_FACTOR * np.minimum.accumulate(smoothed)
        if runaway.any():
            taken = int(runaway.argmax()) + 1
            losses, smoothed = losses[:taken], smoothed[:taken]
            self._stopped_at = float(self._lrs[taken - 1])
        self._losses, self._smoothed = losses, smoothed

    def result(self) -> LRRangeTest:
        """Give what the rates tried so far have shown."""
        lrs = self._lrs[: len(self._losses)]
        suggestions = suggest_lrs(lrs, self._smoothed)
        return LRRangeTest(lrs, self._losses, self._smoothed, suggestions, self._stopped_at)


def lr_range_test(
    model_config: ModelConfig,
    train_examples: Examples,
    lr_min: float = 1e-3,
    lr_max: float = 1.0,
    n_steps: int = 1000,
    batch_size: int | None = 32,
    seed: int = 42,
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

    Raises:
        ValueError: if a number is out of range or the examples do not fit the model.
    """
    sweep = LRSweep(model_config, train_examples, lr_min, lr_max, n_steps, batch_size, seed)
    while not sweep.is_done:
        sweep.advance(n_steps)
    return sweep.result()


def smooth(losses: npt.NDArray[np.floating], weight: float = SMOOTHING) -> npt.NDArray[np.float64]:
    """Compute the exponential moving average, corrected for its start at nothing.

    Args:
        losses: (n,), all finite.
        weight: of the past, from 0 (no smoothing) to below 1.

    Source: the bias correction is that of Kingma and Ba 2014, "Adam", section 3.
    """
    average, smoothed = 0.0, np.empty(len(losses))
    for index, loss in enumerate(losses.tolist()):
        average = weight * average + (1 - weight) * loss
        smoothed[index] = average / (1 - weight ** (index + 1))
    return smoothed


def suggest_lrs(
    lrs: npt.NDArray[np.float64], smoothed: npt.NDArray[np.float64]
) -> dict[str, float]:
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


def _valley(smoothed: npt.NDArray[np.float64]) -> int:
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
