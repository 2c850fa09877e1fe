"""Sweeps, bake-offs, races and experiments in the runner: owned, bounded, and fair to all."""

import gc
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from dashboard import runner as runner_module
from dashboard.experiment_job import ExperimentJob
from dashboard.jobs import Job, State
from dashboard.limits import Limits
from dashboard.race_job import RaceJob, Racer
from dashboard.runner import Runner
from dashboard.studies import Study
from dashboard.sweep_jobs import BakeOffJob, SweepJob
from makemore import MLP, Dataset, ModelConfig, SweepSettings, TrainConfig
from tests.dashboard.conftest import NewRun, Until, let_turns_pass

RUNNING, WAITING = State.RUNNING, State.WAITING

NewRunner = Callable[..., Runner]


class Short(Study):
    """Writes down its turns, and is over after a few of them."""

    def __init__(self, log: list[Job], owner: str = "", n_turns: int | None = None) -> None:
        super().__init__()
        self.log, self.owner, self.n_turns = log, owner, n_turns
        self.taken = 0

    @property
    def progress(self) -> float:
        """Nobody looks."""
        return 0.0

    def _advance(self, n_steps: int) -> None:
        self.log.append(self)
        self.taken += 1
        if self.taken == self.n_turns:
            self.move(State.DONE, only_from=(RUNNING,))


class Crowd:
    """Counts how many studies are at work at once, in all and of one person."""

    def __init__(self) -> None:
        self.studies: list[Short] = []
        self.most, self.most_of_one = 0, 0

    def count(self) -> None:
        owners = [study.owner for study in self.studies if study.state is RUNNING]
        self.most = max(self.most, len(owners))
        self.most_of_one = max([self.most_of_one, *map(owners.count, owners)])


@pytest.fixture
def new_runner() -> Iterator[NewRunner]:
    runners: list[Runner] = []

    def build(**limits: int) -> Runner:
        runners.append(Runner(Limits(**limits), n_workers=1))
        return runners[-1]

    yield build
    for runner in runners:
        runner.close()


def idle(runner: Runner) -> threading.Event:
    """Keep the worker from taking turns until the event that is given back is set."""
    is_over = threading.Event()

    class Gate(Job):
        def _advance(self, n_steps: int) -> None:
            is_over.wait()
            self.move(State.DONE, only_from=(RUNNING,))

    runner.start(Gate())
    return is_over


def standing(*studies: Study) -> list[State | int | None]:
    """Give the place in the queue of those that wait, the state of the others."""
    return [study.place if study.state is WAITING else study.state for study in studies]


def test_hundreds_of_studies_all_end_and_never_too_many_are_at_work(
    new_runner: NewRunner, until: Until
) -> None:
    runner, crowd = new_runner(max_studies=5, max_studies_per_person=2), Crowd()
    idle_until = idle(runner)

    class Counting(Short):
        def _advance(self, n_steps: int) -> None:
            crowd.count()
            super()._advance(n_steps)

    people = [f"person {n % 30}" for n in range(200)] + ["ada"] * 160
    crowd.studies = [Counting([], person, n_turns=3) for person in people]
    for study in crowd.studies:
        runner.start(study)
    idle_until.set()
    until(lambda: all(study.state is State.DONE for study in crowd.studies))
    assert {study.taken for study in crowd.studies} == {3}
    assert (crowd.most, crowd.most_of_one) == (5, 2)
    assert {study.place for study in crowd.studies} == {None}


def test_twelve_studies_of_one_person_hold_up_nobody_s_first(new_runner: NewRunner) -> None:
    runner = new_runner(max_studies=3, max_studies_per_person=2)
    idle_until = idle(runner)
    many = [Short([], "ada") for _ in range(12)]
    first, second = Short([], "bob"), Short([], "eve")
    for study in (*many, first, second):
        runner.start(study)
    assert standing(first, second) == [RUNNING, 1]  # before ten that came earlier
    assert standing(*many) == [RUNNING, RUNNING, *range(2, 12)]
    runner.stop(many[0])
    assert standing(second, many[2]) == [RUNNING, 1]
    idle_until.set()


def test_of_two_who_wait_the_one_with_less_at_work_comes_first(new_runner: NewRunner) -> None:
    runner = new_runner(max_studies=3, max_studies_per_person=3)
    idle_until = idle(runner)
    at_work = [Short([], "ada"), Short([], "ada"), Short([], "bob")]
    waiting = [Short([], person) for person in ("ada", "ada", "bob", "bob", "eve")]
    for study in (*at_work, *waiting):
        runner.start(study)
    assert standing(*waiting) == [3, 5, 2, 4, 1]
    runner.discard(waiting[4])
    assert standing(*waiting[:4]) == [2, 4, 1, 3]
    idle_until.set()


def test_studies_wait_for_studies_and_runs_for_runs(
    new_runner: NewRunner, new_run: NewRun
) -> None:
    runner = new_runner(max_studies=1, max_runs=1)
    idle_until = idle(runner)
    studies, runs = [Short([]), Short([])], [new_run(), new_run()]
    for job in (*studies, *runs):
        runner.start(job)
    assert [job.state for job in (*studies, *runs)] == [RUNNING, WAITING] * 2
    assert [job.place for job in (*studies, *runs)] == [None, 1] * 2
    idle_until.set()


def test_thirty_studies_leave_every_second_turn_to_a_run(
    new_runner: NewRunner, new_run: NewRun, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner, log = new_runner(max_studies=30), list[Job]()
    run = new_run(n_steps=10**6)
    monkeypatch.setattr(run, "_advance", lambda n_steps: log.append(run))
    for study in [Short(log) for _ in range(30)]:
        runner.start(study)
    runner.start(run)
    let_turns_pass(runner, until)
    n_before = len(log)
    until(lambda: len(log) > n_before + 200)
    turns = log[n_before : n_before + 200]
    assert abs(turns.count(run) - 100) <= 2


def test_a_study_among_sixty_runs_has_its_turn_in_every_round(
    new_runner: NewRunner, new_run: NewRun, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner, log = new_runner(), list[Job]()
    for run in [new_run(n_steps=10**6) for _ in range(60)]:
        monkeypatch.setattr(run, "_advance", lambda n_steps, run=run: log.append(run))
        runner.start(run)
    study = Short(log)
    runner.start(study)
    let_turns_pass(runner, until)
    n_before = len(log)
    until(lambda: len(log) > n_before + 610)
    assert abs(log[n_before : n_before + 610].count(study) - 10) <= 1


def test_studies_of_somebody_who_has_gone_leave_memory_whatever_they_were_doing(
    new_runner: NewRunner, until: Until
) -> None:
    runner = new_runner(max_studies_per_person=2, grace_seconds=0)
    runner.attendance.enter("ada")
    done, endless, stopped, waiting = (Short([], "ada", n_turns) for n_turns in (1, 0, 0, 0))
    other = Short([], "bob")
    for study in (done, endless, stopped, waiting, other):
        runner.start(study)
    until(lambda: done.state is State.DONE)
    runner.stop(stopped)
    runner.pause(waiting)
    assert runner.end_absent() == []
    assert all(runner.find(study.id) for study in (done, endless, stopped, waiting))
    runner.attendance.leave("ada")
    assert runner.end_absent() == []
    assert not any(runner.find(study.id) for study in (done, endless, stopped, waiting))
    assert endless.state is waiting.state is State.STOPPED
    assert (runner.find(other.id), other.state) == (other, RUNNING)


def test_a_study_whose_place_another_takes_leaves_memory_and_lets_the_next_in(
    new_runner: NewRunner,
) -> None:
    runner = new_runner(max_studies=1)
    idle_until = idle(runner)
    first, second = Short([]), Short([])
    for study in (first, second):
        runner.start(study)
    runner.discard(first)
    assert runner.find(first.id) is None
    assert standing(first, second) == [State.STOPPED, RUNNING]
    idle_until.set()


def test_what_was_let_go_is_taken_in_again_by_whoever_goes_on_with_it(
    new_runner: NewRunner, new_run: NewRun
) -> None:
    runner = new_runner(max_runs=1)
    idle_until = idle(runner)
    first, second = new_run(), new_run()
    runner.start(first)
    runner.discard(first)
    runner.start(second)
    runner.revive(first)
    assert runner.find(first.id) is first
    assert (first.state, second.state) == (WAITING, RUNNING)  # and counts like any other
    idle_until.set()


def test_a_study_whose_time_is_over_is_stopped_and_says_so(
    until: Until,
) -> None:
    class Slow(Short):
        def _advance(self, n_steps: int) -> None:
            super()._advance(n_steps)
            time.sleep(0.01)

    runner = Runner(Limits(max_minutes=0.0005), n_workers=1)  # type: ignore[arg-type]
    try:
        study = Slow([])
        runner.start(study)
        until(lambda: study.state is State.STOPPED)
        assert study.note == "its time on this server is over"
        taken = study.taken
        runner.revive(study)
        until(lambda: study.state is State.STOPPED and study.taken > taken)
    finally:
        runner.close()


def test_every_kind_of_study_is_bounded(dataset: Dataset, new_runner: NewRunner) -> None:
    model, train = ModelConfig(dataset.vocabulary.size, 3, 2, 10), TrainConfig()
    sweep = SweepSettings(model, train, 1e-3, 1.0, 100, 1)
    studies: list[Study] = [
        SweepJob(dataset, sweep),
        BakeOffJob(dataset, sweep, {"lecture": 0.1}, 100),
        RaceJob(dataset, (Racer("one", model, train),)),
        ExperimentJob("A", dataset, (42,)),
    ]
    for study in studies:
        runner = new_runner(max_studies=1)
        idle_until = idle(runner)
        runner.start(Short([]))
        runner.start(study)
        assert standing(study) == [1]
        idle_until.set()


def test_a_study_that_is_done_keeps_its_result_and_none_of_its_models(
    dataset: Dataset, new_runner: NewRunner, until: Until
) -> None:
    def n_models() -> int:
        gc.collect()
        return sum(type(each) is MLP for each in gc.get_objects())

    model = ModelConfig(dataset.vocabulary.size, 3, 2, 10)
    sweep = SweepSettings(model, TrainConfig(), 1e-3, 1.0, 100, 2)
    gc.unfreeze()  # what a test before has left is not counted
    n_before = n_models()
    studies = [
        SweepJob(dataset, sweep),
        BakeOffJob(dataset, sweep, {"lecture": 0.1, "other": 0.5}, 100),
        ExperimentJob("C", dataset, (42,)),
    ]
    for study in studies:
        runner = new_runner()
        runner.start(study)
        until(lambda study=study: study.state is State.DONE)
        let_turns_pass(runner, until)
        found = study.result
        runner.revive(study)  # a late click in another window
        until(lambda study=study: study.state is State.DONE)
        assert study.progress == 1
        assert study.error is None
        assert type(study.result) is type(found)
    assert n_models() == n_before


def test_ended_studies_are_forgotten_in_time(
    new_runner: NewRunner, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "MAX_KEPT", 20)
    runner = new_runner()
    studies = [Short([], f"person {n}", n_turns=1) for n in range(200)]
    for study in studies:
        runner.start(study)
        until(lambda study=study: study.state is State.DONE)
    assert sum(runner.find(study.id) is not None for study in studies) <= 20
