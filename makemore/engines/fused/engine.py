"""The fused engine: many training steps in one call of a compiled kernel, outside the GIL."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from makemore.dataset import Examples
from makemore.engines.fused import kernel_for
from makemore.engines.fused.dense import DenseStep
from makemore.engines.fused.factorised import FactorisedStep
from makemore.engines.fused.matmul import Matrix
from makemore.model import MLP
from makemore.optimizer import Optimizer


class FusedEngine:
    """Gradient descent by the kernels of `dense` and `factorised`, whichever is quicker.

    It takes the reference engine's trajectory. Each element is summed in one fixed order, so
    results are bitwise repeatable, on any machine and however the steps are cut into calls.

    Args:
        model: changed in place.
        examples: what the batches are drawn from.
        batch_size: examples per step; `None` takes all.
        optimizer: its moments are changed in place.

    Attributes:
        is_factorised: which of the two kernels was chosen.
    """

    name = "fused"

    def __init__(
        self, model: MLP, examples: Examples, batch_size: int | None, optimizer: Optimizer
    ) -> None:
        self._model, self._optimizer = model, optimizer
        self._x, self._y = examples.x.numpy(), examples.y.numpy()
        self._everything = np.arange(len(examples))[None]  # the one batch of a full-batch step
        n_examples = batch_size or len(examples)
        self.is_factorised = kernel_for(model.config, n_examples) == "factorised"
        kind = FactorisedStep if self.is_factorised else DenseStep
        self._step = kind(model.config, n_examples, optimizer.config)

    def advance(
        self, lrs: npt.NDArray[np.float64], batches: Tensor | None, first_step: int = 1
    ) -> npt.NDArray[np.float32]:
        """Take one step for each rate; arguments and result as those of the reference engine."""
        for theirs, ours in self._pairs():
            ours[:] = theirs.numpy()
        if batches is None:
            losses = self._take_full_steps(lrs, first_step)
        else:
            losses = self._step.take(self._x, self._y, batches.numpy(), lrs, first_step)
        for theirs, ours in self._pairs():
            theirs.copy_(torch.from_numpy(ours))
        return losses

    def _take_full_steps(
        self, lrs: npt.NDArray[np.float64], first_step: int
    ) -> npt.NDArray[np.float32]:
        losses = [np.empty(0, np.float32)]
        for step in range(len(lrs)):
            lr, batch = lrs[step : step + 1], self._everything
            losses.append(self._step.take(self._x, self._y, batch, lr, first_step + step))
            if not np.isfinite(losses[-1][0]):
                break
        return np.concatenate(losses)

    def _pairs(self) -> Iterator[tuple[Tensor, Matrix]]:
        """Give each tensor of the model and of its optimizer with the kernel's array for it."""
        weights = {name: value.detach() for name, value in self._model.named_parameters()}
        tensors = (weights, *self._optimizer.moments.values())
        for theirs, ours in zip(tensors, self._step.arrays(), strict=True):
            slots = theirs["W1"].split(self._model.config.n_embd)
            named = theirs | {f"W1.{slot}": rows for slot, rows in enumerate(slots)}
            for name, array in ours.items():
                yield named[name], array
