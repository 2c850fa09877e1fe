"""A training run as one thing: settings, history, weights, and all it needs to go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from torch import Tensor

from makemore.checks import MAX_SEED, check_integer
from makemore.config import ModelConfig, TrainConfig
from makemore.dataset import Dataset, Examples
from makemore.diary import Diary, check_diary, continued, is_due
from makemore.film import Frame, check_frames
from makemore.model import MLP, check_weights
from makemore.optimizer import Moments, check_moments
from makemore.run_words import RunWords
from makemore.training import Divergence, Evaluation, Trainer, TrainingEvent, restore_generator
from makemore.vocabulary import Vocabulary


class History:
    """What every step of a run has shown; grows as events come in."""

    def __init__(self) -> None:
        self._losses = np.empty(1024, np.float32)
        self._lrs = np.empty(1024, np.float32)
        self._n_steps = 0
        self.evaluations: list[Evaluation] = []
        self.frames: list[Frame] = []
        self.diary: Diary = ()

    @classmethod
    def of(
        cls,
        losses: npt.NDArray[np.float32],
        lrs: npt.NDArray[np.float32],
        evaluations: Sequence[Evaluation],
        frames: Sequence[Frame] = (),
        diary: Diary = (),
    ) -> History:
        """Build a history from its parts."""
        history = cls()
        history.append(TrainingEvent(1, losses, lrs, tuple(evaluations), frames=tuple(frames)))
        history.diary = diary
        return history

    def __len__(self) -> int:
        """Give the number of steps recorded."""
        return self._n_steps

    @property
    def losses(self) -> npt.NDArray[np.float32]:
        """Minibatch loss of steps 1 to n, nats per character, float32 (n,)."""
        return self._losses[: self._n_steps]

    @property
    def lrs(self) -> npt.NDArray[np.float32]:
        """Learning rate of steps 1 to n, float32 (n,)."""
        return self._lrs[: self._n_steps]

    def append(self, event: TrainingEvent) -> None:
        """Take over what an event tells.

        Raises:
            ValueError: if the event does not begin where the history ends.
        """
        if event.first_step != self._n_steps + 1:
            raise ValueError(
                f"the next event must begin at step {self._n_steps + 1}, got {event.first_step}"
            )
        end = self._n_steps + len(event.losses)
        if end > len(self._losses):  # doubling: each number is moved about once on average
            capacity = max(end, 2 * len(self._losses))
            self._losses = np.resize(self._losses, capacity)
            self._lrs = np.resize(self._lrs, capacity)
        self._losses[self._n_steps : end] = event.losses
        self._lrs[self._n_steps : end] = event.lrs
        self._n_steps = end
        self.evaluations += event.evaluations
        self.frames += event.frames

    def write_diary(self, model: MLP, vocabulary: Vocabulary) -> None:
        """Let the model as of the last step write into the diary, if it is time."""
        if is_due(self.diary, len(self)):
            self.diary = continued(self.diary, len(self), model, vocabulary)


@dataclass(eq=False)
class Run:
    """Everything that there is to say about one training run.

    Args:
        vocabulary: symbols of the words that it was trained on.
        model_config: sizes and init.
        train_config: settings in force, rates changed on the way included.
        split_seed: with which the words were split.
        data_digest: `Examples.digest` of the training examples.
        history: every loss and rate so far, the frames of the embedding table, and the diary.
        step: steps taken.
        weights: C, W1, b1, W2, b2 after `step` steps.
        rng_state: of the generator that draws the batches.
        moments: what the optimizer remembers, by moment and parameter.
        divergence: set if the run had to end.
        words: the list that it was trained on; `None` where nobody said.

    Raises:
        ValueError: if the parts do not fit each other.
    """

    vocabulary: Vocabulary
    model_config: ModelConfig
    train_config: TrainConfig
    split_seed: int
    data_digest: str
    history: History
    step: int
    weights: dict[str, Tensor] = field(repr=False)
    rng_state: Tensor = field(repr=False)
    moments: Moments = field(default_factory=dict, repr=False)
    divergence: Divergence | None = None
    words: RunWords | None = None

    def __post_init__(self) -> None:
        """Check that the parts fit, so that whatever is saved can also be loaded."""
        if self.vocabulary.size != self.model_config.vocab_size:
            raise ValueError(
                f"the vocabulary must have the model's {self.model_config.vocab_size} symbols, "
                f"got {self.vocabulary.size}"
            )
        check_weights(self.model_config, self.weights)
        check_moments(self.model_config, self.train_config, self.moments)
        restore_generator(self.rng_state)
        self.split_seed = check_integer("split_seed", self.split_seed, 0, MAX_SEED)
        self.step = check_integer("step", self.step, 0, self.train_config.n_steps)
        if len(self.history) != self.step:
            raise ValueError(
                f"the history must have the {self.step} steps of the run, got "
                f"{len(self.history)}; append every event to it"
            )
        check_frames(self.history.frames, self.model_config.shapes["C"], self.step)
        check_diary(self.history.diary, self.vocabulary, self.step)
        if self.divergence is not None and self.divergence.step != self.step:
            raise ValueError(
                f"a run that diverged must end there, at step {self.divergence.step}, got one "
                f"of {self.step} steps"
            )

    @classmethod
    def of(
        cls,
        trainer: Trainer,
        history: History,
        vocabulary: Vocabulary,
        split_seed: int = 42,
        dataset: Dataset | None = None,
    ) -> Run:
        """Take a copy of where `trainer` stands; training on does not change it.

        Args:
            trainer: of the run.
            history: of all its steps.
            vocabulary: of the words.
            split_seed: with which they were split.
            dataset: the words themselves, so that the run brings them wherever it is opened.

        Raises:
            ValueError: if `history` or `vocabulary` is not the trainer's.
        """
        state = trainer.state_dict()
        return cls(
            vocabulary=vocabulary,
            model_config=trainer.model.config,
            train_config=state["config"],
            split_seed=split_seed,
            data_digest=trainer.train_examples.digest,
            history=History.of(
                history.losses.copy(),
                history.lrs.copy(),
                history.evaluations,
                history.frames,
                history.diary,
            ),
            step=state["step"],
            weights=state["weights"],
            rng_state=state["rng_state"],
            moments=state["moments"],
            divergence=state["divergence"],
            words=None if dataset is None else RunWords.of(dataset),
        )

    def with_words(self, words: bytes) -> Run:
        """Give the run with the words of its list, UTF-8, one a line.

        Raises:
            ValueError: if these are others.
        """
        return (
            self if self.words is None else replace(self, words=replace(self.words, words=words))
        )

    def dataset(self) -> Dataset:
        """Split the words that the run was trained on as they were split for it.

        Raises:
            ValueError: if the run does not have them.
        """
        if self.words is None:
            raise ValueError(
                "a run must have its words, but this one does not say which they are; load the "
                f"same list and split it with seed {self.split_seed}"
            )
        return self.words.dataset(self.split_seed)

    def model(self) -> MLP:
        """Build the model with the weights of this run."""
        return MLP.from_weights(self.model_config, self.weights)

    def trainer(self, train_examples: Examples, val: Examples | None = None) -> Trainer:
        """Build a trainer that goes on exactly where this run stands.

        Raises:
            ValueError: if the examples are not those that the run was trained on.
        """
        if train_examples.digest != self.data_digest:
            by_name = " by name" if self.words is not None and self.words.by_name else ""
            raise ValueError(
                "a run can only go on with the training examples that it began with, got others; "
                f"load the same list of words and split it{by_name} with seed {self.split_seed}"
            )
        trainer = Trainer(self.model(), train_examples, self.train_config, val)
        trainer.load_state_dict(
            {
                "weights": self.weights,
                "moments": self.moments,
                "step": self.step,
                "rng_state": self.rng_state,
                "config": self.train_config,
                "divergence": self.divergence,
            }
        )
        return trainer
