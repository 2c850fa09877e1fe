"""A session's sweeps of the learning rate, and the bake-offs of what they propose."""

from collections.abc import Iterable, Mapping
from typing import Final

import streamlit as st

from dashboard.jobs import State
from dashboard.plain_text import as_text
from dashboard.runner import shared_runner
from dashboard.state.address import note_label
from dashboard.state.controls import discard_study, start_study
from dashboard.state.lists import dataset
from dashboard.state.sidebar import as_lr_setting
from dashboard.sweep_jobs import BakeOffJob, SweepJob
from dashboard.sweep_text import (
    bake_off_from_text,
    bake_off_text,
    lr_range_from_text,
    lr_range_text,
    sweep_from_text,
    sweep_text,
)
from makemore import SweepSettings
from makemore.lr_bake_off import affordable_steps, merge_lrs
from makemore.training import check_memory

_SWEEP, _SWEEPS, _BAKE_OFFS, _LR_RANGE = "sweep", "sweeps", "bake_offs", "lr_range"

_OVER, _BETWEEN = "over", ";"  # in the URL
_BAKED = "baked"  # so does a bake-off
_IS_BAKED_TAKEN = "is_baked_taken"

MAX_SWEEPS: Final = 6  # of a session that are kept, to be drawn over each other


def objection_to_sweep(settings: SweepSettings) -> str | None:
    """Say why a sweep is too large for this server, if it is."""
    examples = dataset().examples(settings.model.block_size).train
    try:
        shared_runner().limits.check_study(settings.model, settings.total_steps)
        check_memory(settings.model, settings.train.batch_size or len(examples))
    except ValueError as error:
        return str(error)
    return None


def start_sweep(settings: SweepSettings) -> SweepJob:
    """Give the sweep with these settings: the current one, an earlier one, or one begun now."""
    current = current_sweep()
    if current is not None and _is_of(current, settings):
        return current
    if current is not None:
        shared_runner().stop(current)
        clear_lr_range()
    job = next((job for job in own_sweeps().values() if _is_of(job, settings)), None)
    if job is None:
        job = _begin_sweep(settings)
    elif job.state is State.STOPPED:
        shared_runner().revive(job)
    st.session_state[_SWEEP] = job.id
    return job


def _is_of(job: SweepJob, settings: SweepSettings) -> bool:
    """Say whether a sweep is the one with these settings, on the words of this session."""
    return job.settings == settings and job.dataset is dataset()


def _begin_sweep(settings: SweepSettings) -> SweepJob:
    job = SweepJob(dataset(), settings)
    start_study(job)
    numbers: dict[str, int] = st.session_state.setdefault(_SWEEPS, {})
    numbers[job.id] = max(numbers.values(), default=0) + 1
    for job_id in list(numbers)[:-MAX_SWEEPS]:
        _let_go(job_id)
    return job


def _let_go(sweep_id: str) -> None:
    """Forget a sweep and its bake-off."""
    del st.session_state[_SWEEPS][sweep_id]
    bake_off_id = st.session_state.get(_BAKE_OFFS, {}).pop(sweep_id, "")
    for job in map(shared_runner().find, (sweep_id, bake_off_id)):
        if isinstance(job, SweepJob | BakeOffJob):
            discard_study(job)


def current_sweep() -> SweepJob | None:
    """Give the session's latest sweep, if there is one."""
    job = shared_runner().find(st.session_state.get(_SWEEP, ""))
    return job if isinstance(job, SweepJob) else None


def sweeps_in_address() -> list[SweepJob]:
    """Give the sweeps that the URL wants drawn over the current one, once a session.

    Those that there are none of begin; what is no sweep, or too large a one, is left out.
    """
    current = current_sweep()
    if current is None or _OVER in st.session_state:
        return []
    st.session_state[_OVER] = st.query_params.get(_OVER, "")
    found = []
    for text in st.session_state[_OVER].split(_BETWEEN)[: MAX_SWEEPS - 1]:
        try:
            settings = sweep_from_text(text, current.settings)
        except ValueError:
            continue
        job = next((job for job in own_sweeps().values() if _is_of(job, settings)), None)
        if job is None and objection_to_sweep(settings) is None:
            job = _begin_sweep(settings)
        found += [job] if job is not None else []
    return found


def publish_sweeps(drawn: Iterable[SweepJob]) -> None:
    """Put what is drawn over the current sweep into the URL, by what it sets otherwise."""
    current = current_sweep()
    if current is None:
        return
    texts = [sweep_text(job.settings, current.settings) for job in drawn]
    st.session_state[_OVER] = text = _BETWEEN.join(filter(None, texts))
    _publish(_OVER, text or None)


def own_sweeps() -> dict[int, SweepJob]:
    """Give the last sweeps of this session by their number."""
    found = {
        number: shared_runner().find(job_id)
        for job_id, number in st.session_state.get(_SWEEPS, {}).items()
    }
    return {number: job for number, job in found.items() if isinstance(job, SweepJob)}


def start_bake_off(sweep: SweepJob, proposals: Mapping[str, float], key: str) -> None:
    """Let rates that a sweep proposed compete, for as many steps as a widget says, or as usual.

    If that is too much for this server, nothing begins; a word says why.
    """
    wanted: int | None = st.session_state[key]
    usual = usual_bake_off_steps(sweep, proposals)
    _start_bake_off(sweep, proposals, usual if wanted is None else wanted)


def usual_bake_off_steps(sweep: SweepJob, proposals: Mapping[str, float]) -> int:
    """Give for how many steps each of some rates runs if nobody asks for others."""
    n_examples = len(sweep.dataset.examples(sweep.settings.model.block_size).train)
    return affordable_steps(sweep.settings, max(1, len(merge_lrs(proposals))), n_examples)


def _start_bake_off(sweep: SweepJob, proposals: Mapping[str, float], n_steps: int) -> None:
    settings = sweep.settings
    n_runs = len(merge_lrs(proposals)) * settings.n_seeds
    try:
        shared_runner().limits.check_study(settings.model, n_runs * n_steps)
    except ValueError as error:
        st.toast(as_text(str(error)), icon="⚠️", duration="long")
        return
    discard_study(bake_off_of(sweep))
    job = BakeOffJob(sweep.dataset, settings, proposals, n_steps)
    start_study(job)
    st.session_state.setdefault(_BAKE_OFFS, {})[sweep.id] = job.id


def bake_off_of(sweep: SweepJob) -> BakeOffJob | None:
    """Give the latest bake-off of what a sweep proposed, if there is one."""
    job = shared_runner().find(st.session_state.get(_BAKE_OFFS, {}).get(sweep.id, ""))
    return job if isinstance(job, BakeOffJob) else None


def follow_bake_off_in_address(sweep: SweepJob) -> None:
    """Let the bake-off of which the URL tells run, once a session; then tell there of the latest.

    It is told by its rates and not by the rules: what these suggest depends on how one looks.
    """
    if _IS_BAKED_TAKEN not in st.session_state:
        st.session_state[_IS_BAKED_TAKEN] = True
        try:
            told = bake_off_from_text(st.query_params.get(_BAKED, ""))
        except ValueError:
            pass  # the page says that it was ignored
        else:
            _start_bake_off(sweep, *told)
    job = bake_off_of(sweep)
    _publish(_BAKED, bake_off_text(job.proposals, job.n_steps) if job is not None else None)


def select_lr_range(lowest: float, highest: float) -> None:
    """Note the rates between which somebody has dragged over a sweep."""
    selected = as_lr_setting(lowest), as_lr_setting(highest)
    _note_lr_range(selected if selected[0] < selected[1] else None)


def lr_range() -> tuple[float, float] | None:
    """Give the rates between which somebody has dragged: in this session, or as the URL says."""
    if _LR_RANGE not in st.session_state:
        try:
            told = lr_range_from_text(st.query_params.get(_LR_RANGE, ""))
        except ValueError:
            return None
        _note_lr_range(told)
    lr_range: tuple[float, float] | None = st.session_state[_LR_RANGE]
    _note_lr_range(lr_range)  # a change of page empties the URL
    return lr_range


def clear_lr_range() -> None:
    """Forget the rates between which somebody has dragged."""
    _note_lr_range(None)


def _note_lr_range(lr_range: tuple[float, float] | None) -> None:
    st.session_state[_LR_RANGE] = lr_range
    _publish(_LR_RANGE, lr_range_text(*lr_range) if lr_range is not None else None)


def _publish(key: str, text: str | None) -> None:
    """Put a text into the URL, or take it out."""
    if text is None:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != text:
        st.query_params[key] = text
    note_label(key, text or "")


def sweep_between(lowest: float, highest: float) -> None:
    """Set the range of the sweep; to be called before its widgets are made."""
    st.session_state["lr_min"], st.session_state["lr_max"] = lowest, highest
