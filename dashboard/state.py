"""The one door to session state and the URL."""

from collections.abc import Collection, Iterable, Mapping
from math import log10
from typing import Final, Literal, TypedDict

import streamlit as st

from dashboard.corpus import bundled_dataset
from dashboard.experiment_job import ExperimentJob
from dashboard.jobs import Job, State, TrainingJob
from dashboard.keeper import shared_keeper
from dashboard.plain_text import as_text
from dashboard.race_job import RaceJob, Racer
from dashboard.runner import shared_runner
from dashboard.sweep_jobs import BakeOffJob, SweepJob, SweepSettings
from dashboard.units import LOSS_UNITS, LossUnit
from dashboard.visitor import COOKIE, is_token, new_token, person_of
from makemore import EXPERIMENTS, Dataset, ModelConfig, StoredRun, TrainConfig, dump_run, parse_run

# Session keys, each the word of the function that reads it. Settings have one key a field; their
# widgets bind them to the URL.
_RUN = "run"
_SWEEP, _SWEEPS, _BAKE_OFFS, _LR_RANGE = "sweep", "sweeps", "bake_offs", "lr_range"
_SETTINGS = "settings"
_TOKEN = "token"
_DELETED = "deleted"
_POLLING = "polling"
_IS_RUN_WANTED = "is_run_wanted"
_ADOPTED_LR = "adopted_lr"
_LOSS_UNIT = "loss_unit"
_NAME, _VIEW = "name", "samples_view"
_EXPERIMENTS = "experiment_jobs"
_RACE = "race"
_IS_PICKED = "is_picked"


class _InUrl(TypedDict):
    bind: Literal["query-params"]
    persist_state: Literal["session"]


class _Kept(TypedDict):
    persist_state: Literal["session"]


LR_LIMITS: Final = (1e-6, 100.0)  # what the Train settings take
MAX_SEED: Final = 2**31 - 1
MAX_TITLE: Final = 60  # characters of a run's title
EXAMPLE_NAME: Final = "em"
SAMPLE_VIEWS: Final = ("Names", "Letter by letter", "As it learnt", "Two runs")
MAX_EXPERIMENT_SEEDS: Final = 10
_QUICK_EXPERIMENTS = ("A", "B", "C", "D", "E", "F")  # a second or two each

# How a widget is made whose value outlives a change of page, but whose labels are no address.
KEPT: Final = _Kept(persist_state="session")
MAX_SWEEPS: Final = 6  # of a session that are kept, to be drawn over each other

# How a setting's widget is made: its value stands in the URL and outlives a change of page.
IN_URL: Final = _InUrl(bind="query-params", persist_state="session")


def dataset() -> Dataset:
    """Give the words that this session trains on."""
    return bundled_dataset()


def use_settings(model_config: ModelConfig, train_config: TrainConfig) -> None:
    """Note what the sidebar says, for the page that is about to be drawn."""
    st.session_state[_SETTINGS] = model_config, train_config


def settings() -> tuple[ModelConfig, TrainConfig]:
    """Give what the sidebar says."""
    model_config, train_config = st.session_state[_SETTINGS]
    return model_config, train_config


def person() -> str:
    """Give the name under which this visitor's runs are kept: the browser's, or the session's."""
    token = st.context.cookies.get(COOKIE)
    if not is_token(token):  # cookies are refused, or there is no browser
        token = st.session_state.setdefault(_TOKEN, new_token())
    return person_of(token)


def attend() -> None:
    """Note that somebody is here, until their window is closed."""
    _attend_as(person())


def _leave(who: str) -> None:
    shared_runner().attendance.leave(who)


@st.cache_resource(scope="session", show_spinner=False, on_release=_leave)
def _attend_as(who: str) -> str:
    shared_runner().attendance.enter(who)
    return who


def is_own(job: Job) -> bool:
    """Say whether this visitor may control a job; one that belongs to nobody is everybody's."""
    return job.owner in ("", person())


def start_run() -> bool:
    """Begin a run with the settings and make it the current one; the one before it stops.

    One that is too large for this server does not begin; a word says why.
    """
    model_config, train_config = settings()
    try:
        shared_runner().limits.check(model_config, train_config)
    except ValueError as error:
        st.toast(as_text(str(error)), icon="⚠️", duration="long")
        return False
    before = current_run()
    if before is not None:
        stop_run(before)
    _start(TrainingJob.begin(dataset(), model_config, train_config))
    return True


def _start(job: TrainingJob, title: str | None = None) -> None:
    job.owner = person()
    job.title = title or _next_title()
    shared_runner().start(job)
    _make_current(job)


def _next_title() -> str:
    numbers = [int(run.title[4:]) for run in _all_own() if run.title[4:].isdecimal()]
    return f"run {max(numbers, default=0) + 1}"


def own_runs() -> list[TrainingJob]:
    """Give this visitor's runs in the order in which they began, but for deleted ones."""
    return [job for job in _all_own() if not job.is_deleted]


def _all_own() -> list[TrainingJob]:
    me = person()
    return [job for job in shared_runner().training_jobs() if job.owner == me]


def earlier_runs() -> list[StoredRun]:
    """List this visitor's stored runs that are not among those at hand, the last first."""
    keeper = shared_keeper()
    return keeper.earlier_runs(person()) if keeper is not None else []


def show_run(job: TrainingJob) -> None:
    """Make a run the current one; the one before it goes on."""
    _make_current(job)


def open_run(run_id: str) -> None:
    """Make a stored run the current one."""
    if (job := _find(run_id)) is not None:
        _make_current(job)


def rename_run(job: TrainingJob, key: str) -> None:
    """Give a run the title that stands in a widget."""
    title = " ".join(st.session_state[key].split())
    if not title or not is_own(job):
        return
    try:
        if (keeper := shared_keeper()) is not None:
            keeper.rename(job, title)
        else:
            job.title = title
    except ValueError as error:
        st.toast(as_text(str(error)))


def delete_runs(jobs: Iterable[TrainingJob]) -> None:
    """Stop runs and take them out of all lists, until `restore_runs` or for good."""
    deleted = [job for job in jobs if is_own(job)]
    for job in deleted:
        stop_run(job)
        if (keeper := shared_keeper()) is not None:
            keeper.delete(job)
        else:
            job.is_deleted = True
    st.session_state[_DELETED] = [job.id for job in deleted]


def deleted_runs() -> list[TrainingJob]:
    """Give the runs that were deleted last, if they can be brought back."""
    found = [shared_runner().find(run_id) for run_id in st.session_state.get(_DELETED, [])]
    return [job for job in found if isinstance(job, TrainingJob) and job.is_deleted]


def restore_runs() -> None:
    """Bring the runs back that were deleted last."""
    for job in deleted_runs():
        if (keeper := shared_keeper()) is not None:
            keeper.restore(job)
        else:
            job.is_deleted = False


def run_file(job: TrainingJob) -> bytes:
    """Give a run as the bytes of one file."""
    return dump_run(job.run())


def take_run_file(key: str) -> None:
    """Make the run in an uploaded file the current one; a word says why if it cannot be."""
    upload = st.session_state[key]
    if upload is None:
        return
    try:
        run = parse_run(upload.getvalue())
        shared_runner().limits.check(run.model_config, run.train_config)
        job = TrainingJob.of(dataset(), run)
    except ValueError as error:
        st.toast(f"This file cannot be taken: {as_text(str(error))}", icon="⚠️", duration="long")
        return
    job.move(_rest_of(job), only_from=(State.RUNNING,))
    _start(job, upload.name.removesuffix(".safetensors")[:MAX_TITLE].strip())


def ask_for_run() -> None:
    """Have a run begin with the settings that the script is about to read.

    A click may come together with the last change of a setting, of which the script that drew
    the button knew nothing.
    """
    st.session_state[_IS_RUN_WANTED] = True


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


def current_run() -> TrainingJob | None:
    """Give the run that the URL names, or else the session's own.

    A reload, the way back and a second window carry the URL and so find the run.
    """
    for run_id in (st.query_params.get(_RUN), st.session_state.get(_RUN)):
        job = _find(run_id) if run_id else None
        if job is not None:
            _make_current(job)
            return job
    return None


def _find(run_id: str) -> TrainingJob | None:
    """Look for a run among those in memory, and then in the store."""
    keeper = shared_keeper()
    if keeper is not None:
        job: Job | None = keeper.find(run_id, dataset())
    else:
        job = shared_runner().find(run_id)
    return job if isinstance(job, TrainingJob) and not job.is_deleted else None


def store_trouble() -> str | None:
    """Say why runs are not being stored, if they are not."""
    keeper = shared_keeper()
    return keeper.trouble if keeper is not None else None


def is_run_lost() -> bool:
    """Say whether the URL names a run that this server does not know (any more)."""
    return st.query_params.get(_RUN) is not None and current_run() is None


def _make_current(job: TrainingJob) -> None:
    st.session_state[_RUN] = job.id
    if st.query_params.get(_RUN) != job.id:
        st.query_params[_RUN] = job.id


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


def fork_run(job: TrainingJob) -> None:
    """Make a copy of a run at rest, with all that it has learnt, the current one."""
    copy = TrainingJob.of(job.dataset, job.run())
    copy.move(_rest_of(copy), only_from=(State.RUNNING,))
    _start(copy)


def _rest_of(job: TrainingJob) -> State:
    """Say where a run stands that does not train yet."""
    if job.divergence is not None:
        return State.DIVERGED
    return State.DONE if job.is_complete else State.PAUSED


def ask_for_another_seed() -> None:
    """Have a run begin with the next seed."""
    st.session_state["seed"] = (st.session_state["seed"] + 1) % (MAX_SEED + 1)
    ask_for_run()


def stop_run(job: Job) -> None:
    """End the run; its curve and its model stay."""
    if is_own(job):
        shared_runner().stop(job)


def is_polling() -> bool:
    """Say whether the live stream does not reach this browser."""
    return bool(st.session_state.get(_POLLING, False))


def start_polling() -> None:
    """Do without the live stream for the rest of the session."""
    st.session_state[_POLLING] = True


def loss_unit() -> LossUnit:
    """Give the unit that losses are shown in: what the URL says, or else was chosen last."""
    wanted = st.query_params.get(_LOSS_UNIT) or st.session_state.get(_LOSS_UNIT)
    unit: LossUnit = next((unit for unit in LOSS_UNITS if unit == wanted), "nats")
    use_loss_unit(unit)
    return unit


def use_loss_unit(unit: LossUnit) -> None:
    """Show losses in a unit from now on."""
    st.session_state[_LOSS_UNIT] = unit
    if st.query_params.get(_LOSS_UNIT, "nats") != unit:
        st.query_params[_LOSS_UNIT] = unit


def typed_name() -> str:
    """Give the name that is read letter by letter: what the URL says, or was typed last."""
    name: str | None = st.query_params.get(_NAME, st.session_state.get(_NAME))
    type_name(EXAMPLE_NAME if name is None else name)
    return str(st.session_state[_NAME])


def type_name(name: str) -> None:
    """Read a name letter by letter from now on."""
    st.session_state[_NAME] = name
    if st.query_params.get(_NAME, EXAMPLE_NAME) != name:
        st.query_params[_NAME] = name


def look_at(name: str) -> None:
    """Show a name letter by letter; to be called before the choice of the view is made."""
    type_name(name)
    st.session_state[_VIEW] = SAMPLE_VIEWS[1]


def start_sweep(settings: SweepSettings) -> SweepJob:
    """Give the sweep with these settings: the current one, an earlier one, or one begun now."""
    current = current_sweep()
    if current is not None and current.settings == settings:
        return current
    if current is not None:
        shared_runner().stop(current)
    job = next((job for job in own_sweeps().values() if job.settings == settings), None)
    if job is None:
        job = _begin_sweep(settings)
    elif job.state is State.STOPPED:
        shared_runner().revive(job)
    st.session_state[_SWEEP] = job.id
    clear_lr_range()
    return job


def _begin_sweep(settings: SweepSettings) -> SweepJob:
    job = SweepJob(dataset(), settings)
    job.owner = person()
    shared_runner().start(job)
    numbers: dict[str, int] = st.session_state.setdefault(_SWEEPS, {})
    numbers[job.id] = max(numbers.values(), default=0) + 1
    for job_id in list(numbers)[:-MAX_SWEEPS]:
        del numbers[job_id]
    return job


def current_sweep() -> SweepJob | None:
    """Give the session's latest sweep, if there is one."""
    job = shared_runner().find(st.session_state.get(_SWEEP, ""))
    return job if isinstance(job, SweepJob) else None


def start_experiment(name: str) -> None:
    """Begin an experiment of the lecture anew, with as many seeds as its widget says."""
    before = experiment(name)
    if before is not None:
        stop_run(before)
    seeds = range(42, 42 + st.session_state["experiment_seeds"])
    job = ExperimentJob(name, dataset(), seeds)
    shared_runner().start(job)
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
    current = shared_runner().find(st.session_state.get(_RACE, ""))
    if isinstance(current, RaceJob):
        if current.racers == racers:
            return current
        shared_runner().stop(current)
    return _start_race(racers)


def race_again(racers: tuple[Racer, ...]) -> None:
    """Begin the same short runs anew."""
    _start_race(racers)


def _start_race(racers: tuple[Racer, ...]) -> RaceJob:
    job = RaceJob(dataset(), racers)
    shared_runner().start(job)
    st.session_state[_RACE] = job.id
    return job


def adopt_choice(key: str, choices: Collection[str]) -> None:
    """Let a widget that is about to be made begin with the choice that the URL names, if any.

    Streamlit binds a widget by its labels; here the URL holds the value.
    """
    named = st.query_params.get(key)
    if key not in st.session_state and named in choices:
        st.session_state[key] = named


def publish_choice(key: str) -> None:
    """Put a widget's value into the URL."""
    if st.query_params.get(key) != st.session_state[key]:
        st.query_params[key] = st.session_state[key]


def choose(key: str, value: str) -> None:
    """Set a widget to another value; from a callback."""
    st.session_state[key] = value


def own_sweeps() -> dict[int, SweepJob]:
    """Give the last sweeps of this session by their number."""
    found = {
        number: shared_runner().find(job_id)
        for job_id, number in st.session_state.get(_SWEEPS, {}).items()
    }
    return {number: job for number, job in found.items() if isinstance(job, SweepJob)}


def start_bake_off(sweep: SweepJob, proposals: Mapping[str, float], key: str) -> None:
    """Let rates that a sweep proposed compete, for as many steps as a widget says."""
    before = bake_off_of(sweep)
    if before is not None:
        shared_runner().stop(before)
    job = BakeOffJob(dataset(), sweep.settings, proposals, st.session_state[key])
    job.owner = person()
    shared_runner().start(job)
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


def as_lr_setting(lr: float) -> float:
    """Give the nearest rate that a setting takes, in four figures."""
    lowest, highest = LR_LIMITS
    return float(f"{min(max(lr, lowest), highest):.4g}")


def adopt_lr(lr: float) -> None:
    """Put a rate into the Train settings; to be called before their widgets are made."""
    if st.session_state.get("recipe") is not None:
        st.toast("A recipe sets its own rate. Choose your own settings to adopt one.")
        return
    st.session_state["lr"] = st.session_state[_ADOPTED_LR] = as_lr_setting(lr)


def is_lr_adopted() -> bool:
    """Say whether a rate was adopted since the settings were drawn last."""
    return _ADOPTED_LR in st.session_state


def take_adopted_lr() -> float | None:
    """Give a rate that was adopted since the settings were drawn last, once."""
    lr: float | None = st.session_state.pop(_ADOPTED_LR, None)
    return lr


def pick_character(number: int) -> None:
    """Look at the neighbours of a character; before the widget that names it is made."""
    st.session_state["character"] = dataset().vocabulary.characters[number]
    st.session_state["look"] = "neighbours"
    st.session_state[_IS_PICKED] = True


def take_pick() -> bool:
    """Say once whether a character was picked since this was asked last."""
    return bool(st.session_state.pop(_IS_PICKED, False))


def follow_lr(lr: float) -> None:
    """Move the logarithmic slider to the rate that was typed or adopted."""
    st.session_state["lr_exponent"] = round(log10(lr), 2)


def follow_exponent() -> None:
    """Set the rate to where the logarithmic slider was moved."""
    st.session_state["lr"] = float(f"{10 ** st.session_state['lr_exponent']:.3g}")
