"""The run in front of a visitor: which it is, and how another takes its place."""

from typing import Final

import streamlit as st

from dashboard.corpus import dataset_of
from dashboard.jobs import Job, State, TrainingJob
from dashboard.keeper import shared_keeper
from dashboard.plain_text import as_text
from dashboard.runner import shared_runner
from dashboard.state.address import news_in_url
from dashboard.state.controls import stop_run
from dashboard.state.lists import dataset
from dashboard.state.people import person
from dashboard.state.run_list import all_own_runs, earlier_runs, own_runs
from dashboard.state.sidebar import settings
from makemore import ModelConfig, TrainConfig, parse_run

_RUN = "run"
_IS_RUN_WANTED = "is_run_wanted"

MAX_SEED: Final = 2**31 - 1
MAX_TITLE: Final = 60  # characters of a run's title


def ask_for_run() -> None:
    """Have a run begin with the settings that the script is about to read.

    A click may come together with the last change of a setting, of which the script that drew
    the button knew nothing.
    """
    st.session_state[_IS_RUN_WANTED] = True


def ask_for_recipe(name: str) -> None:
    """Have a run begin with a recipe; from a callback."""
    st.session_state["recipe"] = name
    ask_for_run()


def is_run_asked_for() -> bool:
    """Say whether a run is to begin as soon as the settings have been read."""
    return bool(st.session_state.get(_IS_RUN_WANTED, False))


def ask_for_another_seed() -> None:
    """Have a run begin with the next seed."""
    st.session_state["seed"] = (st.session_state["seed"] + 1) % (MAX_SEED + 1)
    ask_for_run()


def run_or_first() -> TrainingJob:
    """Give the current run, begun now if one was asked for or there is none.

    So no page is ever empty.
    """
    is_wanted = st.session_state.pop(_IS_RUN_WANTED, False)
    if current_run() is None and not start_run():  # the link asks for more than there is
        _start(TrainingJob.begin(dataset(), ModelConfig(dataset().vocabulary.size), TrainConfig()))
    elif is_wanted:
        start_run()
    job = current_run()
    assert job is not None
    return job


def start_run() -> bool:
    """Begin a run with the settings and make it the current one; the one before it stops.

    One that is too large for this server does not begin; a word says why.
    """
    model_config, train_config = settings()
    try:
        shared_runner().limits.check(model_config, train_config)
        job = TrainingJob.begin(dataset(), model_config, train_config)
    except ValueError as error:
        st.toast(as_text(str(error)), icon="⚠️", duration="long")
        return False
    before = current_run()
    if before is not None:
        stop_run(before)
    _start(job)
    return True


def fork_run(job: TrainingJob) -> None:
    """Make a copy of a run at rest, with all that it has learnt, the current one."""
    copy = TrainingJob.of(job.dataset, job.run())
    copy.move(_rest_of(copy), only_from=(State.RUNNING,))
    _start(copy)


def take_run_file(key: str) -> None:
    """Make the run in an uploaded file the current one; a word says why if it cannot be."""
    upload = st.session_state[key]
    if upload is None:
        return
    try:
        run = parse_run(upload.getvalue())
        shared_runner().limits.check(run.model_config, run.train_config)
        words = dataset_of(run, dataset())
        shared_runner().limits.check_list(words)
        job = TrainingJob.of(words, run)
    except ValueError as error:
        st.toast(f"This file cannot be taken: {as_text(str(error))}", icon="⚠️", duration="long")
        return
    job.move(_rest_of(job), only_from=(State.RUNNING,))
    _start(job, upload.name.removesuffix(".safetensors")[:MAX_TITLE].strip())


def _start(job: TrainingJob, title: str | None = None) -> None:
    job.owner = person()
    job.title = title or _next_title()
    shared_runner().start(job)
    _make_current(job)


def _next_title() -> str:
    numbers = [int(run.title[4:]) for run in all_own_runs() if run.title[4:].isdecimal()]
    return f"run {max(numbers, default=0) + 1}"


def _rest_of(job: TrainingJob) -> State:
    """Say where a run stands that does not train yet."""
    if job.divergence is not None:
        return State.DIVERGED
    return State.DONE if job.is_complete else State.PAUSED


def current_run() -> TrainingJob | None:
    """Give the run that the URL names, if that is news, or else the session's own.

    A reload, the way back and a second window carry the URL and so find the run.
    """
    for run_id in (news_in_url(_RUN), st.session_state.get(_RUN)):
        job = _find(run_id) if run_id else None
        if job is not None:
            _make_current(job)
            return job
    return None


def show_run(job: TrainingJob) -> None:
    """Make a run the current one; the one before it goes on."""
    _make_current(job)


def titles_of_runs() -> dict[str, str]:
    """Name this visitor's runs, the stored ones too, and the present one, by their id."""
    current = current_run()
    shown = {current.id: current.title} if current is not None else {}
    own = {job.id: job.title for job in reversed(own_runs())}
    return own | {run.id: run.title for run in earlier_runs()} | shown


def runs_beside(job: TrainingJob, key: str) -> dict[str, TrainingJob]:
    """Give the runs that another can be compared with, and the one that the URL names."""
    named = _find(st.query_params.get(key, ""))
    runs = [*own_runs(), *([named] if named is not None else [])]
    return {run.id: run for run in runs if run is not job}


def open_run_of(key: str) -> None:
    """Make the run that was chosen in a widget the current one."""
    open_run(st.session_state[key])


def open_run(run_id: str) -> None:
    """Make a stored run the current one."""
    if (job := _find(run_id)) is not None:
        _make_current(job)


def _find(run_id: str) -> TrainingJob | None:
    """Look for a run among those in memory, and then in the store."""
    keeper = shared_keeper()
    if keeper is not None:
        job: Job | None = keeper.find(run_id)
    else:
        job = shared_runner().find(run_id)
    return job if isinstance(job, TrainingJob) and not job.is_deleted else None


def has_moved(job: TrainingJob, version: int) -> bool:
    """Say whether a run is further than when it was seen, or back from the store as another job.

    One that has only left memory is as it was; to look for it would bring it back.
    """
    present = shared_runner().find(job.id)
    return present is not None and (present is not job or job.version != version)


def is_run_lost() -> bool:
    """Say whether the URL names a run that this server does not know (any more)."""
    return st.query_params.get(_RUN) is not None and current_run() is None


def _make_current(job: TrainingJob) -> None:
    st.session_state[_RUN] = job.id
    if st.query_params.get(_RUN) != job.id:
        st.query_params[_RUN] = job.id
