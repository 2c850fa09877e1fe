"""`makemore.surprise`: what a word costs, and what in the context mattered, by hand."""

from math import log

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from makemore import MLP, Dataset, Examples, ModelConfig, NGram, Vocabulary, build_examples
from makemore.surprise import (
    MAX_STAND_INS,
    ngram_surprise,
    slot_distributions,
    slot_effects,
    word_surprise,
    word_windows,
)

WORDS = ["abba", "cab", "b"]
ABC = Vocabulary.from_words(WORDS)


@pytest.fixture
def model(rng: torch.Generator) -> MLP:
    return MLP(ModelConfig(ABC.size, block_size=2, n_embd=2, n_hidden=5), rng)


@pytest.mark.parametrize("word", ["abba", "a", "cabcab"])
def test_the_mean_surprise_is_the_loss_on_the_word(model: MLP, word: str) -> None:
    examples = build_examples([word], ABC, 2)
    with torch.no_grad():
        nats = F.cross_entropy(model(examples.x), examples.y, reduction="none")
    assert word_surprise(model, ABC, word).tolist() == pytest.approx(nats.tolist(), rel=1e-5)


def test_a_word_without_letters_costs_its_end_mark(model: MLP) -> None:
    with torch.no_grad():
        (expected,) = -F.log_softmax(model(torch.tensor([[0, 0]])), 1)[:, 0]
    assert word_surprise(model, ABC, "").tolist() == pytest.approx([float(expected)], rel=1e-5)


def test_the_windows_of_a_word_are_its_examples() -> None:
    for word in WORDS:
        examples = build_examples([word], ABC, 3)
        contexts, symbols = word_windows(ABC, word, 3)
        assert torch.equal(contexts, examples.x)
        assert torch.equal(symbols, examples.y)


@pytest.mark.parametrize("order", [1, 2, 4])
def test_a_count_tables_surprise_sums_to_what_the_table_says_of_the_word(order: int) -> None:
    table = NGram.fit(WORDS, ABC, order)
    nats = ngram_surprise(table, ABC, "abc")
    for place, symbol in enumerate(ABC.encode("abc.")):
        probs = table.next_probs(ABC.encode("abc"[:place]))
        assert nats[place] == pytest.approx(-log(probs[symbol]))
    assert nats.shape == (4,)
    assert nats.mean() == pytest.approx(table.mean_nats(["abc"], ABC))


def test_slot_distributions_count_what_stands_where() -> None:
    examples = build_examples(WORDS, ABC, 2)
    shares = slot_distributions(examples, ABC.size)
    for slot in range(2):
        column = examples.x[:, slot].tolist()
        assert shares[slot].tolist() == [column.count(s) / len(column) for s in range(ABC.size)]


def test_an_effect_is_the_gain_over_the_average_symbol_of_the_slot(model: MLP) -> None:
    shares = slot_distributions(build_examples(WORDS, ABC, 2), ABC.size)
    effects = slot_effects(model, ABC, "cab", shares)
    lines = [[0, 0, 3], [0, 3, 1], [3, 1, 2], [1, 2, 0]]  # contexts and what came
    for row, (*context, symbol) in enumerate(lines):
        for slot in range(2):
            average = 0.0
            for stand_in in range(ABC.size):
                changed = [stand_in if at == slot else c for at, c in enumerate(context)]
                with torch.no_grad():
                    probs = F.softmax(model(torch.tensor([changed])), 1)[0]
                average += float(shares[slot, stand_in] * probs[symbol])
            actual = -word_surprise(model, ABC, "cab")[row]
            assert effects[row, slot] == pytest.approx(actual - log(average), abs=1e-5)


def test_a_slot_that_the_model_does_not_look_at_has_no_effect(model: MLP) -> None:
    with torch.no_grad():
        model.W1[:2] = 0  # the weights of the first slot
    shares = slot_distributions(build_examples(WORDS, ABC, 2), ABC.size)
    effects = slot_effects(model, ABC, "abba", shares)
    assert np.abs(effects[:, 0]).max() < 1e-6
    assert np.abs(effects[:, 1]).max() > 1e-3


def test_of_a_large_alphabet_the_most_frequent_symbols_are_tried(rng: torch.Generator) -> None:
    letters = [chr(0x4E00 + i) for i in range(MAX_STAND_INS + 20)]
    many = Vocabulary.from_words(letters)
    model = MLP(ModelConfig(many.size, block_size=1, n_embd=2, n_hidden=3), rng)
    common = torch.zeros(1, many.size, dtype=torch.float64)
    common[0, -MAX_STAND_INS:] = 1 / MAX_STAND_INS
    rare_too = common.clone()
    rare_too[0, :-MAX_STAND_INS] = 1e-9
    effects = [slot_effects(model, many, letters[0], shares) for shares in (common, rare_too)]
    np.testing.assert_allclose(*effects, rtol=1e-12)


def test_what_cannot_be_judged_is_explained(model: MLP, dataset: Dataset) -> None:
    shares = slot_distributions(build_examples(WORDS, ABC, 2), ABC.size)
    for word, reason in {
        "abx": "must be in the vocabulary, got 'x'",
        "a.b": "not hold '.'",
    }.items():
        with pytest.raises(ValueError, match=reason):
            word_surprise(model, ABC, word)
        with pytest.raises(ValueError, match=reason):
            slot_effects(model, ABC, word, shares)
    with torch.no_grad():
        model.b2[0] = torch.nan
    with pytest.raises(ValueError, match="diverged, so train again with a lower"):
        word_surprise(model, ABC, "ab")


def test_examples_of_any_size_have_distributions_that_sum_to_1() -> None:
    examples = Examples(torch.tensor([[0, 1, 2]]), torch.tensor([0]))
    assert slot_distributions(examples, 5).sum(1).tolist() == [1, 1, 1]
