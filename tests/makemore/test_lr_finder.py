"""`makemore.lr_finder`: a sweep costs nothing, repeats itself, and knows when to stop."""

import re
from dataclasses import replace
from itertools import pairwise
from math import inf, log, nan, nextafter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from makemore import (
    MLP,
    SUGGESTION_RULES,
    Dataset,
    Examples,
    LRRangeTest,
    LRSweep,
    ModelConfig,
    TrainConfig,
    Trainer,
    lr_range_test,
)
from makemore.lr_rules import is_start_misleading, smooth, suggest_lrs
from tests.makemore.sweeps import sweep_settings

LOSSES = st.lists(st.floats(0, 100, width=32), min_size=1, max_size=40)


@pytest.fixture
def examples(dataset: Dataset) -> Examples:
    return dataset.examples(3).train


def config_of(dataset: Dataset, init: str = "scaled") -> ModelConfig:
    return ModelConfig(dataset.vocabulary.size, n_hidden=10, init=init)  # type: ignore[arg-type]


def assert_equal(one: LRRangeTest, other: LRRangeTest) -> None:
    assert one.lrs.tolist() == other.lrs.tolist()
    assert one.losses.tolist() == other.losses.tolist()
    assert one.smoothed.tolist() == other.smoothed.tolist()
    assert dict(one.suggestions) == dict(other.suggestions)
    assert one.stopped_at == other.stopped_at


def test_rates_rise_evenly_in_their_logarithm_from_first_to_last(
    dataset: Dataset, examples: Examples
) -> None:
    result = lr_range_test(
        sweep_settings(config_of(dataset), lr_min=0.003, lr_max=0.3, n_steps=50), examples
    )
    assert result.lrs[[0, -1]].tolist() == [0.003, 0.3]
    assert np.diff(np.log(result.lrs)) == pytest.approx(np.log(100) / 49)
    assert result.losses.dtype == np.float32
    assert len(result.lrs) == len(result.losses) == len(result.smoothed) == 50
    assert result.stopped_at is None


def test_losses_are_those_of_a_fresh_model_trained_one_step_at_each_rate(
    dataset: Dataset, examples: Examples
) -> None:
    result = lr_range_test(
        sweep_settings(config_of(dataset), n_steps=40, batch_size=8, seed=5), examples
    )
    model = MLP(config_of(dataset), torch.Generator().manual_seed(5))
    config = TrainConfig(tuple((1, float(lr)) for lr in result.lrs), 8, 5, eval_interval=None)
    assert Trainer(model, examples, config).advance(40).losses.tolist() == result.losses.tolist()


def test_nothing_that_was_there_is_changed(dataset: Dataset, examples: Examples) -> None:
    state, n_threads, digest = torch.get_rng_state(), torch.get_num_threads(), examples.digest
    lr_range_test(sweep_settings(config_of(dataset), n_steps=20), examples)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == n_threads
    assert Examples(examples.x, examples.y).digest == digest


def test_the_same_seed_gives_the_same_sweep(dataset: Dataset, examples: Examples) -> None:
    one, same = (
        lr_range_test(sweep_settings(config_of(dataset), n_steps=30), examples) for _ in range(2)
    )
    other = lr_range_test(sweep_settings(config_of(dataset), n_steps=30, seed=43), examples)
    assert_equal(one, same)
    assert one.losses.tolist() != other.losses.tolist()


@pytest.mark.parametrize("lr_max", [1.0, 3e3, 1e38])
@pytest.mark.parametrize("slice_steps", [1, 7, 59, 60])
def test_a_sweep_driven_in_slices_is_the_sweep_in_one_go(
    dataset: Dataset, examples: Examples, lr_max: float, slice_steps: int
) -> None:
    config = config_of(dataset, "lecture")
    sweep = LRSweep(sweep_settings(config, lr_min=1e-3, lr_max=lr_max, n_steps=60), examples)
    while not sweep.is_done:
        sweep.advance(slice_steps)
    assert_equal(
        sweep.result(),
        lr_range_test(sweep_settings(config, lr_min=1e-3, lr_max=lr_max, n_steps=60), examples),
    )


def test_a_sweep_can_be_looked_at_while_it_runs(dataset: Dataset, examples: Examples) -> None:
    sweep = LRSweep(sweep_settings(config_of(dataset), n_steps=20), examples)
    assert sweep.result().suggestions == {}
    sweep.advance(1)
    assert sweep.result().suggestions == {}
    sweep.advance(4)
    assert sweep.step == len(sweep.result().losses) == 5
    assert sweep.n_steps == 20
    assert list(sweep.result().suggestions) == list(SUGGESTION_RULES)


def test_a_loss_that_runs_away_ends_the_sweep_at_a_named_rate(
    dataset: Dataset, examples: Examples
) -> None:
    result = lr_range_test(
        sweep_settings(config_of(dataset), lr_min=1e-3, lr_max=1e6, n_steps=200), examples
    )
    assert 2 < len(result.lrs) < 200
    assert result.stopped_at == result.lrs[-1]
    assert result.smoothed[-1] > 4 * result.smoothed.min()
    assert (result.smoothed[:-1] <= 4 * np.minimum.accumulate(result.smoothed)[:-1]).all()


def test_a_sweep_that_ran_away_learns_nothing_more(dataset: Dataset, examples: Examples) -> None:
    sweep = LRSweep(
        sweep_settings(config_of(dataset), lr_min=1e-3, lr_max=1e6, n_steps=200), examples
    )
    while not sweep.is_done:
        sweep.advance(1)
    before = sweep.result()
    sweep.advance(1)
    assert_equal(sweep.result(), before)


def test_a_loss_that_is_not_finite_ends_the_sweep_at_a_named_rate(
    dataset: Dataset, examples: Examples
) -> None:
    result = lr_range_test(
        sweep_settings(config_of(dataset), lr_min=1e37, lr_max=1e38, n_steps=50), examples
    )
    assert np.isfinite(result.losses).all()
    assert len(result.losses) < 50
    assert result.stopped_at is not None
    assert 1e37 <= result.stopped_at <= 1e38


def test_a_sweep_that_ends_early_is_the_beginning_of_one_that_did_not(
    dataset: Dataset, examples: Examples
) -> None:
    result = lr_range_test(
        sweep_settings(config_of(dataset), lr_min=1e-3, lr_max=1e6, n_steps=200), examples
    )
    model = MLP(config_of(dataset), torch.Generator().manual_seed(42))
    lrs = np.geomspace(1e-3, 1e6, 200)
    config = TrainConfig(tuple((1, float(lr)) for lr in lrs), eval_interval=None)
    losses = Trainer(model, examples, config).advance(200).losses
    taken = len(result.losses)
    assert result.losses.tolist() == losses[:taken].tolist()
    assert result.lrs.tolist() == lrs[:taken].tolist()


@pytest.mark.parametrize(
    "settings",
    [
        TrainConfig(optimizer="adamw", beta1=0.8),
        TrainConfig(momentum=0.9, weight_decay=0.01),
        TrainConfig(engine="reference"),
    ],
)
def test_a_sweep_uses_the_optimizer_that_it_is_given(
    dataset: Dataset, examples: Examples, settings: TrainConfig
) -> None:
    result = lr_range_test(
        sweep_settings(
            config_of(dataset),
            lr_min=1e-3,
            lr_max=0.1,
            n_steps=30,
            batch_size=8,
            seed=5,
            train=settings,
        ),
        examples,
    )
    model = MLP(config_of(dataset), torch.Generator().manual_seed(5))
    stages = tuple((1, float(lr)) for lr in result.lrs)
    config = replace(settings, stages=stages, batch_size=8, seed=5, eval_interval=None)
    trainer = Trainer(model, examples, config)
    assert trainer.advance(30).losses.tolist() == result.losses.tolist()
    plain = lr_range_test(
        sweep_settings(
            config_of(dataset), lr_min=1e-3, lr_max=0.1, n_steps=30, batch_size=8, seed=5
        ),
        examples,
    )
    if settings.engine == "auto":
        assert plain.losses.tolist() != result.losses.tolist()


@pytest.mark.parametrize("lr_max", [1.0, 1e6])
def test_smoothing_changes_what_is_suggested_and_neither_losses_nor_the_end(
    dataset: Dataset, examples: Examples, lr_max: float
) -> None:
    usual, rough = (
        lr_range_test(
            sweep_settings(config_of(dataset), lr_min=1e-3, lr_max=lr_max, n_steps=200),
            examples,
            smoothing=weight,
        )
        for weight in (0.98, 0.5)
    )
    assert rough.losses.tolist() == usual.losses.tolist()
    assert rough.stopped_at == usual.stopped_at
    assert rough.smoothed.tolist() == smooth(usual.losses, 0.5).tolist()
    assert dict(rough.suggestions) == suggest_lrs(rough.lrs, rough.smoothed)
    assert_equal(rough.with_smoothing(0.98), usual)


@pytest.mark.parametrize("weight", [-0.1, 1.0, nan, "0.9"])
def test_a_bad_smoothing_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match=r"smoothing must be a number from 0 to 0\.9999, got"):
        smooth(np.zeros(3), weight)


@pytest.mark.parametrize("vocab_size", [5, 27, 60])
def test_a_start_misleads_if_it_lies_a_nat_above_a_uniform_guess(vocab_size: int) -> None:
    assert is_start_misleading(log(vocab_size) + 1.01, vocab_size)
    assert not is_start_misleading(log(vocab_size) + 0.99, vocab_size)
    assert not is_start_misleading(None, vocab_size)


def test_every_rule_says_what_it_takes_and_where_it_comes_from() -> None:
    for rule in SUGGESTION_RULES.values():
        assert rule.summary.endswith(".")
        assert rule.source


@given(LOSSES, st.sampled_from([0.0, 0.5, 0.9, 0.98]))
def test_the_average_is_the_weighted_mean_of_the_past(losses: list[float], weight: float) -> None:
    smoothed = smooth(np.array(losses, np.float32), weight)
    for n in range(1, len(losses) + 1):
        weights = weight ** np.arange(n - 1, -1, -1.0)
        expected = weights @ np.array(losses[:n]) / weights.sum()
        assert smoothed[n - 1] == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_the_average_of_constant_losses_is_that_constant() -> None:
    assert smooth(np.full(300, 3.25, np.float32)) == pytest.approx(3.25)


def longest_fall(values: list[float]) -> int:
    """Length of the longest strictly falling subsequence, by trying all predecessors."""
    lengths: list[int] = []
    for index, value in enumerate(values):
        before = (lengths[j] for j in range(index) if values[j] > value)
        lengths.append(1 + max(before, default=0))
    return max(lengths)


def falls(values: list[float], at: int) -> tuple[int, int]:
    """Longest falls that end and that begin at one place, itself counted in both."""
    until = [v for v in values[:at] if v > values[at]]
    after = [v for v in values[at + 1 :] if v < values[at]]
    return (
        1 + (longest_fall(until) if until else 0),
        1 + (longest_fall(after) if after else 0),
    )


@given(st.lists(st.integers(0, 12), min_size=2, max_size=40))
def test_the_valley_lies_two_thirds_down_a_longest_fall(values: list[int]) -> None:
    smoothed = np.array(values, np.float64)
    lrs = np.geomspace(1e-3, 1, len(values))
    at = int(np.flatnonzero(lrs == suggest_lrs(lrs, smoothed)["valley"])[0])
    length = longest_fall(smoothed.tolist())
    until, after = falls(smoothed.tolist(), at)
    assert until + after - 1 == length  # it lies on a fall of the greatest length
    assert until == length * 2 // 3 + 1


@given(st.lists(st.floats(0, 10), min_size=2, max_size=40, unique=True))
def test_minimum_and_steepest_are_what_their_names_say(values: list[float]) -> None:
    smoothed = np.array(values)
    lrs = np.geomspace(1e-3, 1, len(values))
    suggestions = suggest_lrs(lrs, smoothed)
    assert suggestions["minimum"] == lrs[values.index(min(values))]
    assert suggestions["minimum/10"] == suggestions["minimum"] / 10
    slopes = np.gradient(smoothed, np.log(lrs)).tolist()
    assert slopes[lrs.tolist().index(suggestions["steepest"])] == min(slopes)


def test_every_suggestion_has_a_rule_in_words() -> None:
    lrs = np.geomspace(1e-3, 1, 5)
    assert list(suggest_lrs(lrs, np.array([5.0, 4, 3, 4, 9]))) == list(SUGGESTION_RULES)


@pytest.mark.parametrize("name", ["lr_min", "lr_max"])
@pytest.mark.parametrize("value", [0, -1, nan, inf, "1", None, True, 1e-300, 1e300])
def test_a_bad_rate_is_refused_by_name(dataset: Dataset, name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be "):
        sweep_settings(config_of(dataset), **{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(("lr_min", "lr_max"), [(1.0, 1.0), (1.0, 0.1)])
def test_the_first_rate_must_be_below_the_last(
    dataset: Dataset, examples: Examples, lr_min: float, lr_max: float
) -> None:
    message = f"lr_min must be below lr_max, got {lr_min:g} and {lr_max:g}"
    with pytest.raises(ValueError, match=re.escape(message)):
        lr_range_test(sweep_settings(config_of(dataset), lr_min=lr_min, lr_max=lr_max), examples)


def test_rates_too_close_to_differ_are_refused(dataset: Dataset, examples: Examples) -> None:
    with pytest.raises(
        ValueError, match=r"must leave room for 9 different rates, got 0\.1 and 0\.1"
    ):
        lr_range_test(
            sweep_settings(config_of(dataset), lr_min=0.1, lr_max=nextafter(0.1, 1), n_steps=9),
            examples,
        )


@pytest.mark.parametrize("n_steps", [0, 1, -1, 10**6, 2.0, None])
def test_a_sweep_needs_two_steps_and_not_too_many(
    dataset: Dataset, examples: Examples, n_steps: object
) -> None:
    with pytest.raises(ValueError, match="n_steps must be a whole number from 2 to 100,000, got"):
        lr_range_test(sweep_settings(config_of(dataset), n_steps=n_steps), examples)  # type: ignore[arg-type]


def test_a_bad_batch_seed_or_model_is_refused(dataset: Dataset, examples: Examples) -> None:
    with pytest.raises(ValueError, match="batch_size must be a whole number from 1"):
        lr_range_test(sweep_settings(config_of(dataset), batch_size=0), examples)
    with pytest.raises(ValueError, match="seed must be a whole number from 0"):
        lr_range_test(sweep_settings(config_of(dataset), seed=-1), examples)
    with pytest.raises(ValueError, match="the model's block_size"):
        lr_range_test(sweep_settings(ModelConfig(block_size=2)), examples)


def test_successive_rates_are_pairwise_different(dataset: Dataset, examples: Examples) -> None:
    result = lr_range_test(
        sweep_settings(config_of(dataset), lr_min=0.1, lr_max=0.1001, n_steps=100), examples
    )
    assert all(before < after for before, after in pairwise(result.lrs.tolist()))
