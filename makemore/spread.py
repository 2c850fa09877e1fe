"""Is one figure such as our seeds give? A single run says little, ten say how much runs differ."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean, stdev

MAX_SEEDS = 30  # as far as the table below goes

# 0.975 quantiles of Student's t with 1, 2, … 29 degrees of freedom.
_T = (
    *(12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281),
    *(2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860),
    *(2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452),
)


@dataclass(frozen=True, slots=True)
class Spread:
    """What several seeds gave.

    Args:
        values: one a seed.
        is_log: whether they are rates, which differ by factors: the mean is then geometric.
    """

    values: tuple[float, ...]
    is_log: bool = False

    @property
    def mean(self) -> float:
        """Mean of the values; NaN if there is none or one is not finite."""
        return self._back(fmean(self._scaled)) if self._scaled else math.nan

    @property
    def sd(self) -> float | None:
        """Standard deviation (of the natural logarithms, if `is_log`); of one value, none."""
        if len(self.values) < 2:
            return None
        return stdev(self._scaled) if all(map(math.isfinite, self._scaled)) else math.nan

    @property
    def interval(self) -> tuple[float, float] | None:
        """The bounds between which one further run falls in 19 of 20 cases.

        Mean ± t · sd · √(1 + 1/n), which takes the runs for normally distributed; none for fewer
        than two.

        Source: Hahn and Meeker 1991, "Statistical Intervals", section 4.8.
        """
        if self.sd is None:
            return None
        n = len(self.values)
        reach = _T[n - 2] * self.sd * math.sqrt(1 + 1 / n)
        middle = fmean(self._scaled)
        return self._back(middle - reach), self._back(middle + reach)

    def holds(self, value: float) -> bool:
        """Say whether `value` is such as one further run could have given."""
        if self.interval is None:
            return False
        low, high = self.interval
        return low <= value <= high

    @property
    def _scaled(self) -> list[float]:
        return [math.log(value) for value in self.values] if self.is_log else list(self.values)

    def _back(self, value: float) -> float:
        return math.exp(value) if self.is_log else value
