"""The learnt embedding table, brought to the plane (lecture: "looking at the embeddings")."""

import unicodedata
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from makemore.vocabulary import END

Kind = Literal["vowel", "consonant", "end mark"]

# Latin, Greek and Cyrillic vowels, without accents.
_VOWELS = frozenset("aeiouyæœøıαεηιουωаеёиоуыэюяєії")


@dataclass(frozen=True, eq=False)
class Projection:
    """Characters in the plane.

    Args:
        points: (vocab_size, 2).
        axes: what each axis is.
        explained: share of the table's variance that lies along each axis, or `None` if the
            axes are the table's own columns.
    """

    points: Tensor
    axes: tuple[str, str]
    explained: tuple[float, float] | None


def project_embedding(table: Tensor) -> Projection:
    """Bring an embedding table to two dimensions.

    Two columns are shown as they are. More are rotated onto the two directions of largest
    variance (PCA). A single one stands on a line.

    Args:
        table: (vocab_size, n_embd).

    Returns:
        The projection. The sign of a principal axis is chosen so that its largest entry is
        positive, as it would otherwise be arbitrary.

    Raises:
        ValueError: if the table is not a matrix of finite numbers with at least two rows.
    """
    table = table.detach()
    is_table = table.ndim == 2 and len(table) >= 2 and table.shape[1] >= 1
    if not is_table or not torch.isfinite(table).all():
        raise ValueError(
            "an embedding table must be a matrix of finite numbers with at least 2 rows, got one "
            f"of shape {tuple(table.shape)}; a model that diverged has none"
        )
    if table.shape[1] == 1:
        return Projection(torch.cat([table, torch.zeros_like(table)], 1), ("column 0", ""), None)
    if table.shape[1] == 2:
        return Projection(table.clone(), ("column 0", "column 1"), None)
    centred = table.double() - table.double().mean(0)
    _, scales, directions = torch.linalg.svd(centred, full_matrices=False)
    largest = directions.abs().argmax(1)
    signs = directions[torch.arange(len(directions)), largest].sign()
    points = centred @ (directions * signs[:, None])[:2].T
    variance = scales.square()
    total = float(variance.sum()) or 1.0
    first, second = (float(value) / total for value in variance[:2])
    return Projection(points.float(), ("PC 1", "PC 2"), (first, second))


def character_kind(character: str) -> Kind:
    """Tell vowels, consonants and the end mark apart; accents do not matter.

    Example:
        >>> [character_kind(c) for c in ".eém"]
        ['end mark', 'vowel', 'vowel', 'consonant']
    """
    if character == END:
        return "end mark"
    base = unicodedata.normalize("NFD", character.lower())[0]
    return "vowel" if base in _VOWELS else "consonant"
