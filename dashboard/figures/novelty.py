"""How new drawn names are, by temperature. Pure: counts go in, a Figure comes out."""

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard.figures.theme import BLUE, GREEN, GREY, ORANGE, new_figure
from makemore import OriginCounts

_LINES = {
    "new": (BLUE, "circle", "solid"),
    "in the training names": (GREY, "circle-open", "solid"),
    "held out": (ORANGE, "diamond", "solid"),
    "drawn before": (GREEN, "x", "dot"),
}
LINE_NAMES = tuple(_LINES)


def plot_origins(
    temperatures: Sequence[float], counts: Sequence[OriginCounts], temperature: float
) -> go.Figure:
    """Draw which share of the names is new, stands in a split, or was drawn before.

    Args:
        temperatures: at which names were drawn.
        counts: of the names of each.
        temperature: of the names beside the chart, marked by a line.
    """
    shares = {
        "new": [each.share(each.new) for each in counts],
        "in the training names": [each.share(each.train) for each in counts],
        "held out": [each.share(each.held_out) for each in counts],
        "drawn before": [each.share(each.repeats) for each in counts],
    }
    traces = [
        go.Scatter(
            x=list(temperatures),
            y=shares[name],
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2.5, "dash": dash},
            marker={"symbol": symbol, "size": 8},
            hovertemplate="temperature %{x}: %{y:.1%}",
        )
        for name, (colour, symbol, dash) in _LINES.items()
    ]
    n = f"{counts[0].n:,} " if counts else ""
    figure = new_figure(*traces, x_title="temperature", y_title=f"share of {n}names")
    figure.update_yaxes(range=[-0.02, 1.02], tickformat=".0%")
    figure.add_vline(temperature, line={"color": GREY, "width": 1, "dash": "dash"})
    return figure
