"""Pictures of the chapters. Pure: numbers go in, a Figure comes out."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from dashboard.figures.theme import BLUE, GREEN, GREY, ORANGE, OTHERS, new_figure
from dashboard.race_job import Lane

Floats = npt.NDArray[np.floating]
LossKind = Literal["minibatch", "validation"]

COLOURS = (BLUE, ORANGE, *OTHERS)
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
_DIVERGING = [[0, ORANGE], [0.5, "rgba(131, 144, 163, 0.10)"], [1, BLUE]]
MAX_SHOWN_IN_CELLS = 400


def plot_race(
    lanes: Sequence[Lane], kind: LossKind, floor: tuple[str, float] | None = None
) -> go.Figure:
    """Draw one loss of each run against the step.

    Args:
        lanes: where each run stands; none gives empty axes.
        kind: the minibatch loss, or the loss over the whole validation split.
        floor: name and height of a line to compare with.
    """
    traces = []
    for number, lane in enumerate(lanes):
        curve = lane.curve
        x, y = (curve.steps, curve.mean) if kind == "minibatch" else (curve.eval_steps, curve.val)
        line = {"color": COLOURS[number % len(COLOURS)], "dash": _DASHES[number % len(_DASHES)]}
        traces.append(
            go.Scatter(
                x=x,
                y=y,
                name=lane.racer.label,
                mode="lines",
                line={"width": 2.5, **line},
                hovertemplate="step %{x:,}: %{y:.4f} nats",
            )
        )
    figure = new_figure(*traces, x_title="step", y_title=f"{kind} loss (nats per character)")
    figure.update_xaxes(rangemode="tozero", tickformat=",d")
    if floor is not None:
        name, height = floor
        figure.add_hline(
            height,
            line={"color": GREY, "width": 1.5, "dash": "dash"},
            annotation={"text": f"{name} = {height:.4f}", "xanchor": "right"},
        )
    return figure


def plot_cells(
    values: Floats,
    columns: Sequence[str],
    rows: Sequence[str],
    x_title: str = "",
    y_title: str = "",
    texts: Sequence[Sequence[str]] | None = None,
    top: float | None = None,
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
    """
    top = top or float(np.abs(values).max(initial=0.0)) or 1.0
    font = {"size": 12 if texts is None else 20}
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
    figure.update_xaxes(**every)
    figure.update_yaxes(autorange="reversed", automargin=True, **every)
    return figure


def plot_bars(
    names: Sequence[str], heights: Floats, y_title: str, marked: str | None = None
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
    figure = new_figure(bars, x_title="", y_title=y_title)
    figure.update_xaxes(type="category")
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
