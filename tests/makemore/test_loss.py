"""`makemore.loss`: a short way to the mean cross-entropy over every example."""

from math import isnan, log

import pytest
import torch
import torch.nn.functional as F

from makemore import (
    MLP,
    Dataset,
    Examples,
    ModelConfig,
    evaluate,
    nats_to_bits,
    nats_to_perplexity,
)


def model_of(dataset: Dataset, block_size: int, n_hidden: int = 100) -> MLP:
    config = ModelConfig(dataset.vocabulary.size, block_size, n_hidden=n_hidden)
    return MLP(config, torch.Generator().manual_seed(3))


# 27¹³ is below 2⁶³ and 27¹⁴ above: there contexts no longer fit into one number each.
@pytest.mark.parametrize("block_size", [1, 2, 3, 5, 8, 13, 14, 20])
def test_the_loss_is_the_mean_cross_entropy_over_every_example(
    dataset: Dataset, block_size: int
) -> None:
    model, examples = model_of(dataset, block_size), dataset.examples(block_size).train
    with torch.no_grad():
        expected = F.cross_entropy(model(examples.x).double(), examples.y).item()
    assert evaluate(model, examples) == pytest.approx(expected, rel=2e-7)


def test_a_wide_network_is_evaluated_piece_by_piece_with_the_same_result(
    dataset: Dataset,
) -> None:
    model = model_of(dataset, 3, n_hidden=16_000)  # 4 M floats hold 249 contexts at a time
    examples = dataset.examples(3).train
    assert len(examples.distinct.contexts) > 249
    with torch.no_grad():
        expected = F.cross_entropy(model(examples.x).double(), examples.y).item()
    assert evaluate(model, examples) == pytest.approx(expected, rel=2e-7)


def test_equal_logits_cost_the_logarithm_of_the_vocabulary() -> None:
    model = MLP(ModelConfig(27, 2, 1, 1), torch.Generator())
    with torch.no_grad():
        model.W2.zero_()
        model.b2.fill_(5.0)
    examples = Examples(torch.zeros(3, 2, dtype=torch.int64), torch.tensor([0, 1, 26]))
    assert evaluate(model, examples) == pytest.approx(log(27))


def test_one_example_is_enough() -> None:
    model = MLP(ModelConfig(2, 1, 1, 1), torch.Generator())
    assert evaluate(model, Examples(torch.tensor([[1]]), torch.tensor([0]))) > 0


def test_huge_logits_do_not_overflow() -> None:
    model = MLP(ModelConfig(3, 1, 1, 1), torch.Generator())
    with torch.no_grad():
        model.W2.zero_()
        model.b2.copy_(torch.tensor([-100.0, 0.0, 100.0]))
    examples = Examples(torch.tensor([[0], [0]]), torch.tensor([0, 2]))
    assert evaluate(model, examples) == pytest.approx(100.0)  # the mean of 200 and 0


def test_a_model_that_diverged_has_the_loss_nan(dataset: Dataset) -> None:
    model = model_of(dataset, 3)
    with torch.no_grad():
        model.C.fill_(torch.nan)
    assert isnan(evaluate(model, dataset.examples(3).val))


def test_evaluating_changes_nothing_and_keeps_no_graph(dataset: Dataset) -> None:
    model, state = model_of(dataset, 3), torch.get_rng_state()
    before, n_threads = model.weights(), torch.get_num_threads()
    evaluate(model, dataset.examples(3).val)
    assert all(torch.equal(before[name], p) for name, p in model.named_parameters())
    assert all(p.grad is None for p in model.parameters())
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == n_threads


def test_examples_of_another_model_are_refused(dataset: Dataset) -> None:
    model = model_of(dataset, 3)
    with pytest.raises(ValueError, match=r"int64 of shape \(B, 3\), the model's block_size"):
        evaluate(model, dataset.examples(2).val)
    with pytest.raises(ValueError, match="contexts must hold indices from 0 to "):
        evaluate(model, Examples(torch.tensor([[0, 0, 99]]), torch.tensor([0])))
    with pytest.raises(ValueError, match=r"targets must hold indices from 0 to .* got 99"):
        evaluate(model, Examples(torch.tensor([[0, 0, 0]]), torch.tensor([99])))


def test_a_bit_is_the_logarithm_of_2_in_nats() -> None:
    assert nats_to_bits(log(2)) == pytest.approx(1)
    assert nats_to_bits(log(27)) == pytest.approx(4.755, abs=5e-4)


def test_a_uniform_guess_is_as_uncertain_as_among_all_symbols() -> None:
    assert nats_to_perplexity(log(27)) == pytest.approx(27)
