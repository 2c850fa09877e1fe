"""`makemore.dataset`: from a file to examples, exactly, or a word about what is wrong."""

import random
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from makemore import Dataset, Examples, Vocabulary, build_examples, load_words, parse_words
from makemore import split_words as split

ALPHABETS = ("ab", "abcxyz", "éàß", "ABab", "a-'’", "αβγ", "жщю", "中国", "אב", "e\u0301")
WORDS = st.sampled_from(ALPHABETS).flatmap(
    lambda letters: st.lists(st.text(letters, min_size=1, max_size=9), min_size=1, max_size=6)
)
BLOCK_SIZES = st.integers(1, 8) | st.sampled_from([13, 64])


def one_by_one(
    words: list[str], vocabulary: Vocabulary, block_size: int
) -> tuple[list[list[int]], list[int]]:
    """Slide the window character by character."""
    x, y = [], []
    for word in words:
        context = [0] * block_size
        for target in [*vocabulary.encode(word), 0]:
            x.append(context)
            y.append(target)
            context = [*context[1:], target]
    return x, y


@given(WORDS, BLOCK_SIZES)
def test_examples_are_those_of_a_window_slid_by_hand(words: list[str], block_size: int) -> None:
    vocabulary = Vocabulary.from_words(words)
    examples = build_examples(words, vocabulary, block_size)
    x, y = one_by_one(words, vocabulary, block_size)
    assert examples.x.tolist() == x
    assert examples.y.tolist() == y
    assert examples.x.dtype == examples.y.dtype == torch.int64
    assert examples.block_size == block_size


@given(WORDS, BLOCK_SIZES)
def test_a_window_is_a_context_and_its_target(words: list[str], block_size: int) -> None:
    examples = build_examples(words, Vocabulary.from_words(words), block_size)
    assert examples.windows[:, :-1].tolist() == examples.x.tolist()
    assert examples.windows[:, -1].tolist() == examples.y.tolist()


def test_windows_hold_the_numbers_of_any_vocabulary_and_refuse_others() -> None:
    highest = torch.tensor([[65_535]])
    assert Examples(highest, highest[0]).windows.tolist() == [[65_535, 65_535]]
    beyond = Examples(highest + 1, highest[0])
    with pytest.raises(ValueError, match="must be numbered below 65,536, got 65,536"):
        _ = beyond.windows


@given(WORDS, st.integers(1, 64), st.integers(1, 64))
def test_the_number_of_examples_does_not_depend_on_the_block_size(
    words: list[str], one: int, other: int
) -> None:
    vocabulary = Vocabulary.from_words(words)
    lengths = {len(build_examples(words, vocabulary, size)) for size in (one, other)}
    assert lengths == {sum(len(word) + 1 for word in words)}


@given(WORDS, BLOCK_SIZES)
def test_distinct_examples_stand_for_all_of_them(words: list[str], block_size: int) -> None:
    examples = build_examples(words, Vocabulary.from_words(words), block_size)
    contexts, rows, targets, counts = examples.distinct
    expected = Counter(zip(map(tuple, examples.x.tolist()), examples.y.tolist(), strict=True))
    pairs = zip(map(tuple, contexts[rows].tolist()), targets.tolist(), strict=True)
    assert dict(zip(pairs, counts.tolist(), strict=True)) == expected
    assert len(set(map(tuple, contexts.tolist()))) == len(contexts)
    assert rows.tolist() == sorted(rows.tolist())


def test_a_very_long_word_is_taken() -> None:
    examples = build_examples(["a" * 200_000], Vocabulary.from_words(["a"]), 8)
    assert len(examples) == 200_001
    assert examples.y.sum() == 200_000


def test_examples_take_words_from_a_generator_and_from_numpy() -> None:
    vocabulary = Vocabulary.from_words(["ab", "ba"])
    expected = build_examples(["ab", "ba"], vocabulary, 2)
    for words in (iter(["ab", "ba"]), np.array(["ab", "ba"])):
        given_words: list[str] = words  # type: ignore[assignment]
        assert build_examples(given_words, vocabulary, 2).digest == expected.digest


@pytest.mark.parametrize("block_size", [0, -1, 65, 10**9, 3.0, True, "3", None, float("nan")])
def test_a_block_size_out_of_range_is_refused(block_size: object) -> None:
    message = f"block_size must be a whole number from 1 to 64, got {block_size!r}"
    with pytest.raises(ValueError, match=re.escape(message)):
        build_examples(["ab"], Vocabulary.from_words(["ab"]), block_size)  # type: ignore[arg-type]


def test_examples_need_words_of_the_vocabulary() -> None:
    vocabulary = Vocabulary.from_words(["anna"])
    with pytest.raises(ValueError, match=r"got 'e'; known are '\.an'"):
        build_examples(["anna", "emma"], vocabulary, 3)
    with pytest.raises(ValueError, match="at least one word, got none"):
        build_examples([], vocabulary, 3)
    with pytest.raises(ValueError, match="got the text 'anna'"):
        build_examples("anna", vocabulary, 3)
    with pytest.raises(ValueError, match=r"got '\.'"):
        build_examples(["an.na"], vocabulary, 3)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (torch.zeros(2, 3), torch.zeros(2)),
        (torch.zeros(2, 3, dtype=torch.int64), torch.zeros(3, dtype=torch.int64)),
        (torch.zeros(6, dtype=torch.int64), torch.zeros(6, dtype=torch.int64)),
        (torch.zeros(0, 3, dtype=torch.int64), torch.zeros(0, dtype=torch.int64)),
        (torch.zeros(2, 0, dtype=torch.int64), torch.zeros(2, dtype=torch.int64)),
    ],
)
def test_examples_of_another_shape_or_type_are_refused(x: torch.Tensor, y: torch.Tensor) -> None:
    with pytest.raises(ValueError, match=r"examples must be int64 x of shape .* got torch\."):
        Examples(x, y)


def test_a_negative_index_is_refused() -> None:
    with pytest.raises(ValueError, match="indices of 0 or above, got a negative one"):
        Examples(torch.tensor([[0, -1]]), torch.tensor([0]))


def test_the_digest_tells_other_examples_and_another_order_apart() -> None:
    vocabulary = Vocabulary.from_words(["ab", "ba"])
    lists = (["ab", "ba"], ["ba", "ab"], ["ab"], ["ab", "ab"])
    examples = [build_examples(words, vocabulary, size) for words in lists for size in (1, 2)]
    digests = [each.digest for each in examples]
    assert len(set(digests)) == len(digests)
    assert build_examples(["ab", "ba"], vocabulary, 1).digest == digests[0]


def test_the_split_is_the_lectures_shuffle_cut_at_80_and_90_percent() -> None:
    words = [f"{a}{b}" for a in "abcdefgh" for b in "abcdefgh"]
    shuffled = list(words)
    random.Random(42).shuffle(shuffled)
    train, val, test = split(words)
    assert train + val + test == shuffled
    assert (len(train), len(val), len(test)) == (51, 6, 7)


def test_splitting_leaves_the_list_and_the_global_generator_alone() -> None:
    words = list("abcdefghij")
    state = random.getstate()
    split(words)
    assert words == list("abcdefghij")
    assert random.getstate() == state


@given(st.lists(st.text("ab", min_size=1), min_size=3), st.integers(0, 2**63 - 1))
def test_every_word_is_in_one_split(words: list[str], seed: int) -> None:
    parts = split(words, seed)
    assert Counter(word for part in parts for word in part) == Counter(words)
    assert parts == split(words, seed)
    assert all(parts)


@given(
    st.lists(st.text("ab", min_size=1, max_size=3), min_size=3).filter(lambda w: len(set(w)) > 2)
)
def test_split_by_name_no_word_stands_in_two_splits(words: list[str]) -> None:
    parts = split(words, by_name=True)
    assert Counter(word for part in parts for word in part) == Counter(words)
    assert all(parts)
    train, val, test = map(set, parts)
    assert not train & (val | test)
    assert not val & test


def test_split_by_name_cuts_the_different_words_at_80_and_90_percent(names: list[str]) -> None:
    once = list(dict.fromkeys(names))
    parts = split(names, 7, by_name=True)
    assert tuple(list(dict.fromkeys(part)) for part in parts) == split(once, 7)
    assert Dataset(names, 7, by_name=True).split == parts


@pytest.mark.parametrize("n_words", [3, 4, 5])
def test_a_short_list_has_one_word_to_validate_and_one_to_test(n_words: int) -> None:
    parts = split(list("abcde")[:n_words])
    assert list(map(len, parts)) == [n_words - 2, 1, 1]


@pytest.mark.parametrize("n_words", range(3))
def test_a_list_too_short_to_split_is_refused(n_words: int) -> None:
    message = f"must hold at least 3 words to be split in three, got {n_words}"
    with pytest.raises(ValueError, match=message):
        split(["ab"] * n_words)
    message = "at least 3 different words to be split in three, got 1"
    with pytest.raises(ValueError, match=message):
        split(["ab"] * (n_words + 1), by_name=True)


@pytest.mark.parametrize("seed", [-1, 2**63, 1.0, None, "1"])
def test_a_seed_must_be_a_whole_number(seed: object) -> None:
    with pytest.raises(ValueError, match="seed must be a whole number from 0 to "):
        split(["ab"] * 9, seed)  # type: ignore[arg-type]


def test_a_numpy_seed_is_the_same_seed() -> None:
    words = list("abcdefghijklmnop")
    assert split(words, np.int64(7)) == split(words, 7)  # type: ignore[arg-type]


def test_a_dataset_builds_the_examples_of_a_block_size_once(dataset: Dataset) -> None:
    assert dataset.examples(2) is dataset.examples(2)
    assert dataset.examples(3).train.block_size == 3
    assert dataset.train_words == set(dataset.split.train)


def test_a_splits_examples_know_letters_that_only_another_split_has() -> None:
    dataset = Dataset([*["ab"] * 20, "xyz"])
    for size in (1, 5):
        assert all(part.highest_index < dataset.vocabulary.size for part in dataset.examples(size))


MESSY = "\ufeffemma\r\n\r\n  Olivia\t\n\u00a0zoé\u3000\rANNE-MARIE\n\n\nо’нил\n李"
TIDY = ["emma", "Olivia", "zoé", "ANNE-MARIE", "о’нил", "李"]


def test_line_ends_marks_spaces_and_blank_lines_are_taken_quietly(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_bytes(MESSY.encode())
    assert load_words(file) == load_words(str(file)) == parse_words(MESSY.encode()) == TIDY


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (b"emma\nol.ivia\n", 2, "got '.' (which marks the end of a word) in 'ol.ivia'"),
        (b"emma\r\n\r\nmia 2\r\n", 3, "got the space ' ' in 'mia 2'"),
        (b"a\rb\rc?\r", 3, "got question mark '?' in 'c?'"),
        (b"em\x00ma", 1, "got the control character '\\x00'"),
        (b"a\nb\x0bc", 2, "in 'b\\x0bc'"),
        ("a\nb\u2028c".encode(), 2, "got the space '\\u2028' in 'b\\u2028c'"),
        ("a\n\ufeffb".encode(), 2, "got zero width no-break space '\\ufeff'"),
        (b"emma\n\xff\n", 2, "the file must be UTF-8, got the byte 0xff; save it as UTF-8"),
        (b"\xef\xbb\xbfemma\n\nzo\xe9\n", 3, "the file must be UTF-8, got the byte 0xe9"),
        ("emma\n".encode("utf-16"), 1, "the file must be UTF-8, got the byte 0xff"),
        ("emma\nzoé".encode()[:-1], 2, "the file must be UTF-8, got the byte 0xc3"),
        (b"a\nb\n\xed\xa0\x80", 3, "the file must be UTF-8, got the byte 0xed"),
    ],
)
def test_a_bad_line_is_named_by_file_and_number(
    tmp_path: Path, data: bytes, line: int, reason: str
) -> None:
    file = tmp_path / "words.txt"
    file.write_bytes(data)
    with pytest.raises(ValueError, match=re.escape(f"{file}, line {line}: ")) as caught:
        load_words(file)
    assert reason in str(caught.value)


@given(st.binary(max_size=60))
def test_any_bytes_give_words_or_a_value_error(data: bytes) -> None:
    try:
        words = parse_words(data)
    except ValueError:
        return
    assert Vocabulary.from_words(words).size > 1


@pytest.mark.parametrize("data", [b"", b"\n\r\n  \n", b"\xef\xbb\xbf"])
def test_a_list_without_a_word_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="the list must hold at least one word, got none"):
        parse_words(data)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "no", "No such file"), (tmp_path, "Is a directory")):
        message = f"must be a file that can be read, got {str(path)!r} ({reason}"
        with pytest.raises(ValueError, match=re.escape(message)):
            load_words(path)
