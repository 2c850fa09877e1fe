"""`makemore.diary`: what a run wrote on its way, in its file too."""

import pytest
import torch

from makemore import MLP, Dataset, ModelConfig, Vocabulary, dump_run, parse_run
from makemore.diary import DiaryEntry, check_diary, continued, is_due
from tests.makemore.test_run import WORDS, begin, run_of, saved_run

VOCABULARY = Vocabulary.from_words(WORDS)


def test_entries_are_due_at_the_start_and_where_steps_have_doubled() -> None:
    diary = ()
    for step in range(1_000):
        if is_due(diary, step):
            diary = (*diary, DiaryEntry(step, ()))
    assert [entry.step for entry in diary] == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512]


def test_the_same_model_writes_the_same_names(dataset: Dataset, rng: torch.Generator) -> None:
    model = MLP(ModelConfig(dataset.vocabulary.size), rng)
    one, two = (continued((), 3, model, dataset.vocabulary) for _ in range(2))
    assert one == two
    assert (one[0].step, len(one[0].names)) == (3, 8)


def test_a_diverged_model_adds_nothing(dataset: Dataset, rng: torch.Generator) -> None:
    model = MLP(ModelConfig(dataset.vocabulary.size), rng)
    with torch.no_grad():
        model.b2[0] = torch.inf
    assert continued((), 3, model, dataset.vocabulary) == ()


def test_a_file_keeps_the_diary_of_its_run() -> None:
    trainer, history, dataset = begin()
    history.write_diary(trainer.model, dataset.vocabulary)
    history.append(trainer.advance(26))
    history.write_diary(trainer.model, dataset.vocabulary)
    loaded = parse_run(dump_run(run_of(trainer, history)))
    assert [entry.step for entry in loaded.history.diary] == [0, 26]
    assert loaded.history.diary == history.diary
    assert parse_run(saved_run()).history.diary == ()


@pytest.mark.parametrize(
    ("diary", "message"),
    [
        ((DiaryEntry(3, ()), DiaryEntry(3, ())), "rising steps from 0 to 9, the run's, got"),
        ((DiaryEntry(10, ()),), "rising steps from 0 to 9"),
        ((DiaryEntry(1, ("a",) * 9),), "at most 8 names of at most 24 characters, got others"),
        ((DiaryEntry(1, ("a" * 25,)),), "at most 8 names of at most 24 characters"),
        ((DiaryEntry(1, ("<b>",)),), "must be in the vocabulary"),
    ],
)
def test_a_diary_that_no_run_wrote_is_refused(diary: tuple[DiaryEntry, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_diary(diary, VOCABULARY, 9)
