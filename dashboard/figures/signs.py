"""How a single character is written where it could not be seen, or would not stand alone."""

import unicodedata

from makemore import END

_JOINERS = {"\u200c": "ZWNJ", "\u200d": "ZWJ"}
_RING = "◌"  # what Unicode shows an accent on that has no letter


def visible(character: str) -> str:
    """Write a joiner by its name, and an accent on a dotted ring.

    Example:
        >>> [visible(each) for each in ("a", "\u0301", "\u200d")]
        ['a', '◌́', 'ZWJ']
    """
    if character in _JOINERS:
        return _JOINERS[character]
    is_accent = unicodedata.category(character)[0] == "M"
    return f"{_RING}{character}" if is_accent else character


def shown_character(character: str) -> str:
    """Write the end mark as a word too: a dot alone would be taken for a speck."""
    return "end" if character == END else visible(character)
