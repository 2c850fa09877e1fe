"""The characters in the plane. Pure: a projection goes in, a Figure comes out."""

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from dashboard.figures.theme import BLUE, GREEN, GREY, ORANGE, new_figure
from makemore import END, Projection, Vocabulary, character_kind

_MARKS = {
    "vowel": (ORANGE, "circle"),
    "consonant": (BLUE, "square"),
    "end mark": (GREEN, "diamond"),
}
_LABEL_PIXELS = 21.0  # room that one letter needs
_PLOT_PIXELS = (400.0, 330.0)  # between a phone's plotting area and a laptop's: readable on both

Points = npt.NDArray[np.float64]


def plot_embedding(projection: Projection, vocabulary: Vocabulary) -> go.Figure:
    """Draw each character at its place: vowels, consonants and `.` by shape and colour.

    The place is a small mark. Where marks stand so close that their letters would hide each
    other, the letters step aside and a thin line leads back to the place.

    Args:
        projection: points (vocab_size, 2) and what the axes are.
        vocabulary: gives the characters.
    """
    points = projection.points.double().numpy()
    labels = spread_labels(points)
    kinds = np.array([character_kind(character) for character in vocabulary.characters])
    traces = [_leaders(points, labels)]
    for kind, (colour, symbol) in _MARKS.items():
        rows = np.flatnonzero(kinds == kind)
        characters = [vocabulary.characters[row] for row in rows]
        places = go.Scatter(
            x=points[rows, 0],
            y=points[rows, 1],
            text=characters,
            name=kind,
            legendgroup=kind,
            mode="markers",
            marker={"color": colour, "symbol": symbol, "size": 9},
            hovertemplate="%{text} (%{x:.3f}, %{y:.3f})<extra>" + kind + "</extra>",
        )
        letters = go.Scatter(
            x=labels[rows, 0],
            y=labels[rows, 1],
            text=[f"<b>{_shown(character)}</b>" for character in characters],
            name=f"{kind}, letters",
            legendgroup=kind,
            showlegend=False,
            mode="text",
            textfont={"color": colour, "size": 19},
            hoverinfo="skip",
        )
        traces += [places, letters]
    shares = projection.explained or (None, None)
    x_title, y_title = (
        axis if share is None else f"{axis}: {share:.0%} of the variance"
        for axis, share in zip(projection.axes, shares, strict=True)
    )
    figure = new_figure(*traces, x_title=x_title, y_title=y_title)
    figure.update_yaxes(scaleanchor="x")  # a distance means the same in both directions
    return figure


def spread_labels(points: Points) -> Points:
    """Give a place for the letter of each point, so that no two letters hide each other.

    A letter begins just above its mark; letters too close push each other apart, and each is
    drawn back towards its mark.

    Args:
        points: (n, 2), in the units of the axes, which have one scale.

    Returns:
        (n, 2), in the same units.
    """
    extent = np.ptp(points, axis=0) if len(points) else np.zeros(2)
    room = _LABEL_PIXELS * (float(np.max(extent / _PLOT_PIXELS)) or 1e-3)
    home = points + np.array([0.0, 0.6 * room])
    # Points at one and the same place need a direction in which to part: a fixed one for each.
    angles = np.arange(len(points)) * 2.4
    labels: Points = home + 0.01 * room * np.column_stack([np.cos(angles), np.sin(angles)])
    for _ in range(150):
        apart = labels[:, None] - labels[None]  # (n, n, 2)
        distances = np.linalg.norm(apart, axis=2) + np.eye(len(points)) * room
        overlap = np.clip(1 - distances / room, 0, None)  # (n, n), 0 where there is room
        push = (apart / distances[..., None] * overlap[..., None]).sum(1) * room
        labels += 0.5 * push + 0.02 * (home - labels)
    return labels


def _shown(character: str) -> str:
    """Write the end mark as a word: a dot alone would be taken for a speck."""
    return "end" if character == END else character


def _leaders(points: Points, labels: Points) -> go.Scatter:
    """Draw a line from each mark towards its letter, broken between the characters."""
    ends = points + 0.6 * (labels - points)  # not through the letter
    breaks = np.full(len(points), np.nan)
    x, y = (np.column_stack([points[:, i], ends[:, i], breaks]).ravel() for i in (0, 1))
    return go.Scatter(
        x=x,
        y=y,
        name="leaders",
        mode="lines",
        line={"color": GREY, "width": 1},
        hoverinfo="skip",
        showlegend=False,
    )
