"""The diary of a training run: written from the same noise at steps that double."""

import torch

from makemore import sample_words
from makemore.diary import N_NAMES, SEED
from tests.dashboard.conftest import NewRun


def test_a_run_writes_first_before_any_step_and_then_at_steps_that_double(
    new_run: NewRun,
) -> None:
    job = new_run()
    assert [entry.step for entry in job.history.diary] == [0]
    while not job.state.is_final:
        job._advance(1)
    steps = [entry.step for entry in job.history.diary]
    assert steps == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256]


def test_an_entry_holds_the_names_of_the_model_of_that_step(new_run: NewRun) -> None:
    job = new_run()
    job._advance(7)
    rng = torch.Generator().manual_seed(SEED)
    expected = sample_words(job.model(), job.dataset.vocabulary, N_NAMES, rng, max_length=24)
    assert job.history.diary[-1] == (7, tuple(expected))
    assert job.history.diary[0].names != tuple(expected)


def test_a_run_that_goes_on_goes_on_with_its_diary(new_run: NewRun) -> None:
    job = new_run()
    for n_steps in (5, 15):
        job._advance(n_steps)
    copy = type(job).of(job.dataset, job.run())
    assert copy.history.diary == job.history.diary
    copy._advance(20)
    assert [entry.step for entry in copy.history.diary] == [0, 5, 20, 40]
    assert [entry.step for entry in job.history.diary] == [0, 5, 20]
