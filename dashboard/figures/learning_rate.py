"""Sweeps of the learning rate. Pure: range tests go in, a Figure comes out."""

from collections.abc import Iterable, Mapping
from math import inf, log
from typing import Any, Literal, NamedTuple

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.levels import draw_levels
from dashboard.figures.theme import BLUE, GREY, ORANGE, OTHERS, new_figure
from makemore import LRRangeTests, RateSpread

SweepAxis = Literal["log lr", "lr", "exponent"]
SWEEP_AXES: Mapping[SweepAxis, str] = {
    "log lr": "learning rate (log scale)",
    "lr": "learning rate",
    "exponent": "exponent e of the learning rate 10^e",
}
_SYMBOLS = {
    "minimum": ("star", "★"),
    "minimum/10": ("diamond", "◆"),
    "valley": ("square", "■"),
    "steepest": ("triangle-up", "▲"),
}
# How each suggestion's mark is written in a text.
SUGGESTION_SIGNS = {name: sign for name, (_, sign) in _SYMBOLS.items()}
MAX_POINTS = 2_000
_DASHES = ("dash", "dot", "dashdot", "longdash", "longdashdot", "solid")
_BLUE_BAND = "rgba(59, 130, 246, 0.18)"
_ORANGE_TINT = "rgba(232, 113, 10, 0.10)"
_HOVER = "lr %{customdata:.4g}: %{y:.3f} nats"

RAW, AVERAGE, LOWEST, HIGHEST = "each minibatch", "moving average", "lowest seed", "highest seed"


class Cut(NamedTuple):
    """Where a curve leaves the picture at its top."""

    top: float  # nats
    until: float | None  # the first rates are above it, up to this one
    since: float | None  # the last rates are above it, from this one


def plot_lr_sweep(
    tests: LRRangeTests,
    axis: SweepAxis = "log lr",
    vocab_size: int | None = None,
    others: Mapping[str, LRRangeTests] | None = None,
    selected: tuple[float, float] | None = None,
    is_over: bool = True,
    baselines: Mapping[str, float] | None = None,
) -> go.Figure:
    """Draw the raw losses faintly, their moving average boldly, and mark the suggestions.

    With several seeds the average is the median over them, in a band from the lowest to the
    highest, and each mark has a bar from the lowest suggestion to the highest. Every point
    carries its learning rate as `customdata`, so that a click can adopt it whatever the axis
    shows.

    Args:
        tests: what the sweeps found; empty ones give empty axes. Of many rates every n-th is
            drawn, so that a browser keeps up.
        axis: what x is, see `SWEEP_AXES`.
        vocab_size: of the model. If given, a line marks a uniform guess, and losses far above
            it are cut off, see `cut_of`.
        others: sweeps to compare with, by name.
        selected: rates between which the background is marked.
        is_over: whether the suggestions are marked; those of a part of a sweep mean little.
        baselines: what simpler models lose, by name, in nats: a quiet line each, if `vocab_size`
            is given and it lies in the picture.
    """
    others = others or {}
    top = cut_of([tests, *others.values()], vocab_size).top if vocab_size is not None else inf
    figure = new_figure(
        _plot_raw(tests, axis),
        *(_plot_band(tests, axis) if len(tests.tests) > 1 else []),
        _plot_median(tests, axis, AVERAGE, {"color": BLUE, "width": 3.5}),
        *(
            _plot_median(other, axis, name, _other_line(number))
            for number, (name, other) in enumerate(others.items())
        ),
        *(_suggestions(tests, axis, top) if is_over else []),
        x_title=SWEEP_AXES[axis],
        y_title="loss (nats per character)",
    )
    if axis == "log lr":
        figure.update_xaxes(type="log", dtick=_ticks(tests), tickformat=".3~g")
    if vocab_size is not None:
        _mark_uniform_guess(figure, vocab_size)
        bottom = _bottom(tests, top)
        draw_levels(figure, baselines or {}, (bottom, top))
        # Not a range: Plotly keeps a zoom only where the range it is given stays the same one.
        figure.update_yaxes(autorangeoptions={"clipmin": bottom, "clipmax": top})
    if selected is not None:
        low, high = _positions(np.array(selected), axis).tolist()
        figure.add_vrect(low, high, fillcolor=_ORANGE_TINT, line={"color": ORANGE, "width": 1})
    # To drag selects rates; the mode bar still offers to zoom. Plotly's own mark of a selection
    # goes when the one above comes or goes.
    figure.update_layout(
        dragmode="select", selectdirection="h", selectionrevision=str(selected or "none")
    )
    return figure


def cut_of(all_tests: Iterable[LRRangeTests], vocab_size: int) -> Cut:
    """Say above which loss sweeps are cut off, and where the first of them is.

    That is a nat above a uniform guess, or twice the lowest loss where that is more: what lies
    higher is a bad start or a divergence, and would crush the rest.
    """
    medians = [tests.band.median for tests in all_tests]
    lowest = min((float(median.min()) for median in medians if len(median)), default=0.0)
    top = max(log(vocab_size) + 1, 2 * lowest)
    (first, *_) = all_tests
    inside = np.flatnonzero(medians[0] <= top)
    if not len(inside):
        return Cut(top, None, None)
    start, end = int(inside[0]), int(inside[-1]) + 1
    lrs = first.lrs
    return Cut(
        top,
        float(lrs[start - 1]) if start else None,
        float(lrs[end]) if end < len(lrs) else None,
    )


def drawn_every(n_points: int) -> int:
    """Give n, where every n-th of so many points is drawn."""
    return -(-n_points // MAX_POINTS) or 1


def _plot_raw(tests: LRRangeTests, axis: SweepAxis) -> go.Scatter:
    every = drawn_every(sum(len(test.lrs) for test in tests.tests))
    lrs = np.concatenate([test.lrs[::every] for test in tests.tests])
    return go.Scatter(
        x=_positions(lrs, axis),
        y=np.concatenate([test.losses[::every] for test in tests.tests]),
        customdata=lrs,
        name=RAW,
        mode="markers",
        marker={"color": GREY, "size": 5, "opacity": 0.3},
        hovertemplate=_HOVER,
    )


def _plot_band(tests: LRRangeTests, axis: SweepAxis) -> list[go.Scatter]:
    """Give the edges of the band, as far as no seed ran away; the area belongs to the upper."""
    drawn = slice(None, None, drawn_every(len(tests.lrs)))
    lrs = tests.lrs[drawn]
    edges = {LOWEST: tests.band.lowest[drawn], HIGHEST: tests.band.highest[drawn]}
    inside = np.isfinite(edges[HIGHEST])
    return [
        go.Scatter(
            x=_positions(lrs[inside], axis),
            y=losses[inside],
            customdata=lrs[inside],
            name=name,
            mode="lines",
            line={"width": 0, "color": BLUE},
            fill="tonexty" if name == HIGHEST else None,
            fillcolor=_BLUE_BAND,
            showlegend=False,
            hoverinfo="skip",
        )
        for name, losses in edges.items()
    ]


def _plot_median(
    tests: LRRangeTests, axis: SweepAxis, name: str, line: dict[str, Any]
) -> go.Scatter:
    drawn = slice(None, None, drawn_every(len(tests.lrs)))
    lrs = tests.lrs[drawn]
    return go.Scatter(
        x=_positions(lrs, axis),
        y=_without_infinity(tests.band.median[drawn]),
        customdata=lrs,
        name=name,
        mode="lines",
        line=line,
        hovertemplate=_HOVER,
    )


def _other_line(number: int) -> dict[str, Any]:
    dash = _DASHES[number % len(_DASHES)]
    return {"color": OTHERS[number % len(OTHERS)], "width": 2.5, "dash": dash}


def _suggestions(tests: LRRangeTests, axis: SweepAxis, top: float) -> list[go.Scatter]:
    """Mark each suggestion that was swept: on the average, or at the top if that is above."""
    lrs, losses = tests.lrs, tests.band.median
    return [
        _plot_suggestion(name, spread, min(top, _loss_at(spread.median, lrs, losses)), axis)
        for name, spread in tests.spread.items()
        if lrs[0] <= spread.median <= lrs[-1]
    ]


def _bottom(tests: LRRangeTests, top: float) -> float:
    """Give the loss below which nothing is drawn."""
    lowest = min((float(t.losses.min()) for t in tests.tests if len(t.losses)), default=0.0)
    return lowest - 0.05 * (top - lowest)


def _loss_at(lr: float, lrs: np.ndarray, losses: np.ndarray) -> float:
    inside = np.isfinite(losses)
    return float(np.interp(np.log(lr), np.log(lrs[inside]), losses[inside]))


def _plot_suggestion(name: str, spread: RateSpread, loss: float, axis: SweepAxis) -> go.Scatter:
    symbol, _ = _SYMBOLS[name]
    low, middle, high = _positions(np.array(spread), axis)
    told = f"from {spread.lowest:.3g} to {spread.highest:.3g}"
    return go.Scatter(
        x=[middle],
        y=[loss],
        error_x={
            "type": "data",
            "array": [high - middle],
            "arrayminus": [middle - low],
            "color": ORANGE,
            "thickness": 2.5,
            "width": 7,
        },
        customdata=[spread.median],
        name=f"{name}: {spread.median:.3g}",
        showlegend=False,  # the page names each mark beside the button that adopts it
        mode="markers",
        cliponaxis=False,
        marker={
            "color": ORANGE,
            "size": 15,
            "symbol": symbol,
            "line": {"width": 1, "color": "rgba(255, 255, 255, 0.7)"},
        },
        hovertemplate=f"{name}, {told}<br>{_HOVER}<extra></extra>",
    )


def _mark_uniform_guess(figure: go.Figure, vocab_size: int) -> None:
    uniform = log(vocab_size)
    figure.add_hline(
        uniform,
        line={"color": GREY, "width": 1, "dash": "dash"},
        annotation={
            "text": f"uniform guess, ln {vocab_size} = {uniform:.2f}",
            "x": 0,
            "xanchor": "left",
            "font": {"size": 12},
        },
    )


def _ticks(tests: LRRangeTests) -> int | Literal["D2"]:
    """Give a tick each decade, and at 2 and 5 between them (D2) where hardly one is drawn."""
    drawn = tests.lrs[np.isfinite(tests.band.median)]
    return 1 if not len(drawn) or drawn[-1] >= 100 * drawn[0] else "D2"


def _positions(lrs: np.ndarray, axis: SweepAxis) -> np.ndarray:
    return np.log10(lrs) if axis == "exponent" else lrs


def _without_infinity(losses: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(losses), losses, np.nan)
