"""`dashboard.keeper`: what is trained is stored, and found again by another server."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from dashboard import keeper as keeper_module
from dashboard.attendance import Attendance
from dashboard.jobs import State, TrainingJob
from dashboard.keeper import DATABASE_VARIABLE, Keeper
from dashboard.limits import Limits
from dashboard.runner import Runner
from makemore import Dataset, Run, Store, StoreError
from tests.dashboard.conftest import (
    NewRun,
    Until,
    assert_same_weights,
    let_turns_pass,
    plain_trainer,
)

Serve = Callable[[], tuple[Runner, Keeper]]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "runs.sqlite"


@pytest.fixture
def serve(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Begin as a server does; what it leaves unsaved is lost as by a power cut."""
    monkeypatch.setenv(DATABASE_VARIABLE, str(place))
    monkeypatch.setattr(keeper_module, "TICK_SECONDS", 0.02)
    monkeypatch.setattr(keeper_module, "SAVE_SECONDS", 0.1)
    served: list[tuple[Runner, Keeper]] = []

    def begin() -> tuple[Runner, Keeper]:
        runner = Runner()
        served.append((runner, Keeper.open(runner)))
        return served[-1]

    yield begin
    for runner, keeper in served:
        runner.close()
        keeper.close()


def stored_step(place: Path, run_id: str) -> int:
    with Store(place) as store:
        stored = store.find(run_id)
    return stored.step if stored is not None else -1


def stored_state(place: Path, run_id: str) -> str | None:
    with Store(place) as store:
        stored = store.find(run_id)
    return stored.state if stored is not None else None


def test_a_run_is_stored_again_and_again_while_it_trains(
    serve: Serve, place: Path, new_run: NewRun, until: Until
) -> None:
    runner, _ = serve()
    job = new_run(n_steps=10**7, n_hidden=1_000)
    runner.start(job)
    for _ in range(2):
        step = job.step
        until(lambda step=step: stored_step(place, job.id) > step)
    assert stored_state(place, job.id) == "running"


def test_a_pause_and_an_end_are_stored(
    serve: Serve, place: Path, new_run: NewRun, until: Until
) -> None:
    runner, _ = serve()
    job = new_run(n_steps=10**6)
    runner.start(job)
    until(lambda: job.step > 50)
    for act, state in ((runner.pause, "paused"), (runner.stop, "stopped")):
        act(job)
        until(lambda state=state: stored_state(place, job.id) == state)
    until(lambda: stored_step(place, job.id) == job.step)


def test_a_run_of_a_killed_server_goes_on_to_the_same_weights(
    serve: Serve, place: Path, new_run: NewRun, until: Until, dataset: Dataset
) -> None:
    runner, keeper = serve()
    first = new_run(n_steps=3_000)
    runner.start(first)
    runner.pause(first)
    runner.resume(first, 700)
    until(lambda: first.step == 700)
    keeper.save_all()

    other_runner, other_keeper = serve()  # which knows of the first one's runs by the store alone
    second = other_keeper.find(first.id)
    assert second is not None
    assert second is not first
    assert (second.id, second.step, second.state) == (first.id, 700, State.INTERRUPTED)
    assert other_keeper.find(first.id) is second
    other_runner.revive(second)
    until(lambda: second.state is State.DONE)
    trainer = plain_trainer(second)
    np.testing.assert_array_equal(second.history.losses, trainer.advance(3_000).losses)
    assert_same_weights(second.model(), trainer.model)


def test_a_run_that_had_ended_is_shown_as_it_ended(
    serve: Serve, place: Path, new_run: NewRun, until: Until, dataset: Dataset
) -> None:
    runner, _ = serve()
    job, wild = new_run(n_steps=60), new_run(lr=1e38)
    for each in (job, wild):
        runner.start(each)
    until(lambda: stored_state(place, job.id) == "done")
    until(lambda: stored_state(place, wild.id) == "diverged")
    _, other = serve()
    again, wild_again = other.find(job.id), other.find(wild.id)
    assert again is not None
    assert wild_again is not None
    assert (again.state, again.step) == (State.DONE, 60)
    assert wild_again.state is State.DIVERGED
    assert "lower the rate" in str(wild_again.snapshot().message)


@pytest.mark.parametrize("run_id", ["", "x", "../../etc/passwd", "'; DROP TABLE runs; --", "\x00"])
def test_what_names_no_run_is_not_found(serve: Serve, run_id: str) -> None:
    _, keeper = serve()
    assert keeper.find(run_id) is None


def test_a_stored_run_brings_its_own_words(
    serve: Serve, place: Path, new_run: NewRun, until: Until, dataset: Dataset
) -> None:
    runner, _ = serve()
    job = new_run(n_steps=20)
    runner.start(job)
    until(lambda: stored_state(place, job.id) == "done")
    _, other = serve()
    found = other.find(job.id)
    assert found is not None
    assert found.dataset.words == dataset.words
    assert found.dataset is not dataset


def test_a_store_that_fails_is_told_and_training_goes_on_until_it_works_again(
    serve: Serve,
    place: Path,
    new_run: NewRun,
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    runner, keeper = serve()
    job = new_run(n_steps=10**7)
    save = Store.save

    def fail(*_: object, **__: object) -> Run:
        raise StoreError("the store must have room on its disk, but that is full")

    monkeypatch.setattr(Store, "save", fail)
    with caplog.at_level(logging.WARNING):
        runner.start(job)
        until(lambda: keeper.trouble is not None)
        step = job.step
        until(lambda: job.step > step)
    assert "disk" in str(keeper.trouble)
    assert len(caplog.records) == 1  # not one for every try
    monkeypatch.setattr(Store, "save", save)
    until(lambda: keeper.trouble is None)
    until(lambda: stored_step(place, job.id) > step)


def test_a_place_that_is_no_store_is_told_and_leaves_the_runs_in_memory(
    serve: Serve, place: Path, new_run: NewRun, dataset: Dataset
) -> None:
    place.write_bytes(b"not a database" * 100)
    runner, keeper = serve()
    assert "damaged or another file" in str(keeper.trouble)
    job = new_run()
    runner.start(job)
    assert keeper.find(job.id) is job
    assert keeper.find("x" * 22) is None
    assert place.read_bytes() == b"not a database" * 100


def test_closing_stores_the_last_step(
    serve: Serve, place: Path, new_run: NewRun, until: Until
) -> None:
    runner, keeper = serve()
    job = new_run(n_steps=10**6)
    runner.start(job)
    until(lambda: job.step > 100)
    runner.close()
    keeper.close()
    assert stored_step(place, job.id) == job.step


def test_a_reloaded_job_is_the_runner_s_own(
    serve: Serve, new_run: NewRun, until: Until, place: Path, dataset: Dataset
) -> None:
    runner, _ = serve()
    job = new_run(n_steps=20)
    runner.start(job)
    until(lambda: stored_state(place, job.id) == "done")
    other_runner, other = serve()
    found = other.find(job.id)
    assert isinstance(found, TrainingJob)
    assert other_runner.find(job.id) is found


@pytest.fixture
def kept(serve: Serve, new_run: NewRun) -> tuple[Keeper, TrainingJob]:
    """A run of Ada's that is about to be stored."""
    runner, keeper = serve()
    job = new_run(n_steps=50)
    job.owner, job.title = "ada", "run 1"
    runner.start(job)
    return keeper, job


def test_owner_and_title_are_stored_and_found_again(
    kept: tuple[Keeper, TrainingJob], serve: Serve, dataset: Dataset
) -> None:
    keeper, job = kept
    keeper.rename(job, "a <b>name</b>")
    keeper.save_all()
    _, after = serve()
    assert [(run.id, run.title) for run in after.earlier_runs("ada")] == [(job.id, job.title)]
    assert after.earlier_runs("bob") == []
    found = after.find(job.id)
    assert found is not None
    assert (found.owner, found.title) == ("ada", "a <b>name</b>")
    assert after.earlier_runs("ada") == []  # it is at hand now


def test_a_deleted_run_is_not_found_until_it_is_restored(
    kept: tuple[Keeper, TrainingJob], serve: Serve, dataset: Dataset
) -> None:
    keeper, job = kept
    keeper.delete(job)
    _, after = serve()
    assert after.earlier_runs("ada") == []
    assert after.find(job.id) is None
    keeper.restore(job)
    _, later = serve()
    assert [run.id for run in later.earlier_runs("ada")] == [job.id]


def test_a_list_of_earlier_runs_follows_what_is_done_here(
    kept: tuple[Keeper, TrainingJob], serve: Serve
) -> None:
    keeper, job = kept
    keeper.save_all()
    runner, again = serve()

    def titles() -> list[str]:
        return [run.title for run in again.earlier_runs("ada")]

    assert titles() == [job.title]
    found = again.find(job.id)
    assert found is not None
    assert titles() == []  # it is at hand now
    again.rename(found, "mine")
    runner.stop(found)
    runner.forget(found)
    assert titles() == ["mine"]
    again.delete(found)
    assert titles() == []
    again.restore(found)
    assert titles() == ["mine"]


def test_what_is_stored_leaves_memory_when_its_owner_has_gone(
    serve: Serve, new_run: NewRun, until: Until, dataset: Dataset
) -> None:
    runner, keeper = serve()
    runner.attendance, runner.limits = Attendance(0.0), Limits(grace_seconds=0)
    jobs = {person: new_run(n_steps=10**6) for person in ("ada", "bob")}
    for person, job in jobs.items():
        job.owner = person
        runner.attendance.enter(person)
        runner.start(job)
    runner.pause(jobs["ada"])
    let_turns_pass(runner, until)  # after which no turn is left to miss its owner in
    runner.attendance.leave("ada")
    until(lambda: runner.find(jobs["ada"].id) is None)
    assert runner.find(jobs["bob"].id) is jobs["bob"]
    found = keeper.find(jobs["ada"].id)
    assert found is not None
    assert (found.state, found.step) == (State.STOPPED, jobs["ada"].step)


def test_what_somebody_else_looks_at_stays_in_memory_though_its_owner_has_gone(
    serve: Serve, new_run: NewRun, until: Until
) -> None:
    runner, _ = serve()
    runner.attendance = Attendance(0.0)
    watched, unwatched = new_run(n_steps=10**6), new_run(n_steps=10**6)
    runner.attendance.enter("ada")
    for job in (watched, unwatched):
        job.owner = "ada"
        runner.start(job)
    runner.find(watched.id)
    runner.attendance.leave("ada")
    until(lambda: unwatched not in runner.training_jobs())
    assert runner.training_jobs() == [watched]
    assert watched.state is State.STOPPED
