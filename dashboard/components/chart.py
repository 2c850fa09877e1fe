"""Charts that stay on their node: a new figure, or a live stream, is drawn without a blank frame.

`st.plotly_chart` makes a new node for every change of the figure, losing zoom and legend.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import streamlit as st
from streamlit import config

from dashboard import live, state
from dashboard.components.drawing_script import drawing_script, drawing_style
from dashboard.corpus import count_baselines
from dashboard.curve import LossCurve
from dashboard.figures.losses import plot_losses
from dashboard.jobs import State, TrainingJob
from dashboard.units import LossUnit
from makemore import History

POLL_SECONDS = 0.5  # between two snapshots where the stream does not come through
REST_SECONDS = 3.0  # of a run at rest, which may go on in another window

_folder = Path(__file__).parent
_chart = st.components.v2.component(
    "makemore_chart",
    html=(_folder / "chart.html").read_text(encoding="utf-8"),
    css=drawing_style("chart.css"),
    js=drawing_script("chart.js", also=("script_run.js", "run_stream.js", "labels.js")),
    isolate_styles=False,  # Plotly puts its own styles into the document
)

# A column of a chart's table: title, traces one below the other, and which of their arrays.
Column = tuple[str, list[str], str]
Columns = list[Column]
_LIVE_KEY = "losses"


def show_chart(
    figure: go.Figure,
    key: str,
    summary: str,
    columns: Sequence[Column] = (),
    on_pick: Callable[[float], None] | None = None,
    on_range: Callable[[float, float], None] | None = None,
    below: int | None = None,
    least_height: int | None = None,
) -> None:
    """Show a figure that may change often.

    Args:
        figure: what to draw.
        key: of the one chart that it is, however the figure changes.
        summary: what a person who does not see it is told.
        columns: of its table; of a heat map none, as it is a table itself.
        on_pick: called with the `customdata` of a point, or row of the table, that was clicked.
        on_range: called with the lowest and highest `customdata` of points that were dragged
            over, in a figure whose `dragmode` is `"select"`.
        below: pixels of the window to leave for what stands below it, its table's line included.
        least_height: pixels of a figure that could not be read in fewer, however low the window.
    """

    def pick() -> None:
        picked = st.session_state[key].picked
        if on_pick is not None and picked is not None:
            on_pick(picked)

    def select() -> None:
        selected = st.session_state[key].ranged
        if on_range is not None and selected is not None:
            on_range(*selected)

    _chart(
        key=key,
        data={
            **_data(_as_json(figure), key, summary, columns),
            "below": below,
            "least_height": least_height,
            "is_pickable": on_pick is not None,
        },
        on_picked_change=pick,
        on_ranged_change=select,
    )


def show_live_losses(job: TrainingJob, others: Mapping[str, LossCurve], drawn: State) -> None:
    """Show the losses and figures of a run, live: by its stream, or by polling without one.

    Args:
        job: the run.
        others: runs to compare with, as they are now, by name.
        drawn: where the run stood when its buttons were drawn; they are drawn again as soon as
            it stands elsewhere.
    """
    if not state.is_polling():
        result = _mount_live(job, others, drawn)
        if result.broken:
            state.start_polling()
            st.rerun()
    else:
        pace = REST_SECONDS if drawn.is_final else POLL_SECONDS
        st.fragment(_poll, run_every=None if drawn.is_hopeless else pace)(job, others, drawn)


def _poll(job: TrainingJob, others: Mapping[str, LossCurve], drawn: State) -> None:
    now = job.state  # before the chart is drawn, so that its last point is there
    _mount_live(job, others, now)
    if now is not drawn or state.current_run() is not job:  # it may be back from the store
        st.rerun()  # the buttons follow, whoever paused or ended the run


def _mount_live(job: TrainingJob, others: Mapping[str, LossCurve], drawn: State) -> Any:  # noqa: ANN401  # the component's result has no type
    unit = state.loss_unit()
    ladder = count_baselines(job.dataset)  # the figure has a uniform guess itself
    settled = (job.model_config.vocab_size, tuple(ladder.items()), unit)
    figure = _loss_figure(*settled, others) if others else _empty_loss_figure(*settled)
    known = ", ".join(f"{name} {nats:.3f}" for name, nats in ladder.items())
    summary = f"Loss of the run against the step. Count tables, in nats: {known}."
    data = _data(figure, f"losses-of-{job.title}", summary, _loss_columns(unit))
    base = config.get_option("server.baseUrlPath")
    data["run"], data["drawn_state"] = job.id, drawn.value
    data["unit"] = unit
    data["snapshot"] = live.encode_snapshot(job.snapshot())
    data["stream"] = None if state.is_polling() else live.stream_url(job.id, base)
    return _chart(
        key=_LIVE_KEY,
        data=data,
        on_moved_change=lambda: None,
        on_broken_change=lambda: None,
        on_unit_change=lambda: state.use_loss_unit(st.session_state[_LIVE_KEY].unit),
    )


def _loss_columns(unit: str) -> Columns:
    return [
        ("step", ["training split"], "x"),
        (f"training loss ({unit})", ["training split"], "y"),
        (f"validation loss ({unit})", ["validation split"], "y"),
    ]


@lru_cache(maxsize=32)  # to build it takes half of a click's time, and all runs share it
def _empty_loss_figure(
    vocab_size: int, ladder: tuple[tuple[str, float], ...], unit: LossUnit
) -> dict[str, Any]:
    return _loss_figure(vocab_size, ladder, unit, {})


def _loss_figure(
    vocab_size: int,
    ladder: tuple[tuple[str, float], ...],
    unit: LossUnit,
    others: Mapping[str, LossCurve],
) -> dict[str, Any]:
    """Draw all but the run itself, whose points come with its snapshots."""
    return _as_json(plot_losses(LossCurve.of(History()), vocab_size, others, dict(ladder), unit))


def _as_json(figure: go.Figure) -> dict[str, Any]:
    drawn: dict[str, Any] = json.loads(figure.to_json())
    return drawn


def _data(
    figure: dict[str, Any], name: str, summary: str, columns: Sequence[Column]
) -> dict[str, Any]:
    return {
        "name": re.sub(r"[\W_]+", "-", name).removesuffix("-chart"),  # of its files
        "figure": figure,
        "plotly": live.plotly_url(config.get_option("server.baseUrlPath")),
        "summary": summary,
        "table": columns,
    }
