"""`makemore.loss_table`: a model and the count tables on the same words, exactly."""

import math

import pytest
import torch

from makemore import MLP, Dataset, ModelConfig, evaluate, ngram_losses, word_surprise
from makemore.baselines import NGram
from makemore.loss_table import MODEL, compare_with_tables, words_by_group

WORDS = ["abba", "ab", "caba", "b", "abba", "cccb", "ab", "ba", "cab", "ac", "abc", "bac"]


@pytest.fixture
def small() -> Dataset:
    return Dataset(WORDS * 3)


def model_of(dataset: Dataset, block_size: int = 2) -> MLP:
    config = ModelConfig(dataset.vocabulary.size, block_size, n_hidden=7)
    return MLP(config, torch.Generator().manual_seed(3))


def test_unseen_words_are_those_held_out_that_do_not_stand_in_train(dataset: Dataset) -> None:
    groups, split = words_by_group(dataset.split), dataset.split
    assert [groups[name] for name in ("train", "validation", "test")] == list(split)
    for name, words in (("validation, unseen", split.val), ("test, unseen", split.test)):
        assert groups[name] == [word for word in words if word not in split.train]


def test_a_group_without_a_word_is_left_out(small: Dataset) -> None:
    assert set(small.split.val) <= set(small.split.train)
    assert "validation, unseen" not in words_by_group(small.split)
    assert math.isfinite(compare_with_tables(model_of(small), small).loss(MODEL, "validation"))


def test_losses_are_those_of_each_part_of_the_package(dataset: Dataset) -> None:
    model, examples = model_of(dataset, 3), dataset.examples(3)
    table = compare_with_tables(model, dataset, max_order=4)
    assert table.losses[MODEL][:3] == tuple(evaluate(model, each) for each in examples)
    ladder = ngram_losses(dataset.split, dataset.vocabulary, max_order=4)
    assert list(table.losses) == [*ladder, MODEL]
    for name, losses in ladder.items():
        assert table.losses[name][:3] == pytest.approx(losses)


def test_losses_on_unseen_words_are_means_over_their_characters(dataset: Dataset) -> None:
    model = model_of(dataset, 3)
    table = compare_with_tables(model, dataset)
    (group,) = (each for each in table.groups if each.name == "test, unseen")
    words = words_by_group(dataset.split)["test, unseen"]
    assert group.n_words == len(words)
    assert group.n_characters == sum(len(word) + 1 for word in words)
    nats = sum(float(word_surprise(model, dataset.vocabulary, word).sum()) for word in words)
    assert table.loss(MODEL, "test, unseen") == pytest.approx(nats / group.n_characters)
    five = NGram.fit(dataset.split.train, dataset.vocabulary, 5)
    expected = five.mean_nats(words, dataset.vocabulary)
    assert table.loss("5-gram", "test, unseen") == pytest.approx(expected)


def test_split_by_name_every_held_out_word_is_unseen(names: list[str]) -> None:
    groups = words_by_group(Dataset(names[:300], by_name=True).split)
    assert groups["validation, unseen"] == groups["validation"]
    assert groups["test, unseen"] == groups["test"]


def test_what_is_asked_for_in_vain_is_explained(dataset: Dataset, small: Dataset) -> None:
    table = compare_with_tables(model_of(small), small, max_order=1)
    with pytest.raises(ValueError, match=r"of uniform, unigram, MLP and on train.*got 'bigram'"):
        table.loss("bigram", "train")
    with pytest.raises(ValueError, match="got 'MLP' on 'dev'"):
        table.loss(MODEL, "dev")
    with pytest.raises(ValueError, match=r"symbols, got one of 4; compare it on the words"):
        compare_with_tables(model_of(small), dataset)
