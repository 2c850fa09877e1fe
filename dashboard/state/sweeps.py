"""A session's sweeps of the learning rate, and the bake-offs of what they propose."""

from collections.abc import Iterable, Mapping
from typing import Final

import streamlit as st

from dashboard.jobs import State
from dashboard.plain_text import as_text
from dashboard.runner import shared_runner
from dashboard.state.controls import discard_study, start_study
from dashboard.state.lists import dataset
from dashboard.state.sidebar import as_lr_setting
from dashboard.sweep_jobs import BakeOffJob, SweepJob
from dashboard.sweep_text import sweep_from_text, sweep_text
from makemore import SweepSettings
from makemore.lr_bake_off import merge_lrs
from makemore.training import check_memory

_SWEEP, _SWEEPS, _BAKE_OFFS, _LR_RANGE = "sweep", "sweeps", "bake_offs", "lr_range"

_OVER, _BETWEEN = "over", ";"  # in the URL

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
    job = next((job for job in own_sweeps().values() if _is_of(job, settings)), None)
    if job is None:
        job = _begin_sweep(settings)
    elif job.state is State.STOPPED:
        shared_runner().revive(job)
    st.session_state[_SWEEP] = job.id
    clear_lr_range()
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
    if text:
        st.query_params[_OVER] = text
    else:
        st.query_params.pop(_OVER, None)


def own_sweeps() -> dict[int, SweepJob]:
    """Give the last sweeps of this session by their number."""
    found = {
        number: shared_runner().find(job_id)
        for job_id, number in st.session_state.get(_SWEEPS, {}).items()
    }
    return {number: job for number, job in found.items() if isinstance(job, SweepJob)}


def start_bake_off(sweep: SweepJob, proposals: Mapping[str, float], key: str) -> None:
    """Let rates that a sweep proposed compete, for as many steps as a widget says.

    If that is too much for this server, nothing begins; a word says why.
    """
    settings, n_steps = sweep.settings, st.session_state[key]
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


def select_lr_range(lowest: float, highest: float) -> None:
    """Note the rates between which somebody has dragged over a sweep."""
    st.session_state[_LR_RANGE] = as_lr_setting(lowest), as_lr_setting(highest)


def lr_range() -> tuple[float, float] | None:
    """Give the rates between which somebody has dragged, if they differ."""
    lr_range: tuple[float, float] | None = st.session_state.get(_LR_RANGE)
    return lr_range if lr_range is not None and lr_range[0] < lr_range[1] else None


def clear_lr_range() -> None:
    """Forget the rates between which somebody has dragged."""
    st.session_state.pop(_LR_RANGE, None)


def sweep_between(lowest: float, highest: float) -> None:
    """Set the range of the sweep; to be called before its widgets are made."""
    st.session_state["lr_min"], st.session_state["lr_max"] = lowest, highest
