"""What the steps have in common: arrays, and a kernel that trains them."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from makemore.config import TrainConfig
from makemore.engines.fused.masks import build_dropout
from makemore.engines.fused.matmul import Matrix
from makemore.engines.fused.update import build_rule
from makemore.engines.fused.vectors import part, prefetch
from makemore.film import Reel


@part
def fetch(windows, batches, step):
    """Begin to bring the examples of a step, if there is such, into the cache.

    They lie anywhere in memory, and the step before has time to wait for them.
    """
    if step < len(batches):
        for example in batches[step]:
            prefetch(windows, (example, 0))
            prefetch(windows, (example, windows.shape[1] - 1))


@part
def film(kept, tables, frame, step, C):
    """Copy the table C if it is kept after this step; give the next frame there is to look for."""
    while frame < len(kept) and kept[frame] <= step:
        if kept[frame] == step:
            for row in range(tables.shape[1]):
                for column in range(tables.shape[2]):
                    tables[frame, row, column] = C[row, column]
        frame += 1
    return frame


class Step(ABC):
    """The arrays of a model and of its optimizer, and the kernel that trains them.

    Args:
        kernel: `take_steps` of `dense`, `factorised` or `single`.
        build_parameters: gives zeros in the kernel's layout.
        config: tells the optimizer and the dropout.
    """

    _acts: Any  # the kernel's `Activations`

    def __init__(
        self,
        kernel: Callable[..., int],
        build_parameters: Callable[[], Any],
        config: TrainConfig,
    ) -> None:
        self._kernel = kernel
        self._config = config
        self._weights, self._grads = build_parameters(), build_parameters()
        self._moments = [build_parameters() for _ in config.moments]

    def arrays(self) -> list[dict[str, Matrix]]:
        """Give views of the weights and of each moment, see `places`."""
        return [self.places(parameters) for parameters in (self._weights, *self._moments)]

    @abstractmethod
    def places(self, parameters: Any) -> dict[str, Matrix]:
        """Give views by the model's names, in the model's shapes."""

    def take(
        self,
        windows: npt.NDArray[np.uint16],
        batches: npt.NDArray[np.int64],
        lrs: npt.NDArray[np.float64],
        first_step: int,
        reel: Reel,
    ) -> npt.NDArray[np.float32]:
        """Take one step for each rate; give the losses, see `dense.take_steps`."""
        losses = np.empty(len(lrs), np.float32)
        rule = build_rule(self._config, lrs, first_step)
        dropout = build_dropout(self._config, first_step, len(lrs))
        # A kernel has room for two moments; a rule that has fewer does not look at the others.
        first, second, *_ = (p.flat for p in (*self._moments, self._grads, self._grads))
        weights, grads, acts = self._weights, self._grads, self._acts
        n_taken = self._kernel(
            *(windows, batches, rule, dropout, weights, grads, first, second, acts, losses),
            *(reel.steps - first_step, reel.tables.numpy()),
        )
        return losses[:n_taken]
