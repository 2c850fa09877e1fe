"""The embedding table through training: when it is kept, and how its pictures fit each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from makemore.threads import single_threaded

# Of a table that is kept at 53 steps at the very most: 11 MB.
MAX_FILMED_NUMBERS = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """The embedding table after `step` steps, float32 (vocab_size, n_embd)."""

    step: int
    table: Tensor


class Reel(NamedTuple):
    """Room for the table after some steps that an engine is about to take."""

    steps: npt.NDArray[np.int64]  # (n,), rising
    tables: Tensor  # float32 (n, vocab_size, n_embd)

    def frames(self, last: int) -> list[Frame]:
        """Give the frames of the steps up to number `last`."""
        shown = zip(self.steps.tolist(), self.tables.unbind(), strict=True)
        return [Frame(step, table) for step, table in shown if step <= last]


NO_REEL = Reel(np.empty(0, np.int64), torch.empty(0, 0, 0))


def blank_reel(table: Tensor, step: int, last: int) -> Reel:
    """Give room for `table` after each step at which it is kept, after `step` up to `last`."""
    steps = []
    while is_filmed(table) and (step := next_frame_step(step)) <= last:
        steps.append(step)
    return Reel(np.array(steps, np.int64), torch.empty(len(steps), *table.shape))


def next_frame_step(step: int) -> int:
    """Give the first step after `step` whose table is kept.

    Kept are the powers of two and the numbers half-way between two of them: 1, 2, 3, 4, 6, 8, 12,
    16, 24 and so on. So the steps of a run alone say which frames it has, however they were cut
    into calls, and the longest run there can be has 53, the untrained table (step 0) included.
    """
    power = 1 << max(0, step.bit_length() - 1)  # the largest of at most `step`
    middle = power + power // 2
    return power if step < power else middle if step < middle else 2 * power


def is_filmed(table: Tensor) -> bool:
    """Say whether a table is kept on the way; of a very large one only the start is."""
    return table.numel() <= MAX_FILMED_NUMBERS


def check_frames(frames: Sequence[Frame], shape: tuple[int, ...], n_steps: int) -> None:
    """Check that `frames` are tables of one shape at rising steps, of a run of `n_steps`.

    Raises:
        ValueError: if they are not.
    """
    for frame in frames:
        if frame.table.dtype != torch.float32 or tuple(frame.table.shape) != shape:
            raise ValueError(
                f"a frame must be torch.float32 of shape {shape}, that of C, got "
                f"{frame.table.dtype} of shape {tuple(frame.table.shape)}"
            )
    steps = [frame.step for frame in frames]
    if steps != sorted(set(steps)) or (steps and not 0 <= steps[0] <= steps[-1] <= n_steps):
        raise ValueError(
            f"frames must be at rising steps from 0 to {n_steps}, the run's, got {steps}"
        )


def procrustes(points: Tensor, target: Tensor) -> Tensor:
    """Turn, mirror and move points so that they lie as near to `target` as they can.

    Distances among the points stay what they are.

    Args:
        points: (n, d).
        target: (n, d).

    Returns:
        (n, d), double: of all such movements the one with the least sum of squared distances.

    Source:
        Schönemann, "A generalized solution of the orthogonal Procrustes problem", 1966.
    """
    points, target = points.double(), target.double()
    moved = points - points.mean(0)
    left, _, right = torch.linalg.svd(moved.T @ (target - target.mean(0)))
    nearest: Tensor = moved @ (left @ right) + target.mean(0)
    return nearest


def align(pictures: Sequence[Tensor]) -> list[Tensor]:
    """Fit each picture to the one after it, from the last one back, which stays as it is.

    Args:
        pictures: (n, d) each, of the same n points at different times.
    """
    aligned: list[Tensor] = []
    with single_threaded():
        for picture in reversed(pictures):
            aligned.append(procrustes(picture, aligned[-1]) if aligned else picture.double())
    return aligned[::-1]


def losses_between(
    losses: npt.NDArray[np.float32], steps: Sequence[int]
) -> npt.NDArray[np.float64]:
    """Give the mean minibatch loss from each step to the one before it, which is left out.

    Args:
        losses: of steps 1 to n, nats per character, (n,).
        steps: rising, from 0 to n.

    Returns:
        (len(steps),). Before step 1 nothing is known but its own loss, that of the untrained
        model on the first batch; NaN where there is no step at all.
    """
    if not len(losses) or not len(steps):
        return np.full(len(steps), np.nan)
    ends = np.maximum(np.asarray(steps), 1)
    starts = np.concatenate([[0], ends[:-1]])
    starts = np.minimum(starts, ends - 1)
    return np.array(
        [losses[start:end].mean(dtype=np.float64) for start, end in zip(starts, ends, strict=True)]
    )
