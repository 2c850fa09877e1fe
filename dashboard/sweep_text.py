"""Sweeps, bake-offs and ranges of rates as short texts: for an address."""

from collections.abc import Mapping
from dataclasses import replace
from math import isfinite
from typing import Any

from makemore import SUGGESTION_RULES, SweepSettings
from makemore.lr_bake_off import MAX_BAKE_OFF_STEPS, MIN_BAKE_OFF_STEPS

_MODEL = ("block_size", "n_embd", "n_hidden", "init")
_TRAIN = ("batch_size", "seed", "optimizer", "momentum", "weight_decay", "dropout")
_OWN = ("lr_min", "lr_max", "n_steps", "n_seeds")
_PROPOSERS = (*SUGGESTION_RULES, "lecture")
_ALL = "all"  # in the place of a batch size


def sweep_text(settings: SweepSettings, others: SweepSettings) -> str:
    """Write what is set otherwise than in others, such as `init:scaled,batch_size:8`.

    Settings that differ in nothing, or in nothing that can be written, give an empty text.
    """
    theirs = _fields(others)
    return ",".join(
        f"{name}:{_ALL if value is None else value}"
        for name, value in _fields(settings).items()
        if value != theirs[name]
    )


def sweep_from_text(text: str, others: SweepSettings) -> SweepSettings:
    """Give the settings of which `sweep_text` has written the difference.

    Raises:
        ValueError: if the text is not one of its kind, or such settings are none.
    """
    theirs = _fields(others)
    changes: dict[str, Any] = {}
    for part in text.split(","):
        name, _, value = part.partition(":")
        if name not in theirs:
            raise ValueError(f"a sweep has no setting {name!r}; known are {', '.join(theirs)}")
        changes[name] = None if value == _ALL else _read(name, value)
    return replace(
        others,
        model=replace(others.model, **_some(changes, _MODEL)),
        train=replace(others.train, **_some(changes, _TRAIN)),
        **_some(changes, _OWN),
    )


def bake_off_text(proposals: Mapping[str, float], n_steps: int) -> str:
    """Write who competes and for how many steps, such as `4000,minimum:0.2,lecture:0.1`."""
    return ",".join([str(n_steps), *(f"{name}:{lr!r}" for name, lr in proposals.items())])


def bake_off_from_text(text: str) -> tuple[dict[str, float], int]:
    """Give what `bake_off_text` has written.

    Raises:
        ValueError: if the text is not one of its kind.
    """
    steps, *rates = text.split(",")
    n_steps, proposals = int(steps), {}
    if not MIN_BAKE_OFF_STEPS <= n_steps <= MAX_BAKE_OFF_STEPS:
        limits = f"{MIN_BAKE_OFF_STEPS} to {MAX_BAKE_OFF_STEPS:,}"
        raise ValueError(f"steps must be {limits}, got {n_steps:,}")
    for part in rates:
        name, _, lr = part.partition(":")
        if name not in _PROPOSERS:
            raise ValueError(f"nothing proposes rates by the name {name!r}")
        proposals[name] = _rate(lr)
    if len(proposals) < 2:
        raise ValueError(f"it takes two rates to compete, got {len(proposals)}")
    return proposals, n_steps


def lr_range_text(lowest: float, highest: float) -> str:
    """Write a range of rates, such as `0.01..0.25`."""
    return f"{lowest!r}..{highest!r}"


def lr_range_from_text(text: str) -> tuple[float, float]:
    """Give what `lr_range_text` has written.

    Raises:
        ValueError: if the text is not one of its kind, or its rates do not rise.
    """
    low, _, high = text.partition("..")
    lowest, highest = _rate(low), _rate(high)
    if lowest >= highest:
        raise ValueError(f"a range must rise, got {lowest:g} to {highest:g}")
    return lowest, highest


def _rate(text: str) -> float:
    rate = float(text)
    if not (isfinite(rate) and rate > 0):
        raise ValueError(f"a rate must be a number above 0, got {text!r}")
    return rate


def _read(name: str, value: str) -> str | int | float:
    if name in ("init", "optimizer"):
        return value
    return (
        float(value) if name in ("momentum", "weight_decay", "dropout", *_OWN[:2]) else int(value)
    )


def _fields(settings: SweepSettings) -> dict[str, Any]:
    parts = ((settings.model, _MODEL), (settings.train, _TRAIN), (settings, _OWN))
    return {name: getattr(part, name) for part, names in parts for name in names}


def _some(changes: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in changes.items() if name in names}
