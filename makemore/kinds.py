"""Vowels and consonants, and whether they gather where the model puts its characters."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from makemore.checks import check_integer
from makemore.vocabulary import END

Kind = Literal["vowel", "consonant", "other sign", "end mark"]

_SCRIPTS = ("LATIN", "GREEK", "CYRILLIC")  # whose vowels are letters of their own, and known here
# Their vowels, without accents.
_VOWELS = frozenset("aeiouyæœøıαεηιουωаеёиоуыэюяєії")


def character_kind(character: str) -> Kind:
    """Tell vowels, consonants and the end mark apart; accents do not matter.

    What is no letter, or of a script other than Latin, Greek and Cyrillic, is another sign.

    Example:
        >>> [character_kind(c) for c in ".eém-"]
        ['end mark', 'vowel', 'vowel', 'consonant', 'other sign']
    """
    if character == END:
        return "end mark"
    base = unicodedata.normalize("NFD", character.lower())[0]
    if not base.isalpha() or not unicodedata.name(base, "").startswith(_SCRIPTS):
        return "other sign"
    return "vowel" if base in _VOWELS else "consonant"


@dataclass(frozen=True)
class KindScores:
    """Whether letters of a kind are near each other. End mark and other signs are left out.

    Args:
        vowels: of the nearest neighbours of a vowel, the share that are vowels; from 0 to 1.
        letters: of the nearest neighbours of any letter, the share of its own kind.
        vowels_by_chance: `vowels` as expected where kinds are dealt out at random.
        letters_by_chance: `letters` as expected so.
        silhouette: mean silhouette over all letters, from -1 to 1; near 0 by chance.
    """

    vowels: float
    letters: float
    vowels_by_chance: float
    letters_by_chance: float
    silhouette: float


def kind_scores(
    distances: Tensor, characters: Sequence[str], n_neighbours: int = 3
) -> KindScores | None:
    """Measure how well vowels keep among vowels and consonants among consonants.

    Args:
        distances: between characters, (n, n).
        characters: n of them; the end mark and other signs are left out, with row and column.
        n_neighbours: how many nearest letters are looked at; fewer where there are no more.

    Returns:
        The scores, or nothing where there are fewer than two letters of a kind.

    Raises:
        ValueError: if `n_neighbours` is below 1.

    Source:
        Silhouette: Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation
        of cluster analysis", 1987.
    """
    check_integer("n_neighbours", n_neighbours, 1, 1_000)
    kinds = [character_kind(character) for character in characters]
    letters = [index for index, kind in enumerate(kinds) if kind in ("vowel", "consonant")]
    is_vowel = torch.tensor([kinds[index] == "vowel" for index in letters])
    n_vowels, n_letters = int(is_vowel.sum()), len(letters)
    if min(n_vowels, n_letters - n_vowels) < 2:
        return None
    among = distances.double()[letters][:, letters]
    is_same = is_vowel[:, None] == is_vowel[None]  # (n_letters, n_letters)
    to_others = among.masked_fill(torch.eye(n_letters, dtype=torch.bool), torch.inf)
    nearest = to_others.argsort(dim=1, stable=True)[:, : min(n_neighbours, n_letters - 1)]
    shares = is_same.gather(1, nearest).double().mean(1)
    by_chance = (is_same.sum(1) - 1).double() / (n_letters - 1)
    return KindScores(
        vowels=float(shares[is_vowel].mean()),
        letters=float(shares.mean()),
        vowels_by_chance=float(by_chance[is_vowel].mean()),
        letters_by_chance=float(by_chance.mean()),
        silhouette=float(_silhouettes(among, is_same).mean()),
    )


def _silhouettes(distances: Tensor, is_same: Tensor) -> Tensor:
    """Compute (b - a) / max(a, b) for two groups of at least two, (n,).

    a is the mean distance to the others of the own group, b that to the other group.
    """
    own = (distances * is_same).sum(1) / (is_same.sum(1) - 1)
    other = (distances * ~is_same).sum(1) / (~is_same).sum(1)
    larger = torch.maximum(own, other)
    return torch.where(larger > 0, (other - own) / larger, 0.0)
