"""Several networks as one: trained side by side, each from a seed of its own, and joined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from makemore.checks import check_integer
from makemore.dataset import Dataset
from makemore.model import MLP
from makemore.recipes import Recipe
from makemore.side_by_side import MAX_WORKERS, RunFailure, train_many
from makemore.training import Trainer

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


class Ensemble:
    """Trains the networks of a recipe, each drawn and trained with a seed of its own.

    Args:
        dataset: whose training split they learn.
        recipe: of each.
        n_networks: how many; their seeds are `seed`, `seed` + 1, and so on.
        seed: of the first.

    Attributes:
        trainers: of the networks.

    Raises:
        ValueError: if a number is out of range.
    """

    def __init__(self, dataset: Dataset, recipe: Recipe, n_networks: int, seed: int) -> None:
        check_integer("n_networks", n_networks, 1, MAX_WORKERS)
        config = replace(recipe.model, vocab_size=dataset.vocabulary.size)
        examples = dataset.examples(config.block_size)
        self.trainers = [
            Trainer(
                MLP(config, torch.Generator().manual_seed(each)),
                examples.train,
                replace(recipe.train, seed=each),
                examples.val,
            )
            for each in range(seed, seed + n_networks)
        ]

    @property
    def n_steps(self) -> int:
        """Steps of all networks together."""
        return sum(trainer.n_steps for trainer in self.trainers)

    def train(self, n_workers: int | None = None) -> Iterator[int]:
        """Train them all, as many at once as there are cores; yield how many steps are taken.

        Raises:
            ValueError: if a network cannot be computed, or diverges.
        """
        for number, event in train_many(self.trainers, n_workers, _STEPS_PER_EVENT):
            if isinstance(event, RunFailure):
                raise ValueError(f"network {number + 1} failed: {event.error}") from event.error
            if event.divergence is not None:
                raise ValueError(f"network {number + 1} diverged: {event.divergence}")
            yield sum(trainer.step for trainer in self.trainers)

    def model(self) -> MLP:
        """Join the networks as they are now."""
        return join_models([trainer.model for trainer in self.trainers])
