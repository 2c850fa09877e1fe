"""A sweep's settings as a short text, by what they change of another's: for an address."""

from dataclasses import replace
from typing import Any

from makemore import SweepSettings

_MODEL = ("block_size", "n_embd", "n_hidden", "init")
_TRAIN = ("batch_size", "seed", "optimizer", "momentum", "weight_decay", "dropout")
_OWN = ("lr_min", "lr_max", "n_steps", "n_seeds")
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
