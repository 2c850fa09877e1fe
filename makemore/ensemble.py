"""Several networks as one: trained side by side, each from a seed of its own, and joined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import Tensor

from makemore.checks import check_integer
from makemore.dataset import Dataset
from makemore.model import MLP
from makemore.recipes import Recipe
from makemore.run import History, Run
from makemore.run_file import load_run, save_run
from makemore.side_by_side import MAX_WORKERS, train_many
from makemore.training import Trainer, TrainingEvent

_STEPS_PER_EVENT = 250


def join_models(models: Sequence[MLP]) -> MLP:
    """Give one network whose logits are the mean of the logits of several.

    Their embeddings stand side by side, so do their hidden units, and each hidden unit is tied to
    the embeddings of its own network only. After the softmax that is the geometric mean of their
    probabilities, normalised. What each has learnt by chance is not what the others have, so the
    mean is better than they are.

    Args:
        models: of the same vocabulary and block size; what they are is copied.

    Raises:
        ValueError: if there is no model, they differ there, or they are too large together.

    Source: Hansen and Salamon 1990, "Neural network ensembles"; Hinton 2002, "Training products of
    experts by minimizing contrastive divergence", for the mean of logits.
    """
    if not models:
        raise ValueError("models must hold at least one to be joined, got none")
    configs = [model.config for model in models]
    sizes = {(config.vocab_size, config.block_size) for config in configs}
    if len(sizes) > 1:
        raise ValueError(
            "models to be joined must have the same vocab_size and block_size, got "
            f"{', '.join(map(str, sorted(sizes)))}"
        )
    config = replace(
        configs[0],
        n_embd=sum(each.n_embd for each in configs),
        n_hidden=sum(each.n_hidden for each in configs),
    )
    weights = [model.weights() for model in models]

    def beside(name: str, dim: int) -> Tensor:
        return torch.cat([each[name] for each in weights], dim)

    # W1 by slot of the context: in each, a block for each network on the diagonal.
    slots = [each["W1"].view(config.block_size, -1, len(each["b1"])) for each in weights]
    W1 = torch.stack([torch.block_diag(*each) for each in zip(*slots, strict=True)])
    joined = {
        "C": beside("C", 1),  # (vocab_size, n_embd)
        "W1": W1.view(config.fan_in, config.n_hidden),
        "b1": beside("b1", 0),
        "W2": beside("W2", 0) / len(models),  # (n_hidden, vocab_size)
        "b2": torch.stack([each["b2"] for each in weights]).mean(0),
    }
    return MLP.from_weights(config, joined)


@dataclass(eq=False)
class Network:
    """One network of an ensemble, and all its steps.

    Args:
        trainer: of the network.
        history: of its steps; grows wherever they are taken, so that it is never behind them.
    """

    trainer: Trainer
    history: History = field(default_factory=History)
    _error: Exception | None = field(default=None, init=False)

    @property
    def model(self) -> MLP:
        """As it is now."""
        return self.trainer.model

    @property
    def seed(self) -> int:
        """With which it was drawn, and its batches are."""
        return self.trainer.config.seed

    @property
    def is_done(self) -> bool:
        """Whether no step is left, or none can be taken."""
        return self.failure is not None or self.trainer.is_done

    @property
    def failure(self) -> str | None:
        """Why it had to end early, if it had to."""
        if self._error is not None:
            return f"the network of seed {self.seed} failed: {self._error!r}"
        if self.trainer.divergence is not None:
            return f"the network of seed {self.seed} diverged: {self.trainer.divergence}"
        return None

    def advance(self, n_steps: int) -> TrainingEvent:
        """Take up to so many steps, and record them."""
        try:
            event = self.trainer.advance(n_steps)
        except Exception as error:
            self._error = error
            raise
        self.history.append(event)
        return event


class Ensemble:
    """Networks that are trained side by side and joined into one.

    A network that diverges, or cannot be computed, ends alone and is left out. Training may be
    broken off at any time, and goes on to the same weights: here, or in another process with the
    runs that were saved.

    Args:
        dataset: whose training split they learn.
        networks: each with a model of its own.

    Attributes:
        networks: in the order of their seeds, if begun or resumed here.
    """

    def __init__(self, dataset: Dataset, networks: Sequence[Network]) -> None:
        self.dataset, self.networks = dataset, list(networks)

    @classmethod
    def begin(cls, dataset: Dataset, recipe: Recipe, n_networks: int, seed: int) -> Ensemble:
        """Draw the networks of a recipe.

        Args:
            dataset: whose training split they learn.
            recipe: of each.
            n_networks: how many; their seeds are `seed`, `seed` + 1, and so on.
            seed: of the first.

        Raises:
            ValueError: if a number is out of range.
        """
        check_integer("n_networks", n_networks, 1, MAX_WORKERS)
        config = replace(recipe.model, vocab_size=dataset.vocabulary.size)
        examples = dataset.examples(config.block_size)
        return cls(
            dataset,
            [
                Network(
                    Trainer(
                        MLP(config, torch.Generator().manual_seed(each)),
                        examples.train,
                        replace(recipe.train, seed=each),
                        examples.val,
                    )
                )
                for each in range(seed, seed + n_networks)
            ],
        )

    @classmethod
    def resume(cls, dataset: Dataset, runs: Sequence[Run]) -> Ensemble:
        """Go on exactly where networks stood.

        Args:
            dataset: that they began with.
            runs: of an ensemble, as `runs` gave them.

        Raises:
            ValueError: if they are not of one ensemble, or began with other words.
        """
        if not runs:
            raise ValueError("an ensemble must have at least one network, got none")
        first = runs[0]
        alike = (first.model_config, first.train_config, first.data_digest)
        for run in runs:
            of_first_seed = replace(run.train_config, seed=first.train_config.seed)
            if (run.model_config, of_first_seed, run.data_digest) != alike:
                raise ValueError(
                    "the networks of an ensemble must differ in nothing but their seed, got those "
                    f"of seed {first.train_config.seed} and {run.train_config.seed}, which were "
                    "begun with other settings or words; resume those of one ensemble"
                )
        in_order = sorted(runs, key=lambda run: run.train_config.seed)
        examples = dataset.examples(first.model_config.block_size)
        return cls(
            dataset,
            [Network(run.trainer(examples.train, examples.val), run.history) for run in in_order],
        )

    @property
    def n_steps(self) -> int:
        """Steps of all networks together."""
        return sum(network.trainer.n_steps for network in self.networks)

    @property
    def step(self) -> int:
        """Steps taken by all networks together."""
        return sum(network.trainer.step for network in self.networks)

    @property
    def is_done(self) -> bool:
        """Whether no network has a step left."""
        return all(network.is_done for network in self.networks)

    @property
    def failures(self) -> list[str]:
        """Say of each network that had to end early why."""
        return [network.failure for network in self.networks if network.failure is not None]

    def train(self, n_workers: int | None = None) -> Iterator[int]:
        """Train all, as many at once as there are cores; yield how many steps are taken.

        Closing the iterator waits for the steps under way, which are recorded.
        """
        for _ in train_many(self.networks, n_workers, _STEPS_PER_EVENT):
            yield self.step

    @property
    def models(self) -> list[MLP]:
        """Of the networks that did not have to end early, as they are now."""
        return [network.model for network in self.networks if network.failure is None]

    def model(self) -> MLP:
        """Join these.

        Raises:
            ValueError: if none is left.
        """
        models = self.models
        if not models:
            raise ValueError(f"no network is left to be joined: {'; '.join(self.failures)}")
        return join_models(models)

    def runs(self) -> list[Run]:
        """Give where each network stands, without those that had to end early."""
        return [
            Run.of(
                network.trainer,
                network.history,
                self.dataset.vocabulary,
                self.dataset.seed,
                self.dataset,
            )
            for network in self.networks
            if network.failure is None
        ]


def save_networks(runs: Sequence[Run], folder: Path) -> None:
    """Write each run into a file of its own, in the place of an earlier one of the same seed.

    Raises:
        OSError: if a file cannot be written; one that stood there is unchanged.
    """
    folder.mkdir(exist_ok=True)
    for run in runs:
        save_run(run, folder / f"network-{run.train_config.seed}.safetensors")


def load_networks(folder: Path) -> list[Run]:
    """Read the runs that `save_networks` wrote.

    Raises:
        ValueError: if there are none, or a file is not one.
    """
    paths = network_files(folder)
    if not paths:
        raise ValueError(
            "an ensemble is kept in a folder with a file network-….safetensors for each network, "
            f"got none in {str(folder)!r}; check the path"
        )
    return [load_run(path) for path in paths]


def network_files(folder: Path) -> list[Path]:
    """Find the files of networks in a folder; none where there is no folder."""
    return sorted(folder.glob("network-*.safetensors"))
