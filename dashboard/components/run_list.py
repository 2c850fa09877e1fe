"""A visitor's runs: to compare with, to go back to, to name, to keep as a file, to let go."""

from collections.abc import Callable, Mapping
from functools import partial

import pyarrow as pa
import streamlit as st

from dashboard import state
from dashboard.components.large_type import sized_key
from dashboard.components.list_view import BUNDLED, name_of
from dashboard.curve import LossCurve
from dashboard.descriptions import describe_difference, describe_optimizer, describe_rates
from dashboard.jobs import TrainingJob
from dashboard.plain_text import as_text
from makemore import StoredRun


def _last_val_loss(job: TrainingJob) -> float | None:
    evaluations = job.history.evaluations
    return evaluations[-1].val_loss if evaluations else None


_LOSS, _STEPS, _STATE = "validation loss", "steps", "state"
_COLUMNS: Mapping[str, Callable[[TrainingJob], object]] = {
    _LOSS: _last_val_loss,
    _STEPS: lambda job: job.step,
    _STATE: lambda job: job.state.word,
    "context": lambda job: job.model_config.block_size,
    "embedding": lambda job: job.model_config.n_embd,
    "hidden": lambda job: job.model_config.n_hidden,
    "init": lambda job: job.model_config.init,
    "rates": lambda job: describe_rates(job.train_config),
    "batch": lambda job: str(job.train_config.batch_size or "all"),
    "optimizer": lambda job: ", ".join(describe_optimizer(job.train_config)) or "sgd",
    "seed": lambda job: job.train_config.seed,
    "words": lambda job: name_of(job.dataset),
}
_EARLIER_COLUMNS: Mapping[str, Callable[[StoredRun], object]] = {
    _LOSS: lambda run: run.val_loss,
    _STEPS: lambda run: run.step,
    _STATE: lambda run: run.state,
    "context": lambda run: run.block_size,
    "embedding": lambda run: run.n_embd,
    "hidden": lambda run: run.n_hidden,
    "init": lambda run: run.init,
    "seed": lambda run: run.seed,
    "words": lambda run: run.list_name or BUNDLED,
    "last saved": lambda run: run.updated,
}
_FORMATS = {_LOSS: st.column_config.NumberColumn(format="%.4f")}


def compared_runs(current: TrainingJob) -> dict[str, LossCurve]:
    """Ask which runs to compare with, if there are others; give their curves by name."""
    runs = {job.id: job for job in state.own_runs()}
    if not runs.keys() - {current.id}:
        return {}
    chosen = st.multiselect(
        "Compare with",
        list(runs),
        format_func=lambda run_id: f"{runs[run_id].title}: {_difference(runs[run_id], current)}",
        key="compared",
        placeholder="Compare with other runs",
        label_visibility="collapsed",
    )
    return {
        f"{runs[run_id].title}, validation": runs[run_id].snapshot().curve
        for run_id in chosen
        if run_id != current.id
    }


def _difference(job: TrainingJob, current: TrainingJob) -> str:
    if job is current:
        return "the one shown"
    difference = describe_difference(
        (job.model_config, job.train_config), (current.model_config, current.train_config)
    )
    return difference if job.dataset is current.dataset else f"{difference}, other words"


def run_list(current: TrainingJob) -> None:
    """Show all runs as a table with what can be done with them, and the way to earlier ones."""
    runs = state.own_runs()
    st.markdown("**Runs**")
    if runs:
        _table(runs, current)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if runs:
            _actions(list(_ticked().values()), current)
        with st.popover("Open a file", help="Go on with a run that was downloaded."):
            _upload()
    _undo()
    _earlier_runs()


def _table(runs: list[TrainingJob], current: TrainingJob) -> None:
    columns: dict[str, list[object]] = {
        "run": [job.title for job in runs],
        "": ["shown" if job is current else "" for job in runs],
        **{title: [cell(job) for job in runs] for title, cell in _COLUMNS.items()},
    }
    st.dataframe(
        pa.table(columns),  # as it is sent; by way of pandas it took a tenth of a click's time
        key=_key(runs),
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        column_config=_FORMATS,
    )


def _key(runs: list[TrainingJob]) -> str:
    """Give the table's key: another one once rows are gone, as ticks are kept by row."""
    return sized_key(f"run_list_{runs[0].id}_{len(state.deleted_runs())}")


def _ticked() -> dict[str, TrainingJob]:
    runs = state.own_runs()
    table = st.session_state.get(_key(runs)) if runs else None
    rows = table["selection"]["rows"] if table is not None else []
    return {runs[row].id: runs[row] for row in rows if row < len(runs)}


def _actions(ticked: list[TrainingJob], current: TrainingJob) -> None:
    """Show what can be done with the ticked runs, or with the one shown if none is ticked."""
    st.button(
        "Show",
        key="show_run",
        on_click=state.show_run,
        args=tuple(ticked),
        disabled=len(ticked) != 1,
        help="Make the one ticked run the present one.",
    )
    one = ticked[0] if ticked else current
    is_one = len(ticked) <= 1 and state.is_own(one)
    title = as_text(one.title)
    with st.popover("Rename", disabled=not is_one, help=f"Give {title} another name."):
        st.text_input(
            f"Name of {title}",
            one.title,
            max_chars=state.MAX_TITLE,
            key=(key := f"title_{one.id}_{one.title}"),
            on_change=state.rename_run,
            args=(one, key),
        )
    st.download_button(
        "Download",
        data=partial(state.run_file, one),
        file_name=f"{_as_file_name(one.title)}.safetensors",
        mime="application/octet-stream",
        key="download_run",
        disabled=not is_one,
        on_click="ignore",
        help=f"Keep {title} as a file, to be opened on any machine and gone on with.",
    )
    st.button(
        "Delete",
        key="delete_runs",
        on_click=_delete_ticked,
        disabled=not ticked,
        help="Stops the ticked runs and takes them out of the list. This can be undone.",
    )


def _as_file_name(title: str) -> str:
    kept = "".join(sign if sign.isalnum() or sign in "-_ " else "-" for sign in title)
    return kept.strip().replace(" ", "-") or "run"


def _delete_ticked() -> None:
    state.delete_runs(_ticked().values())


def _upload() -> None:
    st.file_uploader(
        "A run as a file",
        type="safetensors",
        key="run_upload",
        on_change=state.take_run_file,
        args=("run_upload",),
        help="One that was downloaded here or elsewhere, or saved by `makemore train --out`.",
    )


def _undo() -> None:
    if deleted := state.deleted_runs():
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            titles = as_text(", ".join(job.title for job in deleted))
            st.caption(f"Deleted: {titles}", width="content")
            st.button("Undo", key="undo_delete", on_click=state.restore_runs)


def _earlier_runs() -> None:
    """List what was stored before, by this browser, and is not at hand any more."""
    if not (earlier := state.earlier_runs()):
        return
    with st.expander(f"Earlier runs ({len(earlier)})"):
        columns: dict[str, list[object]] = {
            "run": [run.title for run in earlier],
            **{title: [cell(run) for run in earlier] for title, cell in _EARLIER_COLUMNS.items()},
        }
        table = st.dataframe(
            pa.table(columns),
            key=sized_key(f"earlier_runs_{earlier[0].id}"),
            hide_index=True,
            on_select="rerun",
            selection_mode="single-row",
            column_config=_FORMATS,
        )
        rows = [row for row in table["selection"]["rows"] if row < len(earlier)]
        st.button(
            "Open",
            key="open_run",
            on_click=state.open_run,
            args=tuple(earlier[row].id for row in rows),
            disabled=not rows,
        )
