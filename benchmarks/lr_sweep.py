"""The sweep and the bake-off of the learning rate, against plain PyTorch and torch-lr-finder.

    python benchmarks/lr_sweep.py

Model S of the other benchmarks with the lecture's initial weights, and the lecture's sweep: 1,000
rates from 1e-3 to 1, batches of 32. What is compared takes turns in one process; each figure is
the ratio of the medians of `ROUNDS` rounds, by the processor's time: where ours has n cores, the
clock says n times as much. The eager side of the bake-off is timed for `N_TIMED` steps and scaled
to all of them. torch-lr-finder joins in if it is installed (`pip install torch-lr-finder`).
"""

import statistics
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from io import StringIO

import numpy as np
import torch
import torch.nn.functional as F
from engines import begin, lecture_steps
from side_by_side import Timed, ratio

from makemore import (
    MLP,
    Dataset,
    ModelConfig,
    SweepSettings,
    TrainConfig,
    bake_off,
    evaluate,
    load_words,
    lr_range_test,
    lr_range_tests,
    propose_lrs,
)
from makemore.dataset import SplitExamples
from makemore.engines import fused
from makemore.lr_bake_off import BAKE_OFF_STEPS
from makemore.lr_seeds import spread_of

ROUNDS = 5
N_RATES, LR_MIN, LR_MAX, BATCH_SIZE = 1_000, 1e-3, 1.0, 32
N_TIMED = 1_000
CONFIG = ModelConfig()
SETTINGS = SweepSettings(CONFIG, TrainConfig(), LR_MIN, LR_MAX, N_RATES)
ONE_SEED = replace(SETTINGS, n_seeds=1)


def begin_model(seed: int) -> MLP:
    """Draw the weights that a sweep with this seed begins with."""
    return MLP(CONFIG, torch.Generator().manual_seed(seed))


def eager_range_test(examples: SplitExamples) -> float:
    """Do the range test as one would write it down in PyTorch; give its minimum."""
    C, W1, b1, W2, b2 = parameters = list(begin_model(42).parameters())
    x, y = examples.train.x, examples.train.y
    average, best, best_lr = 0.0, float("inf"), 0.0
    for step, lr in enumerate(np.geomspace(LR_MIN, LR_MAX, N_RATES), start=1):
        ix = torch.randint(0, len(x), (BATCH_SIZE,))
        h = torch.tanh(C[x[ix]].view(-1, W1.shape[0]) @ W1 + b1)
        loss = F.cross_entropy(h @ W2 + b2, y[ix])
        for parameter in parameters:
            parameter.grad = None
        loss.backward()
        for parameter in parameters:
            parameter.data += -lr * parameter.grad
        average = 0.98 * average + 0.02 * loss.item()
        smoothed = average / (1 - 0.98**step)
        if smoothed < best:
            best, best_lr = smoothed, float(lr)
    return best_lr


@torch.no_grad()
def eager_evaluation(model: MLP, examples: SplitExamples) -> float:
    """Compute the loss over the whole validation split, every example."""
    return float(F.cross_entropy(model(examples.val.x), examples.val.y))


def compare_sweeps(examples: SplitExamples, n_seeds: int) -> str:
    """Sweep with some seeds, on all cores, and one after the other in PyTorch."""
    rounds = []
    for _ in range(ROUNDS):
        theirs = Timed(lambda: eager_range_test(examples)).used * n_seeds
        settings = replace(SETTINGS, n_seeds=n_seeds)
        ours = Timed(lambda: lr_range_tests(settings, examples.train))  # noqa: B023
        rounds.append((theirs, ours))
    return compared(rounds)


def compared(rounds: list[tuple[float, Timed]]) -> str:
    """Compare the processor's time of a single thread with ours, of all our threads together."""
    used = [ours.used for _, ours in rounds]
    elapsed = statistics.median(ours.elapsed for _, ours in rounds)
    cores = statistics.median(ours.used / ours.elapsed for _, ours in rounds)
    by_use = ratio([(theirs, ours.used) for theirs, ours in rounds])
    return (
        f"{by_use} a core, ours {statistics.median(used):.3f} s of the processor, "
        f"{elapsed:.3f} s on {cores:.2f} cores"
    )


def compare_bake_offs(examples: SplitExamples) -> str:
    """Run the whole bake-off, and as many eager steps and evaluations, scaled."""
    proposals = propose_lrs(lr_range_tests(SETTINGS, examples.train))
    rounds = []
    for _ in range(ROUNDS):
        parameters = [p.detach().clone().requires_grad_() for p in begin_model(42).parameters()]
        data = (examples.train.x, examples.train.y, BATCH_SIZE, N_TIMED)
        step = Timed(lambda: lecture_steps(parameters, *data)).used / N_TIMED  # noqa: B023
        model = begin_model(42)
        judged = Timed(lambda: eager_evaluation(model, examples)).used  # noqa: B023
        n_runs = len(proposals) * len(SETTINGS.seeds)
        ours = Timed(lambda: bake_off(SETTINGS, examples, proposals))
        rounds.append((n_runs * (BAKE_OFF_STEPS * step + judged), ours))
    return compared(rounds)


def load_their_finder() -> type | None:
    """Give torch-lr-finder's class, if it is installed."""
    try:
        from torch_lr_finder import LRFinder
    except ImportError:
        return None
    finder: type = LRFinder
    return finder


def their_history(finder: type, examples: SplitExamples, seed: int) -> dict[str, list[float]]:
    """Run torch-lr-finder with its own defaults on the same weights and the same data."""
    model, data = begin_model(seed), examples.train
    rng = torch.Generator().manual_seed(seed)
    pairs = torch.utils.data.TensorDataset(data.x, data.y)
    loader = torch.utils.data.DataLoader(pairs, BATCH_SIZE, shuffle=True, generator=rng)
    optimizer = torch.optim.SGD(model.parameters(), lr=LR_MIN)
    search = finder(model, optimizer, torch.nn.CrossEntropyLoss(), device="cpu")
    with redirect_stderr(StringIO()), redirect_stdout(StringIO()):  # its progress and its word
        search.range_test(loader, end_lr=LR_MAX, num_iter=N_RATES)
    history: dict[str, list[float]] = search.history
    return history


def their_suggestions(history: dict[str, list[float]]) -> dict[str, float]:
    """Read off what its plot suggests (steepest), and the minimum of the same curve."""
    lrs, losses = history["lr"][10:-5], np.array(history["loss"][10:-5])
    return {
        "its steepest": lrs[int(np.gradient(losses).argmin())],
        "its minimum": lrs[int(losses.argmin())],
    }


def compare_with_their_finder(finder: type, examples: SplitExamples) -> None:
    """Compare times and suggestions, and let all suggestions compete."""
    rounds = [
        (
            Timed(lambda: their_history(finder, examples, 42)).used,
            Timed(lambda: lr_range_test(ONE_SEED, examples.train)).used,
        )
        for _ in range(ROUNDS)
    ]
    print(f"torch-lr-finder against our sweep: {ratio(rounds)}")
    found = [their_suggestions(their_history(finder, examples, seed)) for seed in SETTINGS.seeds]
    theirs = {name: spread_of([each[name] for each in found]) for name in found[0]}
    tests = lr_range_tests(SETTINGS, examples.train)
    for name, spread in {**theirs, **tests.spread}.items():
        print(f"  {name}: {spread.median:.4g} ({spread.lowest:.4g} to {spread.highest:.4g})")
    proposals = propose_lrs(tests) | {name: spread.median for name, spread in theirs.items()}
    for each in bake_off(SETTINGS, examples, proposals).ranking:
        print(f"  {' = '.join(each.names)}, lr {each.lr:.4g}: {each.mean:.4f} nats")


def main() -> None:
    """Measure and print."""
    begin()
    fused.compile_now()
    examples = Dataset(load_words()).examples(CONFIG.block_size)
    warm_up: list[Callable[[], object]] = [
        lambda: eager_range_test(examples),
        lambda: lr_range_test(ONE_SEED, examples.train),
        lambda: evaluate(begin_model(42), examples.val),
    ]
    for call in warm_up:
        call()
    for n_seeds in (1, len(SETTINGS.seeds)):
        print(f"sweep, {n_seeds} seeds: {compare_sweeps(examples, n_seeds)}")
    print(f"bake-off: {compare_bake_offs(examples)}")
    finder = load_their_finder()
    if finder is None:
        print("torch-lr-finder is not installed, and left out")
    else:
        compare_with_their_finder(finder, examples)


if __name__ == "__main__":
    main()
