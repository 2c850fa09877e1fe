"""What computes training steps, and the choice between them."""

from typing import Protocol

import numpy as np
import numpy.typing as npt
from torch import Tensor

from makemore.config import EngineName
from makemore.dataset import Examples
from makemore.engines import fused
from makemore.engines.reference import ReferenceEngine
from makemore.film import NO_REEL, Reel
from makemore.model import MLP
from makemore.optimizer import Optimizer


class Engine(Protocol):
    """Takes training steps on one model."""

    name: str

    def advance(
        self,
        lrs: npt.NDArray[np.float64],
        batches: Tensor | None,
        first_step: int = 1,
        reel: Reel = NO_REEL,
    ) -> npt.NDArray[np.float32]:
        """Take one step for each rate; see `ReferenceEngine.advance`."""
        ...


def prepare() -> None:
    """Do beforehand what the first run would wait for: import the kernels, or begin to compile."""
    fused.compile_in_background()
    for kernel in fused.KERNELS:
        if fused.is_ready(kernel):
            fused.warm_up(kernel)


def build_engine(
    name: EngineName,
    model: MLP,
    examples: Examples,
    batch_size: int | None,
    optimizer: Optimizer,
) -> Engine:
    """Give the engine of this name.

    `"auto"` gives the fused engine once the kernel for this model and batch is compiled on this
    machine. Until then it has it compiled in the background and gives the reference engine.

    Raises:
        ValueError: if the fused engine is asked for and numba is not installed.
    """
    if name == "auto":
        fused.compile_in_background()
        n_examples = batch_size or len(examples)
        kernel = fused.kernel_for(model.config, n_examples, optimizer.config)
        name = "fused" if fused.is_ready(kernel) else "reference"
    if name == "fused":
        return fused.load()(model, examples, batch_size, optimizer)
    return ReferenceEngine(model, examples, optimizer)
