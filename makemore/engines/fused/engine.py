"""The fused engine: many training steps in one call of a compiled kernel, outside the GIL."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import numpy.typing as npt
from torch import Tensor

from makemore.dataset import Examples
from makemore.engines.fused import kernel_for
from makemore.engines.fused.dense import DenseStep
from makemore.engines.fused.factorised import FactorisedStep
from makemore.engines.fused.matmul import Matrix
from makemore.engines.fused.single import SingleStep
from makemore.film import NO_REEL, Reel
from makemore.model import MLP
from makemore.optimizer import Optimizer

_STEPS = {"dense": DenseStep, "factorised": FactorisedStep, "single": SingleStep}


class FusedEngine:
    """Gradient descent by the kernel of `dense`, `factorised` or `single` that is quickest.

    It takes the reference engine's trajectory. Each element is summed in one fixed order, so
    results are bitwise repeatable, on any machine and however the steps are cut into calls.

    Args:
        model: changed in place.
        examples: what the batches are drawn from.
        batch_size: examples per step; `None` takes all.
        optimizer: its moments are changed in place.

    Attributes:
        kernel: which one was chosen.
    """

    name = "fused"

    def __init__(
        self, model: MLP, examples: Examples, batch_size: int | None, optimizer: Optimizer
    ) -> None:
        self._model, self._optimizer = model, optimizer
        self._windows = examples.windows
        n_examples = batch_size or len(examples)
        self.kernel = kernel_for(model.config, n_examples, optimizer.config)
        self._step = _STEPS[self.kernel](model.config, n_examples, optimizer.config)
        self._places: tuple[int, ...] = ()  # of the tensors in memory, when they were paired
        self._pairs: list[tuple[Matrix, Matrix]] = []

    def advance(
        self,
        lrs: npt.NDArray[np.float64],
        batches: Tensor | None,
        first_step: int = 1,
        reel: Reel = NO_REEL,
    ) -> npt.NDArray[np.float32]:
        """Take one step for each rate; arguments and result as those of the reference engine."""
        pairs = self._paired()
        for theirs, ours in pairs:
            ours[:] = theirs
        if batches is None:
            losses = self._take_full_steps(lrs, first_step, reel)
        else:
            losses = self._step.take(self._windows, batches.numpy(), lrs, first_step, reel)
        for theirs, ours in pairs:
            theirs[:] = ours
        return losses

    def _take_full_steps(
        self, lrs: npt.NDArray[np.float64], first_step: int, reel: Reel
    ) -> npt.NDArray[np.float32]:
        everything = np.arange(len(self._windows))[None]  # not kept, as hundreds of runs may be
        losses = [np.empty(0, np.float32)]
        for step, lr in enumerate(lrs[:, None], start=first_step):
            losses.append(self._step.take(self._windows, everything, lr, step, reel))
            if not np.isfinite(losses[-1][0]):
                break
        return np.concatenate(losses)

    def _paired(self) -> list[tuple[Matrix, Matrix]]:
        """Give each array of the model and of its optimizer with the kernel's array for it.

        Views that are made anew only if a tensor has moved: each operation of PyTorch lets the
        interpreter go, and in a busy process it takes long to get it back.
        """
        weights = {name: getattr(self._model, name) for name in self._model.config.shapes}
        groups: list[Mapping[str, Tensor]] = [weights, *self._optimizer.moments.values()]
        places = tuple(tensor.data_ptr() for group in groups for tensor in group.values())
        if places != self._places:
            self._places, self._pairs = places, list(self._pair(groups))
        return self._pairs

    def _pair(self, groups: Iterable[Mapping[str, Tensor]]) -> Iterator[tuple[Matrix, Matrix]]:
        n_embd = self._model.config.n_embd
        for group, ours in zip(groups, self._step.arrays(), strict=True):
            theirs = {name: tensor.detach().numpy() for name, tensor in group.items()}
            for slot in range(self._model.config.block_size):
                theirs[f"W1.{slot}"] = theirs["W1"][slot * n_embd : (slot + 1) * n_embd]
            for name, array in ours.items():
                yield theirs[name], array
