"""A few short runs side by side as work for the runner, for comparing what a setting does."""

import time
from dataclasses import dataclass
from typing import NamedTuple

import torch

from dashboard.curve import Buckets, LossCurve
from dashboard.jobs import ALIVE, State
from dashboard.studies import Study
from makemore import (
    MLP,
    Dataset,
    Evaluation,
    ModelConfig,
    TrainConfig,
    Trainer,
    TrainingEvent,
    build_examples,
)


class Racer(NamedTuple):
    """A run that is compared with others.

    Its weights are drawn with the seed of its batches. It trains on the training split, or on
    `words` alone.
    """

    label: str
    model: ModelConfig
    train: TrainConfig
    words: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Lane:
    """Where one of the runs stands.

    Args:
        racer: its settings.
        step: steps taken.
        seconds_a_step: of computing, without the losses over whole splits; 0 if not yet known.
        n_examples_a_step: examples that each step looks at.
        curve: its losses.
        message: why it ended early, if it did.
    """

    racer: Racer
    step: int
    seconds_a_step: float
    n_examples_a_step: int
    curve: LossCurve
    message: str | None


class RaceJob(Study):
    """Trains all runs, the one that is furthest behind first, so that they end together.

    Args:
        dataset: the words.
        racers: the runs.
    """

    def __init__(self, dataset: Dataset, racers: tuple[Racer, ...]) -> None:
        super().__init__()
        self.dataset, self.racers = dataset, racers
        self._trainers = [_trainer(dataset, racer) for racer in racers]
        self._paces = [_Pace() for _ in racers]
        self._buckets = [Buckets() for _ in racers]
        self._evaluations: list[list[Evaluation]] = [[] for _ in racers]
        self._lanes = self._look()

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """Where each run stood after the last slice."""
        return self._lanes

    @property
    def progress(self) -> float:
        """Share of the steps taken, from 0 to 1."""
        total = sum(trainer.n_steps for trainer in self._trainers)
        left = sum(t.n_steps - t.step for t in self._trainers if not t.is_done)
        return 1 - left / total

    def model(self, number: int) -> MLP:
        """Copy the model of one of the runs; for when the job is over."""
        model = self._trainers[number].model
        return MLP.from_weights(model.config, model.weights())

    def _advance(self, n_steps: int) -> None:
        waiting = [n for n, trainer in enumerate(self._trainers) if not trainer.is_done]
        number = min(waiting, key=lambda n: self._trainers[n].step / self._trainers[n].n_steps)
        event = self._paces[number].advance(self._trainers[number], n_steps)
        self._buckets[number].append(event.losses)
        self._evaluations[number] += event.evaluations
        self._lanes = self._look()
        self.version += 1
        if all(trainer.is_done for trainer in self._trainers):
            self.move(State.DONE, only_from=ALIVE)

    def _look(self) -> tuple[Lane, ...]:
        return tuple(
            Lane(
                racer,
                trainer.step,
                pace.seconds_a_step,
                racer.train.batch_size or len(trainer.train_examples),
                LossCurve.from_buckets(buckets, list(evaluations)),
                str(trainer.divergence) if trainer.divergence else None,
            )
            for racer, trainer, pace, buckets, evaluations in zip(
                self.racers,
                self._trainers,
                self._paces,
                self._buckets,
                self._evaluations,
                strict=True,
            )
        )


class _Pace:
    """How long a step takes, measured where no loss over a whole split comes between."""

    def __init__(self) -> None:
        self._steps, self._seconds = 0, 0.0

    @property
    def seconds_a_step(self) -> float:
        return self._seconds / self._steps if self._steps else 0.0

    def advance(self, trainer: Trainer, n_steps: int) -> TrainingEvent:
        """Take up to so many steps, the one with losses over whole splits by itself."""
        interval = trainer.config.eval_interval or trainer.n_steps
        before = min(interval - trainer.step % interval, trainer.n_steps - trainer.step) - 1
        if before == 0:
            return trainer.advance(1)
        start = time.perf_counter()
        event = trainer.advance(min(n_steps, before))
        self._seconds += time.perf_counter() - start
        self._steps += len(event.losses)
        return event


def _trainer(dataset: Dataset, racer: Racer) -> Trainer:
    model = MLP(racer.model, torch.Generator().manual_seed(racer.train.seed))
    examples = dataset.examples(racer.model.block_size)
    if not racer.words:
        return Trainer(model, examples.train, racer.train, examples.val)
    few = build_examples(racer.words, dataset.vocabulary, racer.model.block_size)
    return Trainer(model, few, racer.train, examples.val)
