"""`makemore.spread`: the interval holds one further run in 19 of 20 cases."""

import math

import numpy as np
import pytest

from makemore import Spread
from makemore.spread import _T, MAX_SEEDS


@pytest.mark.parametrize("df", [1, 2, 4, 9, 29])
def test_the_table_holds_the_quantiles_of_students_t(df: int) -> None:
    # The density, integrated from 0 to the quantile: half of 95 %.
    scale = math.gamma((df + 1) / 2) / (math.sqrt(df * math.pi) * math.gamma(df / 2))
    at = np.linspace(0, _T[df - 1], 100_001)
    density = scale * (1 + at**2 / df) ** (-(df + 1) / 2)
    assert np.trapezoid(density, at) == pytest.approx(0.475, abs=5e-6)
    assert len(_T) == MAX_SEEDS - 1


@pytest.mark.parametrize("n", [2, 10])
def test_one_further_run_falls_inside_in_19_of_20_cases(n: int) -> None:
    drawn = np.random.default_rng(1).normal(2.3, 0.01, (4_000, n + 1))
    inside = [Spread(tuple(runs[:n].tolist())).holds(float(runs[n])) for runs in drawn]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.012)


def test_mean_and_deviation_are_those_of_numpy() -> None:
    values = (2.31, 2.35, 2.28, 2.4)
    spread = Spread(values)
    assert spread.mean == pytest.approx(np.mean(values))
    assert spread.sd == pytest.approx(np.std(values, ddof=1))


def test_rates_spread_by_factors() -> None:
    spread = Spread((0.1, 0.2, 0.4), is_log=True)
    assert spread.mean == pytest.approx(0.2)
    assert spread.interval is not None
    low, high = spread.interval
    assert low * high == pytest.approx(0.04)
    assert Spread(tuple(np.log(spread.values))).interval == pytest.approx(np.log([low, high]))


def test_one_run_or_none_has_no_spread() -> None:
    for values in ((), (2.3,)):
        assert Spread(values).interval is None
        assert not Spread(values).holds(2.3)
    assert math.isnan(Spread(()).mean)


def test_a_run_that_diverged_leaves_nothing_to_hold() -> None:
    spread = Spread((2.3, math.nan, 2.4))
    assert math.isnan(spread.mean)
    assert not spread.holds(2.35)
