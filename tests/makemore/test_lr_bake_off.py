"""`makemore.lr_bake_off`: each rate gets the runs that anyone could make by hand."""

import re
from math import inf, isnan, nan

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from makemore import (
    MLP,
    BakeOff,
    BakeOffResult,
    Contender,
    Dataset,
    ModelConfig,
    Stage,
    TrainConfig,
    Trainer,
    bake_off,
    evaluate,
    lr_range_tests,
    propose_lrs,
)
from makemore.lr_bake_off import (
    BAKE_OFF_STEPS,
    LEAST_STEPS,
    SAME_WITHIN,
    TOTAL_WORK,
    affordable_steps,
    decayed_stages,
    merge_lrs,
)
from tests.makemore.sweeps import sweep_settings

PROPOSALS = {"lecture": 0.1, "minimum": 0.5, "valley": 0.01}


def config_of(dataset: Dataset) -> ModelConfig:
    return ModelConfig(dataset.vocabulary.size, n_hidden=10, init="scaled")


def contest_of(dataset: Dataset, proposals: dict[str, float], n_steps: int = 90) -> BakeOff:
    examples = dataset.examples(3)
    settings = sweep_settings(config_of(dataset), batch_size=8, seed=3, n_seeds=2)
    return BakeOff(settings, examples, proposals, n_steps)


def result_of(**losses: list[float]) -> BakeOffResult:
    lrs = np.geomspace(0.01, 1, len(losses)).tolist()
    contenders = tuple(
        Contender((name,), lr, np.array(each))
        for lr, (name, each) in zip(lrs, losses.items(), strict=True)
    )
    n_seeds = len(contenders[0].losses)
    return BakeOffResult(contenders, tuple(range(n_seeds)), 90)


@pytest.mark.parametrize("settings", [TrainConfig(), TrainConfig(optimizer="adamw")])
@pytest.mark.parametrize("n_workers", [None, 1])
def test_a_loss_is_that_of_a_plain_run_with_a_decayed_tail(
    dataset: Dataset, settings: TrainConfig, n_workers: int | None
) -> None:
    examples, seeds = dataset.examples(3), (3, 4)
    sweep = sweep_settings(config_of(dataset), batch_size=8, seed=3, n_seeds=2, train=settings)
    result = bake_off(sweep, examples, PROPOSALS, 90, n_workers)
    assert [each.lr for each in result.contenders] == [0.01, 0.1, 0.5]
    assert [each.names for each in result.contenders] == [("valley",), ("lecture",), ("minimum",)]
    for contender in result.contenders:
        for seed, loss in zip(seeds, contender.losses, strict=True):
            stages = ((60, contender.lr), (30, contender.lr / 10))
            config = TrainConfig(stages, 8, seed, optimizer=settings.optimizer, eval_interval=None)
            model = MLP(config_of(dataset), torch.Generator().manual_seed(seed))
            Trainer(model, examples.train, config).advance(90)
            assert loss == evaluate(model, examples.val)


@pytest.mark.parametrize("slice_steps", [7, 1_000])
def test_a_bake_off_driven_in_slices_is_the_one_on_all_cores(
    dataset: Dataset, slice_steps: int
) -> None:
    contest, shares = contest_of(dataset, PROPOSALS), [0.0]
    while not contest.is_done:
        contest.advance(slice_steps)
        shares.append(contest.progress)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    other = contest_of(dataset, PROPOSALS)
    *_, last = other.finish()
    assert last == 1
    for one, two in zip(contest.result().contenders, other.result().contenders, strict=True):
        assert one.losses.tolist() == two.losses.tolist()
    contest.advance(1)  # nothing is left, and nothing happens


def test_every_rate_has_its_first_seed_before_any_has_its_second(dataset: Dataset) -> None:
    contest = contest_of(dataset, PROPOSALS)
    for _ in PROPOSALS:
        assert contest.result().winner is None
        contest.advance(90)
    for contender in contest.result().contenders:
        assert np.isnan(contender.losses).tolist() == [False, True]
        assert contender.mean == contender.losses[0]
    assert contest.result().ranking == ()


def test_a_rate_that_diverges_is_last_and_never_wins(dataset: Dataset) -> None:
    contest = contest_of(dataset, {"tame": 0.1, "wild": 1e38})
    list(contest.finish())
    result = contest.result()
    tame, wild = result.ranking
    assert wild.losses.tolist() == [inf, inf]
    assert result.winner is tame
    alone = contest_of(dataset, {"wild": 1e38})
    list(alone.finish())
    assert alone.result().winner is None


def test_the_lowest_mean_wins_and_one_wild_seed_is_enough_to_lose() -> None:
    result = result_of(a=[2.0, 2.4], b=[2.1, 2.1], c=[1.0, inf], d=[2.5, 2.6])
    assert result.winner is result.contenders[1]
    assert [each.names[0] for each in result.ranking] == ["b", "a", "d", "c"]


def test_a_rival_is_one_that_some_seed_prefers() -> None:
    result = result_of(a=[2.0, 2.4], b=[2.1, 2.1], c=[2.2, 2.2])
    assert [each.names for each in result.rivals] == [("a",)]
    assert result_of(a=[2.0], b=[2.1]).rivals == ()
    assert result_of(a=[nan], b=[2.1]).rivals == ()


def test_a_mean_is_of_what_is_known() -> None:
    assert Contender(("a",), 0.1, np.array([2.0, nan, 3.0])).mean == 2.5
    assert isnan(Contender(("a",), 0.1, np.array([nan])).mean)


@pytest.mark.parametrize("n_steps", [3, 4, 5, 4_000])
def test_the_last_third_goes_on_at_a_tenth(n_steps: int) -> None:
    first, tail = decayed_stages(n_steps, 0.5)
    assert first == Stage(n_steps - tail.n_steps, 0.5)
    assert tail.lr == 0.05
    assert tail.n_steps == max(1, round(n_steps / 3))


def test_rates_that_nearly_coincide_run_once_as_the_one_proposed_first() -> None:
    proposals = {"lecture": 0.1, "minimum": 0.11, "valley": 0.09, "steepest": 0.02}
    assert merge_lrs(proposals) == {0.02: ("steepest",), 0.1: ("lecture", "minimum", "valley")}


@given(st.lists(st.floats(1e-6, 100), min_size=1, max_size=8))
def test_merging_loses_no_name_and_leaves_each_near_its_rate(lrs: list[float]) -> None:
    proposals = {str(number): lr for number, lr in enumerate(lrs)}
    merged = merge_lrs(proposals)
    assert list(merged) == sorted(merged)
    assert sorted(name for names in merged.values() for name in names) == sorted(proposals)
    for lr, names in merged.items():
        for name in names:
            assert max(lr, proposals[name]) < SAME_WITHIN * min(lr, proposals[name]) * (1 + 1e-9)


def test_proposed_are_the_lectures_rate_and_the_median_of_each_suggestion(
    dataset: Dataset,
) -> None:
    tests = lr_range_tests(
        sweep_settings(config_of(dataset), n_steps=30, n_seeds=5), dataset.examples(3).train
    )
    medians = {name: spread.median for name, spread in tests.spread.items()}
    assert propose_lrs(tests) == {"lecture": 0.1, **medians}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"proposals": {}}, "proposals must hold at least one rate, got none"),
        ({"n_steps": 2}, "n_steps must be a whole number from 3 to 1,000,000, got 2"),
        ({"proposals": {"a": -1.0}}, "the rate 'a' must be a finite number above 0"),
    ],
)
def test_bad_input_is_refused(dataset: Dataset, change: dict[str, object], message: str) -> None:
    examples = dataset.examples(3)
    settings = {"proposals": PROPOSALS, **change}
    with pytest.raises(ValueError, match=re.escape(message)):
        bake_off(sweep_settings(config_of(dataset)), examples, **settings)  # type: ignore[arg-type]


def products_of(model: ModelConfig, batch_size: int) -> int:
    """Count what the three products of each layer's step take, two operations a weight."""
    weights = [model.block_size * model.n_embd * model.n_hidden, model.n_hidden * model.vocab_size]
    return sum(2 * 3 * batch_size * each for each in weights)


def test_small_models_take_the_usual_steps_and_large_ones_as_many_as_last_a_few_seconds() -> None:
    small = sweep_settings(ModelConfig(27, 3, 2, 100), n_seeds=5)
    assert affordable_steps(small, 5, 1_000) == BAKE_OFF_STEPS
    middle = ModelConfig(27, 3, 10, 200)
    n_steps = affordable_steps(sweep_settings(middle, batch_size=256, n_seeds=5), 5, 1_000)
    assert LEAST_STEPS < n_steps < BAKE_OFF_STEPS
    spent = 25 * n_steps * products_of(middle, 256)
    assert 0.9 * TOTAL_WORK < spent < TOTAL_WORK
    large = sweep_settings(ModelConfig(27, 8, 32, 1_000), batch_size=1_024, n_seeds=5)
    assert affordable_steps(large, 5, 1_000) == LEAST_STEPS


def test_twice_the_runs_are_half_as_long() -> None:
    def steps(n_seeds: int, n_rates: int) -> int:
        settings = sweep_settings(ModelConfig(27, 3, 10, 200), batch_size=256, n_seeds=n_seeds)
        return affordable_steps(settings, n_rates, 1_000)

    assert steps(10, 5) == pytest.approx(steps(5, 5) / 2, abs=1)
    assert steps(5, 2) == pytest.approx(steps(5, 5) * 2.5, abs=3)


def test_a_batch_of_all_examples_counts_as_so_many() -> None:
    model = ModelConfig(27, 3, 2, 100)
    whole = sweep_settings(model, batch_size=None, n_seeds=5)
    same = sweep_settings(model, batch_size=2_000, n_seeds=5)
    assert affordable_steps(whole, 5, 2_000) == affordable_steps(same, 5, 9) < BAKE_OFF_STEPS
