"""What a sweep of the learning rate depends on, and nothing else: equal settings, equal sweeps."""

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from makemore.checks import MAX_SEED, check_integer
from makemore.config import ModelConfig, TrainConfig, check_lr

MIN_SWEEP_STEPS, MAX_SWEEP_STEPS = 2, 100_000
MAX_SEEDS = 100


@dataclass(frozen=True, slots=True)
class SweepSettings:
    """Settings of range tests, and of the bake-off of what they suggest.

    Args:
        model: sizes and init of the fresh models.
        train: whose batch size, seed, optimizer, dropout and engine are used; its stages, interval
            of evaluation and decay are forgotten.
        lr_min: first rate.
        lr_max: last rate, above `lr_min`.
        n_steps: how many rates, evenly spaced in ln lr, for one step each.
        n_seeds: how many sweeps; the first has the seed of `train`, each other one the next. A
            seed draws the weights and, in a generator of its own, the batches.

    Raises:
        ValueError: if a number is out of range, or the rates would not differ.
    """

    model: ModelConfig
    train: TrainConfig = field(default_factory=TrainConfig)
    lr_min: float = 1e-3
    lr_max: float = 1.0
    n_steps: int = 1_000
    n_seeds: int = 5

    def __post_init__(self) -> None:
        """Forget what a sweep does not use, and check the rest."""
        usual = TrainConfig()
        train = replace(self.train, stages=usual.stages, eval_interval=None, decay=usual.decay)
        object.__setattr__(self, "train", train)
        check_integer("the number of seeds", self.n_seeds, 1, MAX_SEEDS)
        sweep_lrs(self.lr_min, self.lr_max, self.n_steps)

    @property
    def lrs(self) -> npt.NDArray[np.float64]:
        """The rates, (n_steps,)."""
        return sweep_lrs(self.lr_min, self.lr_max, self.n_steps)

    @property
    def seeds(self) -> tuple[int, ...]:
        """Of the sweeps, going on from 0 after the greatest."""
        return tuple((self.train.seed + n) % (MAX_SEED + 1) for n in range(self.n_seeds))

    @property
    def total_steps(self) -> int:
        """Of all sweeps together."""
        return self.n_steps * self.n_seeds


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
