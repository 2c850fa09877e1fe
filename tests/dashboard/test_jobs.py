"""`dashboard.jobs`: work in slices whose result does not depend on how it is cut."""

import time

import numpy as np
import pytest
import torch

from dashboard.jobs import SLICE_SECONDS, Job, State, TrainingJob
from makemore import Dataset, ModelConfig, TrainConfig, evaluate
from tests.dashboard.conftest import NewRun, assert_same_weights, plain_trainer, run_to_the_end


class Steady(Job):
    """Takes the same time for each step, by a clock of its own."""

    def __init__(self, seconds_per_step: float) -> None:
        super().__init__()
        self.seconds_per_step = seconds_per_step
        self.slices: list[int] = []
        self.now = 0.0

    def _advance(self, n_steps: int) -> None:
        self.slices.append(n_steps)
        self.now += n_steps * self.seconds_per_step


def test_slices_give_bit_for_bit_what_one_call_of_the_trainer_gives(new_run: NewRun) -> None:
    job = new_run(n_steps=350)
    run_to_the_end(job)
    trainer = plain_trainer(job)
    event = trainer.advance(350)
    np.testing.assert_array_equal(job.history.losses, event.losses)
    np.testing.assert_array_equal(job.history.lrs, event.lrs)
    assert job.history.evaluations == list(event.evaluations)
    assert_same_weights(job.model(), trainer.model)


def test_the_same_seed_gives_the_same_run_and_another_seed_another(new_run: NewRun) -> None:
    jobs = [new_run(n_steps=20, seed=seed) for seed in (5, 5, 6)]
    for job in jobs:
        run_to_the_end(job)
    first, same, other = (job.history.losses for job in jobs)
    np.testing.assert_array_equal(first, same)
    assert (first != other).all()


def test_a_slice_takes_its_time_however_quick_a_step_is(monkeypatch: pytest.MonkeyPatch) -> None:
    job = Steady(SLICE_SECONDS / 50)
    monkeypatch.setattr(time, "perf_counter", lambda: job.now)
    for _ in range(6):
        job.run_slice()
    assert job.slices == [1, 4, 16, 50, 50, 50]  # grows with care


def test_a_shorter_slice_takes_fewer_steps_from_the_next_turn_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = Steady(0.001)
    monkeypatch.setattr(time, "perf_counter", lambda: job.now)
    for seconds in (0.05, 0.05, 0.05, 0.05, 0.006, 0.006, 0.05):
        job.run_slice(seconds)
    assert job.slices == [1, 4, 16, 50, 6, 6, 24]


def test_a_slice_is_at_least_one_step_however_slow_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    job = Steady(2 * SLICE_SECONDS)
    monkeypatch.setattr(time, "perf_counter", lambda: job.now)
    for _ in range(3):
        job.run_slice()
    assert job.slices == [1, 1, 1]


def test_an_id_cannot_be_guessed_and_stands_in_an_address(new_run: NewRun) -> None:
    ids = {new_run().id for _ in range(20)}
    assert len(ids) == 20
    assert all(len(job_id) >= 22 for job_id in ids)  # 128 bits
    assert all(job_id.replace("-", "").replace("_", "").isalnum() for job_id in ids)


def test_a_state_changes_only_from_those_that_allow_it() -> None:
    job = Steady(0)
    assert not job.move(State.RUNNING, only_from=(State.PAUSED,))
    assert job.state is State.RUNNING
    assert job.version == 0
    assert job.move(State.STOPPED, only_from=(State.RUNNING, State.PAUSED))
    assert job.state is State.STOPPED
    assert job.version == 1


@pytest.mark.parametrize("state", State)
def test_only_running_waiting_and_paused_jobs_have_a_future(state: State) -> None:
    assert state.is_final == (state not in (State.RUNNING, State.WAITING, State.PAUSED))


def test_a_running_job_is_said_to_be_training() -> None:
    assert State.RUNNING.word == "training"
    assert State.DIVERGED.word == "diverged"


def test_a_failure_is_told_and_does_not_undo_a_stop() -> None:
    running, stopped = Steady(0), Steady(0)
    stopped.move(State.STOPPED, only_from=(State.RUNNING,))
    for job in (running, stopped):
        job.fail(OSError("the disk is full"))
    assert running.state is State.FAILED
    assert running.error == "OSError: the disk is full"
    assert stopped.state is State.STOPPED


def test_a_run_can_be_looked_at_before_its_first_step(new_run: NewRun) -> None:
    job = new_run(n_steps=300, lr=0.25)
    shown = job.snapshot()
    assert (shown.state, shown.step, shown.n_steps, shown.lr) == (State.RUNNING, 0, 300, 0.25)
    assert shown.steps_per_second is None
    assert shown.message is None
    assert len(shown.curve.steps) == 0
    assert_same_weights(job.model(), plain_trainer(job).model)


def test_every_slice_is_news(new_run: NewRun) -> None:
    job = new_run()
    versions = []
    for _ in range(3):
        job.run_slice()
        versions.append(job.version)
    assert versions == sorted(set(versions))
    assert job.snapshot().step == job.step == len(job.history) > 0


def test_speed_is_that_of_the_steps_and_stays_when_the_run_has_ended(new_run: NewRun) -> None:
    job = new_run(n_steps=200)
    start = time.perf_counter()
    run_to_the_end(job)
    seconds = time.perf_counter() - start
    speed = job.snapshot().steps_per_second
    assert speed is not None
    assert speed >= 200 / seconds
    assert job.snapshot().steps_per_second == speed


def test_a_run_ends_with_the_losses_of_its_model(new_run: NewRun) -> None:
    job = new_run(n_steps=150)
    run_to_the_end(job)
    assert job.state is State.DONE
    last = job.history.evaluations[-1]
    examples = job.dataset.examples(3)
    assert last.step == 150
    assert last.train_loss == pytest.approx(evaluate(job.model(), examples.train), abs=1e-9)
    assert last.val_loss == pytest.approx(evaluate(job.model(), examples.val), abs=1e-9)


def test_a_model_given_away_is_not_trained_on(new_run: NewRun) -> None:
    job = new_run()
    job.run_slice()
    given = (job.model().weights()["C"], job.run().weights["C"], job.frames[-1].table)
    before = job.frames[-1].table.clone()
    job.run_slice()
    assert all(torch.equal(table, before) for table in given)
    assert not torch.equal(job.frames[-1].table, before)


def test_a_run_taken_on_the_way_goes_on_to_the_same_end(new_run: NewRun) -> None:
    job = new_run()
    for _ in range(3):
        job.run_slice()
    run = job.run()
    run_to_the_end(job)
    examples = job.dataset.examples(3)
    trainer = run.trainer(examples.train, examples.val)
    event = trainer.advance(1_000)
    np.testing.assert_array_equal(event.losses, job.history.losses[run.step :])
    assert_same_weights(trainer.model, job.model())


def test_a_diverging_run_says_so_and_keeps_what_it_has_shown(new_run: NewRun) -> None:
    job = new_run(lr=1e38)
    run_to_the_end(job)
    assert job.state is State.DIVERGED
    assert job.divergence is not None
    assert job.step == job.divergence.step == len(job.history) < 300
    shown = job.snapshot()
    assert shown.message == str(job.divergence)
    assert f"step {job.step}" in shown.message
    assert "lr=1e+38" in shown.message
    assert np.isfinite(job.history.losses[:-1]).all()
    assert job.run().divergence == job.divergence


def test_settings_that_fit_no_memory_are_refused_when_the_run_is_built(dataset: Dataset) -> None:
    model = ModelConfig(dataset.vocabulary.size, 3, 2, 16_384)
    with pytest.raises(ValueError, match="lower batch_size"):
        TrainingJob.begin(dataset, model, TrainConfig(batch_size=1_000_000))
