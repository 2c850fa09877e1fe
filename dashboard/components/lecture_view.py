"""The lecture's experiments: choose one, run it, and see its figures beside ours."""

from collections import Counter
from collections.abc import Mapping

import streamlit as st

from dashboard import state
from dashboard.components.chapters.chapter import show_table
from dashboard.components.chart import Columns, show_chart
from dashboard.components.study_progress import show_progress, told_progress, told_stop
from dashboard.corpus import bundled_dataset, count_baselines
from dashboard.experiment_job import ExperimentJob
from dashboard.figures.experiments import OURS, THEIRS, plot_spread, plot_steps
from dashboard.jobs import State
from dashboard.plain_text import as_text
from makemore import EXPERIMENTS, VERDICTS, ExperimentResult
from makemore.experiment_report import COLUMNS, reasons, report_row

_REFRESH_SECONDS = 0.3
_SIGNS: Mapping[str, str] = {
    "met": "✓",
    "inside": "✓",
    "missed": "✗",
    "outside": "△",
    "another list": "–",
    "open": "…",
}
_STEP_COLUMNS: Columns = [
    ("step", [THEIRS], "x"),
    ("the lecture's loss (nats)", [THEIRS], "y"),
    ("ours (nats)", ["ours"], "y"),
]
_LEAST_HEIGHT, _ROW_HEIGHT, _AROUND_ROWS = 300, 38, 130  # pixels; a row has a name of two lines
_SPREAD_COLUMNS: Columns = [("figure", [OURS], "y"), ("ours, one a seed", [OURS], "x")]


def choose_experiment() -> str:
    """Ask which experiment, and how many seeds; give its letter."""
    state.adopt_choice("experiment", EXPERIMENTS)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name: str = st.segmented_control(
            "Experiment",
            list(EXPERIMENTS),
            default="A",
            required=True,
            key="experiment",
            format_func=_label,
            on_change=state.publish_choice,
            args=("experiment",),
            **state.KEPT,
        )
        st.number_input(
            "Seeds",
            2,
            state.MAX_EXPERIMENT_SEEDS,
            5,
            key="experiment_seeds",
            help="Runs of each experiment that chance has a part in. Two make a spread, ten a "
            "good one.",
            width=110,
            **state.IN_URL,
        )
        _buttons_for_all()
    state.publish_choice("experiment")
    return name


def _label(name: str) -> str:
    """Give a letter with the sign of how the experiment stands."""
    job = state.experiment(name)
    if job is None:
        return name
    if not job.state.is_final:
        return f"{name} …"
    verdicts = {comparison.verdict for comparison in job.result.comparisons}
    doubts = ("missed", "outside", "open", "another list")
    return f"{name} {next((_SIGNS[doubt] for doubt in doubts if doubt in verdicts), '✓')}"


def _buttons_for_all() -> None:
    if state.is_experimenting():
        st.button("Stop all", key="stop_all", on_click=state.stop_experiments)
    else:
        st.button(
            "Run all",
            key="run_all",
            on_click=state.start_experiments,
            help="All twelve, a few at a time: some minutes.",
        )


def show_experiment(name: str) -> None:
    """Show what an experiment is, its buttons, and what it has given so far."""
    experiment = EXPERIMENTS[name]
    has_begun = state.experiment(name) is not None
    job = state.experiment_or_quick(name)
    st.subheader(f"{name}. {experiment.title}")
    st.markdown(f"{experiment.summary} *Lecture: {experiment.section}.*")
    if experiment.slip:
        st.info(f"**Put right.** {experiment.slip}")
    if job is None:
        _run_button(name, "Run")
        return
    # One that began just now may be over already, of which the letters above know nothing yet.
    is_over = has_begun and job.state.is_final
    if is_over:
        _run_button(name, "Run again")
    else:
        st.button("Stop", key="stop_experiment", on_click=state.stop_run, args=(job,))
    st.fragment(_show, run_every=None if is_over else _REFRESH_SECONDS)(job, is_over)


def _run_button(name: str, label: str) -> None:
    st.button(
        label,
        key="run_experiment",
        type="primary",
        on_click=state.start_experiment,
        args=(name,),
    )


def _show(job: ExperimentJob, was_over: bool) -> None:
    is_over = job.state.is_final  # before it is shown, so that the end is shown
    told = st.empty()  # always there, so that the chart below keeps its node
    if job.error is not None:
        told.error(f"The experiment failed: {as_text(job.error)}")
    elif job.state is State.STOPPED:
        told.caption(told_stop(job))
    elif not is_over:
        show_progress(job, "of the steps", told)
    _show_result(job.result)
    if is_over and not was_over:
        st.rerun()


def _show_result(result: ExperimentResult) -> None:
    if result.comparisons:
        _show_figure(result)
        _show_table(result)
    if result.names:
        st.markdown(", ".join(f"**{name}**" for name in result.names))
        st.caption(f"{result.n_known} of {len(result.names)} stand in the training names.")
    for reason in reasons(result.comparisons):
        st.caption(reason)


def _show_figure(result: ExperimentResult) -> None:
    comparisons = result.comparisons
    kinds = {comparison.figure.quantity for comparison in comparisons}
    if "examples" in kinds:
        return
    is_exact = result.experiment.is_exact
    rows = 0 if is_exact else len(comparisons)
    show_chart(
        plot_steps(comparisons)
        if is_exact
        else plot_spread(comparisons, count_baselines(bundled_dataset())),
        key="experiment_chart",
        summary=f"{result.experiment.title}: the lecture's figures and ours.",
        columns=_STEP_COLUMNS if is_exact else _SPREAD_COLUMNS,
        least_height=max(_LEAST_HEIGHT, _ROW_HEIGHT * rows + _AROUND_ROWS),
    )


def _show_table(result: ExperimentResult) -> None:
    rows = []
    for comparison in result.comparisons:
        *cells, verdict = report_row(comparison)
        rows.append((*cells, f"{_SIGNS[comparison.verdict]} {verdict}"))
    # What chance has no part in has no spread, and needs no columns for it.
    told = [number for number in range(len(COLUMNS)) if any(row[number] for row in rows)]
    show_table([COLUMNS[each] for each in told], ([row[each] for each in told] for row in rows))
    met = {comparison.verdict: None for comparison in result.comparisons}
    st.caption(
        "; ".join(f"{_SIGNS[verdict]} {verdict}: {VERDICTS[verdict]}" for verdict in met) + "."
    )


def show_overview() -> None:
    """Show how all experiments stand, as they go on."""
    is_going_on = state.is_experimenting()
    pace = _REFRESH_SECONDS if is_going_on else None
    st.fragment(_show_overview, run_every=pace)(is_going_on)


def _show_overview(was_going_on: bool) -> None:
    is_going_on = state.is_experimenting()  # before the table is drawn, so that the end is in it
    st.markdown("**All twelve, each by its last figure**")
    show_table(
        ("experiment", "lecture", "ours, mean", "verdicts"), map(_overview_row, EXPERIMENTS)
    )
    if was_going_on and not is_going_on:
        st.rerun()  # the buttons and the letters follow


def _overview_row(name: str) -> tuple[str, ...]:
    job = state.experiment(name)
    title = f"{name}. {EXPERIMENTS[name].title}"
    if job is None:
        return title, "", "", "not run yet"
    comparisons = job.result.comparisons
    _, lecture, ours, *_ = report_row(comparisons[-1]) if comparisons else ("", "", "")
    if job.error is not None:
        told = "failed"
    elif job.state is State.STOPPED:
        told = "stopped"
    elif not job.state.is_final:
        told = told_progress(job)
    else:
        verdicts = Counter(comparison.verdict for comparison in comparisons)
        found = ((each, verdicts[each]) for each in VERDICTS if verdicts[each])
        told = ", ".join(f"{_SIGNS[each]} {n} {each}" for each, n in found)
    return title, lecture, ours, told or f"{len(job.result.names)} names"


def explain_list() -> None:
    """Say on which names the experiments run, and what follows from it."""
    n_words = len(bundled_dataset().words)
    st.caption(
        f"These runs use the bundled list of {n_words:,} names, whatever list is chosen on the "
        "Data page: a later release of the same statistics; the lecture's has 32,033. Both begin "
        "alike, so A can be met to the last digit; elsewhere small differences are the list's. On "
        "the lecture's own list all exact figures are met: `makemore lecture --all --words FILE`."
    )
