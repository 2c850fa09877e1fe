"""The lecture's experiments A to L: what each does, and every figure that the lecture reports.

Source of all figures: the lecture note "Building makemore - MLP", in its section `section`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from makemore.config import ModelConfig, Stage

LECTURE_SEED = 42  # of the generator that draws the lecture's weights
LECTURE_BLOCK_SIZE = 3

Data = Literal["two names", "all", "train"]
Quantity = Literal["minibatch", "all", "train", "val", "test", "examples", "lr"]

_LABELS: Mapping[Quantity, str] = MappingProxyType(
    {
        "minibatch": "loss of step {step:,}",
        "all": "loss over all examples after {step:,} steps",
        "train": "training loss after {step:,} steps",
        "val": "validation loss after {step:,} steps",
        "test": "test loss after {step:,} steps",
        "examples": "examples for {split}",
        "lr": "rate that is chosen",
    }
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that the lecture reports.

    Args:
        value: losses in nats per character.
        quantity: what was measured: the loss of one step's batch, the loss over a whole split,
            how many examples a split has, or a learning rate.
        step: after how many steps.
        split: whose examples were counted.
        is_about: whether it was read off a curve.
    """

    value: float
    quantity: Quantity
    step: int = 0
    split: str = ""
    is_about: bool = False

    @property
    def label(self) -> str:
        """What it is, in words."""
        return _LABELS[self.quantity].format(step=self.step, split=self.split)


@dataclass(frozen=True, slots=True)
class Training:
    """A run of the lecture with the figures that it reported.

    Args:
        figures: by rising step.
        stages: steps and rates, one after the other.
        data: what each stage's batches are drawn from.
        title: which of the experiment's runs it is.
        model: sizes and init.
        batch_size: examples per step; `None`: all of them.
        is_exact: whether the lecture's seed decides everything, so that figures must be equal.
        draw: which model of its generator is trained, counted from 1.
        n_names: how many names are drawn when it has ended.
        if_outside: why the lecture's figures may not be such as ours.
    """

    figures: tuple[Figure, ...]
    stages: tuple[Stage, ...]
    data: tuple[Data, ...]
    title: str = ""
    model: ModelConfig = field(default_factory=ModelConfig)
    batch_size: int | None = 32
    is_exact: bool = False
    draw: int = 1
    n_names: int = 0
    if_outside: str = ""


@dataclass(frozen=True, slots=True)
class SplitSizes:
    """Counting the examples of the three splits."""

    figures: tuple[Figure, ...]
    title: str = ""
    is_exact: bool = True
    if_outside: str = ""


@dataclass(frozen=True, slots=True)
class RateSweep:
    """A learning-rate range test over all examples."""

    figures: tuple[Figure, ...]
    lr_min: float
    lr_max: float
    n_steps: int
    title: str = ""
    model: ModelConfig = field(default_factory=ModelConfig)
    is_exact: bool = False
    if_outside: str = ""


Part = Training | SplitSizes | RateSweep


@dataclass(frozen=True, slots=True)
class Experiment:
    """One experiment of the lecture.

    Args:
        name: its letter.
        title: what it is called here.
        summary: what it does and shows.
        section: of the lecture.
        parts: its runs.
        slip: where the lecture errs, and what is done here instead.
    """

    name: str
    title: str
    summary: str
    section: str
    parts: tuple[Part, ...]
    slip: str = ""

    @property
    def is_exact(self) -> bool:
        """Whether every figure is decided by the lecture's seed."""
        return all(part.is_exact for part in self.parts)


def _each_step(*losses: float) -> tuple[Figure, ...]:
    return tuple(Figure(loss, "minibatch", step) for step, loss in enumerate(losses, start=1))


def _after(step: int, **losses: float) -> tuple[Figure, ...]:
    return tuple(Figure(loss, quantity, step) for quantity, loss in losses.items())  # type: ignore[arg-type]


def _ten_full_batches(data: Data, draw: int, losses: tuple[Figure, ...]) -> Training:
    stages = (Stage(10, 0.1),)
    return Training(losses, stages, (data,), batch_size=None, is_exact=True, draw=draw)


def _hundred_steps(lr: float, first: float, last: float) -> Training:
    figures = (
        Figure(first, "minibatch", 1, is_about=True),
        Figure(last, "minibatch", 100, is_about=True),
    )
    return Training(figures, (Stage(100, lr),), ("all",), title=f"lr {lr:g}")


_J_FIGURES = (
    *_after(30_000, train=2.4145, val=2.4132),
    *_after(60_000, train=2.2973, val=2.2926),
    *_after(90_000, train=2.2798, val=2.2770, test=2.2773),
)
_J_STAGES = (Stage(30_000, 0.5), Stage(30_000, 0.1), Stage(30_000, 0.05))
_J_MODEL = ModelConfig(n_hidden=300)
_K_STAGES = (Stage(50_000, 0.1), Stage(50_000, 0.001))
_K_MODEL = ModelConfig(n_embd=10, n_hidden=200)

_ALL = (
    Experiment(
        "A",
        "Overfit two names",
        "The first two names give 12 examples, of which a model of 3,481 parameters knows 11 "
        "after ten steps. The loss cannot reach 0: `...` is followed by `e` once and by `o` once.",
        "overfitting one batch",
        (
            _ten_full_batches(
                "two names",
                1,
                _each_step(
                    *(19.136564, 13.381081, 9.382592, 6.925556, 4.832304),
                    *(3.437414, 2.392893, 1.488807, 0.909629, 0.612997),
                ),
            ),
        ),
    ),
    Experiment(
        "B",
        "All names in one batch",
        "Ten steps, each on all 228,146 examples: no noise, but slow. The model is the second "
        "that the generator draws.",
        "full batch",
        (
            _ten_full_batches(
                "all",
                2,
                _each_step(
                    *(18.036646, 16.586727, 15.626734, 14.729888, 13.938693),
                    *(13.190735, 12.597438, 12.086342, 11.660747, 11.272781),
                ),
            ),
        ),
    ),
    Experiment(
        "C",
        "Three splits",
        "80 % of the names to train on, 10 % to choose settings by, 10 % to be looked at once.",
        "splitting the data",
        (
            SplitSizes(
                (
                    Figure(182_625, "examples", split="training"),
                    Figure(22_655, "examples", split="validation"),
                    Figure(22_866, "examples", split="test"),
                )
            ),
        ),
    ),
    Experiment(
        "D",
        "First minibatches",
        "32 examples a step, drawn anew each time: noisy, and a thousand steps take a moment.",
        "minibatches",
        (
            Training(_after(1_000, all=2.6242), (Stage(1_000, 0.1),), ("all",), "1,000 steps"),
            Training(_after(2_000, all=2.6243), (Stage(2_000, 0.1),), ("all",), "2,000 steps"),
        ),
    ),
    Experiment(
        "E",
        "Too low, low, too high",
        "A hundred steps at three rates: at 0.001 the loss hardly falls, at 0.01 it does, and at "
        "1 it jumps about.",
        "finding a learning rate",
        (
            _hundred_steps(0.001, 17.9, 18.0),
            _hundred_steps(0.01, 17.2, 9.5),
            _hundred_steps(1.0, 20.1, 7.5),
        ),
    ),
    Experiment(
        "F",
        "Sweep the rate",
        "A thousand steps, each at a higher rate, from 0.001 to 1 evenly in the exponent. The "
        "lecture chooses 0.1 by eye; ours is where the smoothed loss is lowest.",
        "finding a learning rate",
        (
            RateSweep(
                (Figure(0.1, "lr", is_about=True),),
                *(1e-3, 1.0, 1_000),
                if_outside="0.1 is a round number chosen by eye, a little below the minimum",
            ),
        ),
    ),
    Experiment(
        "G",
        "At the chosen rate",
        "10,000 steps at 0.1.",
        "finding a learning rate",
        (Training(_after(10_000, all=2.5346), (Stage(10_000, 0.1),), ("all",)),),
    ),
    Experiment(
        "H",
        "Decay the rate",
        "The same, then a tenth and a hundredth of the rate: most is gained by the first step "
        "down, when the noise of the batches can settle.",
        "decaying the learning rate",
        (
            Training(
                (
                    *_after(10_000, all=2.4748),
                    *_after(20_000, all=2.3843),
                    *_after(30_000, all=2.3754),
                ),
                (Stage(10_000, 0.1), Stage(10_000, 0.01), Stage(10_000, 0.001)),
                ("all", "all", "all"),
            ),
        ),
    ),
    Experiment(
        "I",
        "Train on the training split",
        "From here on the model never sees the validation and test names. Both losses are alike: "
        "so small a model cannot learn by heart.",
        "splitting the data",
        (
            Training(
                _after(40_000, train=2.3291, val=2.3266),
                (Stage(30_000, 0.1), Stage(10_000, 0.01)),
                ("train", "train"),
            ),
        ),
    ),
    Experiment(
        "J",
        "A larger hidden layer",
        "300 hidden units instead of 100, at rates of 0.5, 0.1 and 0.05.",
        "a larger hidden layer",
        (
            Training(
                *(_J_FIGURES, _J_STAGES, ("train", "train", "train"), "as it should be", _J_MODEL),
                if_outside="the lecture's model has seen the held-out names, which lowers their "
                "losses (compare the runs as the lecture did it); that its training loss is "
                "lower too has no known reason, but is the luck of one run",
            ),
            Training(
                *(_J_FIGURES, _J_STAGES, ("train", "all", "all")),
                *("as the lecture did it", _J_MODEL),
                if_outside="no reason is known; all of these are figures of one run, so they are "
                "outside together",
            ),
        ),
        slip="From step 30,001 on the lecture trains on all examples, validation and test "
        "included, so its later figures are no measure of names never seen. “As it should be” "
        "trains on the training split throughout.",
    ),
    Experiment(
        "K",
        "A larger embedding",
        "10 numbers a character and 200 hidden units: the best model of the lecture.",
        "a larger embedding",
        (
            Training(
                (
                    *_after(50_000, train=2.3460, val=2.3639, test=2.3736),
                    *_after(100_000, train=2.1660, val=2.1936, test=2.1990),
                ),
                _K_STAGES,
                ("train", "train"),
                model=_K_MODEL,
            ),
        ),
        slip="The lecture's scatter of the embeddings draws an untrained random table. The "
        "Embeddings page draws the table of the run that you look at.",
    ),
    Experiment(
        "L",
        "Twenty names",
        "The model of K, with one seed, invents 20 names.",
        "sampling",
        (Training((), _K_STAGES, ("train", "train"), model=_K_MODEL, n_names=20),),
    ),
)

EXPERIMENTS: Mapping[str, Experiment] = MappingProxyType({each.name: each for each in _ALL})
