"""Figures of learning rates: each draws the numbers it was given, and says what it cuts off."""

from collections.abc import Callable
from dataclasses import replace
from math import inf, log, nan

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard.figures.bake_off import MEANS, ROOM_NATS, SEEDS, label_of, plot_bake_off
from dashboard.figures.learning_rate import (
    AVERAGE,
    HIGHEST,
    LOWEST,
    MAX_POINTS,
    RAW,
    SWEEP_AXES,
    SweepAxis,
    cut_of,
    plot_lr_sweep,
)
from makemore import BakeOffResult, Contender, LRRangeTest, LRRangeTests

LRS = np.geomspace(1e-3, 1.0, 7)
AVERAGES = {
    1: [9.0, 5.0, 3.1, 2.9, 2.8, 2.85, 2.9],
    2: [9.9, 5.2, 3.3, 2.8, 2.9, 3.0, 3.5],
    3: [8.0, 4.9, 3.0, 2.7, 2.6, 2.8, 9.0],
}


def sweeps_of(averages: dict[int, list[float]], lrs: np.ndarray = LRS) -> LRRangeTests:
    return LRRangeTests(
        tuple(
            LRRangeTest(
                lrs[: len(each)],
                np.array(each, np.float32) + np.float32(0.1),
                np.array(each),
                lrs[len(each) - 1] if len(each) < len(lrs) else None,
            )
            for each in averages.values()
        ),
        tuple(averages),
    )


SWEEPS = sweeps_of(AVERAGES)
ONE = sweeps_of({1: AVERAGES[1]})
NONE = LRRangeTests((LRRangeTest(np.empty(0), np.empty(0, np.float32), np.empty(0)),), (1,))
BAKE_OFF = BakeOffResult(
    (
        Contender(("steepest",), 0.001, np.array([6.0, 6.2])),
        Contender(("lecture", "minimum"), 0.1, np.array([2.4, 2.5])),
        Contender(("valley",), 0.3, np.array([2.6, 2.2])),
        Contender(("wild",), 9.0, np.array([inf, inf])),
    ),
    (1, 2),
    100,
)
UNFINISHED = BakeOffResult(
    (Contender(("a",), 0.1, np.array([2.5, nan])), Contender(("b",), 0.2, np.array([nan, nan]))),
    (1, 2),
    100,
)

FIGURES: dict[str, Callable[[], go.Figure]] = {
    **{f"sweep, {axis}": lambda axis=axis: plot_lr_sweep(SWEEPS, axis, 27) for axis in SWEEP_AXES},
    "sweep, compared": lambda: plot_lr_sweep(ONE, "lr", 27, {"other": SWEEPS, "third": ONE}),
    "sweep, empty": lambda: plot_lr_sweep(NONE, "log lr", 27),
    "bake-off": lambda: plot_bake_off(BAKE_OFF),
    "bake-off, unfinished": lambda: plot_bake_off(UNFINISHED),
}


def named(figure: go.Figure, name: str) -> go.Scatter:
    (trace,) = (trace for trace in figure.data if trace.name == name)
    return trace


def marks(figure: go.Figure) -> dict[str, go.Scatter]:
    return {t.name.split(":")[0]: t for t in figure.data if t.marker.symbol is not None}


@pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES.keys())
def test_a_figure_is_valid_titled_and_the_same_every_time(draw: Callable[[], go.Figure]) -> None:
    figure = draw()
    assert figure.to_json() == draw().to_json()
    go.Figure(figure.to_dict())  # plotly checks every word of it
    assert figure.layout.xaxis.title.text
    assert figure.layout.yaxis.title.text
    assert figure.layout.uirevision == "kept"
    assert all(trace.name for trace in figure.data)


def test_a_picture_of_hardly_a_decade_has_ticks_inside_it() -> None:
    assert plot_lr_sweep(ONE).layout.xaxis.dtick == 1
    ran_away = sweeps_of({1: [3.0, 2.9]})
    assert plot_lr_sweep(ran_away).layout.xaxis.dtick == "D2"


@pytest.mark.parametrize(
    ("axis", "first", "last"), [("log lr", 1e-3, 1), ("lr", 1e-3, 1), ("exponent", -3, 0)]
)
def test_a_sweep_is_drawn_against_the_rate_or_its_exponent(
    axis: SweepAxis, first: float, last: float
) -> None:
    figure = plot_lr_sweep(ONE, axis)
    raw, average = named(figure, RAW), named(figure, AVERAGE)
    for trace in (raw, average):
        assert (trace.x[0], trace.x[-1]) == pytest.approx((first, last))
        np.testing.assert_array_equal(trace.customdata, LRS)
    np.testing.assert_array_equal(raw.y, ONE.tests[0].losses)
    np.testing.assert_array_equal(average.y, AVERAGES[1])
    assert figure.layout.xaxis.title.text == SWEEP_AXES[axis]
    assert (figure.layout.xaxis.type == "log") == (axis == "log lr")


def test_several_seeds_are_a_median_in_a_band() -> None:
    figure = plot_lr_sweep(SWEEPS)
    columns = np.sort(list(AVERAGES.values()), axis=0)
    for name, row in ((LOWEST, 0), (AVERAGE, 1), (HIGHEST, 2)):
        np.testing.assert_array_equal(named(figure, name).y, columns[row])
    assert named(figure, HIGHEST).fill == "tonexty"
    assert len(named(figure, RAW).x) == 21
    assert LOWEST not in [trace.name for trace in plot_lr_sweep(ONE).data]


def test_the_band_ends_where_a_seed_ran_away_and_the_median_where_most_did() -> None:
    sweeps = sweeps_of({1: AVERAGES[1][:6], 2: AVERAGES[2][:5], 3: AVERAGES[3]})
    figure = plot_lr_sweep(sweeps)
    for name in (LOWEST, HIGHEST):
        np.testing.assert_array_equal(named(figure, name).customdata, LRS[:5])
    assert np.isnan(named(figure, AVERAGE).y).tolist() == [False] * 6 + [True]


@pytest.mark.parametrize("axis", SWEEP_AXES)
def test_each_suggestion_stands_at_its_median_with_a_bar_over_its_spread(axis: SweepAxis) -> None:
    for name, mark in marks(plot_lr_sweep(SWEEPS, axis)).items():
        spread = SWEEPS.spread[name]
        low, middle, high = np.log10(spread) if axis == "exponent" else spread
        assert mark.name == f"{name}: {spread.median:.3g}"
        assert list(mark.customdata) == [spread.median]
        assert mark.x[0] == pytest.approx(middle)
        assert mark.x[0] + mark.error_x.array[0] == pytest.approx(high)
        assert mark.x[0] - mark.error_x.arrayminus[0] == pytest.approx(low)
        expected = np.interp(np.log(spread.median), np.log(LRS), SWEEPS.band.median)
        assert mark.y[0] == pytest.approx(expected)


def test_a_sweep_that_still_grows_has_no_suggestions() -> None:
    assert marks(plot_lr_sweep(SWEEPS, "lr", 27, is_over=False)) == {}


def test_a_suggestion_that_was_not_swept_is_not_marked() -> None:
    sweeps = sweeps_of({1: [2.0, 2.1, 2.2, 2.3, 2.4, 2.5, 2.6]})
    assert sweeps.spread["minimum/10"].median < LRS[0]
    assert "minimum/10" not in marks(plot_lr_sweep(sweeps))
    assert "minimum" in marks(plot_lr_sweep(sweeps))


def test_suggestions_differ_in_shape() -> None:
    symbols = [mark.marker.symbol for mark in marks(plot_lr_sweep(SWEEPS)).values()]
    assert len(set(symbols)) == len(SWEEPS.spread) == 4


def test_high_losses_are_cut_off_and_it_is_told_where() -> None:
    cut = cut_of([SWEEPS], 27)
    assert cut.top == pytest.approx(max(log(27) + 1, 2 * SWEEPS.band.median.min()))
    assert (cut.until, cut.since) == (LRS[0], None)  # 9 nats; 5.0 is below 2 × 2.8
    ended = sweeps_of({1: [3.0, 2.0, 2.5, 5.0], 2: [3.0, 2.0, 9.0]})
    assert cut_of([ended], 27)[1:] == (None, LRS[2])
    assert cut_of([sweeps_of({1: [40.0, 30.0] + [2.0] * 5})], 27).until == LRS[1]
    assert cut_of([NONE], 27) == (log(27) + 1, None, None)
    figure = plot_lr_sweep(SWEEPS, "log lr", 27)
    assert figure.layout.yaxis.autorangeoptions.clipmax == cut.top
    assert plot_lr_sweep(SWEEPS).layout.yaxis.autorangeoptions.clipmax is None


def test_a_start_that_nothing_comes_below_is_not_cut_off() -> None:
    assert cut_of([sweeps_of({1: [19.0] * 7})], 27)[1:] == (None, None)


def test_a_mark_that_would_be_cut_off_stands_at_the_top() -> None:
    sweeps = sweeps_of({1: [40.0, 5.0, 2.9, 2.8, 2.7, 2.6, 2.5]})
    top = cut_of([sweeps], 27).top
    heights = {name: m.y[0] for name, m in marks(plot_lr_sweep(sweeps, "lr", 27)).items()}
    assert max(heights.values()) == top
    assert max(m.y[0] for m in marks(plot_lr_sweep(sweeps, "lr")).values()) > top


def test_a_uniform_guess_is_marked_for_any_vocabulary() -> None:
    for vocab_size, told in ((27, "ln 27 = 3.30"), (40, "ln 40 = 3.69")):
        figure = plot_lr_sweep(SWEEPS, "lr", vocab_size)
        assert figure.layout.shapes[0].y0 == log(vocab_size)
        assert told in figure.layout.annotations[0].text


def test_other_sweeps_are_drawn_over_it_each_in_its_own_way() -> None:
    figure = plot_lr_sweep(ONE, "exponent", 27, {"scaled init": SWEEPS, "batches of 8": ONE})
    lines = [named(figure, name) for name in (AVERAGE, "scaled init", "batches of 8")]
    np.testing.assert_array_equal(lines[1].y, SWEEPS.band.median)
    np.testing.assert_array_equal(lines[1].x, np.log10(LRS))
    assert len({line.line.color for line in lines}) == 3
    assert len({line.line.dash for line in lines}) == 3


def test_to_drag_selects_a_range_of_rates() -> None:
    layout = plot_lr_sweep(ONE).layout
    assert (layout.dragmode, layout.selectdirection) == ("select", "h")


@pytest.mark.parametrize("axis", SWEEP_AXES)
def test_selected_rates_are_marked_until_others_are(axis: SweepAxis) -> None:
    figure = plot_lr_sweep(ONE, axis, selected=(0.01, 0.1))
    (mark,) = figure.layout.shapes
    expected = (-2, -1) if axis == "exponent" else (0.01, 0.1)
    assert (mark.x0, mark.x1) == pytest.approx(expected)
    others = plot_lr_sweep(ONE, axis), plot_lr_sweep(ONE, axis, selected=(0.01, 0.2))
    revisions = {each.layout.selectionrevision for each in (figure, *others)}
    assert len(revisions) == 3


def test_an_empty_sweep_draws_empty_axes() -> None:
    assert [len(trace.x) for trace in plot_lr_sweep(NONE, "log lr", 27).data] == [0, 0]


@pytest.mark.parametrize(("n_rates", "n_seeds"), [(2_000, 1), (2_001, 1), (1_000, 5), (20_000, 3)])
def test_no_more_is_drawn_than_a_browser_keeps_up_with(n_rates: int, n_seeds: int) -> None:
    lrs = np.geomspace(1e-3, 1.0, n_rates)
    sweeps = sweeps_of({seed: lrs.tolist() for seed in range(n_seeds)}, lrs)
    for trace in plot_lr_sweep(sweeps).data:
        assert len(trace.x) <= MAX_POINTS + n_seeds


def test_a_bake_off_shows_every_mean_and_every_seed() -> None:
    figure = plot_bake_off(BAKE_OFF)
    means, seeds = named(figure, MEANS), named(figure, SEEDS)
    labels = [label_of(each) for each in BAKE_OFF.contenders]
    assert list(means.y) == list(figure.layout.yaxis.categoryarray) == labels
    assert list(means.text) == ["6.1000", "2.4500", "2.4000", "diverged"]
    assert list(means.customdata) == [0.001, 0.1, 0.3, 9.0]
    edge = 2.4 + ROOM_NATS
    assert list(means.x) == pytest.approx([edge, 2.45, 2.4, edge])
    assert list(seeds.x) == [2.4, 2.5, 2.6, 2.2]


def test_the_winner_of_a_bake_off_stands_out_and_the_far_ones_point_away() -> None:
    symbols = list(named(plot_bake_off(BAKE_OFF), MEANS).marker.symbol)
    assert symbols == ["triangle-right", "diamond", "star", "triangle-right"]
    assert "star" not in list(named(plot_bake_off(UNFINISHED), MEANS).marker.symbol)


def test_before_anything_is_known_a_bake_off_shows_no_axis_of_nothing() -> None:
    contenders = tuple(replace(each, losses=np.array([nan, nan])) for each in BAKE_OFF.contenders)
    nothing = plot_bake_off(replace(BAKE_OFF, contenders=contenders))
    assert [text.text for text in nothing.layout.annotations] == ["no rate's runs are over yet"]
    assert nothing.layout.xaxis.showticklabels is False
    assert not plot_bake_off(BAKE_OFF).layout.annotations


def test_a_rate_is_labelled_with_all_who_proposed_it() -> None:
    assert label_of(BAKE_OFF.contenders[1]) == "the lecture's = minimum: 0.1"
