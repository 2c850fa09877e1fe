"""`makemore.vocabulary`: every character has a number, and nothing else has."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from makemore import END, Vocabulary

LETTERS = st.sampled_from("aZéßñ-'’łжщΩאبक中한ı")
WORDS = st.lists(st.text(LETTERS, min_size=1, max_size=12), min_size=1, max_size=8)


@given(WORDS)
def test_decoding_undoes_encoding(words: list[str]) -> None:
    vocabulary = Vocabulary.from_words(words)
    for word in words:
        assert vocabulary.decode(vocabulary.encode(word)) == word


@given(WORDS)
def test_the_array_holds_the_same_numbers_as_the_list(words: list[str]) -> None:
    vocabulary = Vocabulary.from_words(words)
    text = END + END.join(words) + END
    array = vocabulary.encode_array(text)
    assert array.dtype == np.int64
    assert array.tolist() == vocabulary.encode(text)


@given(WORDS)
def test_the_end_mark_is_number_0_and_the_rest_is_sorted(words: list[str]) -> None:
    end, *letters = Vocabulary.from_words(words).characters
    assert end == END
    assert letters == sorted(set("".join(words)))


def test_the_bundled_list_has_the_lectures_27_symbols(names: list[str]) -> None:
    assert "".join(Vocabulary.from_words(names).characters) == ".abcdefghijklmnopqrstuvwxyz"


def test_upper_and_lower_case_are_different_letters() -> None:
    assert Vocabulary.from_words(["Anna"]).characters == (".", "A", "a", "n")


def test_words_may_come_from_a_generator() -> None:
    assert Vocabulary.from_words(word for word in ["ab", "c"]).size == 4


def test_equal_words_give_equal_vocabularies() -> None:
    assert Vocabulary.from_words(["ab", "b"]) == Vocabulary.from_words(["ba"])


def test_the_empty_text_has_no_numbers() -> None:
    vocabulary = Vocabulary.from_words(["a"])
    assert vocabulary.encode("") == []
    assert vocabulary.encode_array("").tolist() == []
    assert vocabulary.decode([]) == ""


@pytest.mark.parametrize("character", ["b", "A", "é", "\ud800", "\U0010ffff", "\0"])
def test_an_unknown_character_is_named_beside_the_known_ones(character: str) -> None:
    vocabulary = Vocabulary.from_words(["anna"])
    message = f"every character must be in the vocabulary, got {character!r}; known are '.an'"
    with pytest.raises(ValueError, match=re.escape(message)):
        vocabulary.encode(f"an{character}")
    with pytest.raises(ValueError, match=re.escape(message)):
        vocabulary.encode_array(f"an{character}")


@given(WORDS, st.characters())
def test_no_other_character_is_taken_for_a_known_one(words: list[str], character: str) -> None:
    vocabulary = Vocabulary.from_words(words)
    if character in vocabulary.characters:
        return
    with pytest.raises(ValueError, match="every character must be in the vocabulary"):
        vocabulary.encode_array(character)


def test_code_points_do_not_wrap_around() -> None:
    vocabulary = Vocabulary.from_words(["ab"])
    for code_point in range(0x3000):
        if chr(code_point) not in vocabulary.characters:
            with pytest.raises(ValueError, match="every character must be in the vocabulary"):
                vocabulary.encode_array(chr(code_point))


def test_a_long_vocabulary_is_cut_short_in_an_error() -> None:
    vocabulary = Vocabulary.from_words(["".join(map(chr, range(0x4E00, 0x4F00)))])
    with pytest.raises(ValueError, match=r"known are '\..{59}…'$"):
        vocabulary.encode("a")


def test_rows_are_decoded_without_the_end_marks_behind_them() -> None:
    vocabulary = Vocabulary.from_words(["emma", "zoë", "\U00020000"])
    words = ["", "e", "emma", "zoë", "\U00020000a"]
    rows = np.zeros((len(words), 6), np.uint16)
    for row, word in zip(rows, words, strict=True):
        row[: len(word)] = vocabulary.encode(word)
    assert vocabulary.decode_rows(rows) == words
    assert vocabulary.decode_rows(np.asfortranarray(rows)) == words
    assert vocabulary.decode_rows(rows[:, :0]) == [""] * len(words)
    assert vocabulary.decode_rows(rows[:0]) == []
    with pytest.raises(ValueError, match=r"from 0 to 7, .* got 13"):
        vocabulary.decode_rows(rows + np.uint16(6))


@pytest.mark.parametrize("index", [-1, 4, 10**30])
def test_an_index_outside_the_vocabulary_is_refused(index: int) -> None:
    message = f"an index must be from 0 to 3, the size of the vocabulary less one, got {index}"
    with pytest.raises(ValueError, match=message):
        Vocabulary.from_words(["emma"]).decode([0, index])


@pytest.mark.parametrize(
    ("word", "culprit"),
    [
        ("em.ma", "'.' (which marks the end of a word)"),
        ("emma½", "vulgar fraction one half '½'"),
        ("em\u202ema", "right-to-left override '\\u202e'"),
        ("em ma", "the space ' '"),
        ("em\u2003ma", "the space '\\u2003'"),
        ("em\tma", "the space '\\t'"),
        ("em\x00ma", "the control character '\\x00'"),
        ("em\u200bma", "zero width space '\\u200b'"),
        ("em_ma", "low line '_'"),
        ("em\ud800ma", "the control character '\\ud800'"),
    ],
)
def test_a_word_with_anything_but_letters_is_refused_by_name(word: str, culprit: str) -> None:
    message = (
        f"letters, digits, hyphens and apostrophes only, got {culprit} in {word!r}; remove it"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        Vocabulary.from_words(["olivia", word])


@pytest.mark.parametrize("word", ["", None, 7, b"emma"])
def test_a_word_must_be_a_text_of_at_least_one_letter(word: object) -> None:
    with pytest.raises(ValueError, match="a word must be a text of at least one letter, got "):
        Vocabulary.from_words([word])  # type: ignore[list-item]


def test_there_must_be_a_word() -> None:
    with pytest.raises(ValueError, match="must hold at least one word, got none"):
        Vocabulary.from_words([])


def test_one_text_is_not_mistaken_for_a_list_of_letters() -> None:
    with pytest.raises(ValueError, match="a list of words, got the text 'emma'; put it in"):
        Vocabulary.from_words("emma")


@pytest.mark.parametrize(
    "characters",
    [(), (".",), ("a", "b"), (".", "b", "a"), (".", "a", "a"), (".", "ab"), (".", "!"), (".", "")],
)
def test_a_vocabulary_made_by_hand_is_checked(characters: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"must be|holds single characters"):
        Vocabulary(characters)
