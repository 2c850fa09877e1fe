"""Pictures of the chapters. Pure: numbers go in, a Figure comes out."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from math import log10
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from dashboard.figures.levels import draw_levels
from dashboard.figures.theme import BLUE, GREEN, GREY, LINE_LABEL, ORANGE, OTHERS, new_figure
from dashboard.race_job import Lane

Floats = npt.NDArray[np.floating]
LossKind = Literal["minibatch", "validation", "both splits"]
Against = Literal["steps", "examples", "seconds"]
AGAINST: tuple[Against, ...] = ("examples", "steps", "seconds")

COLOURS = (BLUE, ORANGE, *OTHERS)
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
_SYMBOLS = ("circle", "diamond", "square")
_DIVERGING = [[0, ORANGE], [0.5, "rgba(131, 144, 163, 0.10)"], [1, BLUE]]
MAX_SHOWN_IN_CELLS = 400
_MANY_COLUMNS = 12  # of which each has little room for words
_SHORT = 2  # letters of a name that stands upright however narrow its column
_LOSS_TICKS = [m * 10.0**e for e in range(-4, 4) for m in (1, 2, 3, 5)]
_X_TITLES = {
    "steps": "step",
    "examples": "examples looked at (log scale)",
    "seconds": "seconds of computing (log scale)",
}
_HOVER = {
    "steps": "step %{x:,}",
    "examples": "%{x:,} examples",
    "seconds": "%{x:.3g} seconds",
}


_ROOM = 1.05  # above the highest loss and below the lowest


class RaceLook(NamedTuple):
    """How runs are drawn side by side.

    Args:
        kind: the minibatch loss, that over the whole validation split, or over both splits.
        against: what a loss is drawn against: steps, examples looked at, or seconds of computing.
        is_log: whether equal ratios of losses are equally far apart.
        floor: name and height of a line to compare with.
    """

    kind: LossKind = "minibatch"
    against: Against = "steps"
    is_log: bool = False
    floor: tuple[str, float] | None = None


def plot_race(
    lanes: Sequence[Lane], look: RaceLook, rungs: Mapping[str, float] | None = None
) -> go.Figure:
    """Draw the losses of each run; no run gives empty axes.

    Args:
        lanes: of the runs.
        look: how they are drawn.
        rungs: what count tables lose, by name, in nats: a quiet line each, where the runs' losses
            reach from above it to below.
    """
    traces = [
        trace for number, lane in enumerate(lanes) for trace in _lines_of(lane, number, look)
    ]
    y_title = "loss over each split" if look.kind == "both splits" else f"{look.kind} loss"
    figure = new_figure(*traces, x_title=_X_TITLES[look.against], y_title=f"{y_title} (nats)")
    if look.is_log:
        figure.update_yaxes(type="log", tickvals=_LOSS_TICKS)
    if look.against == "steps":
        last = max((lane.racer.train.n_steps for lane in lanes), default=1)
        figure.update_xaxes(range=[0, 1.02 * last], tickformat=",d")
        _mark_rates(figure, lanes, last)
    else:
        figure.update_xaxes(type="log", tickformat="~s" if look.against == "examples" else "")
    if look.floor is not None and not (look.is_log and look.floor[1] <= 0):
        _draw_floor(figure, look.floor[1], f"{look.floor[0]} = {look.floor[1]:.4f}", look.is_log)
    _draw_rungs(figure, rungs or {}, look)
    return figure


def _lines_of(lane: Lane, number: int, look: RaceLook) -> list[go.Scatter]:
    curve, label = lane.curve, lane.racer.label
    dash, colour = _DASHES[number % len(_DASHES)], COLOURS[number % len(COLOURS)]
    each = {
        "minibatch": [(label, curve.steps, curve.mean, dash)],
        "validation": [(label, curve.eval_steps, curve.val, dash)],
        "both splits": [
            (f"{label}: training", curve.eval_steps, curve.train, "dot"),
            (f"{label}: validation", curve.eval_steps, curve.val, "solid"),
        ],
    }[look.kind]
    unit = {"steps": 1, "examples": lane.n_examples_a_step, "seconds": lane.seconds_a_step}
    return [
        go.Scatter(
            x=steps * unit[look.against],
            y=losses,
            name=name,
            mode="lines",
            line={"width": 2.5, "color": colour, "dash": dash},
            hovertemplate=_HOVER[look.against] + ": %{y:.4f} nats",
        )
        for name, steps, losses, dash in each
    ]


def _mark_rates(figure: go.Figure, lanes: Sequence[Lane], last: int) -> None:
    """Draw a line where the rate changes."""
    changes = set()
    for lane in lanes:
        stages = lane.racer.train.stages
        ends = accumulate(stage.n_steps for stage in stages[:-1])
        changes |= {(end, after.lr) for end, after in zip(ends, stages[1:], strict=True)}
    for step, lr in sorted(changes):
        figure.add_vline(step, line={"color": GREY, "width": 1, "dash": "dot"})
        figure.add_annotation(
            x=step,
            y=1,
            yref="paper",
            text=f"rate {lr:.3g} from here",
            xanchor="left" if step < 0.6 * last else "right",
            yanchor="top",
            showarrow=False,
        )


def _draw_rungs(figure: go.Figure, rungs: Mapping[str, float], look: RaceLook) -> None:
    """Draw the levels of count tables that lie among the losses, so that no axis grows by them."""
    losses = np.concatenate([np.empty(0), *(trace.y for trace in figure.data)])
    losses = losses[np.isfinite(losses)]
    if not len(losses):
        return
    low, high = float(losses.min()), float(losses.max())
    shown = {n: loss for n, loss in rungs.items() if n != "uniform" or look.floor is None}
    draw_levels(figure, shown, (low, high), look.is_log)
    # Hardly another range than without this; labels.js reads it to part the words of lines.
    figure.update_yaxes(autorangeoptions={"clipmin": low / _ROOM, "clipmax": high * _ROOM})


def _draw_floor(figure: go.Figure, height: float, text: str, is_log: bool) -> None:
    figure.add_hline(height, line={"color": GREY, "width": 1.5, "dash": "dash"}, layer="below")
    figure.add_annotation(
        name=LINE_LABEL,
        x=1,
        xref="paper",
        y=log10(height) if is_log else height,  # where lines take losses, texts take logarithms
        text=text,
        xanchor="right",
        yanchor="bottom",
        showarrow=False,
        font={"size": 12},
    )


def plot_cells(
    values: Floats,
    columns: Sequence[str],
    rows: Sequence[str],
    x_title: str = "",
    y_title: str = "",
    texts: Sequence[Sequence[str]] | None = None,
    top: float | None = None,
    framed: int | None = None,
) -> go.Figure:
    """Draw a matrix as coloured cells, its first row on top; 0 is grey, above blue, below orange.

    Args:
        values: (rows, columns).
        columns: name of each column.
        rows: name of each row.
        x_title: of the horizontal axis.
        y_title: of the vertical axis.
        texts: what is written into the cells, large, instead of their values.
        top: value of the strongest colour; that of the largest value, if it is not given.
        framed: number of a column to draw a frame around.
    """
    top = top or float(np.abs(values).max(initial=0.0)) or 1.0
    is_wide = len(columns) > _MANY_COLUMNS
    font = {"size": 12 if texts is None else 14 if is_wide else 20}
    if texts is None and values.size <= MAX_SHOWN_IN_CELLS:
        texts = [[f"{value:.2f}" for value in row] for row in values.tolist()]
    cells = go.Heatmap(
        z=values,
        x=list(columns),
        y=list(rows),
        text=texts,
        texttemplate="%{text}" if texts is not None else None,
        textfont=font,
        name="cells",
        colorscale=_DIVERGING,
        zmin=-top,
        zmax=top,
        xgap=1,
        ygap=1,
        showscale=False,
        hovertemplate="%{y}, %{x}: %{z:.4g}<extra></extra>",
    )
    figure = new_figure(cells, x_title=x_title, y_title=y_title)
    every = {"type": "category", "dtick": 1, "showgrid": False}  # each cell has its name
    is_short = all(len(name) <= _SHORT for name in columns)
    figure.update_xaxes(tickangle=0 if is_short else None, **every)
    figure.update_yaxes(autorange="reversed", automargin=True, **every)
    if framed is not None:
        figure.add_shape(
            type="rect",
            x0=framed - 0.5,
            x1=framed + 0.5,
            y0=-0.5,
            y1=len(rows) - 0.5,
            line={"color": GREEN, "width": 4},
        )
    return figure


def plot_saturation(h: Floats, limit: float) -> go.Figure:
    """Draw which activations lie beyond ±`limit`, and which units do so for every example.

    Args:
        h: activations, (examples, units).
        limit: |tanh| above which it is flat.
    """
    is_saturated = np.abs(h) > limit
    is_dead = is_saturated.all(axis=0) if len(h) else np.zeros(h.shape[1], bool)
    cells = go.Heatmap(
        z=np.where(is_saturated, np.where(is_dead, -1, 1), 0),
        x=np.arange(1, h.shape[1] + 1),
        y=np.arange(1, h.shape[0] + 1),
        customdata=h,
        name="cells",
        colorscale=_DIVERGING,
        zmin=-1,
        zmax=1,
        showscale=False,
        hovertemplate="example %{y}, unit %{x}: %{customdata:.3f}<extra></extra>",
    )
    figure = new_figure(cells, x_title="hidden unit", y_title="example")
    figure.update_xaxes(showgrid=False)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure


def plot_ladder(losses: Mapping[str, Sequence[float]], looked_back: Sequence[int]) -> go.Figure:
    """Draw the loss of count tables over each split against how far they look back.

    Args:
        losses: of each table, nats per character, by the name of the split.
        looked_back: characters that each table looks back.
    """
    lines = [
        go.Scatter(
            x=list(looked_back),
            y=list(heights),
            name=name,
            mode="lines+markers",
            line={"width": 2.5, "color": COLOURS[number], "dash": _DASHES[number]},
            marker={"size": 9, "symbol": _SYMBOLS[number]},
            hovertemplate="%{x} characters: %{y:.4f} nats",
        )
        for number, (name, heights) in enumerate(losses.items())
    ]
    figure = new_figure(
        *lines, x_title="characters that the table looks back", y_title="loss (nats per character)"
    )
    figure.update_xaxes(dtick=1)
    return figure


def plot_bars(
    names: Sequence[str],
    heights: Floats,
    x_title: str,
    y_title: str,
    marked: str | None = None,
) -> go.Figure:
    """Draw a bar for each name; one of them may be marked."""
    bars = go.Bar(
        x=list(names),
        y=heights,
        name="bars",
        marker={"color": [ORANGE if name == marked else BLUE for name in names]},
        hovertemplate="%{x}: %{y:.4g}<extra></extra>",
        showlegend=False,
    )
    figure = new_figure(bars, x_title=x_title, y_title=y_title)
    figure.update_xaxes(type="category", showgrid=False)
    return figure


def plot_distribution(values: Floats, x_title: str, bounds: tuple[float, float]) -> go.Figure:
    """Draw how many of the values fall into each of 60 equal bins between two bounds."""
    counts, edges = np.histogram(values, 60, bounds)
    bars = go.Bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts / max(1, values.size),
        name="bars",
        marker={"color": GREEN},
        hovertemplate="%{x:.2f}: %{y:.1%}<extra></extra>",
        showlegend=False,
    )
    figure = new_figure(bars, x_title=x_title, y_title="share")
    figure.update_layout(bargap=0.04)
    figure.update_yaxes(tickformat=".0%")
    return figure
