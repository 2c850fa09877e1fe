"""Colours and layout that all figures share.

Every colour keeps a contrast of at least 3 against white and against the dark background, and the
pairs that meet in one figure differ for colour-blind eyes; shape or dash tells them apart too.
Text and grid take the colours of the page's theme, so none is set here.
"""

import plotly.graph_objects as go
from plotly.basedatatypes import BaseTraceType

BLUE = "#3b82f6"
ORANGE = "#e8710a"
GREEN = "#0e9f6e"
GREY = "#8390a3"
# Of runs to compare with; each has a dash of its own besides.
OTHERS = (GREEN, "#a855f7", "#db2777", "#0891b2", "#a16207", "#64748b")
GREY_BAND = "rgba(131, 144, 163, 0.22)"

LINE_LABEL = "line"  # the name of texts that chart.js writes side by side where lines come close

TRANSPARENT = "rgba(0, 0, 0, 0)"


def new_figure(*traces: BaseTraceType, x_title: str, y_title: str) -> go.Figure:
    """Give a figure with the shared layout; titles carry the unit."""
    figure = go.Figure(traces)
    figure.update_layout(
        template="none",
        margin={"l": 56, "r": 12, "t": 32, "b": 44},
        paper_bgcolor=TRANSPARENT,
        plot_bgcolor=TRANSPARENT,
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        hovermode="closest",
        uirevision="kept",  # a zoom or a hidden trace outlives every update
        xaxis={"title": {"text": x_title, "standoff": 8}, "zeroline": False},
        yaxis={"title": {"text": y_title, "standoff": 8}, "zeroline": False},
    )
    return figure
