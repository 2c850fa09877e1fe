"""Checks of arguments that say what must hold, what was given and what to do."""

import math
import operator
from collections.abc import Collection

MAX_SEED = 2**63 - 1  # what torch.Generator and random.Random both take


def check_integer(name: str, value: object, minimum: int, maximum: int) -> int:
    """Return `value` as an int if it is a whole number from `minimum` to `maximum`.

    Raises:
        ValueError: if it is not; booleans and floats such as 3.0 are not whole numbers here.
    """
    expected = f"{name} must be a whole number from {minimum:,} to {maximum:,}"
    if isinstance(value, bool):
        raise ValueError(f"{expected}, got {value!r}")
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise ValueError(f"{expected}, got {value!r}") from None
    if not minimum <= number <= maximum:
        raise ValueError(f"{expected}, got {number}")
    return number


def check_number(name: str, value: object, minimum: float, maximum: float) -> float:
    """Return `value` as a float if it is a number from `minimum` to `maximum`.

    Raises:
        ValueError: if it is not; NaN, booleans and text are no numbers here.
    """
    number = _number(value)
    if number is None or not minimum <= number <= maximum:
        got = repr(value) if number is None else f"{number:g}"
        raise ValueError(f"{name} must be a number from {minimum:g} to {maximum:g}, got {got}")
    return number


def check_positive(name: str, value: object) -> float:
    """Return `value` as a float if it is a finite number above 0.

    Raises:
        ValueError: if it is not.
    """
    number = _number(value)
    if number is None or not (math.isfinite(number) and number > 0):
        got = repr(value) if number is None else f"{number:g}"
        raise ValueError(f"{name} must be a finite number above 0, got {got}")
    return number


def _number(value: object) -> float | None:
    """Give `value` as a float, or nothing if it is none."""
    if isinstance(value, bool | str | bytes):
        return None
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None


def check_choice(name: str, value: object, choices: Collection[str]) -> str:
    """Return `value` if it is one of `choices`.

    Raises:
        ValueError: if it is not.
    """
    if not isinstance(value, str) or value not in choices:
        known = ", ".join(map(repr, choices))
        raise ValueError(f"{name} must be one of {known}, got {value!r}")
    return value
