"""`dashboard.diary`: a run writes from the same noise at steps that double."""

import torch

from dashboard.diary import N_NAMES, SEED, Diary
from makemore import MLP, Dataset, ModelConfig, sample_words
from tests.dashboard.conftest import NewRun


def test_a_run_writes_first_before_any_step_and_then_at_steps_that_double(
    new_run: NewRun,
) -> None:
    job = new_run()
    assert [entry.step for entry in job.diary.entries] == [0]
    while not job.state.is_final:
        job._advance(1)
    assert [entry.step for entry in job.diary.entries] == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256]


def test_an_entry_holds_the_names_of_the_model_of_that_step(new_run: NewRun) -> None:
    job = new_run()
    job._advance(7)
    rng = torch.Generator().manual_seed(SEED)
    expected = sample_words(job.model(), job.dataset.vocabulary, N_NAMES, rng, max_length=24)
    assert job.diary.entries[-1] == (7, tuple(expected))
    assert job.diary.entries[0].names != tuple(expected)


def test_a_diverged_model_adds_nothing(dataset: Dataset, rng: torch.Generator) -> None:
    model, diary = MLP(ModelConfig(dataset.vocabulary.size), rng), Diary()
    with torch.no_grad():
        model.b2[0] = torch.inf
    diary.write(3, model, dataset.vocabulary)
    assert diary.entries == ()


def test_a_run_that_goes_on_begins_its_diary_where_it_stands(new_run: NewRun) -> None:
    job = new_run()
    job._advance(20)
    copy = type(job).of(job.dataset, job.run())
    assert [entry.step for entry in copy.diary.entries] == [20]
