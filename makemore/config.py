"""Settings of the model and of its training: frozen, and checked when they are built."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from makemore.checks import MAX_SEED, check_choice, check_integer, check_number, check_positive

Init = Literal["lecture", "scaled"]
EngineName = Literal["auto", "reference", "fused"]
OptimizerName = Literal["sgd", "adamw"]
Schedule = Literal["constant", "cosine", "one_cycle", "bengio"]

INITS: dict[Init, str] = {
    "lecture": "Every parameter from the standard normal, as the lecture draws them.",
    "scaled": "W1 × (5/3) ÷ √fan-in, W2 × 0.01, b2 = 0: the first loss is close to an even guess.",
}
ENGINES: dict[EngineName, str] = {
    "auto": "The fused engine, and the reference engine until that is compiled.",
    "reference": "The lecture's own loop: PyTorch, autograd, one step after the other.",
    "fused": "Compiled kernels: the same steps an order of magnitude sooner.",
}
OPTIMIZERS: dict[OptimizerName, str] = {
    "sgd": "Every parameter goes against its gradient, with momentum if that is wished.",
    "adamw": "Each parameter has a pace of its own, set by how large its gradients have been.",
}
SCHEDULES: dict[Schedule, str] = {
    "constant": "The same rate at every step.",
    "cosine": "From the rate to nearly 0, along half a wave of the cosine.",
    "one_cycle": "Up to the rate in the first 30 % of the steps, then down to nearly 0.",
    "bengio": "The rate ÷ (1 + decay · steps taken), as Bengio et al. 2003 lower it.",
}

# Above these, a typing slip is likelier than a wish, and memory would not hold it.
MAX_BLOCK_SIZE = 64
MAX_N_EMBD = 1_024
MAX_N_HIDDEN = 16_384
MAX_VOCAB_SIZE = 65_536
MAX_N_PARAMETERS = 50_000_000
MAX_BATCH_SIZE = 1_000_000
MAX_N_STEPS = 100_000_000
MIN_LR, MAX_LR = 1e-38, 1e38  # float32 holds no rate beyond
MAX_BETA = 0.999_999  # of a momentum too: float32 hardly tells what is above from 1
MAX_EPS, MAX_WEIGHT_DECAY, MAX_DECAY = 1.0, 100.0, 1.0
MAX_DROPOUT = 0.99


class Stage(NamedTuple):
    """Steps that share a schedule of the learning rate."""

    n_steps: int
    lr: float  # the highest of the schedule
    schedule: Schedule = "constant"
    span: int | None = None  # steps of the whole schedule, if the stage ends before it


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """The size of the network and how its parameters begin.

    Args:
        vocab_size: symbols, the end mark included.
        block_size: characters seen to predict the next one.
        n_embd: numbers that stand for one character.
        n_hidden: width of the tanh layer.
        init: `"lecture"` or `"scaled"`; see `INITS`.

    Raises:
        ValueError: if a size is below 1 or absurdly large, or the init is unknown.

    Example:
        >>> ModelConfig().n_parameters
        3481
    """

    vocab_size: int = 27
    block_size: int = 3
    n_embd: int = 2
    n_hidden: int = 100
    init: Init = "lecture"

    def __post_init__(self) -> None:
        """Check every field."""
        _check_integer_field(self, "vocab_size", 2, MAX_VOCAB_SIZE)
        _check_integer_field(self, "block_size", 1, MAX_BLOCK_SIZE)
        _check_integer_field(self, "n_embd", 1, MAX_N_EMBD)
        _check_integer_field(self, "n_hidden", 1, MAX_N_HIDDEN)
        check_choice("init", self.init, INITS)
        if self.n_parameters > MAX_N_PARAMETERS:
            raise ValueError(
                f"a model must have at most {MAX_N_PARAMETERS:,} parameters, got "
                f"{self.n_parameters:,}; lower n_hidden or n_embd"
            )

    @property
    def fan_in(self) -> int:
        """Numbers that reach each hidden unit: block_size · n_embd."""
        return self.block_size * self.n_embd

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of each parameter, in the order in which they are drawn."""
        return {
            "C": (self.vocab_size, self.n_embd),
            "W1": (self.fan_in, self.n_hidden),
            "b1": (self.n_hidden,),
            "W2": (self.n_hidden, self.vocab_size),
            "b2": (self.vocab_size,),
        }

    @property
    def n_parameters(self) -> int:
        """Numbers that training adjusts."""
        table = self.vocab_size * self.n_embd
        hidden = (self.fan_in + 1) * self.n_hidden
        output = (self.n_hidden + 1) * self.vocab_size
        return table + hidden + output


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """How a model is trained: which steps, at which rates, on which batches.

    Args:
        stages: one after the other, each (steps, learning rate) or (steps, highest learning rate,
            schedule); see `SCHEDULES`.
        batch_size: examples per step, drawn with replacement; `None` takes all of them.
        seed: of the generator that draws the batches.
        engine: what computes the steps; see `ENGINES`.
        eval_interval: steps between two losses over the whole training and validation split, of
            which one more comes at the end; `None`: none at all.
        optimizer: how a gradient moves a parameter; see `OPTIMIZERS`.
        momentum: share of the last move that sgd repeats.
        beta1: share of the past in adamw's mean of the gradients.
        beta2: share of the past in adamw's mean of their squares.
        eps: keeps adamw from dividing by 0.
        weight_decay: pull towards 0. To adamw it is apart from the gradient (decoupled); to sgd a
            part of it (L2), as to `torch.optim.SGD`.
        decay: r of the schedule `"bengio"`. At 1e-4 a rate is halved after 10,000 steps; the
            paper's 1e-8 is for hundreds of millions.
        dropout: share of the hidden units that a step leaves out for each example; those that stay
            count 1 / (1 - dropout) times. Losses over whole splits and samples know none.

    Raises:
        ValueError: if a number is out of range, there is no stage, or adamw is given a momentum.
    """

    stages: tuple[Stage, ...] = (Stage(10_000, 0.1),)
    batch_size: int | None = 32
    seed: int = 42
    engine: EngineName = "auto"
    eval_interval: int | None = 1_000
    optimizer: OptimizerName = "sgd"
    momentum: float = 0.0
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.0
    decay: float = 1e-4
    dropout: float = 0.0

    def __post_init__(self) -> None:
        """Check every field, and turn the stages into a tuple of `Stage`s."""
        object.__setattr__(self, "stages", tuple(_checked_stages(self.stages)))
        if self.n_steps > MAX_N_STEPS:
            raise ValueError(
                f"stages must have at most {MAX_N_STEPS:,} steps together, got {self.n_steps:,}"
            )
        if self.batch_size is not None:
            _check_integer_field(self, "batch_size", 1, MAX_BATCH_SIZE)
        _check_integer_field(self, "seed", 0, MAX_SEED)
        check_choice("engine", self.engine, ENGINES)
        if self.eval_interval is not None:
            _check_integer_field(self, "eval_interval", 1, MAX_N_STEPS)
        check_choice("optimizer", self.optimizer, OPTIMIZERS)
        _check_number_field(self, "momentum", 0, MAX_BETA)
        _check_number_field(self, "beta1", 0, MAX_BETA)
        _check_number_field(self, "beta2", 0, MAX_BETA)
        _check_number_field(self, "eps", MIN_LR, MAX_EPS)
        _check_number_field(self, "weight_decay", 0, MAX_WEIGHT_DECAY)
        _check_number_field(self, "decay", 0, MAX_DECAY)
        _check_number_field(self, "dropout", 0, MAX_DROPOUT)
        if self.optimizer == "adamw" and self.momentum:
            raise ValueError(
                f"momentum must be 0 with adamw, got {self.momentum:g}; set beta1 instead"
            )

    @property
    def n_steps(self) -> int:
        """Steps of all stages together."""
        return sum(stage.n_steps for stage in self.stages)

    @property
    def moments(self) -> tuple[str, ...]:
        """What the optimizer remembers of each parameter's gradients, by name."""
        if self.optimizer == "adamw":
            return ("mean", "mean_square")
        return ("momentum",) if self.momentum else ()


def check_lr(name: str, value: object) -> float:
    """Return `value` as a float if it is a learning rate that float32 can hold.

    Raises:
        ValueError: if it is not.
    """
    lr = check_positive(name, value)
    if not MIN_LR <= lr <= MAX_LR:
        raise ValueError(f"{name} must be from {MIN_LR:g} to {MAX_LR:g}, got {lr:g}")
    return lr


def _check_integer_field(config: object, name: str, minimum: int, maximum: int) -> None:
    """Check a field of a frozen dataclass, and make a plain int of a NumPy one."""
    value = check_integer(name, getattr(config, name), minimum, maximum)
    object.__setattr__(config, name, value)


def _check_number_field(config: object, name: str, minimum: float, maximum: float) -> None:
    """Check a field of a frozen dataclass, and make a plain float of a NumPy one."""
    value = check_number(name, getattr(config, name), minimum, maximum)
    object.__setattr__(config, name, value)


_STAGES = "stages must be (steps, lr) pairs, or (steps, lr, schedule)"


def _checked_stages(stages: object) -> Iterable[Stage]:
    if isinstance(stages, str) or not isinstance(stages, Iterable):
        raise ValueError(f"{_STAGES}, got {stages!r}")
    stages = list(stages)
    if not stages:
        raise ValueError("stages must hold at least one (steps, lr) pair, got none")
    for number, stage in enumerate(stages, start=1):
        try:
            stage = Stage(*stage)
        except TypeError:
            raise ValueError(f"{_STAGES}, got {stage!r} as number {number}") from None
        yield _checked_stage(stage, number)


def _checked_stage(stage: Stage, number: int) -> Stage:
    """Check a stage, and leave out a span that says nothing."""
    n_steps = check_integer(
        f"the number of steps of stage {number}", stage.n_steps, 1, MAX_N_STEPS
    )
    lr = check_lr(f"lr of stage {number}", stage.lr)
    check_choice(f"schedule of stage {number}", stage.schedule, SCHEDULES)
    span = stage.span
    if span is not None:
        span = check_integer(f"span of stage {number}", span, n_steps, MAX_N_STEPS)
    if span == n_steps or stage.schedule in ("constant", "bengio"):  # these have no end
        span = None
    return Stage(n_steps, lr, stage.schedule, span)
