"""A session's experiments of the lecture, and its races of short runs."""

from typing import Final

import streamlit as st

from dashboard.corpus import bundled_dataset
from dashboard.experiment_job import ExperimentJob
from dashboard.race_job import RaceJob, Racer
from dashboard.runner import shared_runner
from dashboard.state.controls import discard_study, start_study, stop_run
from dashboard.state.lists import dataset
from makemore import EXPERIMENTS

_EXPERIMENTS = "experiment_jobs"
_RACE = "race"

MAX_EXPERIMENT_SEEDS: Final = 10
_QUICK_EXPERIMENTS = ("A", "B", "C", "D", "E", "F")  # a second or two each


def start_experiment(name: str) -> None:
    """Begin an experiment of the lecture anew, with as many seeds as its widget says."""
    discard_study(experiment(name))
    seeds = range(42, 42 + st.session_state["experiment_seeds"])
    job = ExperimentJob(name, bundled_dataset(), seeds)
    start_study(job)
    st.session_state.setdefault(_EXPERIMENTS, {})[name] = job.id


def start_experiments() -> None:
    """Begin all experiments anew."""
    for name in EXPERIMENTS:
        start_experiment(name)


def stop_experiments() -> None:
    """End all experiments that run; what they have shown stays."""
    for name in EXPERIMENTS:
        if (job := experiment(name)) is not None:
            stop_run(job)


def experiment(name: str) -> ExperimentJob | None:
    """Give the session's latest run of an experiment, if there is one."""
    job = shared_runner().find(st.session_state.get(_EXPERIMENTS, {}).get(name, ""))
    return job if isinstance(job, ExperimentJob) else None


def experiment_or_quick(name: str) -> ExperimentJob | None:
    """Give the session's latest run of an experiment; a quick one begins by itself."""
    if experiment(name) is None and name in _QUICK_EXPERIMENTS:
        start_experiment(name)
    return experiment(name)


def is_experimenting() -> bool:
    """Say whether an experiment is under way."""
    jobs = map(experiment, EXPERIMENTS)
    return any(job is not None and not job.state.is_final for job in jobs)


def race(racers: tuple[Racer, ...]) -> RaceJob:
    """Begin short runs side by side, unless the session's latest are the very same."""
    current = _current_race()
    if current is not None and (current.dataset, current.racers) == (dataset(), racers):
        return current
    return _start_race(racers)


def race_again(racers: tuple[Racer, ...]) -> None:
    """Begin the same short runs anew."""
    _start_race(racers)


def _current_race() -> RaceJob | None:
    job = shared_runner().find(st.session_state.get(_RACE, ""))
    return job if isinstance(job, RaceJob) else None


def _start_race(racers: tuple[Racer, ...]) -> RaceJob:
    discard_study(_current_race())
    job = RaceJob(dataset(), racers)
    start_study(job)
    st.session_state[_RACE] = job.id
    return job
