"""`makemore.diagnostics`: what it says of a model, against the model taken apart by hand."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from makemore import MLP, Activations, Dataset, Examples, ModelConfig, evaluate, tensor_health
from makemore.diagnostics import SATURATED


@pytest.fixture
def examples(dataset: Dataset) -> Examples:
    return dataset.examples(3).val


@pytest.fixture
def model(dataset: Dataset, rng: torch.Generator) -> MLP:
    return MLP(ModelConfig(dataset.vocabulary.size, n_hidden=40), rng)


def test_activations_are_those_of_numpy(model: MLP, examples: Examples) -> None:
    w = {name: value.numpy() for name, value in model.weights().items()}
    flat = w["C"][examples.x.numpy()].reshape(len(examples), -1)
    h = np.tanh(flat @ w["W1"] + w["b1"])
    inside = Activations.of(model, examples)
    np.testing.assert_allclose(inside.h.numpy(), h, rtol=1e-4, atol=1e-6)
    assert inside.saturated == pytest.approx((np.abs(h) > SATURATED).mean(), abs=1e-3)
    assert inside.dead_units == (np.abs(h) > SATURATED).all(axis=0).sum()
    assert inside.loss == pytest.approx(evaluate(model, examples), rel=1e-5)
    torch.testing.assert_close(inside.logits, model(examples.x))


def test_a_unit_driven_to_the_edge_is_dead(model: MLP, examples: Examples) -> None:
    before = Activations.of(model, examples).dead_units
    with torch.no_grad():
        model.W1[:, :5] = 0
        model.b1[:5] = torch.tensor([9.0, -9.0, 9.0, 9.0, 0.0])
    assert Activations.of(model, examples).dead_units >= 4
    assert before < 4


def test_the_scaled_init_is_not_saturated_and_begins_at_a_uniform_guess(
    examples: Examples, dataset: Dataset, rng: torch.Generator
) -> None:
    size = dataset.vocabulary.size
    inside = Activations.of(MLP(ModelConfig(size, 3, 10, 100, "scaled"), rng), examples)
    drawn = Activations.of(MLP(ModelConfig(size, 3, 10, 100, "lecture"), rng), examples)
    assert inside.loss == pytest.approx(np.log(size), abs=0.05)
    assert inside.saturated < 0.3 < 0.5 < drawn.saturated
    assert drawn.loss > 3 * inside.loss


def test_gradients_and_updates_are_those_of_a_step(model: MLP, examples: Examples) -> None:
    before = model.weights()
    health = tensor_health(model, examples, lr=0.3)
    assert [each.name for each in health] == ["C", "W1", "b1", "W2", "b2"]
    assert all(torch.equal(before[name], p) for name, p in model.named_parameters())
    assert all(p.grad is None for p in model.parameters())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
    F.cross_entropy(model(examples.x), examples.y).backward()
    optimizer.step()
    for each in health:
        parameter, old = model.get_parameter(each.name), before[each.name]
        assert parameter.grad is not None
        assert each.gradient_norm == pytest.approx(float(parameter.grad.norm()), rel=1e-4)
        moved = float((parameter.detach() - old).norm() / old.norm())
        assert each.update_ratio == pytest.approx(moved, rel=1e-3)
        assert each.std == pytest.approx(float(np.std(old.numpy())), rel=1e-4)


def test_a_parameter_of_zeros_has_no_ratio(examples: Examples, dataset: Dataset) -> None:
    config = ModelConfig(dataset.vocabulary.size, init="scaled")
    health = tensor_health(MLP(config, torch.Generator().manual_seed(1)), examples, 0.1)
    assert health[-1].update_ratio == float("inf")  # b2 begins at 0


def test_what_does_not_fit_is_refused(model: MLP, dataset: Dataset) -> None:
    with pytest.raises(ValueError, match="contexts must be int64 of shape"):
        Activations.of(model, dataset.examples(4).val)
    with pytest.raises(ValueError, match="lr must be a finite number above 0"):
        tensor_health(model, dataset.examples(3).val, 0)
