"""`makemore.config`: settings that cannot be built wrong."""

import json
import re
from dataclasses import FrozenInstanceError, asdict
from math import inf, nan

import numpy as np
import pytest
import torch

from makemore import MLP, ModelConfig, Stage, TrainConfig

SIZES = {"vocab_size": 65_536, "block_size": 64, "n_embd": 1_024, "n_hidden": 16_384}
NOT_WHOLE = (1.0, nan, "3", None, True, [3])


def test_the_defaults_are_the_lectures() -> None:
    assert asdict(ModelConfig()) == {
        "vocab_size": 27,
        "block_size": 3,
        "n_embd": 2,
        "n_hidden": 100,
        "init": "lecture",
    }
    assert TrainConfig().batch_size == 32
    assert ModelConfig().n_parameters == 3_481
    assert ModelConfig(n_embd=10, n_hidden=200).n_parameters == 11_897


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("value", [0, -1, 10**9, 10**30, *NOT_WHOLE])
def test_a_size_out_of_range_is_refused_with_its_range(size: str, value: object) -> None:
    lowest = 2 if size == "vocab_size" else 1
    message = f"{size} must be a whole number from {lowest} to {SIZES[size]:,}, got {value!r}"
    with pytest.raises(ValueError, match=re.escape(message)):
        ModelConfig(**{size: value})  # type: ignore[arg-type]


def test_sizes_that_are_absurd_only_together_are_refused() -> None:
    with pytest.raises(ValueError, match=r"at most 50,000,000 parameters, got .*; lower n_hidden"):
        ModelConfig(block_size=64, n_embd=1_024, n_hidden=1_000)


@pytest.mark.parametrize("init", ["", "Lecture", None, 1, ["lecture"]])
def test_an_unknown_init_is_refused_with_the_known_ones(init: object) -> None:
    message = f"init must be one of 'lecture', 'scaled', got {init!r}"
    with pytest.raises(ValueError, match=re.escape(message)):
        ModelConfig(init=init)  # type: ignore[arg-type]


@pytest.mark.parametrize("engine", ["", "torch", None])
def test_an_unknown_engine_is_refused_with_the_known_ones(engine: object) -> None:
    message = f"engine must be one of 'auto', 'reference', 'fused', got {engine!r}"
    with pytest.raises(ValueError, match=re.escape(message)):
        TrainConfig(engine=engine)  # type: ignore[arg-type]


@pytest.mark.parametrize("lr", [0, -0.1, nan, inf, -inf, "0.1", None, True, 10**400, 1j])
def test_a_rate_must_be_a_finite_number_above_0(lr: object) -> None:
    with pytest.raises(ValueError, match="lr of stage 2 must be a finite number above 0, got "):
        TrainConfig(stages=((5, 0.1), (5, lr)))  # type: ignore[arg-type]


@pytest.mark.parametrize("lr", [1e-300, 1e300])
def test_a_rate_that_float32_cannot_hold_is_refused(lr: float) -> None:
    message = f"lr of stage 1 must be from 1e-38 to 1e+38, got {lr:g}"
    with pytest.raises(ValueError, match=re.escape(message)):
        TrainConfig(stages=((5, lr),))


@pytest.mark.parametrize("n_steps", [0, -5, 10**9, *NOT_WHOLE])
def test_a_stage_must_have_steps(n_steps: object) -> None:
    with pytest.raises(ValueError, match="steps of stage 1 must be a whole number from 1 to 100,"):
        TrainConfig(stages=((n_steps, 0.1),))  # type: ignore[arg-type]


def test_all_stages_together_are_limited_too() -> None:
    with pytest.raises(ValueError, match="at most 100,000,000 steps together, got 120,000,000"):
        TrainConfig(stages=((60_000_000, 0.1), (60_000_000, 0.01)))


@pytest.mark.parametrize("stages", [(), []])
def test_there_must_be_a_stage(stages: object) -> None:
    with pytest.raises(ValueError, match=r"at least one \(steps, lr\) pair, got none"):
        TrainConfig(stages=stages)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "stages", [None, 3, "ab", (3, 0.1), ((3,),), ((3, 0.1, "cosine", 3, 1),), {3: 0.1}]
)
def test_stages_must_be_pairs_or_name_a_schedule_too(stages: object) -> None:
    with pytest.raises(
        ValueError, match=r"stages must be \(steps, lr\) pairs, or \(steps, lr, schedule\), got "
    ):
        TrainConfig(stages=stages)  # type: ignore[arg-type]


def test_a_stage_is_a_pair_with_a_schedule_and_a_span_where_these_say_something() -> None:
    stages = ((3, 0.5), (4, 0.5, "cosine"), (5, 0.5, "cosine", 9), Stage(6, 0.5, "bengio"))
    assert TrainConfig(stages).stages == (  # type: ignore[arg-type]
        Stage(3, 0.5),
        Stage(4, 0.5, "cosine"),
        Stage(5, 0.5, "cosine", 9),
        Stage(6, 0.5, "bengio"),
    )
    idle = ((3, 0.5, "constant", 9), (4, 0.5, "cosine", 4), (6, 0.5, "bengio", 9))
    assert all(stage.span is None for stage in TrainConfig(idle).stages)  # type: ignore[arg-type]


@pytest.mark.parametrize("schedule", ["", "Cosine", None, 2])
def test_an_unknown_schedule_is_refused_with_the_known_ones(schedule: object) -> None:
    known = "'constant', 'cosine', 'one_cycle', 'bengio'"
    message = f"schedule of stage 1 must be one of {known}, got {schedule!r}"
    with pytest.raises(ValueError, match=re.escape(message)):
        TrainConfig(stages=((3, 0.1, schedule),))  # type: ignore[arg-type]


def test_a_span_shorter_than_its_stage_is_refused() -> None:
    message = "span of stage 1 must be a whole number from 8 to 100,000,000, got 7"
    with pytest.raises(ValueError, match=message):
        TrainConfig(stages=(Stage(8, 0.1, "cosine", 7),))


@pytest.mark.parametrize("optimizer", ["", "adam", None])
def test_an_unknown_optimizer_is_refused_with_the_known_ones(optimizer: object) -> None:
    message = f"optimizer must be one of 'sgd', 'adamw', got {optimizer!r}"
    with pytest.raises(ValueError, match=re.escape(message)):
        TrainConfig(optimizer=optimizer)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("momentum", "from 0 to 0.999999"),
        ("beta1", "from 0 to 0.999999"),
        ("beta2", "from 0 to 0.999999"),
        ("eps", "from 1e-38 to 1"),
        ("weight_decay", "from 0 to 100"),
        ("decay", "from 0 to 1"),
        ("dropout", "from 0 to 0.99"),
    ],
)
@pytest.mark.parametrize("value", [-0.1, 101, nan, inf, "0.5", None, True, 10**400])
def test_a_number_of_the_optimizer_out_of_range_is_refused(
    field: str, expected: str, value: object
) -> None:
    message = f"{field} must be a number {expected}, got "
    with pytest.raises(ValueError, match=re.escape(message)):
        TrainConfig(**{field: value})  # type: ignore[arg-type]


def test_adamw_with_a_momentum_is_refused_with_what_to_set() -> None:
    message = "momentum must be 0 with adamw, got 0.9; set beta1 instead"
    with pytest.raises(ValueError, match=re.escape(message)):
        TrainConfig(optimizer="adamw", momentum=0.9)


def test_the_optimizers_numbers_are_pytorchs_where_nothing_is_said() -> None:
    config, parameter = TrainConfig(), torch.zeros(1, requires_grad=True)
    theirs = torch.optim.AdamW([parameter]).defaults
    assert (config.beta1, config.beta2) == theirs["betas"]
    assert config.eps == theirs["eps"]
    assert config.momentum == torch.optim.SGD([parameter]).defaults["momentum"]


@pytest.mark.parametrize("value", [0, -1, 10**9, 1.0, "32", True, nan])
@pytest.mark.parametrize("field", ["batch_size", "eval_interval"])
def test_a_batch_and_an_interval_must_be_at_least_1(field: str, value: object) -> None:
    message = f"{field} must be a whole number from 1 to "
    with pytest.raises(ValueError, match=f"{message}.*, got {re.escape(repr(value))}"):
        TrainConfig(**{field: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", [-1, 2**63, 1.5, None, "42"])
def test_a_seed_must_fit_the_generators(seed: object) -> None:
    with pytest.raises(ValueError, match="seed must be a whole number from 0 to 9,223,372,036,"):
        TrainConfig(seed=seed)  # type: ignore[arg-type]


def test_numpy_and_torch_numbers_become_plain_ones() -> None:
    train = TrainConfig(
        stages=[[np.int64(3), np.float64(0.5)], [4, torch.tensor(0.25)]],  # type: ignore[arg-type]
        batch_size=np.int32(8),  # type: ignore[arg-type]
        seed=np.uint8(7),  # type: ignore[arg-type]
        eval_interval=np.int64(2),  # type: ignore[arg-type]
    )
    assert train == TrainConfig(((3, 0.5), (4, 0.25)), 8, 7, eval_interval=2)
    model = ModelConfig(n_hidden=np.int64(5), block_size=np.int64(2))  # type: ignore[arg-type]
    assert model == ModelConfig(n_hidden=5, block_size=2)
    json.dumps([asdict(train), asdict(model)])  # as a saved run needs them


def test_settings_are_frozen_and_hashable() -> None:
    with pytest.raises(FrozenInstanceError):
        ModelConfig().n_hidden = 3  # type: ignore[misc]
    assert len({ModelConfig(), ModelConfig(), TrainConfig(), TrainConfig()}) == 2


def test_the_parameter_count_is_what_a_model_has(rng: torch.Generator) -> None:
    config = ModelConfig(vocab_size=5, block_size=4, n_embd=3, n_hidden=7)
    parameters = dict(MLP(config, rng).named_parameters())
    assert {name: tuple(p.shape) for name, p in parameters.items()} == config.shapes
    assert sum(p.numel() for p in parameters.values()) == config.n_parameters
