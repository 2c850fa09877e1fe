"""`dashboard.sweep_jobs`: what the package finds, a slice at a time."""

import numpy as np
import pytest

from dashboard.descriptions import describe_sweep_difference
from dashboard.jobs import State
from dashboard.sweep_jobs import BakeOffJob, SweepJob
from makemore import (
    Dataset,
    ModelConfig,
    SweepSettings,
    TrainConfig,
    bake_off,
    lr_range_tests,
    propose_lrs,
)
from tests.dashboard.conftest import run_to_the_end

ADAMW = TrainConfig(((7, 0.3),), batch_size=16, seed=5, optimizer="adamw")


@pytest.fixture
def settings(dataset: Dataset) -> SweepSettings:
    model = ModelConfig(dataset.vocabulary.size, n_hidden=10, init="scaled")
    return SweepSettings(model, ADAMW, 1e-3, 1.0, n_steps=200, n_seeds=2)


def test_a_sweep_in_slices_finds_what_the_package_finds(
    dataset: Dataset, settings: SweepSettings
) -> None:
    job = SweepJob(dataset, settings)
    assert job.progress == 0
    assert len(job.result.lrs) == 0
    run_to_the_end(job)
    expected = lr_range_tests(settings, dataset.examples(3).train)
    assert expected.seeds == (5, 6)
    assert (job.state, job.progress) == (State.DONE, 1)
    assert list(job.result.rows()) == list(expected.rows())
    assert job.result.spread == expected.spread
    assert job.result.stopped_at == expected.stopped_at


def test_a_sweep_is_seen_through_any_average_and_suggests_once_for_each(
    dataset: Dataset, settings: SweepSettings
) -> None:
    job = SweepJob(dataset, settings)
    before = job.tests(0.5)
    run_to_the_end(job)
    tests = job.tests(0.5)
    assert tests is not before
    assert list(tests.rows()) == list(job.result.with_smoothing(0.5).rows())
    assert job.tests(0.5) is tests
    assert list(job.tests(0.9).rows()) == list(job.result.with_smoothing(0.9).rows())


def test_a_sweep_that_runs_away_ends_early_and_says_where(dataset: Dataset) -> None:
    model = ModelConfig(dataset.vocabulary.size, 3, 2, 10)
    job = SweepJob(dataset, SweepSettings(model, TrainConfig(batch_size=16), 1e-3, 1e9, 400, 3))
    run_to_the_end(job)
    assert (job.state, job.progress) == (State.DONE, 1)
    assert len(job.result.stopped_at) == 3
    assert 0 < len(job.result.lrs) < 400


def test_a_bake_off_in_slices_finds_what_the_package_finds(
    dataset: Dataset, settings: SweepSettings
) -> None:
    sweep = SweepJob(dataset, settings)
    run_to_the_end(sweep)
    proposals = propose_lrs(sweep.result)
    job = BakeOffJob(dataset, settings, proposals, 60)
    assert np.isnan([each.losses for each in job.result.contenders]).all()
    run_to_the_end(job)
    expected = bake_off(settings, dataset.examples(3), proposals, 60)
    assert (job.state, job.progress) == (State.DONE, 1)
    assert job.result.winner is not None
    for one, other in zip(job.result.contenders, expected.contenders, strict=True):
        assert (one.lr, one.names) == (other.lr, other.names)
        assert one.losses.tolist() == other.losses.tolist()


def test_sweeps_are_the_same_if_they_differ_in_nothing_that_a_sweep_uses(
    settings: SweepSettings,
) -> None:
    def but(**changes: object) -> SweepSettings:
        config = {"stages": ((9, 0.7),), "batch_size": 16, "seed": 5, "optimizer": "adamw"}
        train = TrainConfig(**{**config, **changes})  # type: ignore[arg-type]
        return SweepSettings(settings.model, train, 1e-3, 1.0, 200, 2)

    assert but(eval_interval=3, decay=0.5) == settings
    for change in ({"batch_size": 8}, {"seed": 6}, {"weight_decay": 0.1}, {"optimizer": "sgd"}):
        assert but(**change) != settings


def test_a_difference_is_told_whichever_of_two_sweeps_is_asked(settings: SweepSettings) -> None:
    model = ModelConfig(settings.model.vocab_size, n_hidden=20)
    other = SweepSettings(model, TrainConfig(batch_size=None, seed=5), 1e-3, 10.0, 200, 1)
    assert describe_sweep_difference(settings, other) == (
        "10 hidden units, scaled init, batches of 16, adamw, 2 seeds, lr 0.001 to 1"
    )
    assert describe_sweep_difference(other, settings) == (
        "20 hidden units, lecture init, all examples, plain sgd, 1 seed, lr 0.001 to 10"
    )
    assert describe_sweep_difference(settings, settings) == ""
