"""The characters in the plane. Pure: a projection goes in, a Figure comes out."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from dashboard.figures.signs import shown_character
from dashboard.figures.theme import BLUE, GREEN, GREY, ORANGE, new_figure
from makemore import Projection, Vocabulary, character_kind

KIND_MARKS = {
    "vowel": (ORANGE, "circle"),
    "consonant": (BLUE, "square"),
    "other sign": (GREY, "triangle-up"),
    "end mark": (GREEN, "diamond"),
}
_MOST_SPREAD = 150  # points; more letters would have no room to step aside, and take long to
_LABEL_PIXELS = 21.0  # room that one letter needs
_MARK_SHARE = 0.75  # of that, from the letter of one character to the mark of another
_PLOT_PIXELS = (400.0, 300.0)  # of the points, on a phone and a laptop: readable on both

_ROUNDS = 80  # of pushing letters apart

Points = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]


def plot_embedding(projection: Projection, vocabulary: Vocabulary) -> go.Figure:
    """Draw each character at its place: vowels, consonants and `.` by shape and colour.

    The place is a small mark. Where marks stand so close that their letters would hide each
    other, the letters step aside and a thin line leads back to the place.

    Args:
        projection: points (vocab_size, 2) and what the axes are.
        vocabulary: gives the characters.
    """
    places = film_traces(projection.points.double().numpy(), vocabulary)
    styles = _styles(vocabulary)
    traces = [go.Scatter(x=x, y=y, **style) for (x, y), style in zip(places, styles, strict=True)]
    shares = projection.explained or (None, None)
    x_title, y_title = (
        axis if share is None else f"{axis}: {share:.0%} of the variance"
        for axis, share in zip(projection.axes, shares, strict=True)
    )
    figure = new_figure(*traces, x_title=x_title, y_title=y_title)
    figure.update_yaxes(scaleanchor="x")  # a distance means the same in both directions
    if not projection.axes[1]:
        figure.update_yaxes(showticklabels=False, showgrid=False)
    return figure


def film_traces(points: Points, vocabulary: Vocabulary) -> list[tuple[Points, Points]]:
    """Give x and y of each trace of `plot_embedding`, in order: what changes through a film.

    Args:
        points: (…, vocab_size, 2), of one moment or of several.
        vocabulary: gives the characters.
    """
    labels = spread_labels(points)
    ends = points + 0.6 * (labels - points)  # not through the letter
    leaders = np.stack([points, ends, np.full_like(points, np.nan)], axis=-2)  # broken lines
    traces = [
        places[..., rows, :, :].reshape(*points.shape[:-2], -1, 2)  # one or three to a character
        for places in (leaders, points[..., None, :], labels[..., None, :])
        for rows in _rows_by_kind(vocabulary).values()
    ]
    return [(trace[..., 0], trace[..., 1]) for trace in traces]


def film_vectors(pictures: Points, vocabulary: Vocabulary) -> npt.NDArray[np.float32]:
    """Give for each moment one row: x and y of each trace of `plot_embedding`, one by one.

    Args:
        pictures: (n_frames, vocab_size, 2).
        vocabulary: gives the characters.
    """
    columns = [values for trace in film_traces(pictures, vocabulary) for values in trace]
    return np.concatenate(columns, axis=1).astype(np.float32)


def spread_labels(points: Points) -> Points:
    """Give a place for the letter of each point, so that no two letters hide each other.

    A letter begins just above its mark; letters too close push each other apart, and away from
    other marks, and each is drawn back towards its own.

    Args:
        points: (…, n, 2), in the units of the axes, which have one scale; of one moment or of
            several, each of which fills the plot.

    Returns:
        (…, n, 2), in the same units.
    """
    n = points.shape[-2]
    if not points.size or n > _MOST_SPREAD:
        return points.copy()
    widest = (np.ptp(points, axis=-2) / _PLOT_PIXELS).max(-1)[..., None]
    room = _LABEL_PIXELS * np.where(widest > 0, widest, 1e-3)  # (…, 1)
    # Each coordinate by itself, in units of the room, and in float32: a film has many frames.
    centred = points - points.mean(-2, keepdims=True)
    marks = [(centred[..., axis] / room).astype(np.float32) for axis in (0, 1)]  # (…, n) each
    home = [marks[0], marks[1] + np.float32(0.7)]
    # Points at one and the same place need a direction in which to part: a fixed one for each.
    angles = np.arange(n, dtype=np.float32) * np.float32(2.4)
    labels = [home[0] + 0.01 * np.cos(angles), home[1] + 0.01 * np.sin(angles)]
    for _ in range(_ROUNDS):
        by_labels, by_marks = _push(labels, labels, 1.0), _push(labels, marks, _MARK_SHARE)
        for axis in (0, 1):
            push = 0.5 * (by_labels[axis] + by_marks[axis])
            labels[axis] = labels[axis] + push + 0.02 * (home[axis] - labels[axis])
    steps = [(labels[axis] - marks[axis]) * room for axis in (0, 1)]
    spread: Points = points + np.stack(steps, axis=-1)
    return spread


def _push(labels: list[Floats], others: list[Floats], room: float) -> list[Floats]:
    """Say how far, along each axis, each label is to move away from `others` but its own."""
    x, y = (labels[axis][..., :, None] - others[axis][..., None, :] for axis in (0, 1))
    distances = np.sqrt(x * x + y * y) + np.float32(1e-9)  # (…, n, n)
    strength = np.maximum(np.float32(room) / distances - 1, 0)  # 0 where there is room
    itself = np.arange(x.shape[-1])
    strength[..., itself, itself] = 0
    return [(x * strength).sum(-1), (y * strength).sum(-1)]


def _rows_by_kind(vocabulary: Vocabulary) -> dict[str, npt.NDArray[np.intp]]:
    kinds = np.array([character_kind(character) for character in vocabulary.characters])
    rows = {kind: np.flatnonzero(kinds == kind) for kind in KIND_MARKS}
    if not len(rows["other sign"]):
        del rows["other sign"]  # most alphabets have none, and no use for its legend
    return rows


def _styles(vocabulary: Vocabulary) -> list[dict[str, Any]]:
    """Say how each trace looks: leaders, marks and letters, of each kind in turn."""
    leaders, marks, letters = [], [], []
    for kind, rows in _rows_by_kind(vocabulary).items():
        colour, symbol = KIND_MARKS[kind]
        characters = [vocabulary.characters[row] for row in rows]
        of_kind = {"name": kind, "legendgroup": kind}
        leaders.append({**of_kind, **_LEADERS, "name": f"{kind}, leaders"})
        marks.append(
            {
                **of_kind,
                "text": characters,
                "customdata": rows.tolist(),  # a click says which character
                "mode": "markers",
                "marker": {"color": colour, "symbol": symbol, "size": 9, "opacity": 0.75},
                "hovertemplate": "<b>%{text}</b> (%{x:.3f}, %{y:.3f})<br>%{hovertext}"
                f"<extra>{kind}</extra>",
                "hovertext": [""] * len(characters),
            }
        )
        letters.append(
            {
                **of_kind,
                "text": [f"<b>{shown_character(character)}</b>" for character in characters],
                "name": f"{kind}, letters",
                "meta": rows.tolist(),
                "showlegend": False,
                "mode": "text",
                "textfont": {"color": colour, "size": 19},
                "hoverinfo": "skip",
            }
        )
    return [*leaders, *marks, *letters]


_LEADERS: dict[str, Any] = {
    "mode": "lines",
    "line": {"color": GREY, "width": 1},
    "hoverinfo": "skip",
    "showlegend": False,
}


def hover_texts(nearest: Sequence[Sequence[int]], vocabulary: Vocabulary) -> list[str]:
    """Say of each character which are nearest to it, the nearest first.

    Args:
        nearest: for each character the numbers of its neighbours; none gives an empty text.
        vocabulary: gives the characters.
    """
    names = [shown_character(character) for character in vocabulary.characters]
    return [", ".join(names[other] for other in others) for others in nearest]
