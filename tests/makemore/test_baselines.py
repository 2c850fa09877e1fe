"""`makemore.baselines`: count tables as anybody would count them."""

from collections import Counter
from math import log
from typing import get_args

import pytest

from makemore import Dataset, Split, Vocabulary, split_words
from makemore.baselines import (
    MAX_ORDER,
    SMOOTHINGS,
    NGram,
    Smoothing,
    baseline_name,
    highest_order,
    ngram_losses,
    standing,
)

WORDS = ["abba", "ab", "caba", "b", "abba", "cccb"]
ABC = Vocabulary.from_words(WORDS)
ORDERS = range(6)


def seen(words: list[str], order: int) -> Counter[str]:
    """Count n-grams with a dictionary, one character after the other."""
    counts: Counter[str] = Counter()
    for word in words:
        line = "." * max(0, order - 1) + word + "."
        counts.update(line[at : at + order] for at in range(len(word) + 1))
    return counts


def probability(words: list[str], gram: str, vocabulary: Vocabulary, smoothing: str) -> float:
    """Apply the definition to one n-gram."""
    counts = seen(words, len(gram))
    context = gram[:-1]
    total = sum(n for other, n in counts.items() if other[:-1] == context)
    if len(gram) == 1 or smoothing == "add_one":
        return (counts[gram] + 1) / (total + vocabulary.size)
    lower = probability(words, gram[1:], vocabulary, smoothing)
    followers = sum(other[:-1] == context for other in counts)
    return (counts[gram] + followers * lower) / (total + followers) if total else lower


@pytest.mark.parametrize("smoothing", get_args(Smoothing))
@pytest.mark.parametrize("order", range(1, 6))
def test_probabilities_are_those_of_a_count_by_hand(order: int, smoothing: Smoothing) -> None:
    table = NGram.fit(WORDS, ABC, order, smoothing)
    for context in ("", "a", "ab", "cab", "bbbb", "cc", "ccc", "abbaab"):
        seen_part = ("." * order + context)[len(context) + 1 :]
        expected = [probability(WORDS, seen_part + c, ABC, smoothing) for c in ABC.characters]
        assert table.next_probs(ABC.encode(context)).tolist() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("smoothing", get_args(Smoothing))
@pytest.mark.parametrize("order", ORDERS)
def test_probabilities_sum_to_1_behind_any_context(order: int, smoothing: Smoothing) -> None:
    table = NGram.fit(WORDS, ABC, order, smoothing)
    for context in ("", "a", "cab", "bbbbbbbb"):
        probs = table.next_probs(ABC.encode(context))
        assert probs.sum() == pytest.approx(1, abs=1e-12)
        assert probs.min() > 0


def test_losses_are_means_over_every_symbol_of_a_split(dataset: Dataset) -> None:
    split = Split(dataset.split.train[:40], dataset.split.val[:5], dataset.split.test[:5])
    losses = ngram_losses(split, dataset.vocabulary, max_order=3)
    for words, loss in zip(split, losses["trigram"], strict=True):
        nats = [
            -n * log(probability(split.train, gram, dataset.vocabulary, "witten_bell"))
            for gram, n in seen(words, 3).items()
        ]
        assert loss == pytest.approx(sum(nats) / sum(len(word) + 1 for word in words), rel=1e-12)


def test_a_table_says_of_words_what_the_ladder_says(dataset: Dataset) -> None:
    ladder = ngram_losses(dataset.split, dataset.vocabulary)
    for order, losses in enumerate(ladder.values()):
        table = NGram.fit(dataset.split.train, dataset.vocabulary, order)
        assert table.mean_nats(dataset.split.val, dataset.vocabulary) == pytest.approx(losses.val)


def test_the_lectures_validation_names_cost_what_is_known(lecture_words: list[str]) -> None:
    ladder = ngram_losses(split_words(lecture_words), Vocabulary.from_words(lecture_words))
    known = [3.2958, 2.8210, 2.4530, 2.2207, 2.0752, 2.0418]
    assert list(ladder) == ["uniform", "unigram", "bigram", "trigram", "4-gram", "5-gram"]
    assert [losses.val for losses in ladder.values()] == pytest.approx(known, abs=5e-4)


def test_a_uniform_guess_costs_the_logarithm_of_the_number_of_symbols(dataset: Dataset) -> None:
    losses = ngram_losses(dataset.split, dataset.vocabulary, max_order=0)
    expected = (pytest.approx(log(dataset.vocabulary.size)),) * 3
    assert {name: tuple(each) for name, each in losses.items()} == {"uniform": expected}


def test_a_lower_order_of_a_table_is_the_table_of_that_order() -> None:
    for order in ORDERS:
        cut = NGram.fit(WORDS, ABC, 5).up_to(order).next_probs([1, 2, 2])
        assert cut.tolist() == NGram.fit(WORDS, ABC, order).next_probs([1, 2, 2]).tolist()


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (3.4, "not yet as good as a uniform guess (3.3000)"),
        (
            2.3,
            "better than the bigram table (2.4500), not yet as good as the 5-gram table (2.1000)",
        ),
        (
            2.08,
            "better than the 5-gram table (2.1000), not yet as good as the 4-gram table (2.0600)",
        ),
        (1.9, "better than the 4-gram table (2.0600)"),
    ],
)
def test_a_loss_is_placed_among_the_baselines_by_their_losses(loss: float, words: str) -> None:
    ladder = {"uniform": 3.3, "bigram": 2.45, "4-gram": 2.06, "5-gram": 2.1}
    assert standing(loss, ladder) == words


def test_bad_arguments_are_explained() -> None:
    many = Vocabulary((".", *map(chr, range(0x4E00, 0x4E00 + 3_000))))
    with pytest.raises(ValueError, match=f"order must be a whole number from 0 to {MAX_ORDER}"):
        NGram.fit(WORDS, ABC, -1)
    with pytest.raises(ValueError, match=r"below 2⁶³, got 6 with 3001 symbols; count a lower"):
        NGram.fit(["一"], many, 6)
    with pytest.raises(ValueError, match="smoothing must be one of 'witten_bell', 'add_one'"):
        ngram_losses(Split(WORDS, WORDS, WORDS), ABC, 3, "kneser_ney")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="context must hold indices from 0 to 3"):
        NGram.fit(WORDS, ABC, 3).next_probs([4])
    with pytest.raises(ValueError, match="order must be a whole number from 0 to 2"):
        NGram.fit(WORDS, ABC, 2).up_to(3)
    with pytest.raises(ValueError, match="every character must be in the vocabulary"):
        NGram.fit(WORDS, ABC, 2).mean_nats(["x"], ABC)


def test_every_order_and_smoothing_has_a_name_and_a_sentence() -> None:
    assert [baseline_name(order) for order in (0, 1, 3, 7)] == [
        *("uniform", "unigram", "trigram", "7-gram")
    ]
    assert tuple(SMOOTHINGS) == get_args(Smoothing)


def test_of_very_many_symbols_only_lower_orders_are_counted() -> None:
    assert [highest_order(size) for size in (27, 6_208, 6_209, 2**31)] == [5, 5, 4, 2]
    assert highest_order(27, 12) == 12
    words = [chr(0x4E00 + n) for n in range(7_000)]
    many, split = Vocabulary.from_words(words), Split(words, words[:2], words[:2])
    with pytest.raises(ValueError, match="count a lower order"):
        ngram_losses(split, many, 5)
    ladder = ngram_losses(split, many, highest_order(many.size))
    assert list(ladder)[-1] == "4-gram"
