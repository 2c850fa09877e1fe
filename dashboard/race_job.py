"""A few short runs side by side as work for the runner, for comparing what a setting does."""

from dataclasses import dataclass
from typing import NamedTuple

import torch

from dashboard.curve import Buckets, LossCurve
from dashboard.jobs import ALIVE, State
from dashboard.studies import Study
from makemore import MLP, Dataset, Evaluation, ModelConfig, TrainConfig, Trainer, build_examples


class Racer(NamedTuple):
    """A run that is compared with others.

    Its weights are drawn with the seed of its batches. It trains on the training split, or on the
    first `n_words` names of the list.
    """

    label: str
    model: ModelConfig
    train: TrainConfig
    n_words: int | None = None


@dataclass(frozen=True, eq=False)
class Lane:
    """Where one of the runs stands.

    Args:
        racer: its settings.
        step: steps taken.
        curve: its losses.
        message: why it ended early, if it did.
    """

    racer: Racer
    step: int
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
        self.racers = racers
        self._trainers = [_trainer(dataset, racer) for racer in racers]
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
        event = self._trainers[number].advance(n_steps)
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
                LossCurve.from_buckets(buckets, list(evaluations)),
                str(trainer.divergence) if trainer.divergence else None,
            )
            for racer, trainer, buckets, evaluations in zip(
                self.racers, self._trainers, self._buckets, self._evaluations, strict=True
            )
        )


def _trainer(dataset: Dataset, racer: Racer) -> Trainer:
    model = MLP(racer.model, torch.Generator().manual_seed(racer.train.seed))
    examples = dataset.examples(racer.model.block_size)
    if racer.n_words is None:
        return Trainer(model, examples.train, racer.train, examples.val)
    words = dataset.words[: racer.n_words]
    few = build_examples(words, dataset.vocabulary, racer.model.block_size)
    return Trainer(model, few, racer.train, examples.val)
