"""The sweep of the learning rate: its settings, its chart, and how it is looked at."""

import csv
import io
from collections.abc import Mapping
from typing import NamedTuple

import streamlit as st

from dashboard import state
from dashboard.components.chart import Columns, show_chart
from dashboard.components.choice import choose_one
from dashboard.components.study_progress import show_progress
from dashboard.corpus import count_baselines
from dashboard.descriptions import describe_sweep_difference
from dashboard.figures.learning_rate import (
    AVERAGE,
    HIGHEST,
    LOWEST,
    SWEEP_AXES,
    SweepAxis,
    cut_of,
    drawn_every,
    plot_lr_sweep,
)
from dashboard.plain_text import as_text
from dashboard.sweep_jobs import SweepJob
from makemore import LRRangeTests, ModelConfig, SweepSettings, TrainConfig

_REFRESH_SECONDS = 0.3
_COMPARED = "compared_sweeps"
_BELOW = 124  # pixels: the table's line and the notes
_WIDTH = 104  # pixels: three inputs beside each other on a phone
MAX_SEEDS = 20


class View(NamedTuple):
    """How a sweep is looked at."""

    axis: SweepAxis
    smoothing: float
    is_whole: bool  # whether high losses are shown too
    others: Mapping[str, SweepJob]  # drawn over it, by name


def sweep_form(model_config: ModelConfig, train_config: TrainConfig) -> SweepSettings | None:
    """Ask for the range; give the settings of the sweep, or nothing if they are none."""
    lr_min = _rate("From", 1e-3, "lr_min", "First rate.")
    lr_max = _rate("To", 1.0, "lr_max", "Last rate.")
    n_steps = st.number_input(
        "Rates",
        10,
        20_000,
        1_000,
        step=100,
        key="sweep_steps",
        help="How many rates to try, one step each, evenly spaced in the exponent.",
        width=_WIDTH,
        **state.IN_URL,
    )
    n_seeds = st.number_input(
        "Seeds",
        1,
        MAX_SEEDS,
        5,
        key="sweep_seeds",
        help="How many sweeps, each with weights and batches of its own: what one suggests is "
        "partly chance.",
        width=_WIDTH,
        **state.IN_URL,
    )
    if lr_min >= lr_max:
        st.error(f"“From” must be below “To”, got {lr_min:g} and {lr_max:g}.")
        return None
    try:
        settings = SweepSettings(model_config, train_config, lr_min, lr_max, n_steps, n_seeds)
    except ValueError as error:  # rates too close to differ
        st.error(as_text(str(error)))
        return None
    if (objection := state.objection_to_sweep(settings)) is not None:
        st.error(as_text(objection))
        return None
    return settings


def _rate(label: str, usual: float, key: str, explained: str) -> float:
    rate: float = st.number_input(
        label,
        *state.LR_LIMITS,
        usual,
        format="%.4g",
        key=key,
        help=explained,
        width=_WIDTH,
        **state.IN_URL,
    )
    return rate


def view_form(job: SweepJob) -> View:
    """Ask how to look at a sweep."""
    axis = choose_one(
        "Horizontal axis",
        list(SWEEP_AXES),
        "sweep_axis",
        help="The lecture looks at the loss against the rate, then against its exponent.",
    )
    with st.popover("View", help="Smoothing, cut-off, earlier sweeps"):
        smoothing = st.slider(
            "Smoothing",
            0.0,
            0.995,
            0.98,
            step=0.005,
            format="%.3f",
            key="sweep_smoothing",
            help="Weight of the past in the moving average: 0.98 is a window of about 50 rates.",
            **state.IN_URL,
        )
        is_whole = st.toggle(
            "Show the highest losses too",
            key="sweep_whole",
            help="Otherwise the first and the diverging losses are cut off, or they would crush "
            "the rest.",
            **state.IN_URL,
        )
        others = _compared(job)
    return View(axis, smoothing, is_whole, others)


def _compared(job: SweepJob) -> Mapping[str, SweepJob]:
    """Ask which earlier sweeps to draw over the current one, if there are any."""
    wanted = state.sweeps_in_address()
    named = {
        f"{number}: {describe_sweep_difference(other.settings, job.settings)}": other
        for number, other in state.own_sweeps().items()
        if other is not job and other.dataset is job.dataset
    }
    if not named:
        st.caption("Sweeps with other settings can be drawn over this one, once there are any.")
        return {}
    if wanted:
        st.session_state[_COMPARED] = [name for name, other in named.items() if other in wanted]
    chosen = st.multiselect(
        "Draw over it",
        list(named),
        key=_COMPARED,
        placeholder="Earlier sweeps",
    )
    state.publish_sweeps(named[name] for name in chosen)
    return {name: named[name] for name in chosen}


def show_sweep(job: SweepJob, view: View) -> None:
    """Show the sweep as it grows."""
    is_over = job.state.is_final
    drawn = is_over, state.lr_range()
    st.fragment(_show, run_every=None if is_over else _REFRESH_SECONDS)(job, view, drawn)


def _show(job: SweepJob, view: View, drawn: tuple[bool, tuple[float, float] | None]) -> None:
    now = job.state.is_final, state.lr_range()  # before it is shown, so that the end is shown
    if job.error is not None:
        st.error(f"The sweep failed: {as_text(job.error)}")
    else:
        _draw(job, view, *now)
    if state.is_lr_adopted() or now != drawn:
        st.rerun()  # the sidebar or the buttons follow; or nothing is left to be refreshed


def _draw(job: SweepJob, view: View, is_over: bool, selected: tuple[float, float] | None) -> None:
    if not is_over:
        _show_progress(job)
    tests, vocab_size = job.tests(view.smoothing), job.settings.model.vocab_size
    others = {name: other.tests(view.smoothing) for name, other in view.others.items()}
    show_chart(
        plot_lr_sweep(
            tests,
            view.axis,
            None if view.is_whole else vocab_size,
            others,
            selected,
            is_over,
            count_baselines(job.dataset),
        ),
        key="lr_sweep",
        summary=_summary(tests, is_over),
        columns=_columns(len(tests.tests)),
        on_pick=state.adopt_lr,
        on_range=state.select_lr_range,
        below=_BELOW,
    )
    _explain(job, tests, view)


def _show_progress(job: SweepJob) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        show_progress(job, "of the rates tried")
        st.button("Cancel", key="cancel_sweep", on_click=state.stop_run, args=(job,))


def _columns(n_seeds: int) -> Columns:
    columns: Columns = [
        ("lr", [AVERAGE], "customdata"),
        ("moving average (nats)", [AVERAGE], "y"),
    ]
    edges: Columns = [("lowest seed", [LOWEST], "y"), ("highest seed", [HIGHEST], "y")]
    return [*columns, *(edges if n_seeds > 1 else [])]


def _summary(tests: LRRangeTests, is_over: bool) -> str:
    said = [
        f"{name} {spread.median:.3g}, from {spread.lowest:.3g} to {spread.highest:.3g}"
        for name, spread in (tests.spread if is_over else {}).items()
    ]
    rates = f"Loss against the learning rate, at {len(tests.lrs)} rates"
    return f"{rates}, {len(tests.seeds)} seeds. Suggested: {'; '.join(said) or 'nothing yet'}."


def _explain(job: SweepJob, tests: LRRangeTests, view: View) -> None:
    """Say what the picture leaves out, and offer all of it."""
    notes = _notes(tests)
    if not view.is_whole:
        notes.append(_told_cut(tests, job.settings.model.vocab_size))
    with st.container(
        key="sweep_notes", horizontal=True, horizontal_alignment="distribute", gap="small"
    ):
        st.caption(" ".join(filter(None, notes)), width="stretch")
        _offer_every_step(tests)


def _offer_every_step(tests: LRRangeTests) -> None:
    st.download_button(
        "⤓ every step",
        data=lambda: _csv(tests),
        file_name="lr_sweep.csv",
        mime="text/csv",
        key="sweep_csv",
        on_click="ignore",
        type="tertiary",
        help="Every step of every seed as CSV: seed, rate, loss, moving average.",
    )


def _notes(tests: LRRangeTests) -> list[str]:
    n_seeds, stopped_at = len(tests.seeds), tests.stopped_at
    notes = []
    if n_seeds > 1:
        notes.append(f"Line: median of {n_seeds} seeds; band: all of them.")
    if stopped_at:
        ends = dict.fromkeys(f"{lr:.3g}" for lr in (stopped_at[0], stopped_at[-1]))
        seeds = f"With {len(stopped_at)} of {n_seeds} seeds the" if n_seeds > 1 else "The"
        notes.append(f"{seeds} loss ran away, at lr = {' to '.join(ends)}.")
    if (every := drawn_every(sum(len(test.lrs) for test in tests.tests))) > 1:
        notes.append(f"One of {every} minibatches is drawn, all are reckoned with.")
    return notes


def _told_cut(tests: LRRangeTests, vocab_size: int) -> str:
    cut = cut_of([tests], vocab_size)
    until = f"at the start up to lr = {cut.until:.3g}" if cut.until is not None else ""
    since = f"at the end from {cut.since:.3g}" if cut.since is not None else ""
    if not (until or since):
        return ""
    where = " and ".join(filter(None, (until, since)))
    return f"Losses above {cut.top:.1f} nats are cut off, {where}."


def _csv(tests: LRRangeTests) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([("seed", "lr", "loss", "smoothed"), *tests.rows()])
    return text.getvalue()
