"""Text from outside as text: nothing in it is Markdown, a directive of Streamlit's, or HTML."""

import re

# What Markdown, or what Streamlit adds to it, may read as more than itself.
_MARKS = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&@^=])")


def as_text(text: str) -> str:
    r"""Give Markdown that shows `text` as it is, in one line.

    Example:
        >>> print(as_text("**a** <b>"))
        \*\*a\*\* \<b\>
    """
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def isolated(text: str) -> str:
    """Let a text that may be written from right to left not turn what stands beside it."""
    return f"\u2068{text}\u2069"


def shortened(text: str, length: int = 40) -> str:
    """Cut a text that is longer, and show that it was cut.

    Example:
        >>> shortened("abcdef", 4)
        'abc…'
    """
    return text if len(text) <= length else f"{text[: length - 1]}…"
