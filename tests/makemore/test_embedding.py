"""`makemore.embedding`: the table in the plane, and what a character is."""

from math import nan

import pytest
import torch

from makemore import character_kind, project_embedding


def table(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(1))


def test_two_columns_are_shown_as_they_are() -> None:
    projection = project_embedding(table(27, 2))
    assert torch.equal(projection.points, table(27, 2))
    assert projection.axes == ("column 0", "column 1")
    assert projection.explained is None


def test_one_column_stands_on_a_line() -> None:
    projection = project_embedding(table(27, 1))
    assert torch.equal(projection.points[:, :1], table(27, 1))
    assert not projection.points[:, 1].any()


def test_a_projection_is_a_copy() -> None:
    for n_embd in (1, 2, 3):
        original = table(5, n_embd)
        project_embedding(original).points.zero_()
        assert torch.equal(original, table(5, n_embd))


def test_a_table_that_lies_in_a_plane_keeps_all_distances() -> None:
    flat = table(27, 2) @ table(2, 10) + 3.0
    projection = project_embedding(flat)
    torch.testing.assert_close(torch.pdist(projection.points), torch.pdist(flat))
    assert projection.explained is not None
    assert sum(projection.explained) == pytest.approx(1)


def test_the_first_axis_explains_most_and_the_shares_are_those_of_the_variance() -> None:
    projection = project_embedding(table(27, 6))
    assert projection.explained is not None
    first, second = projection.explained
    assert 0 < second <= first < 1
    variances = projection.points.var(0) / table(27, 6).var(0).sum()
    assert variances.tolist() == pytest.approx([first, second], rel=1e-5)


def test_the_sign_of_an_axis_is_not_arbitrary() -> None:
    one, mirrored = project_embedding(table(9, 4)), project_embedding(-table(9, 4))
    torch.testing.assert_close(mirrored.points, -one.points)


@pytest.mark.parametrize("n_embd", [3, 40])
def test_a_table_of_equal_rows_is_one_point(n_embd: int) -> None:
    projection = project_embedding(torch.ones(4, n_embd))
    assert not projection.points.any()
    assert projection.explained == (0.0, 0.0)


def test_a_parameter_is_taken_without_its_graph() -> None:
    assert not project_embedding(torch.nn.Parameter(table(5, 3))).points.requires_grad


@pytest.mark.parametrize(
    "bad",
    [torch.tensor([1.0, 2.0]), torch.full((3, 3), nan), torch.ones(1, 3), torch.ones(4, 0)],
)
def test_what_is_no_table_is_refused(bad: torch.Tensor) -> None:
    message = r"must be a matrix of finite numbers with at least 2 rows, got one of shape \("
    with pytest.raises(ValueError, match=message):
        project_embedding(bad)


@pytest.mark.parametrize(
    ("kind", "characters"),
    [
        ("end mark", "."),
        ("vowel", "aeiouyAEÉàöåøıαωИя"),
        ("consonant", "bzBñçłßγжщ-'中"),
    ],
)
def test_characters_are_told_apart_whatever_their_accent(kind: str, characters: str) -> None:
    assert {character: character_kind(character) for character in characters} == dict.fromkeys(
        characters, kind
    )
