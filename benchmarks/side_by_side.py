"""Many runs at once, odd batch sizes, and how long the first kernels take.

    python benchmarks/side_by_side.py

The lecture's loop, one run after the other on one thread, is timed for `N_TIMED` steps and its
time scaled to all runs. What is compared takes turns; each figure is the ratio of the medians of
`ROUNDS` rounds. Where several threads compute, the cores that they really had are said too: on a
busy machine they are fewer than there are. So the ratio of the processor's times is told besides,
which is what as many cores as threads give if nobody else is at them. What one thread computes is
timed by the processor's time alone.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import torch
from engines import SIZES, begin, lecture_steps

from makemore import (
    MLP,
    Dataset,
    Examples,
    ModelConfig,
    TrainConfig,
    Trainer,
    load_words,
    train_many,
)
from makemore.engines import fused

ROUNDS = 5
N_RUNS, N_STEPS, N_TIMED = 64, 2_000, 500
N_THREADED_STEPS = 30_000  # of each of two runs
N_EXAMPLES = 64_000  # that each batch size is trained on
BATCHES = {1: 32, 7: 32, 33: 32, 100: 96}  # odd sizes, and the multiple of 32 beside each
KERNELS_READY = (
    "import time, makemore; from makemore.engines import fused; start = time.process_time(); "
    "fused.warm_up('dense'); print(time.process_time() - start); "
    "fused.compile_now(); print(time.process_time() - start)"
)


def build_trainers(
    name: str, examples: Examples, n: int, n_steps: int, batch_size: int = 32
) -> list[Trainer]:
    """Give `n` fresh runs that differ in their seed."""
    block_size, n_embd, n_hidden, _ = SIZES[name]
    config = ModelConfig(27, block_size, n_embd, n_hidden, "scaled")
    return [
        Trainer(
            MLP(config, torch.Generator().manual_seed(seed)),
            examples,
            TrainConfig(((n_steps, 0.1),), batch_size, seed, "fused", eval_interval=None),
        )
        for seed in range(n)
    ]


class Timed:
    """A call that was made, in seconds.

    Attributes:
        elapsed: by the clock.
        used: processor's time of all threads.
    """

    def __init__(self, function: Callable[[], object]) -> None:
        start, used = time.perf_counter(), time.process_time()
        function()
        self.elapsed, self.used = time.perf_counter() - start, time.process_time() - used


def ratio(rounds: list[tuple[float, float]]) -> str:
    """Give the ratio of the medians of two columns, and that of the extreme rounds."""
    medians = [statistics.median(column) for column in zip(*rounds, strict=True)]
    spread = sorted(a / b for a, b in rounds)
    return f"{medians[0] / medians[1]:.2f} × (rounds {spread[0]:.2f} to {spread[-1]:.2f})"


def compare_with_the_lecture(name: str, examples: Examples) -> str:
    """Train `N_RUNS` runs side by side, and one after the other as the lecture would."""
    rounds = []
    for _ in range(ROUNDS):
        trainers = build_trainers(name, examples, N_RUNS, N_STEPS)
        parameters = [p.detach().clone().requires_grad_() for p in trainers[0].model.parameters()]
        theirs = Timed(lambda: lecture_steps(parameters, examples.x, examples.y, 32, N_TIMED))  # noqa: B023
        ours = Timed(lambda: list(train_many(trainers)))  # noqa: B023
        rounds.append((theirs, ours))
    return on_many_cores(rounds, N_RUNS * N_STEPS / N_TIMED, os.cpu_count() or 1)


def compare_threads(name: str, examples: Examples) -> str:
    """Train two runs on one thread and on two."""
    rounds = []
    for _ in range(ROUNDS):
        one, two = (
            Timed(lambda: list(train_many(runs, n_workers)))  # noqa: B023
            for n_workers in (1, 2)
            for runs in [build_trainers(name, examples, 2, N_THREADED_STEPS)]
        )
        rounds.append((one, two))
    return on_many_cores(rounds, 1, 2)


def on_many_cores(rounds: list[tuple[Timed, Timed]], scale: float, n_cores: int) -> str:
    """Compare what one thread took, times `scale`, with what `n_cores` threads took."""
    by_clock = ratio([(one.elapsed * scale, many.elapsed) for one, many in rounds])
    by_use = ratio([(one.used * scale, many.used / n_cores) for one, many in rounds])
    had = statistics.median(many.used / many.elapsed for _, many in rounds)
    return f"{by_clock}, on {had:.2f} cores; by the processor's time on {n_cores}: {by_use}"


def compare_batches(name: str, examples: Examples, odd: int, even: int) -> tuple[str, str]:
    """Train with an odd batch size and with the even one beside it: per step, per example."""
    rounds = []
    for _ in range(ROUNDS):
        times = []
        for batch_size in (odd, even):
            n_steps = N_EXAMPLES // batch_size
            run = build_trainers(name, examples, 1, n_steps, batch_size)[0]
            times.append(Timed(lambda: run.advance(n_steps)).used / n_steps)  # noqa: B023
        rounds.append((times[0], times[1]))
    return ratio(rounds), ratio([(a / odd, b / even) for a, b in rounds])


def time_kernels() -> list[float]:
    """Compile the kernels in a process with an empty cache, then read them in another one.

    Returns:
        Processor's seconds until the first kernel was compiled, all were, and both were read.
    """
    with tempfile.TemporaryDirectory() as cache:
        command = [sys.executable, "-c", KERNELS_READY]
        environment = os.environ | {"XDG_CACHE_HOME": cache}
        return [
            float(line)
            for _ in range(2)
            for line in subprocess.run(
                command, env=environment, capture_output=True, check=True
            ).stdout.splitlines()
        ]


def main() -> None:
    """Measure and print."""
    begin()
    fused.compile_now()
    examples = Dataset(load_words()).examples(3).train
    for name in ("S", "L"):
        print(f"{N_RUNS} runs side by side, {name}: {compare_with_the_lecture(name, examples)}")
    for name in ("S", "L"):
        print(f"two training threads against one, {name}: {compare_threads(name, examples)}")
    for name in ("S", "L"):
        for odd, even in BATCHES.items():
            per_step, per_example = compare_batches(name, examples, odd, even)
            print(f"batch {odd} against {even}, {name}, a step:     {per_step}")
            print(f"batch {odd} against {even}, {name}, an example: {per_example}")
    times = zip(*(time_kernels() for _ in range(3)), strict=True)
    first, all_compiled, first_read, all_read = (statistics.median(column) for column in times)
    print(f"first kernel compiled in {first:.1f} s, all of them in {all_compiled:.1f} s")
    print(f"first kernel read from the disk in {first_read:.2f} s, all in {all_read:.2f} s")


if __name__ == "__main__":
    main()
