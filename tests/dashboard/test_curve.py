"""`dashboard.curve`: few points that tell the truth about every step."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.curve import MAX_POINTS, Buckets, LossCurve
from makemore import Evaluation, History

lengths = st.integers(0, 20_000) | st.sampled_from(
    [MAX_POINTS * 2**k + more for k in range(6) for more in (-1, 0, 1)]
)


def history_of(losses: np.ndarray, evaluations: list[Evaluation] | None = None) -> History:
    losses = np.asarray(losses, np.float32)
    return History.of(losses, np.full(len(losses), 0.1, np.float32), evaluations or [])


def noise(n_steps: int) -> np.ndarray:
    return np.random.default_rng(n_steps).normal(2.3, 0.3, n_steps).astype(np.float32)


def evaluations_at(steps: range, loss: float = 2.0) -> list[Evaluation]:
    return [Evaluation(step, loss, loss + 0.1) for step in steps]


@given(lengths)
def test_no_trace_has_more_points_than_a_chart_needs(n_steps: int) -> None:
    curve = LossCurve.of(history_of(noise(n_steps)))
    assert len(curve.steps) <= MAX_POINTS
    assert len(curve.steps) == len(curve.mean) == len(curve.low) == len(curve.high)


@given(lengths)
def test_each_point_is_mean_and_extremes_of_its_bucket(n_steps: int) -> None:
    losses = noise(n_steps)
    curve = LossCurve.of(history_of(losses))
    starts = [0, *curve.steps[:-1]]
    buckets = [losses[start:end] for start, end in zip(starts, curve.steps, strict=False)]
    np.testing.assert_allclose(curve.mean, [bucket.mean() for bucket in buckets], rtol=1e-5)
    np.testing.assert_array_equal(curve.low, [bucket.min() for bucket in buckets])
    np.testing.assert_array_equal(curve.high, [bucket.max() for bucket in buckets])


@given(lengths.filter(bool))
def test_the_last_step_is_always_there(n_steps: int) -> None:
    assert LossCurve.of(history_of(noise(n_steps))).steps[-1] == n_steps


@given(lengths.filter(lambda n_steps: n_steps > 1))
def test_buckets_are_a_power_of_two_wide_so_that_none_moves_as_a_run_grows(n_steps: int) -> None:
    steps = LossCurve.of(history_of(noise(n_steps))).steps
    widths = np.diff([0, *steps])
    width = int(widths[0])
    assert width.bit_count() == 1
    assert (widths[:-1] == width).all()
    assert 1 <= widths[-1] <= width


def test_a_short_run_is_shown_step_by_step() -> None:
    losses = noise(MAX_POINTS)
    curve = LossCurve.of(history_of(losses))
    for shown in (curve.mean, curve.low, curve.high):
        np.testing.assert_array_equal(shown, losses)


def test_half_of_the_points_remain_when_buckets_melt() -> None:
    assert len(LossCurve.of(history_of(noise(MAX_POINTS + 1))).steps) == MAX_POINTS // 2 + 1


def test_a_run_without_steps_has_an_empty_curve() -> None:
    curve = LossCurve.of(History())
    arrays = (curve.steps, curve.mean, curve.low, curve.high, curve.eval_steps, curve.train)
    assert [len(array) for array in (*arrays, curve.val)] == [0] * 7
    assert curve.loss_range is None


def test_types_are_those_that_the_browser_reads() -> None:
    curve = LossCurve.of(history_of(noise(3), evaluations_at(range(1, 3))))
    assert {curve.steps.dtype, curve.eval_steps.dtype} == {np.dtype(np.int32)}
    floats = (curve.mean, curve.low, curve.high, curve.train, curve.val)
    assert {array.dtype for array in floats} == {np.dtype(np.float32)}


@pytest.mark.parametrize("last", [np.nan, np.inf])
@pytest.mark.parametrize("n_steps", [4, 2_000])
def test_a_diverged_run_keeps_its_curve_and_a_finite_range(last: float, n_steps: int) -> None:
    losses = noise(n_steps)
    losses[-1] = last
    curve = LossCurve.of(history_of(losses))
    assert np.isfinite(curve.mean[:-1]).all()
    assert not np.isfinite(curve.mean[-1])
    assert curve.loss_range is not None
    low, high = curve.loss_range
    assert 0 <= low < high < 10


def test_a_run_that_diverged_at_once_has_no_range() -> None:
    assert LossCurve.of(history_of(np.array([np.nan]))).loss_range is None


def test_losses_as_large_as_a_float_can_be_are_averaged_without_overflow() -> None:
    largest = np.finfo(np.float32).max
    curve = LossCurve.of(history_of(np.full(2 * MAX_POINTS, largest)))
    np.testing.assert_array_equal(curve.mean, largest)


def test_the_range_leaves_out_the_steep_start_and_holds_both_evaluation_curves() -> None:
    steps = np.arange(10_000)
    losses = 2.3 + 20 * np.exp(-steps / 20)  # as the lecture's init begins
    evaluations = [
        Evaluation(step, float(losses[step - 1]) - 0.6, float(losses[step - 1]) + 0.2)
        for step in range(200, 10_001, 200)
    ]
    curve = LossCurve.of(history_of(losses, evaluations))
    assert curve.loss_range is not None
    low, high = curve.loss_range
    assert high < 4 < losses[0]
    assert low < curve.train.min()
    assert curve.val.max() < high


def test_a_constant_loss_has_room_around_it() -> None:
    curve = LossCurve.of(history_of(np.full(5, 2.0)))
    assert curve.loss_range == pytest.approx((1.9, 2.1))


def test_the_range_never_goes_below_a_perfect_guess() -> None:
    curve = LossCurve.of(history_of(np.linspace(3, 0, 50)))
    assert curve.loss_range is not None
    assert curve.loss_range[0] == 0


def test_a_run_without_validation_examples_has_gaps_for_them() -> None:
    curve = LossCurve.of(
        history_of(noise(2), [Evaluation(1, 2.5, None), Evaluation(2, 2.4, None)])
    )
    np.testing.assert_array_equal(curve.train, np.array([2.5, 2.4], np.float32))
    assert np.isnan(curve.val).all()
    assert curve.loss_range is not None


@pytest.mark.parametrize("n_evaluations", [1, 500, 501, 502, 1_000, 1_001, 4_999])
def test_many_evaluations_are_thinned_and_the_last_stays(n_evaluations: int) -> None:
    evaluations = evaluations_at(range(1, n_evaluations + 1))
    curve = LossCurve.of(history_of(noise(n_evaluations), evaluations))
    assert min(n_evaluations, MAX_POINTS // 2) <= len(curve.eval_steps) <= MAX_POINTS
    assert curve.eval_steps[-1] == n_evaluations
    assert len(set(np.diff(curve.eval_steps))) <= 1  # evenly spaced


@given(st.lists(st.integers(0, 700), max_size=6))
def test_losses_that_come_in_pieces_give_the_same_curve(sizes: list[int]) -> None:
    losses = noise(sum(sizes))
    pieces = Buckets()
    for piece in np.split(losses, np.cumsum(sizes)[:-1] if sizes else []):
        pieces.append(piece)
    whole = LossCurve.of(history_of(losses))
    steps, mean, low, high = pieces.points()
    assert np.array_equal(steps, whole.steps)
    np.testing.assert_allclose(mean, whole.mean, rtol=1e-6)
    assert np.array_equal(low, whole.low)
    assert np.array_equal(high, whole.high)
