"""Distances between characters, whether kinds gather, and the context slots. Pure."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from dashboard.figures.signs import shown_character
from dashboard.figures.theme import BLUE, GREEN, GREY, ORANGE, new_figure
from makemore import KindScores, Vocabulary

_MOST_NAMES = 45  # of rows that each have their name; of more Plotly names as many as fit
_SHORT = 2  # signs of a name that has room below its column


def plot_distances(
    distances: npt.NDArray[np.float64], order: Sequence[int], vocabulary: Vocabulary, unit: str
) -> go.Figure:
    """Draw the distance of each character to each; near ones are dark and stand together.

    Args:
        distances: (vocab_size, vocab_size).
        order: of rows and columns, each number once.
        vocabulary: gives the characters.
        unit: what the distance is, for the scale.
    """
    names = [shown_character(vocabulary.characters[number]) for number in order]
    ordered = distances[np.ix_(order, order)]
    heat = go.Heatmap(
        x=names,
        y=names,
        z=ordered,
        customdata=np.broadcast_to(np.asarray(order)[:, None], ordered.shape).tolist(),
        name="distance",
        colorscale="Viridis",
        hovertemplate="%{y} and %{x}: %{z:.3f}<extra></extra>",
        colorbar={"title": {"text": unit, "side": "right"}, "thickness": 12},
    )
    figure = new_figure(heat, x_title="", y_title="")
    tickmode = "linear" if len(order) <= _MOST_NAMES else "auto"
    figure.update_xaxes(type="category", tickmode=tickmode, constrain="domain", tickangle=0)
    if tickmode == "linear":  # a long name, such as the end mark's, stands below its neighbours
        below = [name if len(name) <= _SHORT else f"<br>{name}" for name in names]
        figure.update_xaxes(tickmode="array", tickvals=names, ticktext=below)
    figure.update_yaxes(
        type="category",
        tickmode=tickmode,
        autorange="reversed",
        scaleanchor="x",
        constrain="domain",
    )
    return figure


def plot_kind_shares(steps: Sequence[int], scores: Sequence[KindScores]) -> go.Figure:
    """Draw the share of nearest neighbours that are of the same kind, over training.

    Args:
        steps: of the scores, rising; the first is that of the untrained table if it is 0.
        scores: of each step.
    """
    lines = {
        "vowels": (ORANGE, "circle", [each.vowels for each in scores]),
        "all letters": (BLUE, "square", [each.letters for each in scores]),
    }
    figure = new_figure(
        *(_line(name, steps, *line) for name, line in lines.items()),
        x_title="step (log scale)",
        y_title="neighbours of the same kind",
    )
    if scores:
        for (name, (colour, _, shares)), chance in zip(
            lines.items(), (scores[0].vowels_by_chance, scores[0].letters_by_chance), strict=True
        ):
            _mark_level(figure, chance, f"{name}: chance {chance:.0%}", colour, "dash")
            if steps[0] == 0:
                _mark_level(figure, shares[0], f"untrained {shares[0]:.0%}", colour, "dot")
    figure.update_xaxes(type="log", dtick=1)
    figure.update_yaxes(range=[0, 1.05], tickformat=".0%")
    return figure


def plot_silhouette(steps: Sequence[int], scores: Sequence[KindScores]) -> go.Figure:
    """Draw the mean silhouette of vowels and consonants, over training; as `plot_kind_shares`."""
    values = [each.silhouette for each in scores]
    figure = new_figure(
        _line("silhouette", steps, GREEN, "diamond", values),
        x_title="step (log scale)",
        y_title="silhouette (-1 to 1)",
    )
    _mark_level(figure, 0, "no grouping", GREY, "dash")
    if scores and steps[0] == 0:
        _mark_level(figure, values[0], f"untrained {values[0]:.2f}", GREEN, "dot")
    figure.update_xaxes(type="log", dtick=1)
    lowest, highest = min([-0.1, *values]), max([0.2, *values])
    figure.update_yaxes(autorangeoptions={"include": [lowest, highest]})
    return figure


def _line(
    name: str, steps: Sequence[int], colour: str, symbol: str, values: Sequence[float]
) -> go.Scatter:
    return go.Scatter(
        x=list(steps),  # a logarithm has no 0: that one stands in the table only
        y=list(values),
        name=name,
        mode="lines+markers",
        line={"color": colour, "width": 2.5},
        marker={"symbol": symbol, "size": 6},
        hovertemplate="step %{x:,}: %{y:.3f}",
    )


def _mark_level(figure: go.Figure, level: float, text: str, colour: str, dash: str) -> None:
    """Draw a level with its word: chance below on the left, untrained above on the right."""
    place = "bottom left" if dash == "dash" else "top right"
    figure.add_hline(
        level,
        line={"color": colour, "width": 1.3, "dash": dash},
        annotation={"text": text, "font": {"size": 11, "color": colour}},
        annotation_position=place,
    )


def plot_slots(norms: npt.NDArray[np.float64]) -> go.Figure:
    """Draw the norm of each context slot's block of W1, the share of each written on it.

    Args:
        norms: (block_size,), the furthest slot first.
    """
    block_size = len(norms)
    total = float(norms.sum()) or 1.0
    names = ["just before" if back == 1 else f"{back} before" for back in range(block_size, 0, -1)]
    bars = go.Bar(
        x=names,
        y=norms,
        name="slots",
        text=[f"{norm / total:.0%}" for norm in norms],
        marker={"color": BLUE},
        hovertemplate="%{x}: norm %{y:.3f}, %{text} of all<extra></extra>",
        showlegend=False,
    )
    figure = new_figure(bars, x_title="slot", y_title="norm of its block of W1")
    figure.update_yaxes(rangemode="tozero")
    return figure
