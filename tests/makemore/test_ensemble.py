"""`makemore.ensemble`: several networks in the place of one."""

from dataclasses import replace
from pathlib import Path

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
    TrainingEvent,
    evaluate,
    join_models,
)
from makemore import ensemble as ensemble_module
from makemore.config import MAX_N_PARAMETERS
from makemore.ensemble import Network, load_networks, save_networks

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


def alone(dataset: Dataset, seed: int, n_steps: int = 30) -> MLP:
    """Train one network of SMALL as if there were no others."""
    model = MLP(SMALL.model, torch.Generator().manual_seed(seed))
    Trainer(model, dataset.examples(3).train, replace(SMALL.train, seed=seed)).advance(n_steps)
    return model


def are_equal(one: MLP, other: MLP) -> bool:
    return all(torch.equal(each, other.weights()[name]) for name, each in one.weights().items())


def break_down(network: Network) -> None:
    """Let a network be impossible to compute from now on."""

    def fail(n_steps: int) -> TrainingEvent:
        raise MemoryError(f"{n_steps} steps")

    network.trainer.advance = fail  # type: ignore[method-assign]


def test_each_network_of_an_ensemble_is_trained_as_it_would_be_alone(dataset: Dataset) -> None:
    ensemble = Ensemble.begin(dataset, SMALL, 2, seed=5)
    assert list(ensemble.train())[-1] == ensemble.step == ensemble.n_steps == 60
    assert ensemble.is_done
    assert all(map(are_equal, ensemble.models, [alone(dataset, 5), alone(dataset, 6)]))


def test_an_ensemble_loses_less_than_its_networks_do_in_the_mean(dataset: Dataset) -> None:
    ensemble = Ensemble.begin(dataset, SMALL, 3, seed=1)
    *_, _ = ensemble.train()
    val = dataset.examples(3).val
    losses = [evaluate(model, val) for model in ensemble.models]
    assert evaluate(ensemble.model(), val) < sum(losses) / 3


def test_an_ensemble_that_is_broken_off_goes_on_to_the_same_weights(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ensemble_module, "_STEPS_PER_EVENT", 4)
    begun = Ensemble.begin(dataset, SMALL, 3, seed=9)
    for step in begun.train():
        if step >= 20:
            break
    assert not begun.is_done
    save_networks(begun.runs(), tmp_path / "kept")
    runs = load_networks(tmp_path / "kept")
    assert sum(run.step for run in runs) == begun.step < begun.n_steps
    resumed = Ensemble.resume(dataset, runs)
    assert [network.seed for network in resumed.networks] == [9, 10, 11]
    for ensemble in (begun, resumed):
        assert list(ensemble.train())[-1] == 90
        assert [len(network.history) for network in ensemble.networks] == [30, 30, 30]
        expected = [alone(dataset, seed) for seed in (9, 10, 11)]
        assert all(map(are_equal, ensemble.models, expected))
    assert are_equal(begun.model(), resumed.model())


def test_a_network_that_ends_early_is_left_out_and_says_why(dataset: Dataset) -> None:
    ensemble = Ensemble.begin(dataset, SMALL, 3, seed=1)
    wild = replace(SMALL.train, stages=(Stage(30, 1e30),), seed=2)
    ensemble.networks[1] = Ensemble.begin(dataset, replace(SMALL, train=wild), 1, 2).networks[0]
    break_down(ensemble.networks[2])
    *_, _ = ensemble.train()
    assert ensemble.is_done
    diverged, failed = ensemble.failures
    assert diverged.startswith("the network of seed 2 diverged: the loss is")
    assert failed == "the network of seed 3 failed: MemoryError('250 steps')"
    assert [run.train_config.seed for run in ensemble.runs()] == [1]
    assert are_equal(ensemble.model(), alone(dataset, 1))


def test_an_ensemble_of_which_no_network_is_left_says_why(dataset: Dataset) -> None:
    wild = replace(SMALL, train=replace(SMALL.train, stages=(Stage(30, 1e30),)))
    ensemble = Ensemble.begin(dataset, wild, 2, seed=1)
    *_, _ = ensemble.train()
    with pytest.raises(
        ValueError, match=r"no network is left .* seed 1 diverged: .* seed 2 diverged: the loss is"
    ):
        ensemble.model()


def test_only_the_networks_of_one_ensemble_are_resumed(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="n_networks must be a whole number from 1"):
        Ensemble.begin(dataset, SMALL, 0, seed=1)
    with pytest.raises(ValueError, match="an ensemble must have at least one network"):
        Ensemble.resume(dataset, [])
    with pytest.raises(ValueError, match=r"a file network-….safetensors for each network, got no"):
        load_networks(tmp_path / "nowhere")
    longer = replace(SMALL, train=replace(SMALL.train, stages=(Stage(31, 0.01),)))
    runs = [Ensemble.begin(dataset, recipe, 1, 7).runs()[0] for recipe in (SMALL, longer)]
    with pytest.raises(ValueError, match="differ in nothing but their seed"):
        Ensemble.resume(dataset, runs)
