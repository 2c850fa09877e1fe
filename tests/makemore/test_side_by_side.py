"""`makemore.side_by_side`: many runs at once, each as if it were alone."""

import subprocess
import sys
import threading
import time
from collections import defaultdict

import numpy as np
import pytest
import torch

from makemore import (
    MLP,
    Dataset,
    ModelConfig,
    RunFailure,
    TrainConfig,
    Trainer,
    TrainingEvent,
    train_many,
)
from makemore.engines import fused

ENGINES = ["reference", *(["fused"] if fused.is_available() else [])]


def trainer(dataset: Dataset, seed: int = 1, lr: float = 0.1, engine: str = "auto") -> Trainer:
    examples = dataset.examples(3)
    model = MLP(ModelConfig(n_hidden=10), torch.Generator().manual_seed(seed))
    config = TrainConfig(((250, lr),), 32, seed, engine, eval_interval=100)  # type: ignore[arg-type]
    return Trainer(model, examples.train, config, examples.val)


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if "train_many" in thread.name]


def break_down(n_steps: int) -> TrainingEvent:
    raise MemoryError(f"{n_steps} steps")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("n_workers", [1, 3, None])
def test_each_run_learns_what_it_learns_alone_bit_for_bit(
    dataset: Dataset, engine: str, n_workers: int | None
) -> None:
    rates = (0.3, 0.1, 0.03, 0.01, 0.003)
    trainers = [trainer(dataset, seed, lr, engine) for seed, lr in enumerate(rates)]
    events = defaultdict(list)
    for run, event in train_many(trainers, n_workers, steps_per_event=70):
        assert isinstance(event, TrainingEvent)
        events[run].append(event)
    for seed, lr in enumerate(rates):
        alone = trainer(dataset, seed, lr, engine)
        expected = alone.advance(250)
        assert np.array_equal(
            np.concatenate([event.losses for event in events[seed]]), expected.losses
        )
        assert sum((event.evaluations for event in events[seed]), ()) == expected.evaluations
        assert [event.first_step for event in events[seed]] == [1, 71, 141, 211]
        for name, weight in alone.model.weights().items():
            assert torch.equal(trainers[seed].model.weights()[name], weight)


def test_all_runs_grow_together(dataset: Dataset) -> None:
    trainers = [trainer(dataset, seed) for seed in range(6)]
    events = train_many(trainers, 1, steps_per_event=50)
    seen = [next(events)[0]]
    while min(run.step for run in trainers) < 50:  # so that several events wait for their caller
        time.sleep(0.001)
    seen += [run for run, _ in events]
    assert seen[:6] == [0, 1, 2, 3, 4, 5]
    assert sorted(seen) == sorted(list(range(6)) * 5)


def test_a_run_that_diverges_ends_alone(dataset: Dataset) -> None:
    trainers = [trainer(dataset), trainer(dataset, lr=1e30), trainer(dataset, seed=3)]
    last = dict(train_many(trainers, steps_per_event=50))
    assert isinstance(last[1], TrainingEvent)
    assert last[1].divergence == trainers[1].divergence is not None
    assert [run.step for run in (trainers[0], trainers[2])] == [250, 250]


def test_a_run_that_fails_ends_alone_and_says_why(dataset: Dataset) -> None:
    trainers = [trainer(dataset, seed) for seed in range(3)]
    trainers[1].advance = break_down  # type: ignore[method-assign]
    events = [(run, event) for run, event in train_many(trainers, steps_per_event=125)]
    failures = [(run, str(e.error)) for run, e in events if isinstance(e, RunFailure)]
    assert failures == [(1, "125 steps")]
    assert [run.step for run in trainers] == [250, 0, 250]
    assert not workers()


def test_closing_early_waits_for_the_steps_under_way_and_takes_no_others(
    dataset: Dataset,
) -> None:
    trainers = [trainer(dataset, seed) for seed in range(4)]
    has_begun, may_end = threading.Event(), threading.Event()
    takes_steps = trainers[1].advance

    def advance_when_allowed(n_steps: int) -> TrainingEvent:
        has_begun.set()
        may_end.wait()
        return takes_steps(n_steps)

    trainers[1].advance = advance_when_allowed  # type: ignore[method-assign]
    events = train_many(trainers, 1, steps_per_event=10)
    next(events)
    assert has_begun.wait(timeout=30)
    threading.Timer(0.3, may_end.set).start()
    events.close()  # type: ignore[attr-defined]
    assert not workers()
    assert [run.step for run in trainers] == [10, 10, 0, 0]


def test_no_more_than_one_event_a_run_is_computed_ahead_of_its_caller(dataset: Dataset) -> None:
    trainers = [trainer(dataset, seed) for seed in range(4)]
    taken = [0] * 4
    for run, event in train_many(trainers, 2, steps_per_event=10):
        assert isinstance(event, TrainingEvent)
        taken[run] += len(event.losses)
        # What is under way may be read a moment late, so only the upper bound is promised.
        assert all(run.step <= done + 20 for run, done in zip(trainers, taken, strict=True))


def test_no_step_is_taken_before_it_is_asked_for(dataset: Dataset) -> None:
    runs = [trainer(dataset)]
    train_many(runs)
    assert runs[0].step == 0
    assert not workers()


def test_runs_that_are_done_give_no_event_and_no_runs_none(dataset: Dataset) -> None:
    done, fresh = trainer(dataset), trainer(dataset)
    done.advance(250)
    assert {run for run, _ in train_many([done, fresh])} == {1}
    assert list(train_many([])) == []


def test_two_runs_must_not_train_the_same_model(dataset: Dataset) -> None:
    run = trainer(dataset)
    with pytest.raises(ValueError, match="a model of its own, got 1 for 2 runs; build an MLP"):
        train_many([run, run])


@pytest.mark.parametrize("number", [0, -1, 2.0, True])
def test_numbers_out_of_range_are_refused_at_once(number: int) -> None:
    with pytest.raises(ValueError, match="n_workers must be a whole number from 1"):
        train_many([], number)
    with pytest.raises(ValueError, match="steps_per_event must be a whole number from 1"):
        train_many([], steps_per_event=number)


def test_a_process_that_exits_with_runs_under_way_ends_well() -> None:
    code = (
        "import torch; from makemore import *\n"
        "examples = Dataset(load_words()[:200]).examples(3).train\n"
        "model = lambda seed: MLP(ModelConfig(), torch.Generator().manual_seed(seed))\n"
        "config = TrainConfig(engine='reference', eval_interval=None)\n"
        "events = train_many([Trainer(model(s), examples, config) for s in range(3)], 3)\n"
        "next(events)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=100)
