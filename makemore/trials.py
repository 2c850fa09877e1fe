"""One part of an experiment with one seed: a run that stops where the lecture reports a figure."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from itertools import accumulate
from typing import Literal

import torch

from makemore.config import EngineName, TrainConfig
from makemore.dataset import Dataset, Examples, build_examples
from makemore.experiments import (
    LECTURE_BLOCK_SIZE,
    Data,
    Figure,
    Part,
    RateSweep,
    SplitSizes,
    Training,
)
from makemore.loss import evaluate
from makemore.lr_finder import LRSweep
from makemore.lr_settings import SweepSettings
from makemore.model import MLP
from makemore.sampling import sample_words
from makemore.training import Trainer

# SHA-256 of the lecture's own 32,033 names, one a line.
_LECTURE_LIST = "0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d"


class Material:
    """A list of words with the examples that experiments are made of, each built once."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset

    def examples(self, data: Data | Literal["val", "test"]) -> Examples:
        """Give the examples of this name, at the lecture's block size."""
        if data == "two names":
            return self._two_names
        if data == "all":
            return self._all
        splits = self.dataset.examples(LECTURE_BLOCK_SIZE)
        return {"train": splits.train, "val": splits.val, "test": splits.test}[data]

    def is_the_lectures(self, part: Part) -> bool:
        """Say whether all words that a part looks at are those of the lecture."""
        if isinstance(part, Training) and part.data == ("two names",):
            begins_alike = self.dataset.words[:2] == ["emma", "olivia"]
            return begins_alike and self.dataset.vocabulary.size == part.model.vocab_size
        return self.is_lecture_list

    @cached_property
    def is_lecture_list(self) -> bool:
        """Whether the words are the lecture's own, in its order."""
        digest = hashlib.sha256("\n".join(self.dataset.words).encode()).hexdigest()
        return digest == _LECTURE_LIST

    @cached_property
    def _two_names(self) -> Examples:
        return self._of(self.dataset.words[:2])

    @cached_property
    def _all(self) -> Examples:
        return self._of(self.dataset.words)

    def _of(self, words: Sequence[str]) -> Examples:
        return build_examples(words, self.dataset.vocabulary, LECTURE_BLOCK_SIZE)


class Trial(ABC):
    """A part with one seed, advanced by its caller.

    Attributes:
        n_steps: of the whole trial.
        values: of the part's figures, as far as they are known.
        names: what was drawn at its end.
    """

    def __init__(self, n_steps: int) -> None:
        self.n_steps = n_steps
        self.values: list[float] = []
        self.names: list[str] = []

    @property
    @abstractmethod
    def step(self) -> int:
        """Steps taken; `n_steps` as soon as no further one can be."""

    @property
    def is_done(self) -> bool:
        """Whether it has ended."""
        return self.step >= self.n_steps

    @abstractmethod
    def advance(self, n_steps: int) -> None:
        """Take up to `n_steps` steps."""


class TrainingTrial(Trial):
    """A run that stops to be measured where the lecture reports a figure."""

    def __init__(
        self, training: Training, material: Material, seed: int, engine: EngineName
    ) -> None:
        config = TrainConfig(training.stages, training.batch_size, seed, engine, None)
        super().__init__(config.n_steps)
        self._training, self._material, self._seed = training, material, seed
        self._ends = list(accumulate(stage.n_steps for stage in training.stages))
        rng = torch.Generator().manual_seed(seed)
        model_config = replace(training.model, vocab_size=material.dataset.vocabulary.size)
        for _ in range(training.draw):
            model = MLP(model_config, rng)
        self._trainer = Trainer(model, material.examples(training.data[0]), config)

    @property
    def step(self) -> int:
        """Steps taken; all of them if the run diverged."""
        return self.n_steps if self._trainer.is_done else self._trainer.step

    def advance(self, n_steps: int) -> None:
        """Take up to `n_steps` steps, fewer where something is to be measured or changed."""
        trainer = self._trainer
        stops = [*self._ends, *(figure.step for figure in self._training.figures)]
        stop = min(stop for stop in stops if stop > trainer.step)
        event = trainer.advance(min(n_steps, stop - trainer.step))
        for figure in self._training.figures:
            if figure.step == trainer.step:
                self.values.append(self._measure(figure, float(event.losses[-1])))
        if trainer.step in self._ends and not trainer.is_done:
            self._use_data_of(self._ends.index(trainer.step) + 1)
        if trainer.is_done:
            self._end()

    def _measure(self, figure: Figure, minibatch_loss: float) -> float:
        if figure.quantity == "minibatch":
            return minibatch_loss
        return evaluate(self._trainer.model, self._material.examples(figure.quantity))  # type: ignore[arg-type]

    def _use_data_of(self, stage: int) -> None:
        """Go on where the trainer stands, with batches from the stage's examples."""
        before, data = self._trainer, self._training.data
        if data[stage] != data[stage - 1]:
            examples = self._material.examples(data[stage])
            self._trainer = Trainer(before.model, examples, before.config)
            self._trainer.load_state_dict(before.state_dict())

    def _end(self) -> None:
        n_missing = len(self._training.figures) - len(self.values)
        self.values += [float("nan")] * n_missing  # the run diverged
        if self._training.n_names and self._trainer.divergence is None:
            rng = torch.Generator().manual_seed(self._seed)
            vocabulary = self._material.dataset.vocabulary
            self.names = sample_words(self._trainer.model, vocabulary, self._training.n_names, rng)


class SplitTrial(Trial):
    """Counts the examples of the splits: one step."""

    def __init__(self, material: Material) -> None:
        super().__init__(n_steps=1)
        self._material = material

    @property
    def step(self) -> int:
        """1 once it has counted."""
        return int(bool(self.values))

    def advance(self, n_steps: int) -> None:
        """Count."""
        splits = self._material.dataset.examples(LECTURE_BLOCK_SIZE)
        self.values = [float(len(examples)) for examples in splits]


class SweepTrial(Trial):
    """A range test; what it finds is the rate of the lowest smoothed loss."""

    def __init__(self, part: RateSweep, material: Material, seed: int) -> None:
        super().__init__(part.n_steps)
        model_config = replace(part.model, vocab_size=material.dataset.vocabulary.size)
        rates = (part.lr_min, part.lr_max, part.n_steps)
        settings = SweepSettings(model_config, TrainConfig(seed=seed), *rates, n_seeds=1)
        self._sweep = LRSweep(settings, material.examples("all"))

    @property
    def step(self) -> int:
        """Rates tried; all of them if the loss ran away."""
        return self.n_steps if self._sweep.is_done else self._sweep.step

    def advance(self, n_steps: int) -> None:
        """Try up to `n_steps` further rates."""
        self._sweep.advance(n_steps)
        if self.is_done:
            self.values = [self._sweep.result().suggestions.get("minimum", float("nan"))]


def begin_trial(part: Part, material: Material, seed: int, engine: EngineName) -> Trial:
    """Begin a part of an experiment with a seed; nothing is computed yet."""
    if isinstance(part, Training):
        return TrainingTrial(part, material, seed, engine)
    if isinstance(part, SplitSizes):
        return SplitTrial(material)
    return SweepTrial(part, material, seed)
