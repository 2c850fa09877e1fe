"""How much one server gives: runs at once, sizes, time. All of it can be set."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

from makemore import Dataset, ListRules, ModelConfig, TrainConfig

_LEAST = {"max_minutes": 0, "grace_seconds": 0, "max_words": 3}  # of the others 1
_BYTES_PER_WORD = 50  # more than words of any language need


@dataclass(frozen=True)
class Limits:
    """What a server allows. Each is set by a variable of its name, such as `MAKEMORE_MAX_RUNS`.

    Args:
        max_runs: runs that train at once; more wait in a queue.
        max_runs_per_person: of these, runs of one person.
        max_studies: sweeps, bake-offs, races and experiments at once; more wait in a queue.
        max_studies_per_person: of these, studies of one person.
        max_steps: of one run, and of the runs of one sweep or bake-off together.
        max_parameters: of one model.
        max_words: of a list of words.
        max_symbols: different characters of a list.
        max_lists_per_person: lists that one person keeps.
        max_minutes: of computing, after which a run pauses and a study is stopped; 0: as long as
            it takes.
        grace_seconds: after which the runs and studies of somebody who has gone are stopped.

    Raises:
        ValueError: if one of them is not a number that it can be.
    """

    max_runs: int = 64
    max_runs_per_person: int = 4
    max_studies: int = 16
    max_studies_per_person: int = 3
    max_steps: int = 10_000_000
    max_parameters: int = 5_000_000
    max_words: int = 200_000
    max_symbols: int = 1_000
    max_lists_per_person: int = 30
    max_minutes: int = 0
    grace_seconds: int = 60

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            least = _LEAST.get(name, 1)
            if value < least:
                raise ValueError(f"{_variable(name)} must be at least {least}, got {value}")
        _ = self.list_rules  # which check themselves

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read what is set; the rest is as usual.

        Raises:
            ValueError: if a variable is not a whole number, or out of range.
        """
        names = [field.name for field in fields(cls)]
        given = {name: environment.get(_variable(name), "").strip() for name in names}
        return cls(**{name: _whole(name, text) for name, text in given.items() if text})

    def check(self, model: ModelConfig, train: TrainConfig) -> None:
        """Refuse a run that is too large for this server.

        Raises:
            ValueError: says what is too large, and what to do.
        """
        self.check_model(model)
        self.check_steps(train.n_steps)

    def check_study(self, model: ModelConfig, n_steps: int) -> None:
        """Refuse a sweep or a bake-off that is too large for this server.

        Args:
            model: of each of its runs.
            n_steps: of all its runs together.

        Raises:
            ValueError: says what is too large, and what to do.
        """
        self.check_model(model)
        if n_steps > self.max_steps:
            raise ValueError(
                f"All runs together may take at most {self.max_steps:,} steps on this server, "
                f"these would take {n_steps:,}: take fewer seeds or fewer steps of each."
            )

    @property
    def list_rules(self) -> ListRules:
        """What is made of a list of words."""
        return ListRules(max_words=self.max_words, max_symbols=self.max_symbols)

    @property
    def max_list_bytes(self) -> int:
        """Of a list of words as a file."""
        return self.max_words * _BYTES_PER_WORD

    def check_list(self, dataset: Dataset) -> None:
        """Refuse words, come with a run, that are too many or of too many characters.

        Raises:
            ValueError: says which of the two.
        """
        if len(dataset.words) > self.max_words:
            raise ValueError(
                f"A list may hold at most {self.max_words:,} words on this server, this one has "
                f"{len(dataset.words):,}."
            )
        if dataset.vocabulary.size > self.max_symbols + 1:
            raise ValueError(
                f"A list may have at most {self.max_symbols:,} different characters on this "
                f"server, this one has {dataset.vocabulary.size - 1:,}."
            )

    def check_model(self, model: ModelConfig) -> None:
        """Refuse a model that is too large.

        Raises:
            ValueError: if a model may not have so many parameters.
        """
        if model.n_parameters > self.max_parameters:
            raise ValueError(
                f"A model may have at most {self.max_parameters:,} parameters on this server, "
                f"this one has {model.n_parameters:,}: lower the hidden units or the embedding."
            )

    def check_steps(self, n_steps: int) -> None:
        """Refuse too many steps.

        Raises:
            ValueError: if a run may not have so many.
        """
        if n_steps > self.max_steps:
            raise ValueError(
                f"A run may take at most {self.max_steps:,} steps on this server, got {n_steps:,}."
            )


def _variable(name: str) -> str:
    return f"MAKEMORE_{name.upper()}"


def _whole(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{_variable(name)} must be a whole number, got {text!r}") from None
