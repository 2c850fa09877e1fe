"""A diary of a run: what it wrote at ever larger steps, from one and the same noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import torch

from makemore.model import MLP
from makemore.sampling import sample_words
from makemore.vocabulary import Vocabulary

N_NAMES: Final = 8
SEED: Final = 42
_GROWTH = 2.0  # from the step of one entry to the earliest of the next
_MAX_LENGTH = 24  # of a name: those of an untrained model hardly end


class DiaryEntry(NamedTuple):
    """Names as of a step."""

    step: int
    names: tuple[str, ...]


Diary = tuple[DiaryEntry, ...]  # by rising step


def is_due(diary: Diary, step: int) -> bool:
    """Say whether a step is far enough from the last entry.

    Steps at least double from one to the next, so that a run of any length has few entries.
    """
    last = diary[-1].step if diary else -1
    return step >= max(last + 1, _GROWTH * last)


def continued(diary: Diary, step: int, model: MLP, vocabulary: Vocabulary) -> Diary:
    """Give the diary with what the model writes now; of one that has diverged, as it is.

    Args:
        diary: up to now.
        step: of the model.
        model: writes.
        vocabulary: of its names.
    """
    rng = torch.Generator().manual_seed(SEED)
    try:
        names = sample_words(model, vocabulary, N_NAMES, rng, max_length=_MAX_LENGTH)
    except ValueError:
        return diary
    return (*diary, DiaryEntry(step, tuple(names)))


def check_diary(diary: Sequence[DiaryEntry], vocabulary: Vocabulary, n_steps: int) -> None:
    """Check that entries are at rising steps of a run, and names of its characters.

    Raises:
        ValueError: if they are not.
    """
    steps = [entry.step for entry in diary]
    if steps != sorted(set(steps)) or (steps and not 0 <= steps[0] <= steps[-1] <= n_steps):
        raise ValueError(
            f"entries of a diary must be at rising steps from 0 to {n_steps}, the run's, got "
            f"{steps}"
        )
    for entry in diary:
        if len(entry.names) > N_NAMES or any(len(name) > _MAX_LENGTH for name in entry.names):
            raise ValueError(
                f"an entry of a diary must hold at most {N_NAMES} names of at most {_MAX_LENGTH} "
                f"characters, got others at step {entry.step}"
            )
        for name in entry.names:
            vocabulary.encode(name)
