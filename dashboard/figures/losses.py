"""The losses of a run. Pure: a curve goes in, a Figure comes out."""

import html
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.curve import LossCurve
from dashboard.figures.levels import draw_levels
from dashboard.figures.theme import (
    BLUE,
    GREY,
    GREY_BAND,
    LINE_LABEL,
    ORANGE,
    OTHERS,
    new_figure,
)
from dashboard.units import LOSS_UNITS, LossUnit

_DASHES = ("dash", "dot", "dashdot", "longdash", "longdashdot", "solid")
MAX_MARKS = 12  # changes of the rate that are written into the figure

_STYLES: Mapping[str, Mapping[str, Any]] = {
    "minibatch range": {
        "fill": "toself",
        "fillcolor": GREY_BAND,
        "line": {"width": 0},
        "hoverinfo": "skip",
    },
    "minibatch": {"line": {"color": GREY, "width": 1.6}, "mode": "lines"},
    "training split": {
        "mode": "lines",
        "line": {"color": BLUE, "width": 4.5},
    },
    # Thinner than the line below it: the two often lie on each other.
    "validation split": {
        "mode": "lines+markers",
        "line": {"color": ORANGE, "width": 1.6},
        "marker": {"symbol": "diamond", "size": 5},
    },
}


def loss_traces(curve: LossCurve) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Give x and y of each trace of `plot_losses`, by name: what changes as a run goes on."""
    band_x = np.concatenate([curve.steps, curve.steps[::-1]])
    band_y = np.concatenate([curve.high, curve.low[::-1]])
    return {
        "minibatch range": (band_x, band_y),
        "minibatch": (curve.steps, curve.mean),
        "training split": (curve.eval_steps, curve.train),
        "validation split": (curve.eval_steps, curve.val),
    }


def plot_losses(
    curve: LossCurve,
    vocab_size: int,
    others: Mapping[str, LossCurve] | None = None,
    baselines: Mapping[str, float] | None = None,
    unit: LossUnit = "nats",
) -> go.Figure:
    """Draw the minibatch loss with its range, and the losses over whole splits.

    Args:
        curve: of a run; an empty one gives empty axes.
        vocab_size: sets the line of a uniform guess, ln vocab_size.
        others: runs to compare with, by name, of which the validation loss is drawn.
        baselines: what simpler models lose, by name, in nats: a quiet line each.
        unit: of the losses.
    """
    others = others or {}
    convert, y_title = LOSS_UNITS[unit]
    traces = [
        go.Scatter(x=x, y=convert(y), name=name, **_STYLES[name])
        for name, (x, y) in loss_traces(curve).items()
    ]
    traces += [
        _plot_other(name, other, number, convert)
        for number, (name, other) in enumerate(others.items())
    ]
    figure = new_figure(*traces, x_title="step", y_title=y_title)
    word = "" if unit == "perplexity" else f" {unit}"
    figure.update_traces(hovertemplate=f"step %{{x:,}}: %{{y:.4f}}{word}")
    uniform = float(convert(math.log(vocab_size)))
    sum_ = f"ln {vocab_size} = " if unit == "nats" else ""
    figure.add_hline(
        uniform,
        line={"color": GREY, "width": 1, "dash": "dash"},
        annotation={
            "name": LINE_LABEL,
            "text": f"uniform guess, {sum_}{uniform:.2f}",
            "xanchor": "right",
            "font": {"size": 12},
        },
    )
    draw_levels(figure, {name: float(convert(nats)) for name, nats in (baselines or {}).items()})
    figure.update_xaxes(rangemode="tozero", tickformat=",d")
    figure.update_yaxes(uirevision=unit)  # a zoom holds for one unit
    ranges = [each.loss_range for each in (curve, *others.values()) if each.loss_range]
    if ranges:
        low, high = min(low for low, _ in ranges), max(high for _, high in ranges)
        # Not a range: Plotly keeps a zoom only where the range it is given stays the same one.
        clip = {"clipmin": float(convert(low)), "clipmax": float(convert(high))}
        figure.update_yaxes(autorangeoptions=clip)
    return figure


def _plot_other(
    name: str, curve: LossCurve, number: int, convert: Callable[[Any], Any]
) -> go.Scatter:
    return go.Scatter(
        x=curve.eval_steps,
        y=convert(curve.val),
        name=html.escape(name, quote=False),  # a name may be anybody's, and Plotly reads tags
        mode="lines",
        line={
            "width": 2,
            "color": OTHERS[number % len(OTHERS)],
            "dash": _DASHES[number % len(_DASHES)],
        },
    )


def mark_rate_changes(changes: Sequence[tuple[int, float]]) -> dict[str, list[dict[str, Any]]]:
    """Give a line with a word for each of the latest changes of the rate, for a layout.

    Args:
        changes: (step, rate from there on), by rising step.
    """
    latest = changes[-MAX_MARKS:]
    lines = [
        {
            "type": "line",
            "yref": "paper",
            "x0": step,
            "x1": step,
            "y0": 0,
            "y1": 1,
            "line": {"color": GREY, "width": 1, "dash": "dot"},
        }
        for step, _ in latest
    ]
    words = [
        {
            "text": f"lr {lr:.3g}",
            "x": step,
            "y": 0,
            "yref": "paper",
            "xanchor": "left",
            "yanchor": "bottom",
            "showarrow": False,
            "font": {"size": 11},
        }
        for step, lr in latest
    ]
    return {"shapes": lines, "annotations": words}
