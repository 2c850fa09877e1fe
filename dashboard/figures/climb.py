"""A run going down the ladder of the count tables. Pure: a curve goes in, a Figure comes out."""

from collections.abc import Mapping
from math import log10

import numpy as np
import plotly.graph_objects as go

from dashboard.curve import LossCurve
from dashboard.figures.theme import BLUE, GREEN, GREY, LINE_LABEL, new_figure

_HEADROOM = 0.12  # nats above the highest rung and below the lowest point
_TICKS = [m * 10**e for e in range(7) for m in (1, 2, 5)]


def beaten_at(curve: LossCurve, rungs: Mapping[str, float]) -> dict[str, int]:
    """Give the step at which the validation loss was first seen below each rung, if it was."""
    found = {}
    for name, nats in rungs.items():
        below = np.flatnonzero(curve.val < nats)
        if len(below):
            found[name] = int(curve.eval_steps[below[0]])
    return found


def plot_climb(curve: LossCurve, rungs: Mapping[str, float], n_steps: int) -> go.Figure:
    """Draw the validation loss of a run over the count tables' losses: those beaten are green.

    Args:
        curve: of the run; an empty one gives the ladder alone.
        rungs: validation loss of each count table by name, in nats.
        n_steps: of the run, so that the axis is the same from its beginning to its end.
    """
    run = go.Scatter(
        x=curve.eval_steps,
        y=curve.val,
        name="validation loss",
        mode="lines+markers",
        line={"color": BLUE, "width": 3},
        marker={"size": 6},
        hovertemplate="step %{x:,}: %{y:.4f} nats<extra></extra>",
        showlegend=False,
    )
    figure = new_figure(run, x_title="step", y_title="validation loss (nats per character)")
    beaten = beaten_at(curve, rungs)
    for name, nats in rungs.items():
        step = beaten.get(name)
        won = "" if step is None else f", beaten by step {step:,}"
        colour = GREY if step is None else GREEN
        figure.add_hline(
            nats,
            line={"color": colour, "width": 1.2 if step is None else 2, "dash": "dot"},
            layer="below",
            annotation={
                "name": LINE_LABEL,
                "text": f"{name} {nats:.4f}{won}",
                "x": 0,  # where the run is still far above
                "xanchor": "left",
                "font": {"size": 12, "color": colour},
            },
        )
    lowest = min([*rungs.values(), *curve.val.tolist()])
    figure.update_yaxes(range=[lowest - _HEADROOM, max(rungs.values()) + _HEADROOM])
    first = max(1, n_steps // 100)
    figure.update_xaxes(
        type="log", range=[log10(first), log10(n_steps)], tickvals=_TICKS, tickformat=",d"
    )
    return figure
