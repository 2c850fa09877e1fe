"""Training, evaluation and examples: ratios to the lecture's way, in one process.

    python benchmarks/engines.py

The lecture's way is written out in plain PyTorch below. It and ours take turns, on one thread; the
figure is the ratio of the medians of `ROUNDS` rounds.
"""

import platform
import statistics
import time
from collections.abc import Callable
from functools import partial

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
    """Give the processor's time of a call, repeated for about `SECONDS`.

    On a quiet machine that is the time by the clock, as all here compute on one thread; on a busy
    one the turns of others do not count.
    """
    start, calls = time.process_time(), 0
    while (elapsed := time.process_time() - start) < SECONDS or not calls:
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


class Contest:
    """The lecture's loop and the fused engine, about to train one model each on equal terms."""

    def __init__(self, name: str, dataset: Dataset) -> None:
        block_size, n_embd, n_hidden, self.batch_size = SIZES[name]
        self.config = ModelConfig(27, block_size, n_embd, n_hidden, "scaled")
        self.examples = dataset.examples(block_size).train
        self.model = MLP(self.config, torch.Generator().manual_seed(1))
        self.parameters = [p.detach().clone().requires_grad_() for p in self.model.parameters()]
        optimizer = Optimizer(self.config, TrainConfig())
        self._engine = fused.load()(self.model, self.examples, self.batch_size, optimizer)
        self._rng = torch.Generator().manual_seed(1)

    def take_lecture_steps(self, n: int) -> None:
        """Take `n` steps as the lecture does."""
        lecture_steps(self.parameters, self.examples.x, self.examples.y, self.batch_size, n)

    def take_our_steps(self, n: int) -> None:
        """Take `n` steps with the fused engine."""
        self._engine.advance(np.full(n, 0.1), self.draw_batches(n))

    def draw_batches(self, n: int) -> torch.Tensor:
        """Draw the batches of `n` steps, (n, batch_size)."""
        size = (n, self.batch_size)
        return torch.randint(len(self.examples), size, generator=self._rng)

    def evaluate_as_lecture(self) -> float:
        """Compute the loss over the whole training split, every example."""
        with torch.no_grad():
            C, W1, b1, W2, b2 = self.parameters
            h = torch.tanh(C[self.examples.x].view(-1, W1.shape[0]) @ W1 + b1)
            return float(F.cross_entropy(h @ W2 + b2, self.examples.y))

    @property
    def flops_per_step(self) -> int:
        """Multiplications and additions in the matrix products of a step of ours.

        Three products a layer: forward, and backward to its weights and to its input. The rows of
        the factorised first layer are the symbols, those of the dense one the batch.
        """
        config, batch_size = self.config, self.batch_size
        first_rows = config.vocab_size if self._engine.kernel == "factorised" else batch_size
        first = first_rows * config.fan_in * config.n_hidden
        return 6 * (first + batch_size * config.n_hidden * config.vocab_size)


def peak_gflops() -> float:
    """Measure what one core reaches in the library's product of two large matrices."""
    a, b = torch.randn(768, 768), torch.randn(768, 768)
    torch.mm(a, b)
    seconds = min(seconds_per_call(lambda: torch.mm(a, b)) for _ in range(ROUNDS))
    return 2 * 768**3 / seconds / 1e9


def main() -> None:
    """Measure and print."""
    begin()
    words = load_words()
    dataset = Dataset(words)
    peak = peak_gflops()
    print(f"sgemm of one core: {peak:.0f} GFLOP/s")
    for name in SIZES:
        contest = Contest(name, dataset)
        n_theirs, n_ours = (100, 1000) if name != "B" else (10, 30)
        told = ratio(
            partial(contest.take_lecture_steps, n_theirs),
            partial(contest.take_our_steps, n_ours),
            n_ours / n_theirs,
        )
        print(f"training step {name}:       {told}")
        seconds = seconds_per_call(partial(contest.take_our_steps, n_ours)) / n_ours
        gflops = contest.flops_per_step / seconds / 1e9
        print(
            f"  its products alone: {contest.flops_per_step / 1e6:.2f} MFLOP in "
            f"{seconds * 1e6:.1f} µs, {gflops:.0f} GFLOP/s, {gflops / peak:.0%} of that"
        )
        if name != "B":
            model, examples = contest.model, contest.examples
            told = ratio(contest.evaluate_as_lecture, partial(evaluate, model, examples))
            print(f"full training split {name}: {told}")
    stoi = {character: i for i, character in enumerate(dataset.vocabulary.characters)}
    for block_size in (3, 8):
        told = ratio(
            partial(lecture_examples, words, stoi, block_size),
            partial(build_examples, words, dataset.vocabulary, block_size),
        )
        print(f"examples, block size {block_size}: {told}")


def _processor() -> str:
    import llvmlite.binding

    features = llvmlite.binding.get_host_cpu_features()
    vectors = next(
        (name for name in ("avx512f", "avx2", "neon") if features.get(name)), "narrower vectors"
    )
    return f"{llvmlite.binding.get_host_cpu_name()}, {vectors}"


if __name__ == "__main__":
    main()
