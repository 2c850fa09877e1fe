"""A session's experiments of the lecture, and its races of short runs."""

from collections.abc import Iterable
from typing import Final

import streamlit as st

from dashboard.corpus import bundled_dataset
from dashboard.experiment_job import ExperimentJob
from dashboard.race_job import RaceJob, Racer
from dashboard.runner import shared_runner
from dashboard.state.controls import discard_study, start_study
from dashboard.state.lists import dataset
from dashboard.state.people import is_own, person
from makemore import EXPERIMENTS

_EXPERIMENTS = "experiment_jobs"
_RACE = "race"

MAX_EXPERIMENT_SEEDS: Final = 10
_QUICK_EXPERIMENTS = ("A", "B", "C", "D", "E", "F")  # a second or two each


def start_experiment(name: str) -> None:
    """Begin an experiment of the lecture anew, with as many seeds as its widget says."""
    _start_experiments([name])


def start_experiments() -> None:
    """Begin all experiments anew."""
    _start_experiments(EXPERIMENTS)


def _start_experiments(names: Iterable[str]) -> None:
    # All questions to Streamlit come first: it may end a callback or a script run at any of them,
    # as it does when the next click comes, and the rest of the experiments would not begin.
    ids: dict[str, str] = st.session_state.setdefault(_EXPERIMENTS, {})
    n_seeds, owner, runner = st.session_state["experiment_seeds"], person(), shared_runner()
    for name in names:
        before = runner.find(ids.get(name, ""))
        if before is not None:
            runner.discard(before)
        job = ExperimentJob(name, bundled_dataset(), range(42, 42 + n_seeds))
        job.owner, ids[name] = owner, job.id
        runner.start(job)


def stop_experiments() -> None:
    """End all experiments that run; what they have shown stays."""
    running = [job for job in map(experiment, EXPERIMENTS) if job is not None and is_own(job)]
    for job in running:
        shared_runner().stop(job)


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
    st.session_state[_RACE] = job.id  # first: a script run that ends here leaves no stray behind
    start_study(job)
    return job
