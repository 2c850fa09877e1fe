"""The learning-rate sweep. Pure: a range test goes in, a Figure comes out."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.theme import BLUE, GREY, ORANGE, new_figure
from makemore import LRRangeTest

SweepAxis = Literal["log lr", "lr", "exponent"]
SWEEP_AXES: Mapping[SweepAxis, str] = {
    "log lr": "learning rate (log scale)",
    "lr": "learning rate",
    "exponent": "exponent e of the learning rate 10^e",
}
_SYMBOLS = {
    "minimum": ("star", "★"),
    "minimum/10": ("diamond", "◆"),
    "valley": ("square", "■"),
    "steepest": ("triangle-up", "▲"),
}
# How each suggestion's mark is written in a text.
SUGGESTION_SIGNS = {name: sign for name, (_, sign) in _SYMBOLS.items()}
MAX_POINTS = 2_000
_HOVER = "lr %{customdata:.4g}: %{y:.3f} nats"


def plot_lr_sweep(sweep: LRRangeTest, axis: SweepAxis = "log lr") -> go.Figure:
    """Draw the raw losses faintly, their moving average boldly, and mark the suggestions.

    Every point carries its learning rate as `customdata`, so that a click can adopt it whatever
    the axis shows.

    Args:
        sweep: what the range test found; an empty one gives empty axes. Of more than
            `MAX_POINTS` rates every n-th is drawn, so that a browser keeps up.
        axis: what x is, see `SWEEP_AXES`.
    """
    drawn = slice(None, None, drawn_every(len(sweep.lrs)))
    lrs = sweep.lrs[drawn]
    raw = go.Scatter(
        x=_positions(lrs, axis),
        y=sweep.losses[drawn],
        customdata=lrs,
        name="each minibatch",
        mode="markers",
        marker={"color": GREY, "size": 6, "opacity": 0.35},
        hovertemplate=_HOVER,
    )
    average = go.Scatter(
        x=_positions(lrs, axis),
        y=sweep.smoothed[drawn],
        customdata=lrs,
        name="moving average",
        mode="lines",
        line={"color": BLUE, "width": 3.5},
        hovertemplate=_HOVER,
    )
    figure = new_figure(
        raw,
        average,
        *_suggestions(sweep, axis),
        x_title=SWEEP_AXES[axis],
        y_title="loss (nats per character)",
    )
    if axis == "log lr":
        figure.update_xaxes(type="log", dtick=1, tickformat=".3~g")
    return figure


def drawn_every(n_rates: int) -> int:
    """Give n, where every n-th of so many rates is drawn."""
    return -(-n_rates // MAX_POINTS) or 1


def _suggestions(sweep: LRRangeTest, axis: SweepAxis) -> list[go.Scatter]:
    """Give one mark for each suggestion, on the moving average."""
    traces = []
    for name, lr in sweep.suggestions.items():
        symbol, _ = _SYMBOLS[name]
        loss = float(np.interp(np.log(lr), np.log(sweep.lrs), sweep.smoothed))
        traces.append(
            go.Scatter(
                x=_positions(np.array([lr]), axis),
                y=[loss],
                customdata=[lr],
                name=f"{name}: {lr:.3g}",
                showlegend=False,  # the page names each mark beside the button that adopts it
                mode="markers",
                marker={
                    "color": ORANGE,
                    "size": 15,
                    "symbol": symbol,
                    "line": {"width": 1, "color": "rgba(255, 255, 255, 0.7)"},
                },
                hovertemplate=f"{name}<br>{_HOVER}<extra></extra>",
            )
        )
    return traces


def _positions(lrs: np.ndarray, axis: SweepAxis) -> np.ndarray:
    return np.log10(lrs) if axis == "exponent" else lrs
