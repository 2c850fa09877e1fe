"""`makemore.lr_seeds`: sweeps with several seeds are so many sweeps, and their spread is told."""

from functools import partial
from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from makemore import (
    SUGGESTION_RULES,
    Dataset,
    LRRangeTest,
    LRRangeTests,
    LRSweeps,
    ModelConfig,
    TrainConfig,
    lr_range_test,
    lr_range_tests,
)
from makemore.checks import MAX_SEED
from makemore.lr_seeds import spread_of
from tests.makemore.sweeps import sweep_settings


def config_of(dataset: Dataset) -> ModelConfig:
    return ModelConfig(dataset.vocabulary.size, n_hidden=10, init="scaled")


def assert_same(one: LRRangeTest, other: LRRangeTest) -> None:
    for name in ("lrs", "losses", "smoothed"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist(), name
    assert dict(one.suggestions) == dict(other.suggestions)
    assert one.stopped_at == other.stopped_at


def range_test(losses: list[float], n_rates: int, stopped: bool = False) -> LRRangeTest:
    lrs = np.geomspace(1e-3, 1, n_rates)[: len(losses)]
    values = np.array(losses)
    return LRRangeTest(lrs, values.astype(np.float32), values, lrs[-1] if stopped else None)


@pytest.mark.parametrize("n_workers", [None, 1, 3])
@pytest.mark.parametrize("lr_max", [1.0, 1e6])
def test_each_seed_finds_what_it_finds_alone(
    dataset: Dataset, n_workers: int | None, lr_max: float
) -> None:
    settings = partial(
        sweep_settings,
        *(config_of(dataset), 1e-3, lr_max, 120, 8),
        train=TrainConfig(optimizer="adamw"),
    )
    examples = dataset.examples(3).train
    tests = lr_range_tests(settings(seed=7, n_seeds=3), examples, 0.9, n_workers)
    assert tests.seeds == (7, 8, 9)
    for seed, test in zip(tests.seeds, tests.tests, strict=True):
        assert_same(test, lr_range_test(settings(seed=seed), examples, 0.9))
    assert tests.tests[0].losses.tolist() != tests.tests[1].losses.tolist()


def test_seeds_differ_in_their_weights_and_in_their_batches(dataset: Dataset) -> None:
    examples = dataset.examples(3).train
    whole = lr_range_tests(
        sweep_settings(config_of(dataset), n_steps=5, batch_size=None, seed=1, n_seeds=2), examples
    )
    assert whole.tests[0].losses[0] != whole.tests[1].losses[0]  # of the weights alone
    sweeps = LRSweeps(sweep_settings(config_of(dataset), n_steps=5, seed=1, n_seeds=2), examples)
    states = [sweep.trainer.state_dict()["rng_state"].tolist() for sweep in sweeps._sweeps]
    assert states[0] != states[1]


@pytest.mark.parametrize("slice_steps", [1, 17, 500])
def test_sweeps_driven_in_slices_are_those_in_one_go(dataset: Dataset, slice_steps: int) -> None:
    examples = dataset.examples(3).train
    settings = sweep_settings(config_of(dataset), 1e-3, 1e5, 90, n_seeds=2)
    sweeps, shares = LRSweeps(settings, examples), [0.0]
    while not sweeps.is_done:
        sweeps.advance(slice_steps)
        shares.append(sweeps.progress)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    expected = lr_range_tests(settings, examples)
    for one, other in zip(sweeps.result().tests, expected.tests, strict=True):
        assert_same(one, other)


def test_sweeps_can_be_looked_at_before_their_first_step(dataset: Dataset) -> None:
    tests = LRSweeps(
        sweep_settings(config_of(dataset), n_seeds=5), dataset.examples(3).train
    ).result()
    assert (len(tests.lrs), dict(tests.spread), tests.first_loss) == (0, {}, None)
    assert [len(losses) for losses in tests.band] == [0, 0, 0]
    assert list(tests.rows()) == []


def test_the_band_is_that_of_the_smoothed_losses(dataset: Dataset) -> None:
    tests = lr_range_tests(
        sweep_settings(config_of(dataset), n_steps=40, n_seeds=5), dataset.examples(3).train
    )
    for index in range(40):
        losses = sorted(test.smoothed[index] for test in tests.tests)
        band = [column[index] for column in tests.band]
        assert band == [losses[0], losses[2], losses[4]]
    assert tests.first_loss == np.median([test.losses[0] for test in tests.tests])


def test_a_seed_that_ran_away_counts_as_above_all_others_from_there_on() -> None:
    runs = (range_test([3, 2, 9], 5, stopped=True), range_test([3, 1, 1, 2, 3], 5))
    tests = LRRangeTests((*runs, range_test([4, 4, 4, 4, 4], 5)), (1, 2, 3))
    assert tests.lrs.tolist() == np.geomspace(1e-3, 1, 5).tolist()
    assert tests.band.lowest.tolist() == [3, 1, 1, 2, 3]
    assert tests.band.median.tolist() == [3, 2, 4, 4, 4]
    assert tests.band.highest.tolist() == [4, 4, 9, inf, inf]
    assert tests.stopped_at == (tests.lrs[2],)


def test_no_seed_is_judged_by_rates_that_it_has_not_tried_yet() -> None:
    tests = LRRangeTests((range_test([3, 2, 2], 5), range_test([3, 1, 1, 2], 5)), (1, 2))
    assert len(tests.lrs) == 3
    ended = LRRangeTests((range_test([3, 9], 5, True), range_test([3, 1, 9], 5, True)), (1, 2))
    assert len(ended.lrs) == 3


def test_the_spread_is_that_of_the_single_suggestions(dataset: Dataset) -> None:
    tests = lr_range_tests(
        sweep_settings(config_of(dataset), n_steps=60, n_seeds=5), dataset.examples(3).train
    )
    assert list(tests.spread) == list(SUGGESTION_RULES)
    for rule, spread in tests.spread.items():
        lrs = sorted(test.suggestions[rule] for test in tests.tests)
        assert spread == (lrs[0], lrs[2], lrs[4])
    one = lr_range_tests(
        sweep_settings(config_of(dataset), n_steps=60, seed=42, n_seeds=1),
        dataset.examples(3).train,
    )
    for rule, lr in one.tests[0].suggestions.items():
        assert one.spread[rule] == (lr, lr, lr)


@given(st.lists(st.floats(1e-30, 1e30), min_size=1, max_size=9))
def test_a_spread_holds_the_extremes_and_the_middle(lrs: list[float]) -> None:
    spread = spread_of(lrs)
    assert (spread.lowest, spread.highest) == (min(lrs), max(lrs))
    assert spread.median == pytest.approx(np.exp(np.median(np.log(lrs))))
    if len(lrs) % 2:
        assert spread.median in lrs


def test_of_two_rates_the_middle_is_the_geometric_one() -> None:
    assert spread_of([0.1, 0.4]).median == pytest.approx(sqrt(0.04))


def test_another_smoothing_looks_at_the_same_losses(dataset: Dataset) -> None:
    examples = dataset.examples(3).train
    settings = sweep_settings(config_of(dataset), n_steps=50, batch_size=8, n_seeds=2)
    rough = lr_range_tests(settings, examples).with_smoothing(0.3)
    for one, other in zip(rough.tests, lr_range_tests(settings, examples, 0.3).tests, strict=True):
        assert_same(one, other)


def test_the_rows_are_the_steps_of_all_seeds(dataset: Dataset) -> None:
    tests = lr_range_tests(
        sweep_settings(config_of(dataset), n_steps=9, seed=4, n_seeds=2), dataset.examples(3).train
    )
    rows = list(tests.rows())
    assert [row[0] for row in rows] == [4] * 9 + [5] * 9
    second = tests.tests[1]
    assert [row[1:] for row in rows[9:]] == list(
        zip(second.lrs, second.losses, second.smoothed, strict=True)
    )


@pytest.mark.parametrize("n_seeds", [0, 101, 1.5])
def test_a_bad_number_of_seeds_is_refused(dataset: Dataset, n_seeds: int) -> None:
    with pytest.raises(ValueError, match="the number of seeds must be a whole number from 1 to"):
        sweep_settings(config_of(dataset), n_seeds=n_seeds)


def test_seeds_follow_each_other_and_go_on_from_0(dataset: Dataset) -> None:
    config = config_of(dataset)
    assert sweep_settings(config, seed=42, n_seeds=3).seeds == (42, 43, 44)
    assert sweep_settings(config, seed=MAX_SEED, n_seeds=2).seeds == (MAX_SEED, 0)
