"""The lecture's own training loop: the readable truth that any faster engine must match."""

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from makemore.dataset import Examples
from makemore.engines.fused.masks import build_dropout, keep_mask
from makemore.film import NO_REEL, Reel
from makemore.model import MLP
from makemore.optimizer import Optimizer


class ReferenceEngine:
    """Stochastic gradient descent with PyTorch's autograd, as the lecture writes it."""

    name = "reference"

    def __init__(self, model: MLP, examples: Examples, optimizer: Optimizer) -> None:
        self._model = model
        self._examples = examples
        self._optimizer = optimizer

    def advance(
        self,
        lrs: npt.NDArray[np.float64],
        batches: Tensor | None,
        first_step: int = 1,
        reel: Reel = NO_REEL,
    ) -> npt.NDArray[np.float32]:
        """Take one step for each rate, changing model and optimizer in place.

        Args:
            lrs: learning rate of each step, (n,).
            batches: which examples each step sees, int64 (n, batch_size); `None`: all of them.
            first_step: number of the first of these steps in the whole run, counted from 1.
            reel: filled with the embedding table after those of its steps that are taken.

        Returns:
            Minibatch loss of each step in nats per character, (n,). A loss that is not finite is
            the last one: its step changes nothing, and none follows.
        """
        losses = np.empty(len(lrs), np.float32)
        x, y = self._examples.x, self._examples.y
        dropout = build_dropout(self._optimizer.config, first_step, len(lrs))
        keep = None
        for step, lr in enumerate(lrs.tolist()):
            if batches is not None:
                x, y = self._examples.x[batches[step]], self._examples.y[batches[step]]
            if dropout.bound:
                n_hidden = self._model.config.n_hidden
                keep = torch.from_numpy(keep_mask(dropout, step, len(x), n_hidden))
            loss = F.cross_entropy(self._model.logits(x, keep), y)
            losses[step] = loss.item()
            if not np.isfinite(losses[step]):
                return losses[: step + 1]
            for parameter in self._model.parameters():
                parameter.grad = None
            loss.backward()
            self._optimizer.update(self._model, lr, first_step + step)
            for frame in np.flatnonzero(reel.steps == first_step + step):
                reel.tables[frame].copy_(self._model.C.detach())
        return losses
