"""A list of words as people have them: what of it can be used, and what was left out and why."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from makemore.checks import check_integer
from makemore.dataset import MIN_WORDS, words_to_bytes
from makemore.vocabulary import END, JOINERS, is_symbol

MAX_LETTERS = 100  # of a word
MAX_SYMBOLS = 4_000  # of the alphabet; what is above is no list of words in an alphabet
MAX_WORDS = 2_000_000
N_SHOWN = 5  # lines that a report names for each reason
_SHOWN_LETTERS = 40  # of such a line

_LINE_END = re.compile("\r\n|\n|\r")
# Between the words of a list that stands in one line.
_BETWEEN = re.compile("[\\s,;،؛、，；]+")  # of other scripts too
_VIRAMA = 9  # the combining class of what joins two consonants in the scripts of India


@dataclass(frozen=True, slots=True)
class ListRules:
    """What is made of a list of words.

    Args:
        fold_case: make capitals small, so that A and a are one letter.
        max_words: that a list may hold.
        max_letters: of a word; longer ones are left out.
        max_symbols: different characters of all words together.

    Raises:
        ValueError: if a limit is out of range.
    """

    fold_case: bool = False
    max_words: int = MAX_WORDS
    max_letters: int = MAX_LETTERS
    max_symbols: int = MAX_SYMBOLS

    def __post_init__(self) -> None:
        """Check the limits."""
        check_integer("max_words", self.max_words, MIN_WORDS, MAX_WORDS)
        check_integer("max_letters", self.max_letters, 1, MAX_LETTERS)
        check_integer("max_symbols", self.max_symbols, 1, MAX_SYMBOLS)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Lines that are no words, for one reason.

    Args:
        reason: what they hold that a word cannot.
        n: how many there are.
        examples: the first of them: the number of the line, from 1, and what stands there,
            shortened.
    """

    reason: str
    n: int
    examples: tuple[tuple[int, str], ...]


@dataclass(frozen=True, eq=False)
class WordList:
    """Words that can be trained on, and what became of the rest.

    Args:
        words: in their order, repeats included.
        left_out: what was not taken, the most frequent reason first.
        changed: what was changed in how many words, such as "capitals made small".
    """

    words: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = ()
    changed: tuple[tuple[str, int], ...] = ()

    def __len__(self) -> int:
        """Give the number of words."""
        return len(self.words)

    @property
    def n_left_out(self) -> int:
        """Lines that were not taken; blank ones are not counted."""
        return sum(each.n for each in self.left_out)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the words in their order: the same digest, the same list."""
        return hashlib.sha256(words_to_bytes(self.words)).hexdigest()


def load_word_list(path: str | Path, rules: ListRules | None = None) -> WordList:
    """Read a file of words by the rules of `read_word_list`.

    Raises:
        ValueError: as `read_word_list`, and if the file cannot be read.
    """
    try:
        return read_word_list(Path(path).read_bytes(), rules)
    except OSError as error:
        raise ValueError(
            f"a list of words must be a file that can be read, got {str(path)!r} "
            f"({error.strerror}); check the path"
        ) from error
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def read_word_list(data: bytes | str, rules: ListRules | None = None) -> WordList:
    r"""Take the words out of a text, one a line, and say what of it is none.

    A text of one line may part its words by spaces or commas. Spaces around a word, quotes around
    it and blank lines are taken quietly. An accent and its letter become one character where
    Unicode has one (NFC), and invisible signs go, but for joiners where a script writes with them.

    Args:
        data: a text, or the bytes of a file in UTF-8 or, with a byte order mark, UTF-16.
        rules: what is made of it; none: the usual ones.

    Example:
        >>> found = read_word_list("Zoë\nMia 2\nAnna\nBo")
        >>> found.words, found.left_out[0].reason, found.left_out[0].examples
        (('Zoë', 'Anna', 'Bo'), 'a space inside', ((2, 'Mia 2'),))

    Raises:
        ValueError: if it is no text, holds fewer than 3 words, more than the rules allow, or more
            different characters.
    """
    rules = rules or ListRules()
    text = data if isinstance(data, str) else _decode(data)
    if "\0" in text:
        raise ValueError(
            "a list of words must be a text, got zero bytes as in a program or a picture; save "
            "it as a text in UTF-8"
        )
    reader = _Reader(rules)
    lines = _LINE_END.split(text)
    only = [line for line in lines if line.strip()]
    if len(only) == 1:
        lines = [word for word in _BETWEEN.split(only[0]) if word]
    for number, line in enumerate(lines, start=1):
        if line and not line.isspace():
            reader.take(number, line)
    return reader.result()


class _Reader:
    """Takes line after line."""

    def __init__(self, rules: ListRules) -> None:
        self._rules = rules
        self._words: list[str] = []
        self._changed: Counter[str] = Counter()
        self._n_left_out: Counter[str] = Counter()
        self._examples: dict[str, list[tuple[int, str]]] = {}
        self._known: dict[str, bool] = {}  # characters that were looked at before

    def take(self, number: int, line: str) -> None:
        """Take a line that is not blank."""
        word = self._tidy(self._unquoted(line.strip()))
        reason = self._objection(word)
        if reason is not None:
            self._n_left_out[reason] += 1
            examples = self._examples.setdefault(reason, [])
            if len(examples) < N_SHOWN:
                examples.append((number, _shortened(line.strip())))
            return
        self._words.append(word)
        if len(self._words) > self._rules.max_words:
            raise ValueError(
                f"a list must hold at most {self._rules.max_words:,} words, got more; leave out "
                "some"
            )

    def result(self) -> WordList:
        """Give what was found.

        Raises:
            ValueError: if that is too little, or has too many different characters.
        """
        words = self._words
        left_out = tuple(
            LeftOut(reason, n, tuple(self._examples[reason]))
            for reason, n in self._n_left_out.most_common()
        )
        if len(words) < MIN_WORDS:
            raise ValueError(
                f"a list must hold at least {MIN_WORDS} words to be split in three, got "
                f"{len(words)}{_first_of(left_out)}; put one on each line"
            )
        n_symbols = len(set().union(*words))
        if n_symbols > self._rules.max_symbols:
            raise ValueError(
                f"a list must have at most {self._rules.max_symbols:,} different characters, got "
                f"{n_symbols:,}; leave out the words with rare ones"
            )
        return WordList(tuple(words), left_out, tuple(self._changed.most_common()))

    def _unquoted(self, word: str) -> str:
        if len(word) > 2 and word[0] == word[-1] == '"':
            self._changed["quotes around it removed"] += 1
            return word[1:-1]
        return word

    def _tidy(self, word: str) -> str:
        """Write a word in the one way in which equal words are equal."""
        if word.isascii():  # most lists, or most of a list
            return self._folded(word)
        composed = unicodedata.normalize("NFC", word)
        if composed != word:
            self._changed["accent and letter made one character (NFC)"] += 1
        visible = _without_invisible(composed)
        if visible != composed:
            self._changed["invisible signs removed"] += 1
        return self._folded(visible)

    def _folded(self, word: str) -> str:
        if not self._rules.fold_case or word.islower():
            return word
        folded = unicodedata.normalize("NFC", word.lower())
        if folded != word:
            self._changed["capitals made small"] += 1
        return folded

    def _objection(self, word: str) -> str | None:
        """Say why this cannot be a word, if it cannot."""
        if len(word) > self._rules.max_letters:
            return f"more than {self._rules.max_letters} letters"
        for character in word:
            is_known = self._known.get(character)
            if is_known is None:
                is_known = self._known[character] = is_symbol(character)
            if not is_known:
                return _reason(character)
        if not any(map(str.isalnum, word)):
            return "no letter in it"
        return None


def _decode(data: bytes) -> str:
    has_utf_16_mark = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return data.decode("utf-16" if has_utf_16_mark else "utf-8-sig")
    except UnicodeDecodeError as error:
        number = len(_LINE_END.findall(data[: error.start].decode("latin-1"))) + 1
        raise ValueError(
            f"a list of words must be a text in UTF-8, got the byte "
            f"0x{error.object[error.start]:02x} in line {number}; save it as UTF-8"
        ) from error


def _without_invisible(word: str) -> str:
    """Leave out format characters, but for joiners that change how letters are written.

    Source: Unicode Standard Annex 31, section 2.3, rules A1, A2 and B: joiners stand behind a
    virama, or between letters of a script such as Arabic.
    """
    if not any(unicodedata.category(character) == "Cf" for character in word):
        return word
    return "".join(
        character
        for place, character in enumerate(word)
        if unicodedata.category(character) != "Cf" or _is_joiner_at(word, place)
    )


def _is_joiner_at(word: str, place: int) -> bool:
    if word[place] not in JOINERS or place == 0:
        return False
    if unicodedata.combining(word[place - 1]) == _VIRAMA:
        return True
    behind = [each for each in word[place + 1 :] if unicodedata.bidirectional(each) != "NSM"]
    before = [each for each in word[:place] if unicodedata.bidirectional(each) != "NSM"]
    neighbours = (*before[-1:], *behind[:1])
    return [unicodedata.bidirectional(each) for each in neighbours] == ["AL", "AL"]


def _reason(character: str) -> str:
    if character == END:
        return "a dot, which marks the end of a word"
    if character in ",;\t":
        return "a comma, semicolon or tab, as between columns"
    if character.isspace():
        return "a space inside"
    is_control = unicodedata.category(character)[0] == "C"
    return "a control character" if is_control else "a sign that is no letter"


def _first_of(left_out: tuple[LeftOut, ...]) -> str:
    """Say of the most frequent reason how often it applied."""
    return f" ({left_out[0].n:,} left out: {left_out[0].reason})" if left_out else ""


def _shortened(line: str) -> str:
    """Cut a line that is long, and show what would not be seen, or would turn what follows."""
    line = line if len(line) <= _SHOWN_LETTERS else f"{line[: _SHOWN_LETTERS - 1]}…"
    return "".join("�" if unicodedata.category(each)[0] == "C" else each for each in line)
