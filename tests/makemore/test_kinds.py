"""`makemore.kinds`: what a character is, and whether kinds gather."""

import numpy as np
import pytest
import torch

from makemore import character_kind, kind_scores, table_distances

LETTERS = ".abcdefghij"


def distances(seed: int = 1) -> torch.Tensor:
    rng = torch.Generator().manual_seed(seed)
    return table_distances(torch.randn(len(LETTERS), 3, generator=rng))


def by_definition(matrix: np.ndarray, is_vowel: np.ndarray, k: int) -> tuple[float, ...]:
    """Compute shares and silhouettes letter by letter."""
    shares, silhouettes = [], []
    for letter in range(len(matrix)):
        others = sorted(
            (matrix[letter, other], other) for other in range(len(matrix)) if other != letter
        )
        shares.append(np.mean([is_vowel[other] == is_vowel[letter] for _, other in others[:k]]))
        own = [d for d, other in others if is_vowel[other] == is_vowel[letter]]
        rest = [d for d, other in others if is_vowel[other] != is_vowel[letter]]
        a, b = np.mean(own), np.mean(rest)
        silhouettes.append((b - a) / max(a, b))
    return float(np.mean(np.array(shares)[is_vowel])), *map(
        float, map(np.mean, (shares, silhouettes))
    )


@pytest.mark.parametrize("k", [1, 3, 8, 100])
@pytest.mark.parametrize("seed", range(4))
def test_scores_are_those_of_their_definitions(seed: int, k: int) -> None:
    scores = kind_scores(distances(seed), LETTERS, k)
    assert scores is not None
    is_vowel = np.array([letter in "aei" for letter in LETTERS[1:]])
    expected = by_definition(distances(seed)[1:, 1:].numpy(), is_vowel, k)
    assert (scores.vowels, scores.letters, scores.silhouette) == pytest.approx(expected)


def test_chance_is_the_mean_over_kinds_dealt_out_at_random() -> None:
    rng, shares = np.random.default_rng(1), []
    matrix = distances()
    for _ in range(600):
        order = [0, *(1 + rng.permutation(len(LETTERS) - 1))]
        scores = kind_scores(matrix[order][:, order], LETTERS, 2)
        assert scores is not None
        shares.append((scores.vowels, scores.letters))
    assert (scores.vowels_by_chance, scores.letters_by_chance) == pytest.approx(
        tuple(np.mean(shares, axis=0)), abs=0.02
    )


def test_kinds_apart_score_1_and_more_than_kinds_mixed() -> None:
    places = torch.tensor([[5.0 if character_kind(c) == "vowel" else 0.0] for c in LETTERS])
    apart = kind_scores(table_distances(places), LETTERS, 2)
    assert apart is not None
    assert (apart.vowels, apart.letters, apart.silhouette) == (1, 1, 1)


def test_equal_rows_have_a_silhouette_of_0() -> None:
    scores = kind_scores(torch.zeros(len(LETTERS), len(LETTERS)), LETTERS)
    assert scores is not None
    assert scores.silhouette == 0


@pytest.mark.parametrize("characters", [".ab", ".abc", ".ae", ".", ".bcd"])
def test_where_a_kind_has_less_than_two_letters_there_is_nothing_to_measure(
    characters: str,
) -> None:
    assert kind_scores(torch.rand(len(characters), len(characters)), characters) is None


def test_a_number_of_neighbours_below_1_is_refused() -> None:
    with pytest.raises(ValueError, match="n_neighbours must be a whole number from 1"):
        kind_scores(distances(), LETTERS, 0)


@pytest.mark.parametrize(
    ("kind", "characters"),
    [
        ("end mark", "."),
        ("vowel", "aeiouyAEÉàöåøıαωИя"),
        ("consonant", "bzBñçłßγжщ"),
        ("other sign", "-'7中אم\u0301\u200d"),
    ],
)
def test_characters_are_told_apart_whatever_their_accent(kind: str, characters: str) -> None:
    assert {character: character_kind(character) for character in characters} == dict.fromkeys(
        characters, kind
    )
