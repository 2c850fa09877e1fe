"""Work that the runner does in slices, and the training run as such."""

from __future__ import annotations

import secrets
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from math import inf
from typing import Self

import numpy as np
import numpy.typing as npt
import torch

from dashboard.curve import Buckets, LossCurve
from makemore import (
    MLP,
    Dataset,
    Divergence,
    Frame,
    History,
    ModelConfig,
    Run,
    TrainConfig,
    Trainer,
)

SLICE_SECONDS = 0.05  # one turn where there is time
MAX_STEPS_PER_SLICE = 100_000
_SPEED_WINDOW_SECONDS = 2.0


class State(StrEnum):
    """Where a job stands. Only a running one gets turns."""

    RUNNING = "running"
    WAITING = "waiting"  # until others have made room
    PAUSED = "paused"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"  # by the end of the server
    DONE = "done"
    DIVERGED = "diverged"
    FAILED = "failed"

    @property
    def word(self) -> str:
        """What a person calls it."""
        return "training" if self is State.RUNNING else self.value

    @property
    def is_final(self) -> bool:
        """Whether no turn will follow, unless somebody asks for more."""
        return self not in ALIVE

    @property
    def is_hopeless(self) -> bool:
        """Whether no turn will ever follow."""
        return self in (State.DIVERGED, State.FAILED)


ALIVE = (State.RUNNING, State.WAITING, State.PAUSED)


class Job(ABC):
    """Something that advances a slice at a time and can be read from any thread meanwhile."""

    def __init__(self) -> None:
        self.id = secrets.token_urlsafe(16)  # 128 bits: whoever knows it was given it
        self.life = secrets.token_hex(4)  # differs once a run was lost and is back from the store
        self.owner = ""  # who alone controls it; nobody: everybody
        self.wanted_at = -inf  # when it was asked for last
        self.error: str | None = None
        self.version = 0  # grows with everything that a viewer could see
        self._place: int | None = None
        self._steps_left: int | None = None  # until it pauses by itself
        self._state = State.RUNNING
        self._lock = threading.Lock()  # held for moments only, never while a slice runs
        self._last_n_steps = 1
        self._slice_speed = (
            0.0  # steps per second of the last slice, waiting for the interpreter included
        )

    @property
    def state(self) -> State:
        """Where the job stands."""
        return self._state

    @property
    def place(self) -> int | None:
        """Its place in the queue, from 1, if it waits."""
        return self._place

    def wait_at(self, place: int | None) -> None:
        """Take a place in the queue, from 1, or leave it."""
        with self._lock:
            if place != self._place:
                self._place = place
                self.version += 1

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
        self.move(State.FAILED, only_from=ALIVE)

    def run_slice(self, slice_seconds: float = SLICE_SECONDS) -> None:
        """Work for about so long, and learn from it how many steps that is."""
        limit = self._steps_left
        wanted = self._slice_speed * slice_seconds
        n_steps = max(1, round(min(wanted, 4 * self._last_n_steps, MAX_STEPS_PER_SLICE)))
        n_steps = min(n_steps, limit or n_steps)
        start = time.perf_counter()
        self._advance(n_steps)
        self._slice_speed = n_steps / max(time.perf_counter() - start, 1e-6)
        self._last_n_steps = n_steps
        if limit is not None and self._is_limit_reached(n_steps):
            self.move(State.PAUSED, only_from=(State.RUNNING,))

    @property
    def is_stepping(self) -> bool:
        """Whether it will pause by itself after a few steps."""
        return self._steps_left is not None

    def limit(self, n_steps: int | None) -> None:
        """Let it pause after `n_steps`, besides any it still has to take; `None`: let it run."""
        with self._lock:
            self._steps_left = n_steps and n_steps + (self._steps_left or 0)

    def _is_limit_reached(self, n_steps: int) -> bool:
        """Count the steps of a slice, unless the limit was taken away meanwhile."""
        with self._lock:
            if self._steps_left is None:
                return False
            self._steps_left = max(0, self._steps_left - n_steps) or None
            return self._steps_left is None

    @abstractmethod
    def _advance(self, n_steps: int) -> None:
        """Take `n_steps` steps, publish what they showed, and end the job if it is over."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A training run at one moment, as a viewer needs it."""

    life: str  # steps of one life only grow
    state: State
    step: int
    n_steps: int
    lr: float
    steps_per_second: float | None
    engine: str
    is_compiling: bool  # a faster engine takes over as soon as its kernels are there
    curve: LossCurve
    message: str | None  # why the run ended early
    rate_changes: tuple[tuple[int, float], ...]  # (step, rate from there on)
    place: int | None  # in the queue, from 1


class TrainingJob(Job):
    """A training run: the trainer, its history, and the weights of its last slice.

    Args:
        dataset: the words that it trains on.
        trainer: advanced by this job alone.
        history: of the steps that the trainer has taken.
    """

    def __init__(self, dataset: Dataset, trainer: Trainer, history: History) -> None:
        super().__init__()
        self.dataset = dataset
        self.model_config = trainer.model.config
        self.history = history
        self.title = ""
        self.is_deleted = False  # as long as that can be undone
        self._note: str | None = None  # why it has paused by itself
        self._buckets = Buckets()
        self._buckets.append(history.losses)
        self._trainer = trainer
        self._advancing = threading.Lock()  # held while a slice runs
        # Views, as an operation of PyTorch lets the interpreter go and may wait to get it back.
        parameters = trainer.model.named_parameters()
        self._live = {name: value.detach().numpy() for name, value in parameters}
        self._weights = self._copy_weights()
        history.write_diary(trainer.model, dataset.vocabulary)
        self._marks = deque([(0.0, self.step)])  # (seconds of running, step) of the last slices
        self._seconds, self._first_step = 0.0, self.step
        self._pause_at = inf

    @classmethod
    def begin(cls, dataset: Dataset, model_config: ModelConfig, train_config: TrainConfig) -> Self:
        """Build a run that has taken no step; its seed draws the weights too."""
        examples = dataset.examples(model_config.block_size)
        model = MLP(model_config, torch.Generator().manual_seed(train_config.seed))
        return cls(dataset, Trainer(model, examples.train, train_config, examples.val), History())

    @classmethod
    def of(cls, dataset: Dataset, run: Run) -> Self:
        """Build a job that goes on where a run stands.

        Raises:
            ValueError: if the run was trained on other words.
        """
        examples = dataset.examples(run.model_config.block_size)
        return cls(dataset, run.trainer(examples.train, examples.val), run.history)

    def bring_back(
        self, run_id: str, state: State, error: str | None, owner: str, title: str
    ) -> None:
        """Take up what a stored run was known by; before anybody else sees the job."""
        self.id, self._state, self.error = run_id, state, error
        self.owner, self.title = owner, title

    def allow(self, seconds: float) -> None:
        """Let it compute for so long from now on; then it pauses."""
        with self._lock:
            self._note, self._pause_at = None, self._seconds + seconds

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
    def message(self) -> str | None:
        """Why the run ended early or has paused by itself, if it did."""
        return str(self.divergence) if self.divergence else self.error or self._note

    @property
    def is_complete(self) -> bool:
        """Whether no step is left."""
        return self._trainer.is_done

    @property
    def is_over(self) -> bool:
        """Whether the run has ended for good and its last slice is published."""
        return self.state.is_hopeless and not self._advancing.locked()

    @property
    def frames(self) -> list[Frame]:
        """The embedding table through training; the last is that of the last slice."""
        with self._lock:
            now = Frame(self.step, torch.from_numpy(self._weights["C"]))
            kept = list(self.history.frames)
        return [*kept, now] if not kept or kept[-1].step < now.step else kept

    def model(self) -> MLP:
        """Build the model as of the last slice; training goes on without it."""
        weights = {name: torch.from_numpy(array) for name, array in self._weights.items()}
        return MLP.from_weights(self.model_config, weights)

    def run(self) -> Run:
        """Take a copy of the whole run, waiting for the slice under way."""
        with self._advancing:
            words = self.dataset
            return Run.of(self._trainer, self.history, words.vocabulary, words.seed, words)

    def change_lr(self, lr: float) -> None:
        """Use another rate from the next slice on, to the end of the present stage.

        A run that has come to its end in the meantime stays as it is.

        Raises:
            ValueError: if the rate is out of range.
        """
        with self._advancing, self._lock:
            if not self._trainer.is_done:
                self._trainer.lr = lr
                self.version += 1

    def extend(self, n_steps: int) -> None:
        """Append steps at the last stage's rate.

        Raises:
            ValueError: if there would be too many, or the run has diverged.
        """
        with self._advancing, self._lock:
            self._trainer.extend(n_steps)
            self.version += 1

    def snapshot(self) -> Snapshot:
        """Say where the run stands."""
        with self._lock:
            return Snapshot(
                life=self.life,
                state=self._state,
                step=self.step,
                n_steps=self._trainer.n_steps,
                lr=self._trainer.lr,
                steps_per_second=self._steps_per_second(),
                engine=self._trainer.engine,
                is_compiling=self._trainer.is_waiting_for_kernels,
                curve=LossCurve.from_buckets(self._buckets, self.history.evaluations),
                message=self.message,
                rate_changes=self._rate_changes(),
                place=self._place,
            )

    def _advance(self, n_steps: int) -> None:
        start = time.perf_counter()
        with self._advancing:
            event = self._trainer.advance(n_steps)
            weights = self._copy_weights()
            with self._lock:
                self.history.append(event)
                self._buckets.append(event.losses)
                self._weights = weights
                self._seconds += time.perf_counter() - start
                self._marks.append((self._seconds, self.step))
                while self._seconds - self._marks[0][0] > _SPEED_WINDOW_SECONDS:
                    self._marks.popleft()
                self.version += 1
        self.history.write_diary(self._trainer.model, self.dataset.vocabulary)
        if event.divergence is not None:
            self.move(State.DIVERGED, only_from=ALIVE)
        elif self._trainer.is_done:
            self.move(State.DONE, only_from=ALIVE)
        elif self._seconds >= self._pause_at:
            self._note = "its time on this server is over; Resume gives it as much again"
            self.move(State.PAUSED, only_from=(State.RUNNING,))

    def _copy_weights(self) -> dict[str, npt.NDArray[np.float32]]:
        return {name: array.copy() for name, array in self._live.items()}

    def _rate_changes(self) -> tuple[tuple[int, float], ...]:
        """Say where stages met so far."""
        stages = self._trainer.config.stages
        ends = accumulate(stage.n_steps for stage in stages)
        changes = ((end, after.lr) for end, after in zip(ends, stages[1:], strict=False))
        return tuple((step, lr) for step, lr in changes if step <= self.step)

    def _steps_per_second(self) -> float | None:
        """Speed of the last slices; of the whole run once it has ended."""
        seconds, step = (0.0, self._first_step) if self._state.is_final else self._marks[0]
        elapsed = self._seconds - seconds
        return (self.step - step) / elapsed if elapsed > 0 else None
