"""The learnt embedding table, brought to the plane (lecture: "looking at the embeddings")."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from makemore.checks import check_integer
from makemore.kinds import character_kind
from makemore.model import MLP
from makemore.threads import single_threaded


@dataclass(frozen=True, eq=False)
class Projection:
    """Characters in the plane.

    Args:
        points: (vocab_size, 2).
        axes: what each axis is; the second is empty if all points stand on a line.
        explained: share of the table's variance that lies along each axis, or `None` if the
            axes are the table's own columns.
        centre: what is subtracted from each row of a table, (n_embd,).
        directions: what the rest is multiplied by, (n_embd, 2).
    """

    points: Tensor
    axes: tuple[str, str]
    explained: tuple[float, float] | None
    centre: Tensor
    directions: Tensor

    def picture(self, table: Tensor) -> Tensor:
        """Look at another table of the same size along the same axes, (vocab_size, 2)."""
        with single_threaded():
            return (table.double() - self.centre) @ self.directions


def project_embedding(table: Tensor, columns: Sequence[int] | None = None) -> Projection:
    """Bring an embedding table to two dimensions.

    Args:
        table: (vocab_size, n_embd).
        columns: which two of the table's columns to show, or which single one, on a line.
            `None`: one or two columns are shown as they are, more are rotated onto the two
            directions of largest variance (PCA).

    Returns:
        The projection. The sign of a principal axis is chosen so that its largest entry is
        positive, as it would otherwise be arbitrary.

    Raises:
        ValueError: if the table is not a matrix of finite numbers with at least two rows, or it
            has no such columns.
    """
    table = table.detach()
    is_table = table.ndim == 2 and len(table) >= 2 and table.shape[1] >= 1
    if not is_table or not torch.isfinite(table).all():
        raise ValueError(
            "an embedding table must be a matrix of finite numbers with at least 2 rows, got one "
            f"of shape {tuple(table.shape)}; a model that diverged has none"
        )
    n_embd = table.shape[1]
    if columns is None and n_embd > 2:
        return _project_on_principal_axes(table.double())
    return _project_on_columns(table, range(n_embd) if columns is None else columns)


def _project_on_columns(table: Tensor, columns: Sequence[int]) -> Projection:
    n_embd = table.shape[1]
    if len(columns) not in (1, 2):
        raise ValueError(f"columns must be one or two, got {len(columns)}: {list(columns)}")
    directions = torch.zeros(n_embd, 2, dtype=torch.float64)
    for axis, column in enumerate(columns):
        directions[check_integer("a column", column, 0, n_embd - 1), axis] = 1
    axes = (f"column {columns[0]}", f"column {columns[1]}" if len(columns) == 2 else "")
    points = (table.double() @ directions).float()
    return Projection(points, axes, None, torch.zeros(n_embd, dtype=torch.float64), directions)


def _project_on_principal_axes(table: Tensor) -> Projection:
    centre = table.mean(0)
    with single_threaded():
        _, scales, axes = torch.linalg.svd(table - centre, full_matrices=False)
    largest = axes.abs().argmax(1)
    signs = axes[torch.arange(len(axes)), largest].sign()
    directions = (axes * signs[:, None])[:2].T
    variance = scales.square()
    total = float(variance.sum()) or 1.0
    first, second = (float(value) / total for value in variance[:2])
    points = ((table - centre) @ directions).float()
    return Projection(points, ("PC 1", "PC 2"), (first, second), centre, directions)


@dataclass(frozen=True)
class PictureScores:
    """How well a picture keeps who is near whom.

    Args:
        n_neighbours: how many nearest neighbours were looked at.
        trustworthiness: 1 if all neighbours in the picture are neighbours in the table too; less
            by how far away in the table those are that only the picture shows as neighbours.
        kept: share of the table's nearest neighbours that are nearest in the picture too.
    """

    n_neighbours: int
    trustworthiness: float
    kept: float


def picture_scores(table: Tensor, points: Tensor, n_neighbours: int = 5) -> PictureScores:
    """Compare neighbours in a table with neighbours in its picture, by Euclidean distance.

    Args:
        table: (n, n_embd).
        points: (n, 2).
        n_neighbours: k; at most (n - 1) / 2, where trustworthiness is defined.

    Raises:
        ValueError: if `n_neighbours` is out of range.

    Source:
        Venna and Kaski, "Neighborhood preservation in nonlinear projection methods", 2001.
    """
    n = len(table)
    k = check_integer("n_neighbours", n_neighbours, 1, (n - 1) // 2)
    in_table, in_picture = _neighbour_ranks(table), _neighbour_ranks(points)  # 1: the nearest
    is_shown = in_picture <= k
    intruders = ((in_table - k) * (is_shown & (in_table > k))).sum()
    worst = n * k * (2 * n - 3 * k - 1) / 2
    kept = (is_shown & (in_table <= k)).sum() / (n * k)
    return PictureScores(k, 1 - float(intruders) / worst, float(kept))


def _neighbour_ranks(points: Tensor) -> Tensor:
    """Give the place of each point among the neighbours of each, (n, n), from 1; itself: n."""
    distances = torch.cdist(
        points.double(), points.double(), compute_mode="donot_use_mm_for_euclid_dist"
    )
    distances.fill_diagonal_(torch.inf)
    order = distances.argsort(dim=1, stable=True)
    return order.argsort(dim=1) + 1


def slot_norms(model: MLP) -> Tensor:
    """Give the Frobenius norm of each context slot's block of W1, double (block_size,).

    The block of slot i is what the embedding of the character there is multiplied by; slot 0 is
    the furthest from the character to be predicted. A slot that the model does not listen to has
    a small one.
    """
    blocks = model.W1.detach().double().view(model.config.block_size, -1)
    norms: Tensor = torch.linalg.vector_norm(blocks, dim=1)
    return norms


def projector_tsv(table: Tensor, characters: Sequence[str]) -> tuple[str, str]:
    """Write a table as TensorBoard's projector takes it: the vectors, and their labels.

    Args:
        table: (vocab_size, n_embd).
        characters: one for each row.

    Returns:
        One row of numbers a character, parted by tabs; and character and kind of each, below
        their titles.

    Source:
        https://www.tensorflow.org/tensorboard/tensorboard_projector_plugin
    """
    vectors = ("\t".join(f"{value:.8g}" for value in row) for row in table.detach().tolist())
    labels = ("\t".join((each, character_kind(each))) for each in characters)
    return "".join(f"{row}\n" for row in vectors), "".join(
        f"{row}\n" for row in ("character\tkind", *labels)
    )
