"""Quiet lines at what simpler models lose, so that a loss means something at a glance."""

from collections.abc import Mapping
from math import inf, log10
from typing import Any

import plotly.graph_objects as go

from dashboard.figures.theme import GREY, LINE_LABEL

_LINE: Mapping[str, Any] = {"color": GREY, "width": 1, "dash": "dot"}
_WORDS: Mapping[str, Any] = {"showarrow": False, "font": {"size": 11}, "opacity": 0.85}


def draw_levels(
    figure: go.Figure,
    levels: Mapping[str, float],
    within: tuple[float, float] = (-inf, inf),
    is_log: bool = False,
) -> None:
    """Draw a line across a figure at each level, with its name at the right.

    Args:
        figure: whose y is a loss.
        levels: losses by name, in the figure's unit.
        within: the others are left out, as the axis would grow by them.
        is_log: whether y is logarithmic.
    """
    for name, loss in levels.items():
        if within[0] < loss < within[1]:
            figure.add_hline(loss, line=_LINE, layer="below")
            figure.add_annotation(
                name=LINE_LABEL,
                text=f"{name} {loss:.2f}",
                x=1,
                xref="paper",
                xanchor="right",
                y=log10(loss) if is_log else loss,  # lines take losses, texts their logarithms
                yanchor="bottom",
                **_WORDS,
            )


def draw_upright_levels(
    figure: go.Figure, levels: Mapping[str, float], within: tuple[float, float]
) -> None:
    """Draw a line up a figure, whose x is a loss, at each level within, named along it."""
    for name, loss in levels.items():
        if within[0] < loss < within[1]:
            figure.add_vline(loss, line=_LINE, layer="below")
            figure.add_annotation(
                text=f"{name} {loss:.2f}",
                textangle=-90,
                x=loss,
                xanchor="right",
                y=0,
                yref="paper",
                yanchor="bottom",
                **_WORDS,
            )
