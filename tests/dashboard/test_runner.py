"""`dashboard.runner`: every job gets its turns, whatever the others do."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pytest

from dashboard import runner as runner_module
from dashboard.jobs import SLICE_SECONDS, Job, State, TrainingJob
from dashboard.limits import Limits
from dashboard.runner import LEAST_SLICE_SECONDS as LEAST
from dashboard.runner import ROUND_SECONDS, Runner
from makemore import MLP
from tests.dashboard.conftest import (
    Logged,
    NewRun,
    Until,
    assert_same_weights,
    let_turns_pass,
    plain_trainer,
)

MAX_ANSWER_SECONDS = 10.0  # above any noise of a machine; whoever is starved waits longer

LEAVES_IN_MID_TRAINING = """
import time
from dashboard.jobs import TrainingJob
from dashboard.runner import shared_runner
from makemore import Dataset, ModelConfig, TrainConfig

dataset = Dataset(["emma", "olivia", "ava", "isabella", "sophia", "mia"] * 5)
config = ModelConfig(dataset.vocabulary.size, 3, 2, 500)
job = TrainingJob.begin(dataset, config, TrainConfig(((1_000_000, 0.1),), None, eval_interval=10))
shared_runner().start(job)
while job.step < 5:
    time.sleep(0.01)
print(job.state)
"""


class Gate(Job):
    """Keeps the worker busy until it is opened, so that others can queue up behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.is_open = threading.Event()

    def _advance(self, n_steps: int) -> None:
        self.is_open.wait()
        self.move(State.DONE, only_from=(State.RUNNING,))


class Broken(Job):
    """Fails in its third turn."""

    turns = 0

    def _advance(self, n_steps: int) -> None:
        self.turns += 1
        if self.turns == 3:
            raise RuntimeError("nothing works")


def test_a_run_becomes_bit_for_bit_what_a_plain_trainer_makes_of_it(
    runner: Runner, new_run: NewRun, until: Until
) -> None:
    job, neighbour = new_run(n_steps=500), new_run(n_steps=100_000, seed=2)
    for each in (job, neighbour):
        runner.start(each)
    until(lambda: job.state is State.DONE)
    trainer = plain_trainer(job)
    np.testing.assert_array_equal(job.history.losses, trainer.advance(500).losses)
    assert_same_weights(job.model(), trainer.model)


def test_hundreds_of_short_runs_all_finish(runner: Runner, new_run: NewRun, until: Until) -> None:
    jobs = [new_run(n_steps=5, seed=seed) for seed in range(250)]
    for job in jobs:
        runner.start(job)
    until(lambda: all(job.state is State.DONE for job in jobs))
    assert {job.step for job in jobs} == {5}
    assert all(runner.find(job.id) is job for job in jobs)


def test_every_job_has_its_first_turn_before_any_has_its_second(
    runner: Runner, until: Until
) -> None:
    log: list[Job] = []
    gate, jobs = Gate(), [Logged(log, n_turns=3) for _ in range(200)]
    for job in (gate, *jobs):
        runner.start(job)
    gate.is_open.set()
    until(lambda: all(job.state is State.DONE for job in jobs))
    assert log == jobs * 3


def test_turns_are_shorter_the_more_jobs_are_at_work(runner: Runner, until: Until) -> None:
    class Timed(Logged):
        def run_slice(self, slice_seconds: float = 0.0) -> None:
            lengths.append(slice_seconds)
            super().run_slice()

    for n_jobs, expected in ((1, SLICE_SECONDS), (30, ROUND_SECONDS / 30), (500, LEAST)):
        lengths: list[float] = []
        gate, jobs = Gate(), [Timed([], n_turns=1) for _ in range(n_jobs)]
        for job in (gate, *jobs):
            runner.start(job)
        gate.is_open.set()
        until(lambda jobs=jobs: all(job.state is State.DONE for job in jobs))
        assert lengths[0] == pytest.approx(expected)
        assert lengths[-1] == SLICE_SECONDS


def test_several_workers_share_the_jobs_and_none_is_at_work_twice(
    new_run: NewRun, until: Until
) -> None:
    class Exclusive(Job):
        def __init__(self) -> None:
            super().__init__()
            self.at_work, self.turns, self.collisions = 0, 0, 0

        def _advance(self, n_steps: int) -> None:
            self.at_work += 1
            self.collisions += self.at_work > 1
            time.sleep(0.003)
            self.at_work -= 1
            self.turns += 1

    runner = Runner(n_workers=4)
    try:
        jobs = [Exclusive() for _ in range(6)]
        for job in jobs:
            runner.start(job)
        for _ in range(100):  # each could put a job among the turns once more
            for job in jobs:
                runner.pause(job)
                runner.resume(job)
            time.sleep(0.002)
        until(lambda: all(job.turns > 20 for job in jobs))
        assert [job.collisions for job in jobs] == [0] * 6
        run = new_run(n_steps=500)
        runner.start(run)
        until(lambda: run.state is State.DONE)
        trainer = plain_trainer(run)
        trainer.advance(500)
        assert_same_weights(run.model(), trainer.model)
    finally:
        runner.close()


def test_a_large_model_does_not_take_the_turns_of_a_small_one(
    runner: Runner, new_run: NewRun, until: Until
) -> None:
    small, large = new_run(n_steps=10**6), new_run(n_steps=10**6, n_hidden=1_000)
    for job in (small, large):
        runner.start(job)
    until(lambda: small.version >= 5 and large.version >= 5)
    before = small.version, large.version
    until(lambda: small.version + large.version >= sum(before) + 20)
    after = small.version, large.version
    turns = [new - old for new, old in zip(after, before, strict=True)]
    assert abs(turns[0] - turns[1]) <= 2
    assert small.step > large.step


def test_a_paused_run_takes_no_step_after_the_slice_under_way(
    runner: Runner, new_run: NewRun, until: Until
) -> None:
    job = new_run(n_steps=10**6)
    runner.start(job)
    until(lambda: job.step > 20)
    runner.pause(job)
    let_turns_pass(runner, until)
    step, version = job.step, job.version
    let_turns_pass(runner, until)
    assert job.state is State.PAUSED
    assert (job.step, job.version) == (step, version)


def test_a_resumed_run_ends_as_if_it_had_never_been_paused(
    runner: Runner, new_run: NewRun, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = new_run(n_steps=1_500)
    take_steps, pauses_due = job._advance, [20, 300, 700]

    def take_steps_and_pause(n_steps: int) -> None:
        """Pause at a step, not at a time: how far a machine gets in a moment nobody knows."""
        take_steps(min(n_steps, 100))
        if pauses_due and job.step > pauses_due[0]:
            pauses_due.pop(0)
            runner.pause(job)

    monkeypatch.setattr(job, "_advance", take_steps_and_pause)
    runner.start(job)
    for _ in range(3):
        until(lambda: job.state is State.PAUSED)
        let_turns_pass(runner, until)
        assert job.step < 1_500
        runner.resume(job)
    until(lambda: job.state is State.DONE)
    trainer = plain_trainer(job)
    np.testing.assert_array_equal(job.history.losses, trainer.advance(1_500).losses)
    assert_same_weights(job.model(), trainer.model)


def test_hasty_pausing_and_resuming_neither_doubles_nor_loses_a_job(
    runner: Runner, until: Until
) -> None:
    log: list[Job] = []
    fidgety, calm = Logged(log), Logged(log)
    for job in (fidgety, calm):
        runner.start(job)

    def fidget() -> None:
        for _ in range(500):
            runner.pause(fidgety)
            runner.resume(fidgety)

    threads = [threading.Thread(target=fidget) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert fidgety.state is State.RUNNING
    let_turns_pass(runner, until)
    n_before = len(log)
    until(lambda: len(log) >= n_before + 40)
    turns = log[n_before : n_before + 40]
    assert all(job is not following for job, following in pairwise(turns))


@pytest.mark.parametrize("n_steps", [1, 7, 300])
def test_a_paused_run_takes_the_steps_it_is_given_and_no_other(
    runner: Runner, new_run: NewRun, until: Until, n_steps: int
) -> None:
    job = new_run(n_steps=10**6)
    runner.start(job)
    until(lambda: job.step > 20)
    runner.pause(job)
    let_turns_pass(runner, until)
    step = job.step
    for number in (1, 2):
        runner.resume(job, n_steps)
        until(lambda: job.state is State.PAUSED)
        let_turns_pass(runner, until)
        assert job.step == step + number * n_steps
    runner.resume(job)
    until(lambda: job.step > step + 3 * n_steps)
    assert job.state is State.RUNNING


def test_steps_asked_for_one_after_the_other_are_all_taken(
    runner: Runner, new_run: NewRun, until: Until
) -> None:
    job = new_run(n_steps=10**6)
    runner.start(job)
    runner.pause(job)
    let_turns_pass(runner, until)
    step = job.step
    for _ in range(200):
        runner.resume(job, 3)
    until(lambda: job.state is State.PAUSED)
    let_turns_pass(runner, until)
    assert job.step == step + 600


def test_a_run_at_a_few_steps_can_be_let_go(runner: Runner, new_run: NewRun, until: Until) -> None:
    job = new_run(n_steps=10**6)
    runner.start(job)
    runner.pause(job)
    runner.resume(job, 1)
    runner.resume(job)
    until(lambda: job.step > 1_000)
    assert job.state is State.RUNNING


def test_steps_beyond_the_end_end_the_run(runner: Runner, new_run: NewRun, until: Until) -> None:
    job = new_run(n_steps=30)
    runner.start(job)
    runner.pause(job)
    runner.resume(job, 1_000)
    until(lambda: job.state.is_final)
    assert (job.state, job.step) == (State.DONE, 30)


@pytest.mark.parametrize("state", [State.DIVERGED, State.FAILED, State.RUNNING, State.PAUSED])
def test_only_what_was_stopped_or_is_done_is_revived(
    runner: Runner, until: Until, state: State
) -> None:
    job = Logged([])
    job.move(state, only_from=(State.RUNNING,))
    runner.revive(job)
    let_turns_pass(runner, until)
    assert job.state is state
    assert job.taken == 0


def test_a_stopped_run_keeps_its_history_and_its_model(
    runner: Runner, new_run: NewRun, until: Until
) -> None:
    job = new_run(n_steps=10**6)
    runner.start(job)
    until(lambda: job.step > 50)
    runner.stop(job)
    let_turns_pass(runner, until)
    trainer = plain_trainer(job)
    np.testing.assert_array_equal(job.history.losses, trainer.advance(job.step).losses)
    assert_same_weights(job.model(), trainer.model)
    assert job.snapshot().state is State.STOPPED
    assert runner.find(job.id) is job


def test_what_has_ended_is_neither_paused_nor_resumed(runner: Runner, until: Until) -> None:
    job = Logged([], n_turns=1)
    runner.start(job)
    until(lambda: job.state is State.DONE)
    for act in (runner.pause, runner.resume, runner.stop):
        act(job)
        assert job.state is State.DONE
    let_turns_pass(runner, until)
    assert job.taken == 1


def test_a_paused_run_can_be_stopped(runner: Runner, until: Until) -> None:
    job = Logged([])
    runner.start(job)
    runner.pause(job)
    runner.stop(job)
    runner.resume(job)
    assert job.state is State.STOPPED
    let_turns_pass(runner, until)
    taken = job.taken
    let_turns_pass(runner, until)
    assert job.taken == taken


def test_a_diverging_run_ends_alone(runner: Runner, new_run: NewRun, until: Until) -> None:
    wild, tame = new_run(lr=1e38), new_run(n_steps=400)
    for job in (wild, tame):
        runner.start(job)
    until(lambda: wild.state.is_final and tame.state.is_final)
    assert wild.state is State.DIVERGED
    assert "lr=1e+38" in str(wild.snapshot().message)
    assert 0 < wild.step < 300
    assert tame.state is State.DONE
    assert tame.snapshot().message is None


def test_a_failing_job_ends_alone_with_its_reason(
    runner: Runner, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    broken, sound = Broken(), Logged([], n_turns=10)
    for job in (broken, sound):
        runner.start(job)
    until(lambda: broken.state.is_final and sound.state.is_final)
    assert broken.state is State.FAILED
    assert broken.error == "RuntimeError: nothing works"
    assert sound.state is State.DONE
    (record,) = caplog.records
    assert record.exc_info  # the log has the traceback
    assert broken.id not in caplog.text  # whoever knows the id may watch


def test_what_is_read_meanwhile_is_of_one_moment_and_comes_soon(
    runner: Runner, new_run: NewRun, until: Until
) -> None:
    job = new_run(n_steps=10**6)
    answers: list[tuple[float, str]] = []
    mistakes: list[str] = []
    is_over = threading.Event()

    def read_snapshots() -> None:
        step = 0
        while not is_over.is_set():
            start = time.perf_counter()
            shown = job.snapshot()
            answers.append((time.perf_counter() - start, "snapshot"))
            last = int(shown.curve.steps[-1]) if len(shown.curve.steps) else 0
            if shown.step != last or shown.step < step:
                mistakes.append(f"step {shown.step} after {step}, losses until {last}")
            step = shown.step
            time.sleep(0.001)

    def read(name: str, act: Callable[[], object]) -> None:
        while not is_over.is_set():
            start = time.perf_counter()
            try:
                act()
            except Exception as error:
                mistakes.append(f"{name}: {error!r}")
            answers.append((time.perf_counter() - start, name))
            time.sleep(0.001)

    threads = [
        threading.Thread(target=read_snapshots),
        threading.Thread(target=read_snapshots),
        threading.Thread(target=read, args=("model", job.model)),
        threading.Thread(target=read, args=("run", job.run)),  # a run checks that its parts fit
    ]
    runner.start(job)
    for thread in threads:
        thread.start()
    until(lambda: job.version > 25)
    is_over.set()
    for thread in threads:
        thread.join()
    assert not mistakes
    assert {name for _, name in answers} == {"snapshot", "model", "run"}
    assert max(answers)[0] < MAX_ANSWER_SECONDS


def test_a_run_read_meanwhile_holds_the_weights_of_its_step(
    runner: Runner, new_run: NewRun, until: Until
) -> None:
    job = new_run(n_steps=10**6)
    runner.start(job)
    until(lambda: job.step > 100)
    run = job.run()
    runner.stop(job)
    trainer = plain_trainer(job)
    losses = trainer.advance(run.step).losses
    np.testing.assert_array_equal(run.history.losses, losses)
    assert_same_weights(MLP.from_weights(run.model_config, run.weights), trainer.model)


def test_a_job_is_found_by_its_id_and_by_nothing_else(runner: Runner) -> None:
    job = Logged([])
    runner.start(job)
    assert runner.find(job.id) is job
    assert runner.find("") is None
    assert runner.find(job.id[:-1]) is None


def test_old_jobs_that_ended_are_forgotten_and_running_ones_never(
    runner: Runner, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "MAX_KEPT", 10)
    running, paused = Logged([]), Logged([])
    for job in (running, paused):
        runner.start(job)
    runner.pause(paused)
    ended = [Logged([], n_turns=1) for _ in range(20)]
    for job in ended:
        runner.start(job)
        until(lambda job=job: job.state is State.DONE)
    found = [runner.find(job.id) is job for job in ended]
    n_kept = sum(found)
    assert found == [False] * (20 - n_kept) + [True] * n_kept  # the oldest went first
    assert 8 <= n_kept <= 10
    assert runner.find(running.id) is running
    assert runner.find(paused.id) is paused


def test_closing_ends_the_workers_after_the_slice_under_way(new_run: NewRun, until: Until) -> None:
    threads = set(threading.enumerate())
    runner, job = Runner(), new_run(n_steps=10**6)
    runner.start(job)
    workers = set(threading.enumerate()) - threads
    assert workers
    until(lambda: job.step > 20)
    runner.close()
    assert not any(worker.is_alive() for worker in workers)
    step = job.step
    assert job.run().step == step  # nothing is left half done
    runner.close()  # twice does no harm


def test_a_closed_runner_takes_no_job() -> None:
    runner = Runner()
    runner.close()
    with pytest.raises(RuntimeError, match="closed"):
        runner.start(Logged([]))


def test_a_job_may_be_resumed_after_the_end_without_harm() -> None:
    runner, job = Runner(), Logged([])
    runner.start(job)
    runner.pause(job)
    runner.close()
    runner.resume(job)
    assert job.state is State.RUNNING


def test_a_process_that_ends_in_mid_training_ends_well() -> None:
    result = subprocess.run(
        [sys.executable, "-c", LEAVES_IN_MID_TRAINING], capture_output=True, text=True, timeout=60
    )
    assert result.stdout == "running\n"
    assert result.stderr == ""
    assert result.returncode == 0  # 134: PyTorch computed while the interpreter was taken down


@pytest.fixture
def narrow() -> Iterator[Runner]:
    """A runner where two runs train at once, one of each person."""
    runner = Runner(Limits(max_runs=2, max_runs_per_person=1), n_workers=1)
    yield runner
    runner.close()


def places(*jobs: TrainingJob) -> list[tuple[State, int | None]]:
    return [(job.state, job.snapshot().place) for job in jobs]


def owned(new_run: NewRun, owner: str, n_steps: int = 10**7) -> TrainingJob:
    job = new_run(n_steps=n_steps)
    job.owner = owner
    return job


def test_a_run_too_many_waits_in_a_queue_and_moves_up(narrow: Runner, new_run: NewRun) -> None:
    jobs = [owned(new_run, person) for person in ("ada", "bob", "eve", "dan")]
    for job in jobs:
        narrow.start(job)
    running, waiting = (State.RUNNING, None), State.WAITING
    assert places(*jobs) == [running, running, (waiting, 1), (waiting, 2)]
    narrow.stop(jobs[0])
    assert places(*jobs[1:]) == [running, running, (waiting, 1)]
    narrow.pause(jobs[2])
    assert places(*jobs[1:]) == [running, (State.PAUSED, None), running]


def test_a_run_that_ends_lets_the_next_one_in(
    narrow: Runner, new_run: NewRun, until: Until
) -> None:
    jobs = [owned(new_run, person, n_steps=50) for person in "abcdefghij"]
    for job in jobs:
        narrow.start(job)
    until(lambda: all(job.state is State.DONE for job in jobs))


def test_a_person_s_second_run_waits_for_the_first_and_holds_up_nobody(
    narrow: Runner, new_run: NewRun
) -> None:
    first, second, other = (owned(new_run, person) for person in ("ada", "ada", "bob"))
    for job in (first, second, other):
        narrow.start(job)
    assert places(first, second, other) == [
        (State.RUNNING, None),
        (State.WAITING, 1),
        (State.RUNNING, None),
    ]
    narrow.stop(first)
    assert second.state is State.RUNNING


def test_what_waits_can_be_paused_resumed_and_stopped(narrow: Runner, new_run: NewRun) -> None:
    jobs = [owned(new_run, person) for person in ("ada", "bob", "eve")]
    for job in jobs:
        narrow.start(job)
    late = jobs[2]
    narrow.pause(late)
    assert places(late) == [(State.PAUSED, None)]
    narrow.resume(late)
    assert places(late) == [(State.WAITING, 1)]
    narrow.stop(late)
    assert places(late) == [(State.STOPPED, None)]
    narrow.revive(late)
    assert places(late) == [(State.WAITING, 1)]
    assert late.step == 0


def test_a_run_whose_time_is_over_pauses_and_can_be_given_more(
    new_run: NewRun, until: Until
) -> None:
    runner = Runner(Limits(max_minutes=0.002))  # type: ignore[arg-type]  # a tenth of a second
    try:
        job = new_run(n_steps=10**7)
        runner.start(job)
        until(lambda: job.state is State.PAUSED)
        assert "Resume" in str(job.snapshot().message)
        step = job.step
        runner.resume(job)
        until(lambda: job.state is State.PAUSED)
        assert job.step > step
    finally:
        runner.close()


def test_the_runs_of_somebody_who_has_gone_are_stopped(new_run: NewRun, until: Until) -> None:
    runner = Runner(Limits(grace_seconds=0))
    try:
        left, here = owned(new_run, "ada"), owned(new_run, "bob")
        for job in (left, here):
            runner.attendance.enter(job.owner)
            runner.start(job)
        until(lambda: left.step > 0)
        runner.attendance.leave("ada")
        until(lambda: left.state is State.STOPPED)
        assert here.state is State.RUNNING
    finally:
        runner.close()
