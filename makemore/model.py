"""The multilayer perceptron of Bengio et al. 2003 over characters (lecture: "the model")."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from makemore.config import ModelConfig

# The gain with which tanh keeps a unit variance.
# Source: He et al. 2015, "Delving deep into rectifiers"; torch.nn.init.calculate_gain("tanh").
TANH_GAIN = 5 / 3


class MLP(nn.Module):
    """A character-level language model with one tanh layer.

    `C` is the embedding table, one row a character; `W1`, `b1` form the hidden layer over the
    embeddings of the context put side by side; `W2`, `b2` give one logit for each next symbol.

    Args:
        config: sizes and init.
        rng: draws C, W1, b1, W2, b2, in this order, from the standard normal. A second model
            made with the same generator is another draw.

    Source: Bengio, Ducharme, Vincent, Jauvin 2003, "A Neural Probabilistic Language Model",
    JMLR 3; the lecture's letters are kept.
    """

    C: nn.Parameter  # (vocab_size, n_embd)
    W1: nn.Parameter  # (block_size·n_embd, n_hidden)
    b1: nn.Parameter  # (n_hidden,)
    W2: nn.Parameter  # (n_hidden, vocab_size)
    b2: nn.Parameter  # (vocab_size,)

    def __init__(self, config: ModelConfig, rng: torch.Generator) -> None:
        super().__init__()
        self.config = config
        for name, shape in config.shapes.items():
            self.register_parameter(name, nn.Parameter(torch.randn(shape, generator=rng)))
        if config.init == "scaled":
            with torch.no_grad():
                self.W1.mul_(TANH_GAIN / config.fan_in**0.5)
                self.W2.mul_(0.01)
                self.b2.zero_()

    @classmethod
    def from_weights(cls, config: ModelConfig, weights: Mapping[str, Tensor]) -> MLP:
        """Build a model that holds a copy of `weights` (by name, shapes as in `config.shapes`).

        Raises:
            ValueError: if a parameter is missing, unknown or of another shape or type.
        """
        check_weights(config, weights)
        model = cls(config, torch.Generator())
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                parameter.copy_(weights[name])
        return model

    def weights(self) -> dict[str, Tensor]:
        """Copy the five parameters, so that training on does not change what was taken."""
        return {name: value.detach().clone() for name, value in self.named_parameters()}

    def forward(self, x: Tensor) -> Tensor:
        """Give the logits of the next symbol.

        Args:
            x: contexts, int64 (B, block_size).

        Returns:
            (B, vocab_size), before the softmax.

        Raises:
            ValueError: if `x` has another shape or type, or an index outside the vocabulary.
        """
        check_contexts(x, self.config)
        return self.logits(x)

    def logits(self, x: Tensor, keep: Tensor | None = None) -> Tensor:
        """Compute `forward` for contexts that were checked before.

        Args:
            x: contexts, int64 (B, block_size).
            keep: what dropout multiplies the hidden units with, float32 (B, n_hidden).
        """
        emb = self.C[x]  # (B, block_size, n_embd)
        h = torch.tanh(emb.view(len(x), self.config.fan_in) @ self.W1 + self.b1)  # (B, n_hidden)
        if keep is not None:
            h = h * keep
        return h @ self.W2 + self.b2  # (B, vocab_size)


def check_contexts(x: Tensor, config: ModelConfig) -> None:
    """Check that `x` is an int64 (B, block_size) tensor of indices of the vocabulary.

    Raises:
        ValueError: if it is not.
    """
    if x.dtype != torch.int64 or x.ndim != 2 or x.shape[1] != config.block_size:
        raise ValueError(
            f"contexts must be int64 of shape (B, {config.block_size}), the model's block_size, "
            f"got {x.dtype} of shape {tuple(x.shape)}"
        )
    check_indices("contexts", x, config.vocab_size)


def check_indices(name: str, indices: Tensor, vocab_size: int) -> None:
    """Check that every element is the number of a symbol.

    Raises:
        ValueError: if one is below 0, or `vocab_size` or above.
    """
    if not indices.numel():
        return
    lowest, highest = (int(bound) for bound in torch.aminmax(indices))
    if lowest < 0 or highest >= vocab_size:
        raise ValueError(
            f"{name} must hold indices from 0 to {vocab_size - 1}, the size of the vocabulary "
            f"less one, got {lowest if lowest < 0 else highest}"
        )


def check_weights(config: ModelConfig, weights: Mapping[str, Tensor]) -> None:
    """Check that `weights` are float32 tensors of the names and shapes that `config` asks for.

    Raises:
        ValueError: if they are not.
    """
    expected = config.shapes
    if set(weights) != set(expected):
        raise ValueError(f"weights must be {', '.join(expected)}, got {', '.join(weights)}")
    for name, shape in expected.items():
        given = weights[name]
        if given.dtype != torch.float32 or tuple(given.shape) != shape:
            raise ValueError(
                f"{name} must be torch.float32 of shape {shape}, got {given.dtype} of shape "
                f"{tuple(given.shape)}"
            )
