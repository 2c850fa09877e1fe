"""From a list of words to examples: reading, splitting, windows (lecture: "the data")."""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from makemore.checks import MAX_SEED, check_integer
from makemore.config import MAX_BLOCK_SIZE, MAX_VOCAB_SIZE
from makemore.vocabulary import END, Vocabulary, check_word, check_words

# An installed package carries the list inside; in a checkout it stands in data/.
_BUNDLED = (
    Path(__file__).parent / "names.txt",
    Path(__file__).parents[1] / "data" / "names.txt",
)
MIN_WORDS = 3  # one for each split
_LINE_END = re.compile("\r\n|\n|\r")  # not str.splitlines, which also cuts at control characters


def load_words(path: str | Path | None = None) -> list[str]:
    """Read a UTF-8 file of one word a line; without a path, the bundled list of first names.

    A byte order mark, Windows line ends, spaces around a word and blank lines are taken quietly.

    Raises:
        ValueError: if the file cannot be read, is not UTF-8, holds no word, or a line holds
            something that is no word (the line is named); `read_word_list` leaves such lines out.
    """
    file = next(filter(Path.is_file, _BUNDLED), _BUNDLED[-1]) if path is None else Path(path)
    try:
        return parse_words(file.read_bytes(), source=str(file))
    except OSError as error:
        raise ValueError(
            f"a list of words must be a file that can be read, got {str(file)!r} "
            f"({error.strerror}); check the path"
        ) from error


def parse_words(data: bytes, source: str = "the list") -> list[str]:
    """Read words from the bytes of a file, by the rules of `load_words`.

    Args:
        data: UTF-8, one word a line.
        source: what an error calls the list.

    Raises:
        ValueError: as `load_words`.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start]  # of the bytes after a byte order mark
        number = len(_LINE_END.findall(before.decode("latin-1"))) + 1
        raise ValueError(
            f"{source}, line {number}: the file must be UTF-8, got the byte "
            f"0x{error.object[error.start]:02x}; save it as UTF-8"
        ) from error
    words = []
    for number, line in enumerate(_LINE_END.split(text), start=1):
        word = line.strip()
        if not word:
            continue
        try:
            words.append(check_word(word))
        except ValueError as error:
            raise ValueError(f"{source}, line {number}: {error}") from None
    if not words:
        raise ValueError(f"{source} must hold at least one word, got none; put one on each line")
    return words


def words_to_bytes(words: Iterable[str]) -> bytes:
    """Give words as the bytes of a file: UTF-8, one word a line."""
    return "\n".join(words).encode()


class Split(NamedTuple):
    """Words for training (80 %), validation (10 %) and test (10 %)."""

    train: list[str]
    val: list[str]
    test: list[str]


def split_words(words: Sequence[str], seed: int = 42, *, by_name: bool = False) -> Split:
    """Shuffle a copy of `words` and cut it at 80 % and 90 %, just as the lecture does.

    The cut is by word, so no example of one word stands in two splits. A word that stands twice
    in the list may though, once here and once there, unless the split is `by_name`.

    Args:
        words: at least 3; of fewer than 6, one each is for validation and for test.
        seed: of the shuffle.
        by_name: shuffle and cut the different words, each with all of its repeats, so that no
            held-out word was trained on.

    Raises:
        ValueError: if a split would be empty.
    """
    seed = check_integer("seed", seed, 0, MAX_SEED)
    n_times = Counter(words) if by_name else {}
    shuffled = list(n_times) if by_name else list(words)
    n = len(shuffled)
    if n < MIN_WORDS:
        different = "different " if by_name else ""
        raise ValueError(
            f"a list must hold at least {MIN_WORDS} {different}words to be split in three, got {n}"
        )
    random.Random(seed).shuffle(shuffled)
    first = min(int(0.8 * n), n - 2)
    second = max(int(0.9 * n), first + 1)
    split = Split(shuffled[:first], shuffled[first:second], shuffled[second:])
    if by_name:
        split = Split(*([word for word in part for _ in range(n_times[word])] for part in split))
    return split


@dataclass(frozen=True, eq=False)
class Examples:
    """Contexts and the symbol that follows each.

    Args:
        x: contexts, int64 (N, block_size).
        y: targets, int64 (N,).

    Raises:
        ValueError: if the shapes or types differ from these, there is no example, or an index
            is negative.
    """

    x: Tensor
    y: Tensor

    def __post_init__(self) -> None:
        """Check shapes, types and signs."""
        x, y = self.x, self.y
        int64 = x.dtype == y.dtype == torch.int64
        if not int64 or x.ndim != 2 or y.shape != x.shape[:1] or not x.numel():
            raise ValueError(
                "examples must be int64 x of shape (N, block_size) and y of shape (N,) with N at "
                f"least 1, got {x.dtype} {tuple(x.shape)} and {y.dtype} {tuple(y.shape)}"
            )
        if min(int(x.min()), int(y.min())) < 0:
            raise ValueError("examples must hold indices of 0 or above, got a negative one")

    def __len__(self) -> int:
        """Give N, the number of examples."""
        return len(self.y)

    @property
    def block_size(self) -> int:
        """Characters in each context."""
        return int(self.x.shape[1])

    @cached_property
    def highest_index(self) -> int:
        """The largest symbol number that occurs, in contexts and targets."""
        return max(int(self.x.max()), int(self.y.max()))

    @cached_property
    def windows(self) -> npt.NDArray[np.uint16]:
        """Each context and its target side by side, (N, block_size + 1).

        A quarter of the bytes of x and y, and an example lies in one place of memory and not in
        two: a training step that looks up examples anywhere waits less for them.

        Raises:
            ValueError: if a symbol's number is beyond what a vocabulary may hold.
        """
        if self.highest_index >= MAX_VOCAB_SIZE:
            raise ValueError(
                f"symbols must be numbered below {MAX_VOCAB_SIZE:,}, got {self.highest_index:,}"
            )
        windows = np.empty((len(self), self.block_size + 1), np.uint16)
        windows[:, :-1], windows[:, -1] = self.x, self.y
        return windows

    @cached_property
    def distinct(self) -> DistinctExamples:
        """The same examples, each different one once with its number of occurrences."""
        return DistinctExamples.of(self)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all examples in their order: the same digest, the same data."""
        sha256 = hashlib.sha256()
        for tensor in (self.x, self.y):
            sha256.update(str(tuple(tensor.shape)).encode())
            sha256.update(tensor.contiguous().numpy().astype("<i8").tobytes())
        return sha256.hexdigest()


class DistinctExamples(NamedTuple):
    """Different contexts, and each different (context, target) pair with its count.

    With block size 3 the 182,625 training examples of the lecture have 5,438 contexts.
    """

    contexts: Tensor  # int64 (M, block_size)
    rows: Tensor  # int64 (P,), ascending: which of the contexts
    targets: Tensor  # int64 (P,)
    counts: Tensor  # int64 (P,), sums to N

    @classmethod
    def of(cls, examples: Examples) -> DistinctExamples:
        """Count the pairs of `examples`."""
        base = examples.highest_index + 1
        if base**examples.block_size < 2**63:  # a context as one number sorts much faster
            places = base ** torch.arange(examples.block_size - 1, -1, -1)
            keys, rows = torch.unique((examples.x * places).sum(1), return_inverse=True)
            contexts = keys[:, None] // places % base
        else:
            contexts, rows = torch.unique(examples.x, dim=0, return_inverse=True)
        pairs, counts = torch.unique(rows * base + examples.y, return_counts=True)
        return cls(contexts, pairs // base, pairs % base, counts)


def build_examples(words: Sequence[str], vocabulary: Vocabulary, block_size: int) -> Examples:
    """Give every character of every word, and its end mark, with the characters before it.

    Example:
        >>> vocabulary = Vocabulary.from_words(["emma"])
        >>> examples = build_examples(["emma"], vocabulary, block_size=3)
        >>> pairs = zip(examples.x.tolist(), examples.y.tolist())
        >>> [f"{vocabulary.decode(x)}→{vocabulary.decode([y])}" for x, y in pairs]
        ['...→e', '..e→m', '.em→m', 'emm→a', 'mma→.']

    Raises:
        ValueError: if there is no word, a character is not in the vocabulary, or `block_size`
            is out of range.
    """
    check_integer("block_size", block_size, 1, MAX_BLOCK_SIZE)
    words = check_words(words)
    # One long line, "...emma...olivia.": the first of the dots behind a word is its end mark.
    padding = END * block_size
    line = vocabulary.encode_array(padding + padding.join(words) + END)
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    starts = np.cumsum(lengths + block_size) - lengths  # of each word in the line
    is_target = np.zeros(len(line), np.bool_)
    is_target[starts + lengths] = True
    is_target |= line != 0
    windows = np.lib.stride_tricks.sliding_window_view(line, block_size)
    targets = np.flatnonzero(is_target)
    return Examples(
        x=torch.from_numpy(windows[targets - block_size]),  # (N, block_size)
        y=torch.from_numpy(line[targets]),
    )


class SplitExamples(NamedTuple):
    """Examples of the three splits."""

    train: Examples
    val: Examples
    test: Examples


@dataclass(frozen=True, eq=False)
class Dataset:
    """A list of words with its vocabulary and split; examples for any block size on demand.

    Args:
        words: at least 3.
        seed: of the split.
        by_name: as in `split_words`.
        name: what a person calls the list.
    """

    words: list[str]
    seed: int = 42
    by_name: bool = False
    name: str = ""
    vocabulary: Vocabulary = field(init=False)
    split: Split = field(init=False)
    _examples: dict[int, SplitExamples] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        """Collect the vocabulary and split the words."""
        object.__setattr__(self, "seed", check_integer("seed", self.seed, 0, MAX_SEED))
        object.__setattr__(self, "vocabulary", Vocabulary.from_words(self.words))
        object.__setattr__(self, "split", split_words(self.words, self.seed, by_name=self.by_name))

    def examples(self, block_size: int) -> SplitExamples:
        """Give the examples of each split; built once for each block size."""
        if block_size not in self._examples:
            self._examples[block_size] = SplitExamples(
                *(build_examples(words, self.vocabulary, block_size) for words in self.split)
            )
        return self._examples[block_size]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the words in their order: the same digest, the same list."""
        return hashlib.sha256(self.as_bytes).hexdigest()

    @cached_property
    def as_bytes(self) -> bytes:
        """The words as the bytes of a file: UTF-8, one word a line."""
        return words_to_bytes(self.words)

    @cached_property
    def train_words(self) -> frozenset[str]:
        """Words that the model may have seen."""
        return frozenset(self.split.train)
