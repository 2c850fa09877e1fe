"""`makemore.embedding`: the table in the plane, how true that picture is, and the slots."""

from math import nan

import pytest
import torch

from makemore import MLP, ModelConfig, picture_scores, project_embedding, slot_norms


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


@pytest.mark.parametrize("columns", [(2, 0), (1, 1), (3,)])
def test_any_columns_can_be_shown(columns: tuple[int, ...]) -> None:
    projection = project_embedding(table(27, 4), columns)
    for axis, column in enumerate(columns):
        assert torch.equal(projection.points[:, axis], table(27, 4)[:, column])
        assert projection.axes[axis] == f"column {column}"
    if len(columns) == 1:
        assert not projection.points[:, 1].any()
        assert projection.axes[1] == ""


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ((4,), "a column must be a whole number from 0 to 3, got 4"),
        ((0, -1), "a column must be a whole number from 0 to 3, got -1"),
        ((), "columns must be one or two, got 0"),
        ((0, 1, 2), "columns must be one or two, got 3"),
    ],
)
def test_columns_that_a_table_lacks_are_refused(columns: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        project_embedding(table(27, 4), columns)


@pytest.mark.parametrize("n_embd", [1, 2, 6])
def test_a_projection_looks_at_its_own_table_as_at_others(n_embd: int) -> None:
    projection = project_embedding(table(27, n_embd))
    picture = projection.picture(table(27, n_embd))
    torch.testing.assert_close(picture.float(), projection.points)
    twice = projection.picture(2 * table(27, n_embd)) - picture
    expected = picture + projection.centre @ projection.directions
    torch.testing.assert_close(twice, expected)


def trustworthiness(original: torch.Tensor, picture: torch.Tensor, k: int) -> float:
    """Compute it point by point, as Venna and Kaski write it."""
    n, penalty = len(original), 0

    def ranked(points: torch.Tensor, i: int) -> list[int]:
        others = [j for j in range(n) if j != i]
        return sorted(others, key=lambda j: float((points[i] - points[j]).norm()))

    for i in range(n):
        ranks = {j: rank for rank, j in enumerate(ranked(original, i), start=1)}
        penalty += sum(max(0, ranks[j] - k) for j in ranked(picture, i)[:k])
    return 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * penalty


@pytest.mark.parametrize("k", [1, 3, 5, 9])
@pytest.mark.parametrize("n", [19, 20])
def test_trustworthiness_is_its_definition(n: int, k: int) -> None:
    original, picture = table(n, 6), table(n, 6)[:, :2]
    scores = picture_scores(original, picture, k)
    assert scores.trustworthiness == pytest.approx(trustworthiness(original, picture, k))
    assert 0 < scores.kept < 1


def test_kept_is_the_share_of_neighbours_that_both_have() -> None:
    original, picture = table(12, 5), table(12, 5)[:, :2]
    shared = 0
    for i in range(12):
        nearest = [
            set((points - points[i]).norm(dim=1).argsort()[1:4].tolist())
            for points in (original, picture)
        ]
        shared += len(nearest[0] & nearest[1])
    assert picture_scores(original, picture, 3).kept == pytest.approx(shared / 36)


def test_a_true_picture_scores_1() -> None:
    scores = picture_scores(table(27, 2), 3 * table(27, 2).flip(1) + 1)
    assert (scores.trustworthiness, scores.kept) == (1, 1)


@pytest.mark.parametrize("k", [0, 6])
def test_more_neighbours_than_half_the_points_are_refused(k: int) -> None:
    with pytest.raises(ValueError, match="n_neighbours must be a whole number from 1 to 5"):
        picture_scores(table(12, 3), table(12, 2), k)


def test_a_slots_norm_is_that_of_the_rows_that_its_embedding_meets() -> None:
    model = MLP(ModelConfig(27, 4, 3, 10), torch.Generator().manual_seed(1))
    expected = [model.W1[3 * slot : 3 * slot + 3].norm().item() for slot in range(4)]
    assert slot_norms(model).tolist() == pytest.approx(expected)


def test_a_slot_of_no_weight_carries_nothing() -> None:
    model = MLP(ModelConfig(27, 2, 2, 10), torch.Generator().manual_seed(1))
    with torch.no_grad():
        model.W1[:2] = 0
        before = model(torch.tensor([[3, 5]]))
    assert slot_norms(model)[0] == 0
    assert torch.equal(model(torch.tensor([[9, 5]])), before)
