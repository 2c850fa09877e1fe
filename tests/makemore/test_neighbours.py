"""`makemore.neighbours`: distances as their definitions say, one pair at a time."""

from collections.abc import Callable
from itertools import pairwise, permutations
from math import log, nan

import numpy as np
import pytest
import torch

from makemore import (
    MLP,
    Dataset,
    Examples,
    ModelConfig,
    functional_distances,
    nearest_neighbours,
    next_probs,
    similarity_order,
    table_distances,
)


def model_of(vocab_size: int = 5, block_size: int = 2, seed: int = 1) -> MLP:
    config = ModelConfig(vocab_size, block_size, 2, 7)
    return MLP(config, torch.Generator().manual_seed(seed))


def some_examples(vocab_size: int = 5, n: int = 40) -> Examples:
    rng = torch.Generator().manual_seed(2)
    x = torch.randint(vocab_size, (n, 2), generator=rng)
    return Examples(x, torch.randint(vocab_size, (n,), generator=rng))


def euclidean(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.sqrt(np.sum((one - other) ** 2)))


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    return 1 - float(one @ other) / float(np.sqrt(one @ one) * np.sqrt(other @ other))


@pytest.mark.parametrize("distance", [euclidean, cosine])
def test_distances_in_the_table_are_their_formulas(
    distance: Callable[[np.ndarray, np.ndarray], float],
) -> None:
    table = torch.randn(9, 4, generator=torch.Generator().manual_seed(1))
    rows = table.double().numpy()
    expected = [[distance(one, other) for other in rows] for one in rows]
    given = table_distances(table, distance.__name__).numpy()
    np.testing.assert_allclose(given, expected, atol=1e-12)


def test_the_length_of_a_row_does_not_count_in_the_cosine_and_a_row_of_zeros_is_far() -> None:
    table = torch.tensor([[1.0, 2.0], [3.0, 6.0], [0.0, 0.0]])
    expected = torch.tensor([[0.0, 0, 1], [0, 0, 1], [1, 1, 0]]).double()
    torch.testing.assert_close(table_distances(table, "cosine"), expected)


def test_an_unknown_distance_is_refused() -> None:
    with pytest.raises(ValueError, match="distance must be one of 'euclidean', 'cosine', got 'x'"):
        table_distances(torch.ones(3, 2), "x")


def jensen_shannon(p: np.ndarray, q: np.ndarray) -> float:
    middle = (p.astype(float) + q) / 2
    return float(sum(np.sum(each * np.log(each / middle)) for each in (p, q))) / 2


def by_definition(model: MLP, examples: Examples) -> np.ndarray:
    """Replace one character at a time, in every slot of every example, as the docstring says."""
    n = model.config.vocab_size
    changes: list[list[list[float]]] = [[[] for _ in range(n)] for _ in range(n)]
    for context in examples.x:
        before = next_probs(model, context[None])[0].detach().numpy()
        for slot, character in enumerate(context.tolist()):
            for other in range(n):
                changed = context.clone()
                changed[slot] = other
                after = next_probs(model, changed[None])[0].detach().numpy()
                changes[character][other].append(jensen_shannon(before, after))
    means = np.array([[np.mean(cell) for cell in row] for row in changes])
    return (means + means.T) / 2


def test_the_functional_distance_is_its_definition() -> None:
    model, examples = model_of(), some_examples()
    expected = by_definition(model, examples)
    distances = functional_distances(model, examples)
    np.testing.assert_allclose(distances.numpy(), expected, atol=1e-6)
    assert 0.01 < distances.max() < log(2)


def test_a_sample_of_contexts_is_near_the_whole_and_depends_on_its_seed_alone() -> None:
    model, examples = model_of(), some_examples(n=400)
    whole = functional_distances(model, examples)
    samples = [functional_distances(model, examples, 200, seed) for seed in (0, 0, 1)]
    assert torch.equal(samples[0], samples[1])
    assert not torch.equal(samples[0], samples[2])
    many = torch.stack([functional_distances(model, examples, 200, seed) for seed in range(60)])
    torch.testing.assert_close(many.mean(0), whole, atol=0.02, rtol=0)


def test_characters_that_the_model_takes_for_one_are_at_distance_0() -> None:
    model = model_of()
    with torch.no_grad():
        model.C[3] = model.C[4]
    distances = functional_distances(model, some_examples())
    assert distances[3, 4] == pytest.approx(0, abs=1e-7)
    torch.testing.assert_close(distances[3, :3], distances[4, :3], atol=0.2, rtol=0)


def test_a_character_without_contexts_has_the_distance_of_the_others_to_it() -> None:
    model, examples = model_of(), some_examples()
    few = Examples(examples.x.clamp_max(2), examples.y)  # neither 3 nor 4 in a context
    distances = functional_distances(model, few)
    assert distances.isnan().nonzero().tolist() == [[3, 4], [4, 3]]
    assert nearest_neighbours(distances, 4)[3].tolist()[-1] == 4


def test_large_and_small_pieces_of_work_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = functional_distances(model_of(), some_examples())
    monkeypatch.setattr("makemore.neighbours._CHUNK_FLOATS", 1)
    torch.testing.assert_close(functional_distances(model_of(), some_examples()), whole)


def test_a_model_that_diverged_has_no_functional_distances() -> None:
    model = model_of()
    with torch.no_grad():
        model.W2.fill_(nan)
    with pytest.raises(ValueError, match="it has diverged, so train again with a lower"):
        functional_distances(model, some_examples())


def test_examples_of_another_model_are_refused(dataset: Dataset) -> None:
    with pytest.raises(ValueError, match="the model's block_size"):
        functional_distances(model_of(), dataset.examples(3).val)


def test_neighbours_are_the_nearest_others_first() -> None:
    distances = table_distances(torch.tensor([[0.0], [1.0], [3.0], [3.5]]))
    assert nearest_neighbours(distances, 2).tolist() == [[1, 2], [0, 2], [3, 1], [2, 1]]
    assert nearest_neighbours(distances, 9).shape == (4, 3)


def test_of_equally_near_neighbours_the_first_comes_first() -> None:
    assert nearest_neighbours(torch.zeros(4, 4), 3)[2].tolist() == [0, 1, 3]


def test_points_on_a_line_are_ordered_along_it() -> None:
    places = torch.tensor([0.0, 5.0, 1.0, 9.0, 2.0, 8.0])
    assert similarity_order(table_distances(places[:, None])) == [0, 2, 4, 1, 5, 3]


def test_an_order_is_hardly_longer_than_the_shortest_there_is() -> None:
    table = torch.randn(7, 2, generator=torch.Generator().manual_seed(3))
    distances = table_distances(table)

    def length(order: tuple[int, ...]) -> float:
        return float(distances[list(order[:-1]), list(order[1:])].sum())

    lengths = sorted(length(order) for order in permutations(range(7)))
    order = similarity_order(distances)
    assert sorted(order) == list(range(7))
    assert length(tuple(order)) < lengths[len(lengths) // 20]


def test_groups_stand_together() -> None:
    centres = torch.tensor([[0.0, 0.0], [50.0, 0.0], [0.0, 90.0]])
    noise = torch.randn(12, 2, generator=torch.Generator().manual_seed(1))
    order = similarity_order(table_distances(centres.repeat(4, 1) + noise))
    groups = [number % 3 for number in order]
    assert sum(one != other for one, other in pairwise(groups)) == 2


def test_unknown_distances_are_ordered_too() -> None:
    assert sorted(similarity_order(torch.full((3, 3), nan))) == [0, 1, 2]
