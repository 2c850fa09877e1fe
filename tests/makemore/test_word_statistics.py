"""`makemore.word_statistics`: what it counts, counted again one by one."""

from collections import Counter

import pytest

from makemore import Dataset, Split, bigram_counts, length_counts, overlaps, repeated_words


def test_bigrams_are_counted_with_beginnings_and_ends(dataset: Dataset) -> None:
    counts = bigram_counts(dataset.words, dataset.vocabulary)
    pairs: Counter[str] = Counter()
    for word in dataset.words:
        pairs.update(map("".join, zip("." + word, word + ".", strict=True)))
    symbols = dataset.vocabulary.characters
    for i, first in enumerate(symbols):
        for j, second in enumerate(symbols):
            assert counts[i, j] == pairs[first + second]
    assert counts.sum() == sum(map(len, dataset.words)) + len(dataset.words)


def test_row_0_holds_first_letters_and_columns_sum_to_how_often_a_symbol_occurs(
    dataset: Dataset,
) -> None:
    counts = bigram_counts(dataset.words, dataset.vocabulary)
    assert counts[0].sum() == counts[:, 0].sum() == len(dataset.words)
    letters = Counter("".join(dataset.words))
    assert counts[:, 1:].sum(0).tolist() == [letters[c] for c in dataset.vocabulary.characters[1:]]


def test_lengths_are_counted_up_to_the_longest() -> None:
    assert length_counts(["emma", "bo", "li"]).tolist() == [0, 0, 2, 0, 1]


def test_words_known_from_training_are_told_by_split() -> None:
    found = overlaps(Split(["a", "b"], ["b", "b", "c"], ["d"]))
    assert (found["validation"].n_words, found["validation"].n_known) == (3, 2)
    assert found["validation"].share == pytest.approx(2 / 3)
    assert found["test"].share == 0


def test_repeated_words_come_with_how_often() -> None:
    assert repeated_words(["a", "b", "a", "c", "c", "c"]) == {"c": 3, "a": 2}


def test_the_lectures_list_has_as_many_distinct_names_as_it_should(
    lecture_words: list[str],
) -> None:
    repeats = repeated_words(lecture_words)
    assert len(lecture_words) - sum(n - 1 for n in repeats.values()) == 29_494
    assert set(repeats.values()) == {2}
