"""Many runs at once, on all cores: for comparisons of rates, bands of seeds and sweeps.

The fused engine computes outside the interpreter's lock, so threads are enough. Independent runs
on all cores were quicker than any way of putting several models into one product.
"""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Protocol

from makemore.checks import check_integer
from makemore.config import MAX_N_STEPS
from makemore.model import MLP
from makemore.training import TrainingEvent

MAX_WORKERS = 256


class Trainable(Protocol):
    """What can be trained beside others: a `Trainer`, or what keeps more of its steps."""

    @property
    def model(self) -> MLP:
        """Which no other may train."""

    @property
    def is_done(self) -> bool:
        """Whether no step is left."""

    def advance(self, n_steps: int, /) -> TrainingEvent:
        """Take up to so many steps."""


@dataclass(frozen=True, slots=True)
class RunFailure:
    """Why a run ended that could not be computed; a divergence is no failure, but an event."""

    error: Exception


def train_many(
    trainers: Sequence[Trainable], n_workers: int | None = None, steps_per_event: int = 1_000
) -> Iterator[tuple[int, TrainingEvent | RunFailure]]:
    """Advance all runs in turn, several at a time; yield each event with its run's number.

    What each run learns is what it learns alone, bit for bit. A run that diverges or fails ends
    alone. One event a run is computed ahead of its caller, no more. Closing the iterator waits for
    the steps under way, and no others are taken; so does leaving a loop that holds it alone.

    Args:
        trainers: the runs, each with a model of its own; advanced in place.
        n_workers: how many compute at once; `None`: as many as there are cores.
        steps_per_event: of each run; so many that an event takes some milliseconds to compute,
            or handing them over costs more than the steps.

    Yields:
        Place of the run among `trainers`, and its event. A failure is the last of its run.

    Raises:
        ValueError: at once, if a number is out of range or two runs train the same model.
    """
    n_workers = n_cores() if n_workers is None else n_workers
    check_integer("n_workers", n_workers, 1, MAX_WORKERS)
    check_integer("steps_per_event", steps_per_event, 1, MAX_N_STEPS)
    trainers = list(trainers)
    n_models = len({id(trainer.model) for trainer in trainers})
    if n_models < len(trainers):
        raise ValueError(
            f"each run must train a model of its own, got {n_models} for {len(trainers)} runs; "
            "build an MLP for each"
        )
    return _events(trainers, n_workers, steps_per_event)


def _events(
    trainers: list[Trainable], n_workers: int, steps_per_event: int
) -> Iterator[tuple[int, TrainingEvent | RunFailure]]:
    pool = ThreadPoolExecutor(n_workers, thread_name_prefix="train_many")
    slices: dict[Future[TrainingEvent], int] = {}  # one of each run that goes on

    def go_on(number: int) -> None:
        if not trainers[number].is_done:
            slices[pool.submit(trainers[number].advance, steps_per_event)] = number

    try:
        for number in range(len(trainers)):
            go_on(number)
        while slices:
            wait(slices, return_when=FIRST_COMPLETED)
            for done in [future for future in slices if future.done()]:  # the oldest first
                number, error = slices.pop(done), done.exception()
                if error is None:
                    go_on(number)
                    yield number, done.result()
                elif isinstance(error, Exception):
                    yield number, RunFailure(error)
                else:
                    raise error
    finally:
        pool.shutdown(cancel_futures=True)


def n_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return min(MAX_WORKERS, len(os.sched_getaffinity(0)))
    return min(MAX_WORKERS, os.cpu_count() or 1)
