"""Training, evaluation and examples: ratios to the lecture's way, in one process.

    python benchmarks/engines.py

The lecture's way is written out in plain PyTorch below. It and ours take turns, on one thread; the
figure is the ratio of the medians of `ROUNDS` rounds.
"""

import platform
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F

from makemore import (
    MLP,
    Dataset,
    ModelConfig,
    TrainConfig,
    build_examples,
    evaluate,
    load_words,
)
from makemore.engines import fused
from makemore.optimizer import Optimizer

ROUNDS = 7
SECONDS = 0.25  # of each measurement
SIZES = {  # block_size, n_embd, n_hidden, batch_size
    "S": (3, 2, 100, 32),
    "L": (3, 10, 200, 32),
    "B": (8, 24, 512, 256),
}


def lecture_steps(
    parameters: list[torch.Tensor], x: torch.Tensor, y: torch.Tensor, batch_size: int, n: int
) -> None:
    """Take n steps as the lecture's cells do."""
    C, W1, b1, W2, b2 = parameters
    for _ in range(n):
        ix = torch.randint(0, len(x), (batch_size,))
        emb = C[x[ix]]
        h = torch.tanh(emb.view(-1, W1.shape[0]) @ W1 + b1)
        loss = F.cross_entropy(h @ W2 + b2, y[ix])
        for parameter in parameters:
            parameter.grad = None
        loss.backward()
        for parameter in parameters:
            parameter.data += -0.1 * parameter.grad


def lecture_examples(words: list[str], stoi: dict[str, int], block_size: int) -> None:
    """Build examples as the lecture's cells do."""
    x, y = [], []
    for word in words:
        context = [0] * block_size
        for character in word + ".":
            ix = stoi[character]
            x.append(context)
            y.append(ix)
            context = [*context[1:], ix]
    torch.tensor(x), torch.tensor(y)


def seconds_per_call(function: Callable[[], object]) -> float:
    """Time a call, repeated for about `SECONDS`."""
    start, calls = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - start) < SECONDS or not calls:
        function()
        calls += 1
    return elapsed / calls


def ratio(theirs: Callable[[], object], ours: Callable[[], object], per: float = 1.0) -> str:
    """Time both in turn; `per`: how much more of the same our call does."""
    theirs(), ours()
    times = [(seconds_per_call(theirs), seconds_per_call(ours) / per) for _ in range(ROUNDS)]
    medians = [statistics.median(column) for column in zip(*times, strict=True)]
    spread = sorted(a / b for a, b in times)
    return f"{medians[0] / medians[1]:6.1f} × (rounds {spread[0]:.1f} to {spread[-1]:.1f})"


def begin() -> None:
    """Compute on one thread, as the lecture's loop is quickest, and say on what machine."""
    torch.set_num_threads(1)
    print(f"{platform.machine()}, {_processor()}, torch {torch.__version__}")


def main() -> None:
    """Measure and print."""
    begin()
    words = load_words()
    dataset = Dataset(words)
    stoi = {character: i for i, character in enumerate(dataset.vocabulary.characters)}
    engine_type = fused.load()
    for name, (block_size, n_embd, n_hidden, batch_size) in SIZES.items():
        examples = dataset.examples(block_size).train
        config = ModelConfig(27, block_size, n_embd, n_hidden, "scaled")
        model = MLP(config, torch.Generator().manual_seed(1))
        parameters = [p.detach().clone().requires_grad_() for p in model.parameters()]
        engine = engine_type(model, examples, batch_size, Optimizer(config, TrainConfig()))
        n_theirs, n_ours = (100, 1000) if batch_size == 32 else (10, 30)
        rng, lrs = torch.Generator().manual_seed(1), np.full(n_ours, 0.1)

        def ours(
            engine: object = engine,
            size: tuple[int, int] = (n_ours, batch_size),
            n: int = len(examples),
            lrs: np.ndarray = lrs,
            rng: torch.Generator = rng,
        ) -> None:
            engine.advance(lrs, torch.randint(n, size, generator=rng))  # type: ignore[attr-defined]

        x, y = examples.x, examples.y
        theirs = lambda: lecture_steps(parameters, x, y, batch_size, n_theirs)  # noqa: B023, E731
        print(f"training step {name}:       {ratio(theirs, ours, n_ours / n_theirs)}")
        if name != "B":
            whole = lambda: _lecture_loss(parameters, x, y)  # noqa: B023, E731
            print(
                f"full training split {name}: {ratio(whole, lambda: evaluate(model, examples))}"  # noqa: B023
            )
    for block_size in (3, 8):
        plain = lambda: lecture_examples(words, stoi, block_size)  # noqa: B023, E731
        built = lambda: build_examples(words, dataset.vocabulary, block_size)  # noqa: B023, E731
        print(f"examples, block size {block_size}: {ratio(plain, built)}")


@torch.no_grad()
def _lecture_loss(parameters: list[torch.Tensor], x: torch.Tensor, y: torch.Tensor) -> float:
    C, W1, b1, W2, b2 = parameters
    h = torch.tanh(C[x].view(-1, W1.shape[0]) @ W1 + b1)
    return float(F.cross_entropy(h @ W2 + b2, y))


def _processor() -> str:
    import llvmlite.binding

    features = llvmlite.binding.get_host_cpu_features()
    vectors = next(
        (name for name in ("avx512f", "avx2", "neon") if features.get(name)), "narrower vectors"
    )
    return f"{llvmlite.binding.get_host_cpu_name()}, {vectors}"


if __name__ == "__main__":
    main()
