"""Minibatch training of the MLP, told as a stream of events that its caller drives."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from makemore.checks import check_integer
from makemore.config import MAX_N_STEPS, ModelConfig, Schedule, Stage, TrainConfig, check_lr
from makemore.dataset import Examples
from makemore.engines import Engine, build_engine, fused
from makemore.film import Frame, blank_reel
from makemore.loss import evaluate
from makemore.model import MLP, check_contexts, check_indices, check_weights
from makemore.optimizer import Optimizer, check_moments
from makemore.schedules import Rates
from makemore.threads import single_threaded

MAX_STEP_FLOATS = 1_000_000_000  # of activations in one step: 4 GB, and as much for gradients
_CHUNK_INDICES = 1_000_000  # batches are drawn for so many examples at a time, 8 MB


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Losses over whole splits after `step` steps, in nats per character."""

    step: int
    train_loss: float
    val_loss: float | None  # None: the trainer was given no validation examples


@dataclass(frozen=True, slots=True)
class Divergence:
    """Why a run had to end: its loss became infinite or NaN."""

    step: int  # 1-based
    lr: float
    loss: float

    def __str__(self) -> str:
        """Say what happened and what to do."""
        return f"the loss is {self.loss:g} at step {self.step:,}; lower the rate lr={self.lr:g}"


@dataclass(frozen=True, slots=True)
class TrainingEvent:
    """What one advance did.

    Args:
        first_step: number of the first step taken, counted from 1.
        losses: minibatch loss of each step, nats per character, float32 (n,).
        lrs: learning rate of each step, float32 (n,).
        evaluations: of the steps at which one was due.
        divergence: set if the loss was not finite; the run is over.
        frames: the embedding table after those steps at which it is kept (`film`).
    """

    first_step: int
    losses: npt.NDArray[np.float32]
    lrs: npt.NDArray[np.float32]
    evaluations: tuple[Evaluation, ...] = ()
    divergence: Divergence | None = None
    frames: tuple[Frame, ...] = ()


def restore_generator(rng_state: Tensor) -> torch.Generator:
    """Build the generator whose `get_state` gave `rng_state`.

    Raises:
        ValueError: if it is no such state.
    """
    rng = torch.Generator()
    try:
        rng.set_state(rng_state)
    except (RuntimeError, TypeError) as error:
        raise ValueError(f"rng_state must be that of a torch.Generator ({error})") from error
    return rng


class Trainer:
    """Fits a model to examples, as many steps at a time as its caller asks for.

    The batch of step s is the s-th `torch.randint(len(examples), (batch_size,))` of a generator
    seeded with `config.seed`. What is learnt depends neither on how the steps are cut into calls
    nor on a save and a load between them.

    Args:
        model: changed in place.
        train_examples: what the batches are drawn from.
        config: stages, batch size, seed, engine, interval of evaluation, optimizer.
        val: examples for the validation loss.

    Attributes:
        step: steps taken.
        divergence: why the run had to end, if it had to.
        steps_by_engine: how many steps each engine took, since this trainer was made.

    Raises:
        ValueError: if the examples are not of the model's block size and vocabulary, or a batch
            would not fit into memory.
    """

    def __init__(
        self,
        model: MLP,
        train_examples: Examples,
        config: TrainConfig,
        val: Examples | None = None,
    ) -> None:
        for examples in (train_examples, val or train_examples):
            check_contexts(examples.x, model.config)
            check_indices("targets", examples.y, model.config.vocab_size)
        self.model = model
        self.train_examples = train_examples
        self.val = val
        self.step = 0
        self.divergence: Divergence | None = None
        self.steps_by_engine: Counter[str] = Counter()
        self._rng = torch.Generator().manual_seed(config.seed)
        self._use(config)
        self._optimizer = Optimizer(model.config, config)
        self._engine = self._build_engine()

    @property
    def config(self) -> TrainConfig:
        """The settings in force. A rate changed on the way has become a stage of its own."""
        return self._config

    @property
    def engine(self) -> str:
        """Name of the engine that computes the steps now."""
        return self._engine.name

    @property
    def is_waiting_for_kernels(self) -> bool:
        """Whether the fused engine will take over as soon as its kernel is compiled."""
        is_plain = self._config.engine == "auto" and self._engine.name == "reference"
        return is_plain and fused.is_available()

    @property
    def n_steps(self) -> int:
        """Steps of the whole run."""
        return self._rates.n_steps

    @property
    def is_done(self) -> bool:
        """Whether no step is left, or the run has diverged."""
        return self.divergence is not None or self.step >= self.n_steps

    @property
    def lr(self) -> float:
        """Learning rate of the next step (at the end: of the last one)."""
        step = min(self.step + 1, self.n_steps)
        return float(self._rates.of(step, step + 1)[0])

    @lr.setter
    def lr(self, lr: float) -> None:
        """Use `lr` from the next step to the end of the present stage, whatever its schedule.

        Raises:
            ValueError: if `lr` is out of range, or no step is left.
        """
        lr = check_lr("lr", lr)
        if self.step >= self.n_steps:
            raise ValueError("lr cannot change after the last step; extend the run instead")
        number, n_taken = self._rates.stage_of(self.step)
        before, present, after = (
            self._config.stages[:number],
            self._config.stages[number],
            self._config.stages[number + 1 :],
        )
        span = present.span or present.n_steps
        taken = [present._replace(n_steps=n_taken, span=span)] if n_taken else []
        rest = Stage(present.n_steps - n_taken, lr)
        self._use(replace(self._config, stages=(*before, *taken, rest, *after)))

    def extend(
        self, n_steps: int, lr: float | None = None, schedule: Schedule = "constant"
    ) -> None:
        """Append a stage of `n_steps`, at `lr` or else at the highest rate of the last stage.

        Raises:
            ValueError: if a number is out of range, or the run has diverged.
        """
        if self.divergence is not None:
            raise ValueError(f"a run that diverged cannot go on: {self.divergence}")
        stage = Stage(n_steps, self._config.stages[-1].lr if lr is None else lr, schedule)
        self._use(replace(self._config, stages=(*self._config.stages, stage)))

    def advance(self, n_steps: int) -> TrainingEvent:
        """Take up to `n_steps` steps; fewer at the end of the run.

        Raises:
            ValueError: if `n_steps` is below 1.
        """
        check_integer("n_steps", n_steps, 1, MAX_N_STEPS)
        first, last = self.step + 1, min(self.step + n_steps, self.n_steps)
        losses: list[npt.NDArray[np.float32]] = []
        evaluations: list[Evaluation] = []
        frames = [] if self.step else [Frame(0, self.model.C.detach().clone())]
        if self.is_waiting_for_kernels:
            self._engine = self._build_engine()  # the kernel may have been compiled meanwhile
        with single_threaded():
            while self.step < last and self.divergence is None:
                losses.append(self._advance_to(min(last, self._next_pause()), frames))
                if self.divergence is None and self._is_evaluation_due():
                    evaluations.append(self._evaluate())
        taken = np.concatenate(losses) if losses else np.empty(0, np.float32)
        lrs = self._rates.of(first, first + len(taken)).astype(np.float32)
        return TrainingEvent(first, taken, lrs, tuple(evaluations), self.divergence, tuple(frames))

    def state_dict(self) -> dict[str, Any]:
        """Copy all that decides how training goes on.

        That is weights, moments, step, generator, settings, and whether the run has diverged.
        """
        return {
            "weights": self.model.weights(),
            "moments": self._optimizer.copy_moments(),
            "step": self.step,
            "rng_state": self._rng.get_state(),
            "config": self._config,
            "divergence": self.divergence,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go back, or on, to where `state_dict` was taken.

        Raises:
            ValueError: if a part is missing or does not fit the model.
        """
        missing = {"weights", "moments", "step", "rng_state", "config"} - set(state)
        if missing:
            raise ValueError(f"a trainer's state must hold {', '.join(sorted(missing))}")
        check_weights(self.model.config, state["weights"])
        config: TrainConfig = state["config"]
        check_moments(self.model.config, config, state["moments"])
        step = check_integer("step", state["step"], 0, config.n_steps)
        rng = restore_generator(state["rng_state"])
        with torch.no_grad():
            for name, parameter in self.model.named_parameters():
                parameter.copy_(state["weights"][name])
        self.step, self._rng, self.divergence = step, rng, state.get("divergence")
        self._use(config)
        self._optimizer = Optimizer(self.model.config, config)
        self._optimizer.load_moments(state["moments"])
        self._engine = self._build_engine()

    def _build_engine(self) -> Engine:
        config = self._config
        return build_engine(
            config.engine, self.model, self.train_examples, config.batch_size, self._optimizer
        )

    def _use(self, config: TrainConfig) -> None:
        check_memory(self.model.config, config.batch_size or len(self.train_examples))
        self._config = config
        self._rates = Rates(config.stages, config.decay)

    def _next_pause(self) -> int:
        """The next step after which batches must be drawn anew, or a loss is due."""
        pause = self.step + max(1, _CHUNK_INDICES // (self._config.batch_size or 1))
        interval = self._config.eval_interval
        return pause if interval is None else min(pause, (self.step // interval + 1) * interval)

    def _advance_to(self, last: int, frames: list[Frame]) -> npt.NDArray[np.float32]:
        """Take the steps up to number `last`; give their losses, and add what was filmed."""
        lrs = self._rates.of(self.step + 1, last + 1)
        batches = None
        if self._config.batch_size is not None:
            # One call draws the same numbers as a call for each step, and is far quicker.
            size = (len(lrs), self._config.batch_size)
            batches = torch.randint(len(self.train_examples), size, generator=self._rng)
        reel = blank_reel(self.model.C, self.step, last)
        losses = self._engine.advance(lrs, batches, self.step + 1, reel)
        self.step += len(losses)
        self.steps_by_engine[self._engine.name] += len(losses)
        if not np.isfinite(losses[-1]):
            self._diverge(float(lrs[len(losses) - 1]), float(losses[-1]))
        has_moved = self.divergence is None  # the last step
        frames += reel.frames(self.step if has_moved else self.step - 1)
        return losses

    def _is_evaluation_due(self) -> bool:
        interval = self._config.eval_interval
        return interval is not None and (self.step % interval == 0 or self.step == self.n_steps)

    def _evaluate(self) -> Evaluation:
        train_loss = evaluate(self.model, self.train_examples)
        val_loss = evaluate(self.model, self.val) if self.val is not None else None
        if not np.isfinite(train_loss):  # the last update broke the model
            self._diverge(float(self._rates.of(self.step, self.step + 1)[0]), train_loss)
        return Evaluation(self.step, train_loss, val_loss)

    def _diverge(self, lr: float, loss: float) -> None:
        self.divergence = Divergence(self.step, lr, loss)


def check_memory(config: ModelConfig, batch_size: int) -> None:
    """Refuse a step that no usual machine has the memory for.

    Raises:
        ValueError: if model and batch together are too large.
    """
    floats = batch_size * (config.fan_in + config.n_hidden + config.vocab_size)
    if floats > MAX_STEP_FLOATS:
        raise ValueError(
            f"a step must compute at most {MAX_STEP_FLOATS:,} numbers, got {floats:,} for "
            f"{batch_size:,} examples; lower batch_size, n_hidden or n_embd"
        )


def train(
    model: MLP,
    train_examples: Examples,
    config: TrainConfig,
    val: Examples | None = None,
    steps_per_event: int = 100,
) -> Iterator[TrainingEvent]:
    """Fit `model` in place, one event every `steps_per_event` steps, taken only when asked for.

    A run that diverges ends with an event that says so.

    Raises:
        ValueError: at once, if the arguments do not fit each other.
    """
    check_integer("steps_per_event", steps_per_event, 1, MAX_N_STEPS)
    trainer = Trainer(model, train_examples, config, val)

    def events() -> Iterator[TrainingEvent]:
        while not trainer.is_done:
            yield trainer.advance(steps_per_event)

    return events()
