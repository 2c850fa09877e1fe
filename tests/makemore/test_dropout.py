"""Dropout: units left out by a key and their place, the same for both engines."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from makemore import MLP, Dataset, Examples, ModelConfig, Stage, TrainConfig, Trainer, evaluate
from makemore.engines.fused.masks import bits, build_dropout, keep_mask

pytest.importorskip("numba", reason="the fused engine needs numba")

CONFIG = TrainConfig(
    (Stage(120, 0.002),), optimizer="adamw", eval_interval=None, dropout=0.3, seed=5
)


def trainer_of(
    engine: str, config: TrainConfig = CONFIG, model: ModelConfig | None = None
) -> Trainer:
    """Give a run on random examples."""
    model = model or ModelConfig(n_hidden=33, init="scaled")
    rng = torch.Generator().manual_seed(5)
    examples = Examples(
        torch.randint(model.vocab_size, (400, model.block_size), generator=rng),
        torch.randint(model.vocab_size, (400,), generator=rng),
    )
    return Trainer(MLP(model, rng), examples, replace(config, engine=engine))  # type: ignore[arg-type]


def assert_same_weights(one: Trainer, other: Trainer) -> None:
    for name, weight in one.model.weights().items():
        assert torch.equal(other.model.weights()[name], weight), name


@pytest.mark.parametrize("rate", [0.01, 0.2, 0.5, 0.9])
def test_a_unit_is_left_out_as_often_as_is_said_and_else_scaled_as_pytorch_does(
    rate: float,
) -> None:
    keep = keep_mask(build_dropout(replace(CONFIG, dropout=rate), 1, 1), 0, 500, 200)
    theirs = F.dropout(torch.ones(100_000), rate)
    assert np.unique(keep).tolist() == theirs.unique().tolist()
    spread = (rate * (1 - rate) / keep.size) ** 0.5
    assert abs(float((keep == 0).mean()) - rate) < 4 * spread


def test_whether_a_unit_is_left_out_says_nothing_of_any_other() -> None:
    n_steps, n_rows, n_units = 60, 32, 50
    dropouts = [build_dropout(replace(CONFIG, seed=seed), 1, n_steps) for seed in (5, 6)]
    drops = np.array(
        [[keep_mask(each, s, n_rows, n_units) == 0 for s in range(n_steps)] for each in dropouts]
    )
    centred = drops - CONFIG.dropout  # (seed, step, row, unit)
    variance = CONFIG.dropout * (1 - CONFIG.dropout)
    for axis in range(4):
        for lag in range(1, min(4, centred.shape[axis])):
            later, earlier = (
                np.take(centred, range(lag, centred.shape[axis]), axis),
                np.take(centred, range(centred.shape[axis] - lag), axis),
            )
            correlation = float((later * earlier).mean() / variance)
            assert abs(correlation) < 4.5 / earlier.size**0.5, (axis, lag)


def test_bits_are_those_of_plain_arithmetic() -> None:
    def by_hand(place: int, first: int, second: int) -> int:
        z = (place + first) % 2**32
        z = (z ^ (z >> 16)) * 0x85EBCA6B % 2**32 ^ second
        z = (z ^ (z >> 13)) * 0xC2B2AE35 % 2**32
        return z ^ (z >> 16)

    places = np.array([0, 1, 2**31, 2**32 - 1], np.uint32)
    key = (0x9E3779B9, 0xDEADBEEF)
    expected = [by_hand(place, *key) for place in places.tolist()]
    assert bits(places, *map(np.uint32, key)).tolist() == expected


def test_the_reference_engine_is_autograd_through_the_masked_units() -> None:
    trainer = trainer_of("reference", replace(CONFIG, stages=((40, 0.01),)))
    twin = MLP.from_weights(trainer.model.config, trainer.model.weights())
    optimizer = torch.optim.AdamW(twin.parameters(), lr=0.01, weight_decay=0)
    examples, rng = trainer.train_examples, torch.Generator().manual_seed(CONFIG.seed)
    losses = trainer.advance(40).losses
    for step in range(40):
        ix = torch.randint(len(examples), (32,), generator=rng)
        emb = twin.C[examples.x[ix]].view(32, -1)
        keep = torch.from_numpy(keep_mask(build_dropout(CONFIG, step + 1, 1), 0, 32, 33))
        h = torch.tanh(emb @ twin.W1 + twin.b1) * keep
        loss = F.cross_entropy(h @ twin.W2 + twin.b2, examples.y[ix])
        assert loss.item() == pytest.approx(float(losses[step]), rel=1e-6)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    for name, parameter in twin.named_parameters():
        torch.testing.assert_close(trainer.model.get_parameter(name), parameter, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("sizes", "batch_size"),
    [
        ((27, 3, 2, 100), 32),
        ((27, 3, 2, 101), 70),  # two chunks of the dense kernel
        ((27, 8, 24, 64), 300),  # three of the factorised one
        ((33, 2, 8, 17), 100),
        ((27, 1, 1, 1), 1),
        ((27, 3, 2, 20), None),
    ],
)
@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_both_engines_take_the_same_trajectory(
    sizes: tuple[int, int, int, int], batch_size: int | None, optimizer: str
) -> None:
    config = replace(CONFIG, batch_size=batch_size, optimizer=optimizer)  # type: ignore[arg-type]
    model = ModelConfig(*sizes, "scaled")
    ours, theirs = (trainer_of(name, config, model) for name in ("fused", "reference"))
    expected = theirs.advance(120).losses
    np.testing.assert_allclose(ours.advance(120).losses, expected, rtol=2e-5, atol=1e-5)
    for name, weight in theirs.model.weights().items():
        assert float((ours.model.weights()[name] - weight).abs().max()) < 2e-5, name


@pytest.mark.parametrize("engine", ["fused", "reference"])
def test_the_same_steps_give_the_same_bits_cut_saved_and_continued(engine: str) -> None:
    whole, first, second = (trainer_of(engine) for _ in range(3))
    losses = whole.advance(120).losses
    parts = [first.advance(1).losses, first.advance(50).losses]
    second.load_state_dict(first.state_dict())
    parts.append(second.advance(120).losses)
    assert np.array_equal(np.concatenate(parts), losses)
    assert_same_weights(whole, second)


def test_another_seed_leaves_out_other_units() -> None:
    one, other = (build_dropout(replace(CONFIG, seed=seed), 1, 1) for seed in (5, 6))
    assert not np.array_equal(keep_mask(one, 0, 4, 50), keep_mask(other, 0, 4, 50))


def test_no_dropout_leaves_out_nothing_and_takes_no_keys() -> None:
    dropout = build_dropout(replace(CONFIG, dropout=0.0), 1, 1_000)
    assert dropout.bound == 0
    assert dropout.keys.shape == (0, 2)


def test_losses_over_whole_splits_know_no_dropout(dataset: Dataset) -> None:
    examples = dataset.examples(3)
    model = MLP(ModelConfig(dataset.vocabulary.size), torch.Generator().manual_seed(3))
    config = TrainConfig(((20, 0.1),), eval_interval=20, dropout=0.9)
    trainer = Trainer(model, examples.train, config, examples.val)
    (evaluation,) = trainer.advance(20).evaluations
    assert evaluation.train_loss == evaluate(model, examples.train)
    assert evaluation.val_loss == evaluate(model, examples.val)
