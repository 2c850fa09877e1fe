"""Characters and their numbers (lecture: "the data")."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

END = "."  # pads the context before a word and marks the end after it; always number 0

# Signs inside words of some language, such as Anne-Marie, O'Neil and Gal·la (Unicode Standard
# Annex 31, table 3b), and the two that join letters or keep them apart.
_MEDIALS = frozenset("-'’·‐‑֊־׳״՚་・")
JOINERS = frozenset("\u200c\u200d")  # zero width non-joiner, zero width joiner


def is_symbol(character: str) -> bool:
    """Whether a word may hold this: a letter, an accent, a digit, or a sign inside words."""
    category = unicodedata.category(character)
    return category[0] in "LM" or category == "Nd" or character in _MEDIALS or character in JOINERS


def check_word(word: object) -> str:
    """Return `word` if it is made of letters of any alphabet, accents, digits, hyphens and alike.

    Raises:
        ValueError: if it is empty or holds `.`, a space, a control character or any other sign.
    """
    if not isinstance(word, str) or not word:
        raise ValueError(f"a word must be a text of at least one letter, got {word!r}")
    for character in word:
        if not is_symbol(character):
            raise ValueError(
                f"a word must be made of letters, digits, hyphens and apostrophes only, got "
                f"{_name_of(character)} in {word!r}; remove it or leave the word out"
            )
    return word


def check_words(words: Iterable[str]) -> list[str]:
    """Return `words` as a list if there is at least one and each is as `check_word` wants it.

    Raises:
        ValueError: if not, or if `words` is one text instead of several.
    """
    if isinstance(words, str):
        raise ValueError(f"words must be a list of words, got the text {words!r}; put it in [ ]")
    words = list(words)
    if not words:
        raise ValueError("a list of words must hold at least one word, got none")
    # A long list has few different characters: each is looked at once.
    is_text = all(issubclass(kind, str) for kind in set(map(type, words))) and all(words)
    if not is_text or not all(map(is_symbol, _characters_of(words))):
        for word in words:
            check_word(word)
    return words


def _characters_of(words: list[str]) -> list[str]:
    """Give the different characters of some words, sorted, at array speed."""
    counts = np.bincount(_code_points("".join(words)))
    return list(map(chr, np.flatnonzero(counts)))


def _code_points(text: str) -> npt.NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _name_of(character: str) -> str:
    if character == END:
        return "'.' (which marks the end of a word)"
    if character.isspace():
        return f"the space {character!r}"
    return f"{unicodedata.name(character, 'the control character').lower()} {character!r}"


@dataclass(frozen=True)
class Vocabulary:
    """The symbols a model knows: `.` is number 0, then the characters in sorted order.

    Example:
        >>> vocabulary = Vocabulary.from_words(["emma"])
        >>> vocabulary.characters
        ('.', 'a', 'e', 'm')
        >>> vocabulary.encode("..em")
        [0, 0, 2, 3]
    """

    characters: tuple[str, ...]

    def __post_init__(self) -> None:
        """Check that number 0 is `.` and that the rest are single, sorted, different letters."""
        first, *letters = self.characters or ("",)
        if first != END or not letters or letters != sorted(set(letters)):
            raise ValueError(
                "a vocabulary must be '.' followed by at least one character, sorted and without "
                f"repeats, got {self.characters!r}; build it with Vocabulary.from_words"
            )
        for letter in letters:
            if len(check_word(letter)) != 1:
                raise ValueError(f"a vocabulary holds single characters, got {letter!r}")

    @classmethod
    def from_words(cls, words: Iterable[str]) -> Vocabulary:
        """Collect the characters that occur in `words`.

        Raises:
            ValueError: if there is no word, or a word holds something other than letters.
        """
        return cls((END, *_characters_of(check_words(words))))

    @property
    def size(self) -> int:
        """Number of symbols, `.` included (27 for a to z)."""
        return len(self.characters)

    def encode(self, text: str) -> list[int]:
        """Give the number of each character of `text`.

        Raises:
            ValueError: if a character is not in the vocabulary.
        """
        try:
            return [self._stoi[character] for character in text]
        except KeyError as error:
            raise self._unknown(error.args[0]) from None

    def encode_array(self, text: str) -> npt.NDArray[np.int64]:
        """Give the same numbers as `encode`, as one array and at array speed.

        Raises:
            ValueError: if a character is not in the vocabulary.
        """
        code_points = _code_points(text)
        # A table by code point: 0.1 MB for Latin, 4.5 MB at the very most.
        table = np.full(max(map(ord, self.characters)) + 2, -1, np.int64)
        table[[ord(character) for character in self.characters]] = range(self.size)
        ids = table[np.minimum(code_points, len(table) - 1)]
        if ids.min(initial=0) < 0:
            raise self._unknown(text[int(np.argmin(ids))])
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """Give the text whose characters have these numbers.

        Raises:
            ValueError: if a number is not that of a symbol.
        """
        for index in ids:
            if not 0 <= index < self.size:
                raise ValueError(
                    f"an index must be from 0 to {self.size - 1}, the size of the vocabulary "
                    f"less one, got {index}"
                )
        return "".join(self.characters[index] for index in ids)

    def decode_rows(self, ids: npt.NDArray[np.integer]) -> list[str]:
        """Give the text of each row of an array (n, width), without end marks at its end.

        Raises:
            ValueError: if a number is not that of a symbol.
        """
        if not ids.size:
            return [""] * len(ids)
        if ids.min() < 0 or ids.max() >= self.size:
            self.decode([int(ids.min()), int(ids.max())])  # says which is wrong
        # NumPy leaves out the zeros behind a text of less than the full width.
        code_points = np.array([0, *map(ord, self.characters[1:])], np.uint32)
        rows = np.ascontiguousarray(code_points[ids])
        texts: list[str] = rows.view(f"U{ids.shape[1]}")[:, 0].tolist()
        return texts

    @cached_property
    def _stoi(self) -> dict[str, int]:
        return {character: index for index, character in enumerate(self.characters)}

    def _unknown(self, character: str) -> ValueError:
        known = "".join(self.characters)
        known = known if len(known) <= 60 else f"{known[:60]}…"
        return ValueError(
            f"every character must be in the vocabulary, got {character!r}; known are {known!r}"
        )
