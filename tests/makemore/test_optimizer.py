"""`makemore.optimizer`: the numbers of `torch.optim`, carried over whatever interrupts them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from makemore import MLP, Dataset, ModelConfig, Stage, TrainConfig, Trainer
from makemore.engines import fused
from makemore.optimizer import Optimizer, check_moments

pytest.importorskip("numba", reason="the fused engine needs numba")

RULES: dict[str, dict[str, Any]] = {
    "sgd": {},
    "sgd, L2": {"weight_decay": 0.01},
    "momentum": {"momentum": 0.9},
    "momentum, L2": {"momentum": 0.95, "weight_decay": 0.01},
    "adamw": {"optimizer": "adamw"},
    "adamw, decay": {
        **{"optimizer": "adamw", "beta1": 0.8, "beta2": 0.99},
        **{"eps": 1e-6, "weight_decay": 0.3},
    },
    "adamw, no mean": {"optimizer": "adamw", "beta1": 0.0, "beta2": 0.9},
}
STAGES = (Stage(20, 0.02, "one_cycle"), Stage(10, 0.01), Stage(20, 0.02, "cosine"))

rules = pytest.mark.parametrize("rule", RULES)


def config_of(rule: str, engine: str = "reference", **settings: object) -> TrainConfig:
    return TrainConfig(
        STAGES, engine=engine, eval_interval=None, decay=0.1, **{**RULES[rule], **settings}
    )  # type: ignore[arg-type]


def trainer_of(dataset: Dataset, config: TrainConfig) -> Trainer:
    model_config = ModelConfig(dataset.vocabulary.size, n_embd=3, n_hidden=20, init="scaled")
    model = MLP(model_config, torch.Generator().manual_seed(3))
    return Trainer(model, dataset.examples(3).train, config)


def torch_optimizer(model: MLP, config: TrainConfig) -> torch.optim.Optimizer:
    if config.optimizer == "sgd":
        return torch.optim.SGD(
            model.parameters(),
            momentum=config.momentum,
            weight_decay=config.weight_decay,
            foreach=False,
        )
    return torch.optim.AdamW(
        model.parameters(),
        betas=(config.beta1, config.beta2),
        eps=config.eps,
        weight_decay=config.weight_decay,
        foreach=False,
    )


def tensors_of(trainer: Trainer) -> dict[str, Tensor]:
    """Give every weight and moment by name."""
    state = trainer.state_dict()
    moments = {
        f"{moment}.{name}": tensor
        for moment, tensors in state["moments"].items()
        for name, tensor in tensors.items()
    }
    return state["weights"] | moments


def assert_same_bits(one: Trainer, other: Trainer) -> None:
    mine, theirs = tensors_of(one), tensors_of(other)
    assert mine.keys() == theirs.keys()
    assert [name for name in mine if not torch.equal(mine[name], theirs[name])] == []


@rules
def test_the_reference_engine_gives_the_numbers_of_torch_optim(
    dataset: Dataset, rule: str
) -> None:
    trainer = trainer_of(dataset, config_of(rule))
    twin = MLP.from_weights(trainer.model.config, trainer.model.weights())
    optimizer = torch_optimizer(twin, trainer.config)
    event, rng = trainer.advance(50), torch.Generator().manual_seed(42)
    examples = trainer.train_examples
    rates = trainer._rates.of(1, 51)
    for step in range(50):
        ix = torch.randint(len(examples), (32,), generator=rng)
        loss = F.cross_entropy(twin(examples.x[ix]), examples.y[ix])
        assert loss.item() == pytest.approx(float(event.losses[step]), rel=1e-6)
        optimizer.zero_grad()
        loss.backward()
        optimizer.param_groups[0]["lr"] = float(rates[step])
        optimizer.step()
    for name, parameter in twin.named_parameters():
        torch.testing.assert_close(trainer.model.get_parameter(name), parameter, rtol=0, atol=2e-6)


@rules
@pytest.mark.parametrize("batch_size", [32, 100])  # the dense kernel, the factorised one
def test_both_engines_take_the_same_trajectory_with_its_moments(
    dataset: Dataset, rule: str, batch_size: int
) -> None:
    config = replace(config_of(rule, batch_size=batch_size), stages=(Stage(200, 0.005),))
    ours = trainer_of(dataset, replace(config, engine="fused"))
    theirs = trainer_of(dataset, config)
    ours.advance(200)
    theirs.advance(200)
    expected = tensors_of(theirs)
    for name, tensor in tensors_of(ours).items():
        assert float((tensor - expected[name]).abs().max()) < 1e-5, name


@rules
@pytest.mark.parametrize("engine", ["reference", "fused"])
@pytest.mark.parametrize("batch_size", [1, 32, 100, None])
def test_cutting_the_steps_into_calls_changes_no_bit(
    dataset: Dataset, rule: str, engine: str, batch_size: int | None
) -> None:
    config = config_of(rule, engine, batch_size=batch_size)
    whole, cut = trainer_of(dataset, config), trainer_of(dataset, config)
    whole.advance(50)
    for n_steps in (1, 18, 2, 9, 1, 19):
        cut.advance(n_steps)
    assert_same_bits(cut, whole)


@rules
@pytest.mark.parametrize("engine", ["reference", "fused"])
def test_a_trainer_goes_on_from_its_state_bit_for_bit(
    dataset: Dataset, rule: str, engine: str
) -> None:
    config = config_of(rule, engine)
    whole, first = trainer_of(dataset, config), trainer_of(dataset, config)
    second = trainer_of(dataset, TrainConfig())
    whole.advance(50)
    first.advance(23)
    state = first.state_dict()
    state["moments"] = dict(
        reversed(state["moments"].items())
    )  # their names count, not their order
    first.advance(27)  # what follows does not reach into the state that was taken
    second.load_state_dict(state)
    second.advance(27)
    assert_same_bits(second, whole)
    again = trainer_of(dataset, config)
    again.load_state_dict(state)  # nor did the other trainer, which began with it
    again.advance(27)
    assert_same_bits(again, whole)


@rules
def test_what_an_engine_remembers_another_goes_on_with(
    dataset: Dataset, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = trainer_of(dataset, config_of(rule))
    reference.advance(50)
    monkeypatch.setattr(fused, "is_available", lambda: False)
    changing = trainer_of(dataset, config_of(rule, "auto"))
    changing.advance(25)
    monkeypatch.undo()  # as if the kernels had been compiled meanwhile
    changing.advance(25)
    assert changing.steps_by_engine == {"reference": 25, "fused": 25}
    expected = tensors_of(reference)
    for name, tensor in tensors_of(changing).items():
        assert float((tensor - expected[name]).abs().max()) < 1e-5, name


@rules
@pytest.mark.parametrize("batch_size", [7, 100])
def test_what_pads_the_kernels_arrays_stays_zero_or_is_never_read(
    dataset: Dataset, rule: str, batch_size: int
) -> None:
    trainers = [
        trainer_of(dataset, config_of(rule, "fused", batch_size=batch_size)) for _ in range(2)
    ]
    steps = [trainer._engine._step for trainer in trainers]  # type: ignore[attr-defined]
    n_embd = trainers[0].model.config.n_embd
    # What pads an embedding takes in some of the next slot's gradient; all else stays zero.
    steps[1]._weights.C[:, n_embd:] = 100.0
    for trainer in trainers:
        trainer.advance(50)
    one, other = map(tensors_of, trainers)
    assert all(torch.equal(tensor, other[name]) for name, tensor in one.items())
    for parameters in (steps[0]._weights, *steps[0]._moments):
        used = steps[0].places(parameters)
        for name in ("W2", "b2"):
            array, view = getattr(parameters, name), used[name]
            assert np.count_nonzero(array) == np.count_nonzero(view), name


@rules
@pytest.mark.parametrize("engine", ["reference", "fused"])
def test_a_rate_that_no_model_survives_is_a_divergence_and_no_error(
    dataset: Dataset, rule: str, engine: str
) -> None:
    config = replace(config_of(rule, engine), stages=(Stage(50, 1e38),), weight_decay=100.0)
    trainer = trainer_of(dataset, config)
    event = trainer.advance(50)
    assert event.divergence is not None
    assert 1 < event.divergence.step == len(event.losses) < 50


def test_plain_descent_remembers_nothing(dataset: Dataset) -> None:
    assert trainer_of(dataset, config_of("sgd")).state_dict()["moments"] == {}


def test_moments_of_another_rule_or_shape_are_refused() -> None:
    sizes, adamw = ModelConfig(n_hidden=5), TrainConfig(optimizer="adamw")
    moments = Optimizer(sizes, adamw).moments
    check_moments(sizes, adamw, moments)
    with pytest.raises(ValueError, match="of sgd must be none, got mean, mean_square"):
        check_moments(sizes, TrainConfig(), moments)
    with pytest.raises(ValueError, match="of sgd must be momentum, got none"):
        check_moments(sizes, TrainConfig(momentum=0.5), {})
    with pytest.raises(ValueError, match=r"of adamw must be mean, mean_square, got mean$"):
        check_moments(sizes, adamw, {"mean": moments["mean"]})
    with pytest.raises(ValueError, match=r"mean: W1 must be torch.float32 of shape \(6, 6\), got"):
        check_moments(ModelConfig(n_hidden=6), adamw, moments)
