"""What networks lose alone and joined into one. Pure: losses go in, a Figure comes out."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from dashboard.figures.levels import draw_levels
from dashboard.figures.theme import BLUE, ORANGE, new_figure

ALONE, JOINED = "each alone", "that one and all before it, joined"


def plot_joining(
    alone: Sequence[float],
    joined: Sequence[float],
    rungs: Mapping[str, float],
    one: Mapping[str, float],
) -> go.Figure:
    """Draw what each network loses, and what as many of them as one; none give empty axes.

    Args:
        alone: loss of each network, nats per character.
        joined: of the first network, the first two joined, the first three, and so on.
        rungs: what count tables lose, by name: a line each, where the others' losses reach.
        one: what a single network to compare with loses, by its name: a line, wherever it is.
    """
    numbers = list(range(1, len(alone) + 1))
    marks = go.Scatter(
        x=numbers,
        y=list(alone),
        name=ALONE,
        mode="markers",
        marker={"size": 11, "color": ORANGE, "symbol": "diamond"},
        hovertemplate="network %{x} alone: %{y:.4f} nats<extra></extra>",
    )
    line = go.Scatter(
        x=numbers,
        y=list(joined),
        name=JOINED,
        mode="lines+markers",
        line={"color": BLUE, "width": 3},
        marker={"size": 8},
        hovertemplate="%{x} joined: %{y:.4f} nats<extra></extra>",
    )
    figure = new_figure(
        marks, line, x_title="network", y_title="validation loss (nats per character)"
    )
    figure.update_xaxes(dtick=1, range=[0.5, max(1, len(alone)) + 0.5])
    losses = [*alone, *joined, *one.values()]
    if losses:
        room = 0.1 * (max(losses) - min(losses)) + 0.005
        low, high = min(losses) - room, max(losses) + room
        figure.update_yaxes(range=[low, high])
        draw_levels(figure, {**rungs, **one}, (low, high))
    return figure
