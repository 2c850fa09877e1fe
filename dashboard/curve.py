"""A run's history as few enough points to draw: bucket means and extremes."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from makemore import History

MAX_POINTS = 500  # more than a chart has pixels for, few enough to send ten times a second

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class LossCurve:
    """What a loss chart draws.

    Args:
        steps: last step of each bucket, int32 (p,).
        mean: mean minibatch loss of each bucket, nats per character, float32 (p,).
        low: smallest minibatch loss of each bucket, float32 (p,).
        high: largest minibatch loss of each bucket, float32 (p,).
        eval_steps: steps after which whole splits were evaluated, int32 (e,).
        train: loss over the training split, float32 (e,).
        val: loss over the validation split, float32 (e,); NaN where there is none.
    """

    steps: npt.NDArray[np.int32]
    mean: Floats
    low: Floats
    high: Floats
    eval_steps: npt.NDArray[np.int32]
    train: Floats
    val: Floats

    @classmethod
    def of(cls, history: History) -> "LossCurve":
        """Reduce a history to at most `MAX_POINTS` points a trace."""
        evaluations = history.evaluations
        every = -(-len(evaluations) // MAX_POINTS) or 1
        evaluations = evaluations[(len(evaluations) - 1) % every :: every]  # the last one is there
        vals = [np.nan if e.val_loss is None else e.val_loss for e in evaluations]
        return cls(
            *_buckets(history.losses),
            eval_steps=np.array([e.step for e in evaluations], np.int32),
            train=np.array([e.train_loss for e in evaluations], np.float32),
            val=np.array(vals, np.float32),
        )

    @property
    def loss_range(self) -> tuple[float, float] | None:
        """Losses worth showing: without the steep start, once there is more than that."""
        losses = np.concatenate([self.high, self.train, self.val])
        losses = losses[np.isfinite(losses)]
        if not len(losses):
            return None
        low = float(np.nanmin(np.concatenate([self.low, losses])))
        high = float(np.percentile(losses, 95))
        margin = 0.06 * (high - low) or 0.1
        return max(0.0, low - margin), high + margin


def _buckets(losses: Floats) -> tuple[npt.NDArray[np.int32], Floats, Floats, Floats]:
    """Give the last step, mean, minimum and maximum of each bucket."""
    n_steps = len(losses)
    # A power of two: as the run grows, two buckets melt into one and none moves.
    width = 1
    while n_steps > MAX_POINTS * width:
        width *= 2
    starts = np.arange(0, n_steps, width)
    if not len(starts):
        empty = np.empty(0, np.float32)
        return np.empty(0, np.int32), empty, empty, empty
    ends = np.minimum(starts + width, n_steps)
    mean = np.add.reduceat(losses, starts, dtype=np.float64) / (ends - starts)
    low, high = np.minimum.reduceat(losses, starts), np.maximum.reduceat(losses, starts)
    return ends.astype(np.int32), mean.astype(np.float32), low, high
