"""What simpler models lose stands on every chart of losses, where it lies in the picture."""

from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard.figures.bake_off import plot_bake_off
from dashboard.figures.experiments import plot_spread
from dashboard.figures.learning_rate import plot_lr_sweep
from makemore import BakeOffResult, Comparison, Contender, LRRangeTest, LRRangeTests, Spread
from makemore.experiments import Figure

LOSSES = np.array([3.3, 2.9, 2.3])
SWEEP = LRRangeTests(
    (LRRangeTest(np.array([0.001, 0.01, 0.1]), LOSSES.astype(np.float32), LOSSES),), (1,)
)
BAKE_OFF = BakeOffResult((Contender(("a",), 0.1, LOSSES), Contender(("b",), 1, LOSSES)), (1,), 10)
COMPARISON = Comparison("", Figure(2.3, "val", 9), Spread((3.3,)), "inside")

Draw = Callable[[dict[str, float]], go.Figure]
CHARTS: dict[str, tuple[Draw, str]] = {
    "sweep": (lambda levels: plot_lr_sweep(SWEEP, vocab_size=27, baselines=levels), "y"),
    "bake-off": (lambda levels: plot_bake_off(BAKE_OFF, levels), "x"),
    "experiment": (lambda levels: plot_spread([COMPARISON], levels), "x"),
}


def drawn(figure: go.Figure, axis: str) -> dict[str, float]:
    """Give the levels that a figure draws, by their words."""
    lines = {shape[f"{axis}0"] for shape in figure.layout.shapes}
    return {n.text: n[axis] for n in figure.layout.annotations if n[axis] in lines}


@pytest.mark.parametrize(("draw", "axis"), CHARTS.values(), ids=CHARTS)
def test_levels_are_drawn_where_the_picture_has_them_and_it_does_not_grow(
    draw: Draw, axis: str
) -> None:
    levels = {"below": 1.0, "bigram": 2.46, "above": 9.0}
    figure = draw(levels)
    assert drawn(figure, axis) == drawn(draw({}), axis) | {"bigram 2.46": 2.46}
    assert figure.layout.yaxis == draw({}).layout.yaxis
    assert figure.layout.xaxis == draw({}).layout.xaxis


def test_no_loss_of_a_rate_has_no_level() -> None:
    rates = Comparison("", Figure(0.1, "lr"), Spread((0.1, 2.0), is_log=True), "inside")
    assert not plot_spread([rates], {"unigram": 1.0}).layout.shapes
    begun = BakeOffResult((Contender(("a",), 0.1, np.array([np.nan])),), (1,), 10)
    assert not plot_bake_off(begun, {"unigram": 1.0}).layout.shapes
    assert not plot_lr_sweep(SWEEP, baselines={"bigram": 2.46}).layout.shapes
