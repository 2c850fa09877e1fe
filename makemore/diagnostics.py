"""What goes on inside a model: activations, saturated and dead units, gradients and updates.

Source: the questions are those of Glorot and Bengio 2010, "Understanding the difficulty of
training deep feedforward neural networks"; the init that the lecture draws fails them at first.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from makemore.config import check_lr
from makemore.dataset import Examples
from makemore.model import MLP, check_contexts, check_indices
from makemore.threads import single_threaded

SATURATED = 0.97  # |tanh| above which less than 6 % of a gradient passes: 1 - 0.97²
HEALTHY_UPDATE_RATIO = 1e-3  # a parameter then moves by its own size in about a thousand steps


@dataclass(frozen=True, eq=False)
class Activations:
    """The hidden layer over some examples.

    Args:
        h_preact: before tanh, (B, n_hidden).
        h: after it, (B, n_hidden).
        logits: (B, vocab_size).
        loss: mean over the examples, nats per character.
    """

    h_preact: Tensor
    h: Tensor
    logits: Tensor
    loss: float

    @classmethod
    @torch.no_grad()
    def of(cls, model: MLP, examples: Examples) -> Activations:
        """Run the examples through the model.

        Raises:
            ValueError: if they are not of the model's block size and vocabulary.
        """
        _check_fit(model, examples)
        with single_threaded():
            emb = model.C[examples.x]  # (B, block_size, n_embd)
            h_preact = emb.view(len(examples), model.config.fan_in) @ model.W1 + model.b1
            h = torch.tanh(h_preact)
            logits = h @ model.W2 + model.b2
            loss = float(F.cross_entropy(logits, examples.y))
        return cls(h_preact, h, logits, loss)

    @property
    def saturated(self) -> float:
        """Share of the activations that lie beyond ±`SATURATED`, where tanh is flat."""
        return float((self.h.abs() > SATURATED).float().mean())

    @property
    def dead_units(self) -> int:
        """Hidden units that are saturated for every example, and so learn nothing from these."""
        return int((self.h.abs() > SATURATED).all(0).sum())


@dataclass(frozen=True, slots=True)
class TensorHealth:
    """One parameter and its gradient over some examples.

    Args:
        name: C, W1, b1, W2 or b2.
        std: standard deviation of the parameter's numbers.
        gradient_norm: Euclidean, of the mean gradient.
        update_ratio: what one step of plain SGD would change, beside what is there: the norm of
            lr · gradient ÷ the norm of the parameter; infinite if that is 0.
    """

    name: str
    std: float
    gradient_norm: float
    update_ratio: float


def tensor_health(model: MLP, examples: Examples, lr: float) -> list[TensorHealth]:
    """Compute gradients over `examples` and compare each with its parameter; nothing is changed.

    Raises:
        ValueError: if the examples do not fit the model or `lr` is no learning rate.
    """
    _check_fit(model, examples)
    lr = check_lr("lr", lr)
    parameters = dict(model.named_parameters())
    with single_threaded():
        loss = F.cross_entropy(model.logits(examples.x), examples.y)
        gradients = torch.autograd.grad(loss, list(parameters.values()))
    return [
        _health(name, parameter.detach(), gradient, lr)
        for (name, parameter), gradient in zip(parameters.items(), gradients, strict=True)
    ]


def _health(name: str, parameter: Tensor, gradient: Tensor, lr: float) -> TensorHealth:
    size, norm = float(parameter.norm()), float(gradient.norm())
    return TensorHealth(
        name=name,
        std=float(parameter.std(correction=0)),
        gradient_norm=norm,
        update_ratio=lr * norm / size if size else float("inf"),
    )


def _check_fit(model: MLP, examples: Examples) -> None:
    check_contexts(examples.x, model.config)
    check_indices("targets", examples.y, model.config.vocab_size)
