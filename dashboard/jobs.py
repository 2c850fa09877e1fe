"""Work that the runner does in slices: a training run, a sweep of the learning rate."""

from __future__ import annotations

import secrets
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import Tensor

from dashboard.curve import Buckets, LossCurve
from makemore import (
    MLP,
    Dataset,
    Divergence,
    History,
    LRRangeTest,
    LRSweep,
    ModelConfig,
    Run,
    TrainConfig,
    Trainer,
)

SLICE_SECONDS = 0.05  # one turn; at 5 ms a thread starves behind the 5 ms of the GIL's switch
MAX_STEPS_PER_SLICE = 100_000
_SPEED_WINDOW_SECONDS = 2.0
_TELL_SECONDS = 0.25  # between two results of a sweep


class State(StrEnum):
    """Where a job stands. Only a running one gets turns."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    DONE = "done"
    DIVERGED = "diverged"
    FAILED = "failed"

    @property
    def word(self) -> str:
        """What a person calls it."""
        return "training" if self is State.RUNNING else self.value

    @property
    def is_final(self) -> bool:
        """Whether no turn will follow."""
        return self not in (State.RUNNING, State.PAUSED)


class Job(ABC):
    """Something that advances a slice at a time and can be read from any thread meanwhile."""

    def __init__(self) -> None:
        self.id = secrets.token_urlsafe(16)  # 128 bits: whoever knows it was given it
        self.error: str | None = None
        self.version = 0  # grows with everything that a viewer could see
        self._state = State.RUNNING
        self._lock = threading.Lock()  # held for moments only, never while a slice runs
        self._steps_per_slice = 1

    @property
    def state(self) -> State:
        """Where the job stands."""
        return self._state

    def move(self, to: State, *, only_from: tuple[State, ...]) -> bool:
        """Change the state if it is one of `only_from`; say whether it was."""
        with self._lock:
            if self._state not in only_from:
                return False
            self._state = to
            self.version += 1
            return True

    def fail(self, error: Exception) -> None:
        """End with a reason."""
        self.error = f"{type(error).__name__}: {error}"
        self.move(State.FAILED, only_from=(State.RUNNING, State.PAUSED))

    def run_slice(self) -> None:
        """Work for about `SLICE_SECONDS`, and learn from it how much that is."""
        n_steps = self._steps_per_slice
        start = time.perf_counter()
        self._advance(n_steps)
        seconds = max(time.perf_counter() - start, 1e-6)
        wanted = n_steps * SLICE_SECONDS / seconds
        self._steps_per_slice = max(1, round(min(wanted, 4 * n_steps, MAX_STEPS_PER_SLICE)))

    @abstractmethod
    def _advance(self, n_steps: int) -> None:
        """Take `n_steps` steps, publish what they showed, and end the job if it is over."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A training run at one moment, as a viewer needs it."""

    state: State
    step: int
    n_steps: int
    lr: float
    steps_per_second: float | None
    engine: str
    is_compiling: bool  # a faster engine takes over as soon as its kernels are there
    curve: LossCurve
    message: str | None  # why the run ended early


class TrainingJob(Job):
    """A training run: the trainer, its history, and the weights of its last slice."""

    def __init__(
        self, dataset: Dataset, model_config: ModelConfig, train_config: TrainConfig
    ) -> None:
        super().__init__()
        examples = dataset.examples(model_config.block_size)
        model = MLP(model_config, torch.Generator().manual_seed(train_config.seed))
        self.dataset = dataset
        self.model_config = model_config
        self.history = History()
        self._buckets = Buckets()
        self._trainer = Trainer(model, examples.train, train_config, examples.val)
        self._advancing = threading.Lock()  # held while a slice runs
        self._weights = model.weights()
        self._marks = deque([(0.0, 0)])  # (seconds of running, step) of the last slices
        self._seconds = 0.0

    @property
    def train_config(self) -> TrainConfig:
        """Settings in force."""
        return self._trainer.config

    @property
    def step(self) -> int:
        """Steps taken and published."""
        return len(self.history)

    @property
    def divergence(self) -> Divergence | None:
        """Why the run had to end, if it had to."""
        return self._trainer.divergence

    @property
    def is_over(self) -> bool:
        """Whether the run has ended and its last slice is published."""
        return self.state.is_final and not self._advancing.locked()

    @property
    def embedding(self) -> Tensor:
        """The embedding table as of the last slice, (vocab_size, n_embd)."""
        return self._weights["C"]

    def model(self) -> MLP:
        """Build the model as of the last slice; training goes on without it."""
        return MLP.from_weights(self.model_config, self._weights)

    def run(self) -> Run:
        """Take a copy of the whole run, waiting for the slice under way."""
        with self._advancing:
            return Run.of(self._trainer, self.history, self.dataset.vocabulary, self.dataset.seed)

    def snapshot(self) -> Snapshot:
        """Say where the run stands."""
        with self._lock:
            return Snapshot(
                state=self._state,
                step=self.step,
                n_steps=self._trainer.n_steps,
                lr=self._trainer.lr,
                steps_per_second=self._steps_per_second(),
                engine=self._trainer.engine,
                is_compiling=self._trainer.is_waiting_for_kernels,
                curve=LossCurve.from_buckets(self._buckets, self.history.evaluations),
                message=str(self.divergence) if self.divergence else self.error,
            )

    def _advance(self, n_steps: int) -> None:
        start = time.perf_counter()
        with self._advancing:
            event = self._trainer.advance(n_steps)
            weights = self._trainer.model.weights()
            with self._lock:
                self.history.append(event)
                self._buckets.append(event.losses)
                self._weights = weights
                self._seconds += time.perf_counter() - start
                self._marks.append((self._seconds, self.step))
                while self._seconds - self._marks[0][0] > _SPEED_WINDOW_SECONDS:
                    self._marks.popleft()
                self.version += 1
        if event.divergence is not None:
            self.move(State.DIVERGED, only_from=(State.RUNNING, State.PAUSED))
        elif self._trainer.is_done:
            self.move(State.DONE, only_from=(State.RUNNING, State.PAUSED))

    def _steps_per_second(self) -> float | None:
        """Speed of the last slices; of the whole run once it has ended."""
        seconds, step = (0.0, 0) if self._state.is_final else self._marks[0]
        elapsed = self._seconds - seconds
        return (self.step - step) / elapsed if elapsed > 0 else None


class SweepJob(Job):
    """A sweep of the learning rate with a fresh model."""

    def __init__(
        self,
        dataset: Dataset,
        model_config: ModelConfig,
        lr_min: float,
        lr_max: float,
        n_steps: int,
        batch_size: int | None,
        seed: int,
    ) -> None:
        super().__init__()
        train = dataset.examples(model_config.block_size).train
        self._sweep = LRSweep(model_config, train, lr_min, lr_max, n_steps, batch_size, seed)
        self._result = self._sweep.result()
        self._told_at = time.perf_counter()

    @property
    def result(self) -> LRRangeTest:
        """What the rates tried so far have shown, at most `_TELL_SECONDS` ago."""
        return self._result

    @property
    def progress(self) -> float:
        """Share of the rates tried, from 0 to 1."""
        return self._sweep.step / self._sweep.n_steps

    def _advance(self, n_steps: int) -> None:
        self._sweep.advance(n_steps)
        now = time.perf_counter()
        if self._sweep.is_done or now > self._told_at + _TELL_SECONDS:
            self._result, self._told_at = self._sweep.result(), now  # too slow for every slice
        if self._sweep.is_done:
            self.move(State.DONE, only_from=(State.RUNNING, State.PAUSED))
