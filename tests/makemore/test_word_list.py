"""`makemore.word_list`: any text becomes words, with a word about all that was not taken."""

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makemore import Dataset, ListRules, Vocabulary, WordList, load_word_list, read_word_list
from makemore.dataset import words_to_bytes


def words_in(text: str, **rules: object) -> tuple[str, ...]:
    return read_word_list(text, ListRules(**rules)).words  # type: ignore[arg-type]


def test_what_is_no_word_is_left_out_and_named_by_its_line() -> None:
    found = read_word_list("Anna\n\nMia 2\n  Zoé \nDr. No\nno way\n\x07\n--\nÅsa!\nBo")
    assert found.words == ("Anna", "Zoé", "Bo")
    assert {each.reason: each.examples for each in found.left_out} == {
        "a space inside": ((3, "Mia 2"), (6, "no way")),
        "a dot, which marks the end of a word": ((5, "Dr. No"),),
        "a control character": ((7, "�"),),
        "no letter in it": ((8, "--"),),
        "a sign that is no letter": ((9, "Åsa!"),),
    }
    assert found.left_out[0].n == 2
    assert found.n_left_out == 6


def test_a_report_shows_the_first_lines_only_and_those_cut_short() -> None:
    found = read_word_list("a\nb\nc\n" + "\n".join(f"{n} {'x' * 99}" for n in range(50)))
    (spaces,) = found.left_out
    assert spaces.n == 50
    assert [number for number, _ in spaces.examples] == [4, 5, 6, 7, 8]
    assert spaces.examples[0][1] == f"0 {'x' * 37}…"


@pytest.mark.parametrize(
    "words",
    [
        "анна борис вера",
        "دانیال سارا مینا",
        "יעל נועה דוד",
        "王芳 李娜 张伟",
        "ゆき はな けん",
        "r2d2 c3po ٣٤",
    ],
)
def test_any_alphabet_is_taken(words: str) -> None:
    expected = tuple(words.split())
    assert words_in("\n".join(expected)) == words_in(words) == expected
    assert Dataset(list(expected)).vocabulary.size == len(set("".join(expected))) + 1


@pytest.mark.parametrize("text", ["a, b, c", "a;b;c;", " a b\tc \n", "a،b、c", "\n\na,b,c\n\n"])
def test_one_line_may_part_its_words_by_spaces_or_commas(text: str) -> None:
    assert words_in(text) == ("a", "b", "c")


def test_a_table_of_one_column_is_a_list_and_one_of_several_is_named_as_such() -> None:
    found = read_word_list('"Anna"\n"Bo"\nCleo\n""\n"')
    assert found.words == ("Anna", "Bo", "Cleo")
    assert found.changed == (("quotes around it removed", 2),)
    with pytest.raises(ValueError, match=r"got 0 \(3 left out: a comma, semicolon or tab, as be"):
        read_word_list("Anna,7\nBo;8\nCleo\t9")


def test_an_accent_and_its_letter_are_one_character_however_they_were_written() -> None:
    composed, parted = "Zoë\nAndré\nЙан", unicodedata.normalize("NFD", "Zoë\nAndré\nЙан")
    assert composed != parted
    found = read_word_list(parted)
    assert found.words == words_in(composed)
    assert found.changed == (("accent and letter made one character (NFC)", 3),)


def test_capitals_are_kept_or_made_small() -> None:
    assert words_in("Anna\nanna\nÉva\nİda") == ("Anna", "anna", "Éva", "İda")
    found = read_word_list("Anna\nanna\nÉva\nİda", ListRules(fold_case=True))
    assert found.words == ("anna", "anna", "éva", "i̇da")
    assert found.changed == (("capitals made small", 3),)


@pytest.mark.parametrize("word", ["മോഹന്‍", "ශ්‍රී", "می‌روم", "مَ‌رو"])
def test_joiners_stay_where_a_script_needs_them(word: str) -> None:
    assert words_in(f"{word}\nx\ny")[0] == unicodedata.normalize("NFC", word)


@pytest.mark.parametrize(
    "sign", ["\u200b", "\u200c", "\u200d", "\u200e", "\u00ad", "\u202e", "\ufeff"]
)
def test_other_invisible_signs_go_and_are_reported(sign: str) -> None:
    found = read_word_list(f"an{sign}na\nbo\n{sign}cy")
    assert found.words == ("anna", "bo", "cy")
    assert found.changed == (("invisible signs removed", 2),)


def test_bytes_may_be_utf_8_or_marked_utf_16() -> None:
    text = "Анна\r\nЖак\r\nÉva\r\n"
    for data in (text.encode(), text.encode("utf-8-sig"), text.encode("utf-16")):
        assert read_word_list(data).words == ("Анна", "Жак", "Éva")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("a\nb\nzoé".encode("latin-1"), "must be a text in UTF-8, got the byte 0xe9 in line 3"),
        (b"\x89PNG\r\n\x1a\n\0\0", "must be a text in UTF-8, got the byte 0x89 in line 1"),
        (b"PK\x03\x04\0\0a\nb\nc", "must be a text, got zero bytes as in a program or a picture"),
        (b"", "must hold at least 3 words to be split in three, got 0; put one on each line"),
        (b"a\nb", "at least 3 words to be split in three, got 2"),
        (b"a b\nc d\ne f", "got 0 (3 left out: a space inside); put one on each line"),
    ],
)
def test_what_is_no_list_is_refused_with_what_to_do(data: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        read_word_list(data)


def test_a_list_beyond_the_limits_is_refused_and_a_word_beyond_them_left_out() -> None:
    with pytest.raises(ValueError, match="must hold at most 3 words, got more"):
        words_in("a\nb\nc\nd", max_words=3)
    with pytest.raises(ValueError, match="at most 3 different characters, got 4"):
        words_in("ab\ncd\nab", max_symbols=3)
    found = read_word_list("aaa\naaaa\nb\nc", ListRules(max_letters=3))
    assert found.words == ("aaa", "b", "c")
    assert found.left_out[0].reason == "more than 3 letters"


@pytest.mark.parametrize("limits", [{"max_words": 2}, {"max_letters": 0}, {"max_symbols": "9"}])
def test_limits_out_of_range_are_refused(limits: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be a whole number from "):
        ListRules(**limits)


@given(st.text(st.sampled_from("aБ5 \n\r.,-!é\u0301\u200d\u200b한م\ud800"), max_size=40))
def test_what_is_taken_can_be_trained_on_and_read_again(text: str) -> None:
    try:
        found = read_word_list(text)
    except ValueError:
        return
    assert Vocabulary.from_words(found.words).size > 1
    again = read_word_list(words_to_bytes(found.words))
    assert again.words == found.words
    assert again.digest == found.digest
    assert not again.left_out
    assert not again.changed


@given(st.binary(max_size=60))
def test_any_bytes_are_a_list_or_a_value_error(data: bytes) -> None:
    try:
        assert len(read_word_list(data)) >= 3
    except ValueError:
        return


def test_the_digest_tells_lists_apart() -> None:
    lists = (("ab", "c", "d"), ("a", "bc", "d"), ("c", "ab", "d"))
    assert len({WordList(words).digest for words in lists}) == 3


def test_a_file_is_named_in_what_is_wrong_with_it(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    with pytest.raises(ValueError, match=re.escape(f"{str(file)!r} (No such file or directory)")):
        load_word_list(file)
    file.write_bytes(b"a")
    with pytest.raises(ValueError, match=re.escape(f"{file}: a list must hold at least 3 words")):
        load_word_list(file)
    file.write_bytes(b"a\nb\nc\n")
    assert load_word_list(file).words == ("a", "b", "c")
