"""The lecture's figures beside ours. Pure: comparisons go in, a Figure comes out."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from dashboard.figures.levels import draw_upright_levels
from dashboard.figures.theme import BLUE, GREY, ORANGE, new_figure
from makemore import Comparison

OURS, THEIRS, INTERVAL = "ours, one a seed", "the lecture's", "19 of 20 of our runs"


def plot_steps(comparisons: Sequence[Comparison]) -> go.Figure:
    """Draw losses that were reported for each step, theirs as marks on our line."""
    steps = [each.figure.step for each in comparisons]
    ours = go.Scatter(
        x=[each.figure.step for each in comparisons if each.ours.values],
        y=[each.ours.values[0] for each in comparisons if each.ours.values],
        name="ours",
        mode="lines",
        line={"color": BLUE, "width": 3.5},
        hovertemplate="step %{x}: %{y:.6f} nats",
    )
    theirs = go.Scatter(
        x=steps,
        y=[each.figure.value for each in comparisons],
        name=THEIRS,
        mode="markers",
        marker={"color": ORANGE, "size": 11, "symbol": "diamond-open", "line": {"width": 2}},
        hovertemplate="step %{x}: %{y:.6f} nats",
    )
    figure = new_figure(ours, theirs, x_title="step", y_title="loss (nats per character)")
    figure.update_xaxes(dtick=1)
    return figure


def plot_spread(
    comparisons: Sequence[Comparison], baselines: Mapping[str, float] | None = None
) -> go.Figure:
    """Draw a row for each figure: our seeds as dots, the interval as a bar, theirs as a mark.

    Rates are drawn on a logarithmic axis, losses among `baselines`, those of simpler models.
    """
    rows = [row_name(each) for each in comparisons]
    is_log = any(each.ours.is_log for each in comparisons)
    figure = new_figure(
        _bars(comparisons, rows),
        _dots(comparisons, rows),
        _marks(comparisons, rows),
        x_title="learning rate (log scale)" if is_log else "loss (nats per character)",
        y_title="",
    )
    figure.update_yaxes(
        type="category", categoryorder="array", categoryarray=rows[::-1], automargin=True
    )
    if is_log:
        figure.update_xaxes(type="log", tickformat=".3~g")
    elif shown := [x for trace in figure.data for x in trace.x if x is not None]:
        draw_upright_levels(figure, baselines or {}, (min(shown), max(shown)))
    return figure


def row_name(comparison: Comparison) -> str:
    """Name a figure in a few letters, as what was measured, when, and in which run."""
    figure = comparison.figure
    when = f" at {figure.step:,}" if figure.step else ""
    name = f"{figure.quantity}{when}"
    return f"{comparison.part}<br>{name}" if comparison.part else name


def _bars(comparisons: Sequence[Comparison], rows: Sequence[str]) -> go.Scatter:
    x: list[float | None] = []
    y: list[str | None] = []
    for comparison, row in zip(comparisons, rows, strict=True):
        if comparison.ours.interval is not None:
            x += [*comparison.ours.interval, None]  # a gap before the next bar
            y += [row, row, None]
    return go.Scatter(
        x=x,
        y=y,
        name=INTERVAL,
        mode="lines",
        line={"color": GREY, "width": 9},
        opacity=0.45,
        hovertemplate="%{x:.4f}",
    )


def _dots(comparisons: Sequence[Comparison], rows: Sequence[str]) -> go.Scatter:
    pairs = [
        (value, row)
        for comparison, row in zip(comparisons, rows, strict=True)
        for value in comparison.ours.values
    ]
    return go.Scatter(
        x=[value for value, _ in pairs],
        y=[row for _, row in pairs],
        name=OURS,
        mode="markers",
        marker={"color": BLUE, "size": 8, "opacity": 0.75},
        hovertemplate="%{x:.4f}",
    )


def _marks(comparisons: Sequence[Comparison], rows: Sequence[str]) -> go.Scatter:
    return go.Scatter(
        x=[each.figure.value for each in comparisons],
        y=list(rows),
        name=THEIRS,
        mode="markers",
        marker={"color": ORANGE, "size": 13, "symbol": "diamond-open", "line": {"width": 2.5}},
        hovertemplate="%{x:.4f}",
    )
