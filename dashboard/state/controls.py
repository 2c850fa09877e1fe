"""What a visitor does to a run of theirs."""

import streamlit as st

from dashboard.jobs import Job, State, TrainingJob
from dashboard.plain_text import as_text
from dashboard.runner import shared_runner
from dashboard.state.people import is_own, person
from dashboard.studies import Study


def pause_run(job: Job) -> None:
    """Let the run rest until it is resumed."""
    if is_own(job):
        shared_runner().pause(job)


def resume_run(job: Job) -> None:
    """Let a paused run go on."""
    if is_own(job):
        shared_runner().resume(job)


def step_run(job: Job, n_steps: int) -> None:
    """Let a paused run take a few steps and pause again."""
    if is_own(job):
        shared_runner().resume(job, n_steps)


def change_lr(job: TrainingJob, key: str) -> None:
    """Let a run go on at the rate of a widget.

    The widget's key and not its value: a click may come together with its last change.
    """
    if is_own(job):
        job.change_lr(st.session_state[key])


def extend_run(job: TrainingJob, key: str) -> None:
    """Let a run that is done go on for as many steps as a widget says."""
    if job.state is not State.DONE or not is_own(job):  # done: or a second click came too soon
        return
    try:
        shared_runner().limits.check_steps(job.train_config.n_steps + st.session_state[key])
        job.extend(st.session_state[key])
    except ValueError as error:  # too many steps together
        st.toast(as_text(str(error)))
    else:
        shared_runner().revive(job)


def revive_run(job: Job) -> None:
    """Let a run go on that was stopped or interrupted."""
    if is_own(job):
        shared_runner().revive(job)


def stop_run(job: Job) -> None:
    """End the run; its curve and its model stay."""
    if is_own(job):
        shared_runner().stop(job)


def start_study(study: Study) -> None:
    """Begin a study of this visitor's."""
    study.owner = person()
    shared_runner().start(study)


def discard_study(study: Study | None) -> None:
    """End a study of this visitor's for good, as another takes its place."""
    if study is not None and is_own(study):
        shared_runner().discard(study)
