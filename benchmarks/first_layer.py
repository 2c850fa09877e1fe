"""Where the rule that chooses between the dense and the factorised first layer should lie.

    python benchmarks/first_layer.py

Both steps take turns in one process, on one thread, on random examples. A figure is the median of
`ROUNDS` ratios of the dense step's time to the factorised one's: above 1 that one is quicker.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import numpy as np
import torch
from engines import begin

from makemore import Examples, ModelConfig, TrainConfig
from makemore.engines import fused
from makemore.film import NO_REEL

if TYPE_CHECKING:
    from makemore.engines.fused.step import Step

ROUNDS = 9
BATCHES = (32, 48, 64, 96, 128, 256, 512)
N_EXAMPLES = 150_000
# vocab_size, block_size, n_embd, n_hidden
SIZES = (
    (27, 3, 2, 100),
    (27, 3, 4, 100),
    (27, 3, 10, 200),
    (27, 8, 2, 200),
    (27, 8, 10, 200),
    (27, 8, 24, 512),
    (100, 3, 10, 200),
    (100, 8, 24, 200),
)


def load_steps() -> tuple[type[Step], type[Step]]:
    """Import both kinds of step; `load` has to come first, as it tells numba where kernels lie."""
    fused.load()
    from makemore.engines.fused.dense import DenseStep
    from makemore.engines.fused.factorised import FactorisedStep

    return DenseStep, FactorisedStep


def compare(config: ModelConfig, examples: Examples, batch_size: int) -> float:
    """Give how many times as long the dense step takes."""
    steps = [kind(config, batch_size, TrainConfig()) for kind in load_steps()]
    for step in steps:
        for array in step.arrays()[0].values():
            array[:] = 0.1
    n_steps = max(4, min(400, 100_000_000 // (batch_size * config.n_parameters)))
    batches = torch.randint(len(examples), (n_steps, batch_size)).numpy()
    lrs = np.full(n_steps, 0.01)

    def seconds(step: Step) -> float:
        start = time.process_time()
        step.take(examples.windows, batches, lrs, 1, NO_REEL)
        return time.process_time() - start

    for step in steps:
        seconds(step)
    return statistics.median(seconds(steps[0]) / seconds(steps[1]) for _ in range(ROUNDS))


def main() -> None:
    """Measure and print a table; the rule's choice of the factorised step is marked."""
    begin()
    print("| symbols | block | embedding | hidden |", *(f"{n} |" for n in BATCHES))
    print("|---" * (4 + len(BATCHES)) + "|")
    for vocab_size, block_size, n_embd, n_hidden in SIZES:
        config = ModelConfig(vocab_size, block_size, n_embd, n_hidden)
        x = torch.randint(vocab_size, (N_EXAMPLES, block_size))
        examples = Examples(x, torch.randint(vocab_size, (N_EXAMPLES,)))
        cells = []
        for batch_size in BATCHES:
            kernel = fused.kernel_for(config, batch_size, TrainConfig())
            mark = "**" if kernel == "factorised" else ""
            cells.append(f"{mark}{compare(config, examples, batch_size):.2f}{mark}")
        sizes = f"| {vocab_size} | {block_size} | {n_embd} | {n_hidden} |"
        print(sizes, " | ".join(cells), "|", flush=True)


if __name__ == "__main__":
    main()
