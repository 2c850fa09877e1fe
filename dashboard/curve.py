"""A run's history as few enough points to draw: bucket means and extremes."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from makemore import Evaluation, History

MAX_POINTS = 500  # even; as much as a chart shows, little enough to send ten times a second

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
        buckets = Buckets()
        buckets.append(history.losses)
        return cls.from_buckets(buckets, history.evaluations)

    @classmethod
    def from_buckets(cls, buckets: "Buckets", evaluations: list[Evaluation]) -> "LossCurve":
        """Build the curve from losses that are in buckets already."""
        every = -(-len(evaluations) // MAX_POINTS) or 1
        evaluations = evaluations[(len(evaluations) - 1) % every :: every]  # the last one is there
        vals = [np.nan if e.val_loss is None else e.val_loss for e in evaluations]
        return cls(
            *buckets.points(),
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


class Buckets:
    """Mean, minimum and maximum of neighbouring losses, kept as the losses come in.

    A bucket is a power of two wide: as the run grows, two melt into one and none moves.
    """

    def __init__(self) -> None:
        self._width = 1
        self._n_steps = 0
        self._sums = np.zeros(MAX_POINTS)
        self._lows = np.full(MAX_POINTS, np.inf, np.float32)
        self._highs = np.full(MAX_POINTS, -np.inf, np.float32)

    def append(self, losses: Floats) -> None:
        """Take in the losses of the next steps."""
        if not len(losses):
            return
        first, self._n_steps = self._n_steps, self._n_steps + len(losses)
        while self._n_steps > MAX_POINTS * self._width:
            self._widen()
        # Where in `losses` each bucket begins; the first may have begun before.
        buckets = np.arange(first // self._width, (self._n_steps - 1) // self._width + 1)
        starts = np.maximum(buckets * self._width - first, 0)
        self._sums[buckets] += np.add.reduceat(losses, starts, dtype=np.float64)
        for extremes, extreme in ((self._lows, np.minimum), (self._highs, np.maximum)):
            extremes[buckets] = extreme(extremes[buckets], extreme.reduceat(losses, starts))

    def _widen(self) -> None:
        half = MAX_POINTS // 2
        for values, merge, nothing in (
            (self._sums, np.add, 0),
            (self._lows, np.minimum, np.inf),
            (self._highs, np.maximum, -np.inf),
        ):
            values[:half] = merge(values[0::2], values[1::2])
            values[half:] = nothing
        self._width *= 2

    def points(self) -> tuple[npt.NDArray[np.int32], Floats, Floats, Floats]:
        """Give the last step, mean, minimum and maximum of each bucket."""
        n_buckets = -(-self._n_steps // self._width)
        starts = np.arange(n_buckets) * self._width
        ends = np.minimum(starts + self._width, self._n_steps)
        mean = (self._sums[:n_buckets] / (ends - starts)).astype(np.float32)
        lows, highs = self._lows[:n_buckets].copy(), self._highs[:n_buckets].copy()
        return ends.astype(np.int32), mean, lows, highs
