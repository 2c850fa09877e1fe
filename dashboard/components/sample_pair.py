"""Names of two models beside each other, drawn from the same random numbers."""

from dataclasses import replace
from functools import lru_cache

import streamlit as st

from dashboard import state
from dashboard.components.sample_view import SampleSettings, draw_names, show_names
from dashboard.components.while_active import REFRESH_SECONDS, refreshed
from dashboard.corpus import novelty
from dashboard.descriptions import describe_difference
from dashboard.jobs import TrainingJob
from dashboard.plain_text import as_text

_KEY, _UNTRAINED = "beside", "untrained"
N_PAIRED = 60  # in each of the two lists


def show_pair(job: TrainingJob, settings: SampleSettings) -> None:
    """Show names of the run beside those of another one: the same places, the same noise."""
    others = state.runs_beside(job, _KEY)
    state.adopt_choice(_KEY, others)
    run_id = st.selectbox(
        "Beside",
        [_UNTRAINED, *others],
        format_func=lambda run_id: _describe(job, others.get(run_id)),
        key=_KEY,
        on_change=state.publish_choice,
        args=(_KEY,),
        help="A run of yours. Train begins another one.",
        **state.KEPT,
    )
    state.publish_choice(_KEY)
    other = others.get(run_id) or _untrained(job)
    settings = replace(settings, n=min(settings.n, N_PAIRED))
    followed = other if job.state not in REFRESH_SECONDS else job  # one that trains, if any does
    refreshed(lambda _: _show(job, other, settings), followed)


@lru_cache(maxsize=16)
def _untrained(job: TrainingJob) -> TrainingJob:
    """Begin the run again, to take no step."""
    return TrainingJob.begin(job.dataset, job.model_config, job.train_config)


def _describe(job: TrainingJob, other: TrainingJob | None) -> str:
    if other is None:
        return "the same run before its first step"
    difference = describe_difference(
        (other.model_config, other.train_config), (job.model_config, job.train_config)
    )
    return f"{other.title}: {difference}"


def _show(job: TrainingJob, other: TrainingJob, settings: SampleSettings) -> None:
    for column, run, key in zip(
        st.columns(2, gap="medium"), (job, other), ("names_here", "names_beside"), strict=True
    ):
        with column:
            title = "This run" if run is job else "Beside it"
            st.markdown(f"**{title}**, after {run.step:,} steps")
            _show_list(run, settings, key)


def _show_list(run: TrainingJob, settings: SampleSettings, key: str) -> None:
    try:
        words = draw_names(run, settings)
    except ValueError as error:
        st.error(f"There are no names to show: {as_text(str(error))}")
        return
    show_names(run, words, key, novelty(run.dataset).count(words))
