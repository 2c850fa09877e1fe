"""The runs of this session: to compare with, to go back to, to let go."""

from collections.abc import Callable, Mapping

import streamlit as st

from dashboard import state
from dashboard.curve import LossCurve
from dashboard.descriptions import describe_difference, describe_optimizer, describe_rates
from dashboard.jobs import TrainingJob


def _last_val_loss(job: TrainingJob) -> float | None:
    evaluations = job.history.evaluations
    return evaluations[-1].val_loss if evaluations else None


_COLUMNS: Mapping[str, Callable[[TrainingJob], object]] = {
    "validation loss": _last_val_loss,
    "steps": lambda job: job.step,
    "state": lambda job: job.state.word,
    "context": lambda job: job.model_config.block_size,
    "embedding": lambda job: job.model_config.n_embd,
    "hidden": lambda job: job.model_config.n_hidden,
    "init": lambda job: job.model_config.init,
    "rates": lambda job: describe_rates(job.train_config),
    "batch": lambda job: str(job.train_config.batch_size or "all"),
    "optimizer": lambda job: ", ".join(describe_optimizer(job.train_config)) or "sgd",
    "seed": lambda job: job.train_config.seed,
}


def compared_runs(current: TrainingJob) -> dict[str, LossCurve]:
    """Ask which runs to compare with, if there are others; give their curves by name."""
    runs = state.own_runs()
    if len(runs) < 2:
        return {}
    chosen = st.multiselect(
        "Compare with",
        list(runs),
        format_func=lambda number: f"run {number}: {_difference(runs[number], current)}",
        key="compared",
        placeholder="Compare with other runs",
        label_visibility="collapsed",
    )
    return {
        f"run {number}, validation": runs[number].snapshot().curve
        for number in chosen
        if runs[number] is not current
    }


def _difference(job: TrainingJob, current: TrainingJob) -> str:
    if job is current:
        return "the one shown"
    return describe_difference(
        (job.model_config, job.train_config), (current.model_config, current.train_config)
    )


def run_list(current: TrainingJob) -> None:
    """Show all runs as a table, if there is more than one."""
    runs = state.own_runs()
    if len(runs) < 2:
        return
    st.markdown("**Runs**")
    st.dataframe(
        {
            "run": list(runs),
            "": ["shown" if job is current else "" for job in runs.values()],
            **{title: [cell(job) for job in runs.values()] for title, cell in _COLUMNS.items()},
        },
        key=_key(runs),
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        column_config={"validation loss": st.column_config.NumberColumn(format="%.4f")},
    )
    ticked = list(_ticked().values())
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Show",
            key="show_run",
            on_click=state.show_run,
            args=tuple(ticked),
            disabled=len(ticked) != 1,
            help="Make the one ticked run the present one.",
        )
        st.button(
            "Take from the list",
            key="forget_runs",
            on_click=_forget_ticked,
            disabled=not ticked,
            help="Stops the ticked runs. Each is still found by its link.",
        )


def _key(runs: Mapping[int, TrainingJob]) -> str:
    """Give the table's key: another one once rows are gone, as ticks are kept by row."""
    return f"run_list_{state.n_begun() - len(runs)}"


def _ticked() -> dict[int, TrainingJob]:
    runs = state.own_runs()
    table = st.session_state.get(_key(runs))
    numbers = list(runs)
    rows = table.selection.rows if table is not None else []
    return {numbers[row]: runs[numbers[row]] for row in rows if row < len(numbers)}


def _forget_ticked() -> None:
    state.forget_runs(_ticked().values())
