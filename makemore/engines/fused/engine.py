"""The fused engine: many training steps in one call of a compiled kernel, outside the GIL."""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from makemore.config import ModelConfig
from makemore.dataset import Examples
from makemore.engines.fused.dense import DenseStep
from makemore.engines.fused.factorised import FactorisedStep
from makemore.model import MLP


class FusedEngine:
    """Gradient descent by the kernels of `dense` and `factorised`, whichever is quicker.

    It takes the reference engine's trajectory. Each element is summed in one fixed order, so
    results are bitwise repeatable, on any machine and however the steps are cut into calls.

    Args:
        model: changed in place.
        examples: what the batches are drawn from.
        batch_size: examples per step; `None` takes all.
    """

    name = "fused"

    def __init__(self, model: MLP, examples: Examples, batch_size: int | None) -> None:
        self._model = model
        self._x, self._y = examples.x.numpy(), examples.y.numpy()
        self._everything = np.arange(len(examples))[None]  # the one batch of a full-batch step
        n_examples = batch_size or len(examples)
        kind = FactorisedStep if is_factorised_quicker(model.config, n_examples) else DenseStep
        self._step = kind(model.config, n_examples)

    def advance(
        self, lrs: npt.NDArray[np.float64], batches: Tensor | None
    ) -> npt.NDArray[np.float32]:
        """Take one step for each rate; arguments and result as those of the reference engine."""
        self._take_weights()
        if batches is None:
            losses = self._take_full_steps(lrs)
        else:
            losses = self._step.take(self._x, self._y, batches.numpy(), lrs)
        self._give_weights()
        return losses

    def _take_full_steps(self, lrs: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
        losses = [np.empty(0, np.float32)]
        for step in range(len(lrs)):
            losses.append(
                self._step.take(self._x, self._y, self._everything, lrs[step : step + 1])
            )
            if not np.isfinite(losses[-1][0]):
                break
        return np.concatenate(losses)

    def _take_weights(self) -> None:
        """Copy the model's parameters into the kernel's arrays."""
        theirs = self._model_parameters()
        for name, ours in self._step.places().items():
            ours[:] = theirs[name].numpy()

    def _give_weights(self) -> None:
        """Copy the kernel's weights back into the model."""
        theirs = self._model_parameters()
        for name, ours in self._step.places().items():
            theirs[name].copy_(torch.from_numpy(ours))

    def _model_parameters(self) -> dict[str, Tensor]:
        """Give the model's tensors by name, and W1 by slot besides."""
        tensors = {name: value.detach() for name, value in self._model.named_parameters()}
        slots = tensors["W1"].split(self._model.config.n_embd)
        return tensors | {f"W1.{slot}": rows for slot, rows in enumerate(slots)}


def is_factorised_quicker(config: ModelConfig, batch_size: int) -> bool:
    """Choose the kernel.

    The dense first layer costs as the batch times its weights; the factorised one as the
    vocabulary times its weights, and a look-up for each example and slot.
    """
    return batch_size > 2 * config.vocab_size and config.n_embd > 2
