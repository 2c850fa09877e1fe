"""`makemore.ensemble`: several networks in the place of one."""

from dataclasses import replace

import pytest
import torch

from makemore import (
    ENSEMBLE,
    MLP,
    Dataset,
    Ensemble,
    ModelConfig,
    Stage,
    Trainer,
    evaluate,
    join_models,
)
from makemore.config import MAX_N_PARAMETERS

SMALL = replace(
    ENSEMBLE,
    model=replace(ENSEMBLE.model, block_size=3, n_embd=4, n_hidden=16),
    train=replace(ENSEMBLE.train, stages=(Stage(30, 0.01),), batch_size=64),
)


def drawn(seed: int, n_embd: int = 3, n_hidden: int = 11, block_size: int = 4) -> MLP:
    config = ModelConfig(9, block_size, n_embd, n_hidden)
    return MLP(config, torch.Generator().manual_seed(seed))


def contexts(block_size: int = 4) -> torch.Tensor:
    return torch.randint(9, (50, block_size), generator=torch.Generator().manual_seed(1))


def test_a_joined_networks_logits_are_the_mean_of_the_networks_logits() -> None:
    models = [drawn(1), drawn(2, n_embd=5), drawn(3, n_hidden=4)]
    x = contexts()
    expected = torch.stack([model(x) for model in models]).mean(0)
    torch.testing.assert_close(join_models(models)(x), expected, rtol=1e-5, atol=1e-5)


def test_one_network_joined_is_itself_and_a_copy() -> None:
    model = drawn(1)
    joined = join_models([model])
    assert joined.config == model.config
    assert all(torch.equal(joined.weights()[name], each) for name, each in model.weights().items())
    with torch.no_grad():
        model.C.zero_()
    assert joined.C.any()


def test_what_is_joined_must_fit_together() -> None:
    with pytest.raises(ValueError, match="models must hold at least one"):
        join_models([])
    with pytest.raises(
        ValueError, match=r"same vocab_size and block_size, got \(9, 3\), \(9, 4\)"
    ):
        join_models([drawn(1), drawn(2, block_size=3)])
    with pytest.raises(ValueError, match=f"at most {MAX_N_PARAMETERS:,} parameters"):
        join_models([drawn(1, 200, 3_000)] * 5)


def test_each_network_of_an_ensemble_is_trained_as_it_would_be_alone(dataset: Dataset) -> None:
    ensemble = Ensemble(dataset, SMALL, 2, seed=5)
    assert list(ensemble.train())[-1] == ensemble.n_steps == 60
    examples = dataset.examples(3)
    for seed, trainer in zip((5, 6), ensemble.trainers, strict=True):
        alone = MLP(SMALL.model, torch.Generator().manual_seed(seed))
        Trainer(alone, examples.train, replace(SMALL.train, seed=seed)).advance(30)
        assert torch.equal(alone.W1, trainer.model.W1)


def test_an_ensemble_loses_less_than_its_networks_do_in_the_mean(dataset: Dataset) -> None:
    ensemble = Ensemble(dataset, SMALL, 3, seed=1)
    *_, _ = ensemble.train()
    val = dataset.examples(3).val
    alone = [evaluate(trainer.model, val) for trainer in ensemble.trainers]
    assert evaluate(ensemble.model(), val) < sum(alone) / 3


def test_an_ensemble_that_cannot_be_trained_says_why(dataset: Dataset) -> None:
    wild = replace(SMALL, train=replace(SMALL.train, stages=(Stage(30, 1e30),)))
    with pytest.raises(ValueError, match=r"network \d diverged: the loss is"):
        list(Ensemble(dataset, wild, 2, seed=1).train())
    with pytest.raises(ValueError, match="n_networks must be a whole number from 1"):
        Ensemble(dataset, SMALL, 0, seed=1)
