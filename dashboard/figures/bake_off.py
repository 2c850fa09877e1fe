"""A bake-off of learning rates. Pure: its result goes in, a Figure comes out."""

from collections.abc import Mapping
from math import inf, isfinite, isnan

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.levels import draw_upright_levels
from dashboard.figures.theme import BLUE, GREY, ORANGE, new_figure
from makemore import BakeOffResult, Contender

NAMES = {"lecture": "the lecture's"}  # of those who propose, where it is not a rule's own
ROOM_NATS = 0.5  # above the best mean; what is worse stands at the edge
SEEDS, MEANS = "each seed", "mean over the seeds"


def plot_bake_off(
    result: BakeOffResult, baselines: Mapping[str, float] | None = None
) -> go.Figure:
    """Draw the validation loss of every rate: each seed faintly, the mean boldly and in figures.

    Every point carries its learning rate as `customdata`. A mean that is far above the best one,
    or of runs that diverged, stands as an arrow at the edge.

    Args:
        result: of a bake-off, which may still go on: what is not known is left out, and where
            nothing is, a word says so.
        baselines: validation losses of simpler models by name: a quiet line each, if it lies among
            those of the rates.
    """
    known = [each for each in result.contenders if not isnan(each.mean)]
    edge = min((each.mean for each in known), default=inf) + ROOM_NATS
    figure = new_figure(
        _plot_seeds(known, edge),
        _plot_means(known, edge, result.winner),
        x_title="validation loss (nats)",
        y_title="learning rate",
    )
    labels = [label_of(each) for each in result.contenders]
    figure.update_yaxes(type="category", categoryorder="array", categoryarray=labels)
    rows = [label.replace(" = ", "<br>= ") for label in labels]  # or a phone has room for no more
    figure.update_yaxes(tickmode="array", tickvals=labels, ticktext=rows)
    figure.update_yaxes(range=[-0.6, len(labels) - 0.4])
    shown = [*figure.data[0].x, *figure.data[1].x]
    if shown:
        draw_upright_levels(figure, baselines or {}, (min(shown), max(shown)))
    if not known:
        figure.update_xaxes(showticklabels=False)  # of an axis that is not known either
        figure.add_annotation(
            text="no rate's runs are over yet", x=0.5, y=0.5, xref="paper", yref="paper"
        )
    return figure


def label_of(contender: Contender) -> str:
    """Write a rate with the names of those who proposed it."""
    names = " = ".join(NAMES.get(name, name) for name in contender.names)
    return f"{names}: {contender.lr:.3g}"


def _plot_seeds(known: list[Contender], edge: float) -> go.Scatter:
    near = [each for each in known if each.mean <= edge]
    points = [(loss, each) for each in near for loss in each.losses[~np.isnan(each.losses)]]
    return go.Scatter(
        x=[loss for loss, _ in points],
        y=[label_of(each) for _, each in points],
        customdata=[each.lr for _, each in points],
        name=SEEDS,
        mode="markers",
        marker={"color": GREY, "size": 8, "opacity": 0.6},
        hovertemplate="lr %{customdata:.4g}: %{x:.4f} nats<extra></extra>",
    )


def _plot_means(known: list[Contender], edge: float, winner: Contender | None) -> go.Scatter:
    means = np.array([each.mean for each in known])
    return go.Scatter(
        x=np.minimum(means, edge),
        y=[label_of(each) for each in known],
        customdata=[each.lr for each in known],
        text=[_told(mean) for mean in means],
        textposition=["middle left" if mean > edge else "top center" for mean in means],
        name=MEANS,
        mode="markers+text",
        marker={
            "color": [ORANGE if each is winner else BLUE for each in known],
            "size": [17 if each is winner else 12 for each in known],
            "symbol": [_symbol(each, edge, winner) for each in known],
        },
        cliponaxis=False,
        hovertemplate="lr %{customdata:.4g}: %{text} nats<extra></extra>",
    )


def _symbol(contender: Contender, edge: float, winner: Contender | None) -> str:
    if contender.mean > edge:
        return "triangle-right"
    return "star" if contender is winner else "diamond"


def _told(mean: float) -> str:
    return f"{mean:.4f}" if isfinite(mean) else "diverged"
