"""The map of the characters with its film: drawn in the browser, no script run a frame."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
import streamlit as st
from streamlit import config

from dashboard import live, state
from dashboard.components.drawing_script import drawing_script, drawing_style

_folder = Path(__file__).parent
_film = st.components.v2.component(
    "makemore_film",
    html=(_folder / "film.html").read_text(encoding="utf-8"),
    css=drawing_style("film.css"),
    js=drawing_script("film.js"),
    isolate_styles=False,  # Plotly puts its own styles into the document
)


@dataclass(frozen=True)
class Focus:
    """A character that stands out with its neighbours.

    Args:
        character: its number.
        near: for each moment the numbers of its neighbours, the nearest first; none where they
            are not known, and nothing stands out.
    """

    character: int
    near: Sequence[Sequence[int]]


@dataclass(frozen=True, eq=False)
class Film:
    """What the component shows.

    Args:
        figure: the last moment.
        vectors: for each moment x and y of each trace of the figure, (n_frames, n_numbers).
        steps: of each moment.
        losses: mean loss from the moment before to each, nats per character; NaN if unknown.
        hover: what is said of each character at each moment.
        beside: another figure and its title, to be compared with.
        focus: what stands out, if anything.
    """

    figure: go.Figure
    vectors: npt.NDArray[np.float32]
    steps: Sequence[int]
    losses: npt.NDArray[np.float64]
    hover: Sequence[Sequence[str]]
    beside: tuple[go.Figure, str] | None = None
    focus: Focus | None = None


def show_film(
    film: Film, key: str, run: str, view: str, summary: str, on_pick: Callable[[int], None]
) -> None:
    """Show a film; where somebody stands in it and how far they have zoomed in is kept.

    The moment stands in the URL too, unless it is the last one.

    Args:
        film: what to show.
        key: of the one component that it is, however the film changes.
        run: whose film it is; that of another one begins at its end.
        view: along which axes; so does another one.
        summary: what a person who does not see it is told.
        on_pick: called with the number of a character that was clicked.
    """

    def pick() -> None:
        picked = st.session_state[key].picked
        if picked is not None:
            on_pick(int(picked))

    _film(
        key=key,
        data=_data(film, run, view, summary),
        on_picked_change=pick,
        on_moment_change=lambda: state.stop_film_at(st.session_state[key].moment),
    )


def _data(film: Film, run: str, view: str, summary: str) -> dict[str, Any]:
    return {
        "figure": json.loads(film.figure.to_json()),
        "lengths": [len(trace.x) for trace in film.figure.data],
        "frames": base64.b64encode(film.vectors.tobytes()).decode(),
        "steps": list(film.steps),
        "losses": [loss if np.isfinite(loss) else None for loss in film.losses.tolist()],
        "hover": film.hover,
        "focus": film.focus and asdict(film.focus),
        "moment": state.film_moment(),
        "beside": film.beside
        and {"figure": json.loads(film.beside[0].to_json()), "title": film.beside[1]},
        "plotly": live.plotly_url(config.get_option("server.baseUrlPath")),
        "run": run,
        "view": view,
        "summary": summary,
    }
