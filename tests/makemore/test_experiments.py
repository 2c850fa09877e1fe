"""`makemore.experiments` and their runs: the lecture's figures, and ours honestly made."""

import re
from dataclasses import replace
from itertools import accumulate
from math import isnan
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from makemore import (
    EXPERIMENTS,
    MLP,
    Dataset,
    Examples,
    Experiment,
    ExperimentResult,
    ExperimentRun,
    ModelConfig,
    Stage,
    TrainConfig,
    Trainer,
    build_examples,
    evaluate,
    lr_range_test,
    run_experiment,
)
from makemore.experiments import Figure, Part, RateSweep, Training
from tests.conftest import LECTURE_NAMES
from tests.makemore.sweeps import sweep_settings


def short(name: str, n_steps: int = 20) -> Experiment:
    """Give an experiment whose stages have `n_steps` steps, its figures moved along."""
    experiment = EXPERIMENTS[name]
    return replace(experiment, parts=tuple(_short(part, n_steps) for part in experiment.parts))


def _short(part: Part, n_steps: int) -> Part:
    if part.is_exact:
        return part
    if isinstance(part, RateSweep):
        return replace(part, n_steps=n_steps)
    assert isinstance(part, Training)
    ends = list(accumulate(stage.n_steps for stage in part.stages))
    at = {end: n_steps * (number + 1) for number, end in enumerate(ends)} | {1: 1}
    return replace(
        part,
        stages=tuple(stage._replace(n_steps=n_steps) for stage in part.stages),
        figures=tuple(replace(figure, step=at[figure.step]) for figure in part.figures),
    )


def verdicts(result: ExperimentResult) -> list[str]:
    return [comparison.verdict for comparison in result.comparisons]


def run_to_the_end(run: ExperimentRun, n_steps: int) -> ExperimentResult:
    while not run.is_done:
        run.advance(n_steps)
    return run.result()


def values(result: ExperimentResult) -> list[tuple[float, ...]]:
    return [comparison.ours.values for comparison in result.comparisons]


@pytest.mark.parametrize("name", ["A", "C", pytest.param("B", marks=pytest.mark.slow)])
def test_exact_figures_are_met_on_the_lectures_list(name: str, lecture_words: list[str]) -> None:
    result = run_experiment(name, lecture_words)
    assert result.is_lecture_list
    assert verdicts(result) == ["met"] * len(result.comparisons)


def test_on_another_list_only_what_begins_alike_is_claimed(names: list[str]) -> None:
    assert verdicts(run_experiment("A", names)) == ["met"] * 10
    assert verdicts(run_experiment("A", names[1:])) == ["another list"] * 10
    result = run_experiment("C", names)
    assert not result.is_lecture_list
    assert verdicts(result) == ["another list"] * 3
    assert result.comparisons[0].why == "this list has 32,178 names, not 32,033"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["D", "E", "G", "H", "I"])
def test_chance_gives_figures_like_the_lectures(name: str, lecture_words: list[str]) -> None:
    result = run_experiment(name, lecture_words, seeds=(42, 43, 44))
    assert set(verdicts(result)) == {"inside"}


def test_every_figure_of_the_lecture_is_there() -> None:
    if not LECTURE_NAMES.is_file():
        pytest.skip(f"the lecture's facts are not beside {LECTURE_NAMES}")
    facts = (LECTURE_NAMES.parent / "README.md").read_text(encoding="utf-8")
    table = facts[facts.index("Reported figures") :]
    losses = {float(loss) for loss in re.findall(r"(?<![\d.])\d+\.\d{4}(?:\d\d)?(?!\d)", table)}
    figures = [f for e in EXPERIMENTS.values() for part in e.parts for f in part.figures]
    ours = {figure.value for figure in figures if figure.quantity not in ("examples", "lr")}
    assert losses == {value for value in ours if round(value, 1) != value}
    assert list(EXPERIMENTS) == list("ABCDEFGHIJKL")


def test_figures_are_reported_within_the_run_and_stages_have_their_data() -> None:
    for experiment in EXPERIMENTS.values():
        for part in experiment.parts:
            if isinstance(part, Training):
                steps = [figure.step for figure in part.figures]
                assert steps == sorted(steps)
                assert all(1 <= step <= TrainConfig(part.stages).n_steps for step in steps)
                assert len(part.data) == len(part.stages)


def test_a_training_is_the_one_that_anyone_would_write(dataset: Dataset) -> None:
    result = run_experiment(short("H"), dataset.words, seeds=(5,))
    everything = build_examples(dataset.words, dataset.vocabulary, 3)
    model = MLP(ModelConfig(dataset.vocabulary.size), torch.Generator().manual_seed(5))
    stages = tuple(Stage(20, lr) for lr in (0.1, 0.01, 0.001))
    trainer = Trainer(model, everything, TrainConfig(stages, seed=5, eval_interval=None))
    expected = []
    for _ in stages:
        trainer.advance(20)
        expected.append((evaluate(model, everything),))
    assert values(result) == expected


def by_hand(model: MLP, plan: list[tuple[Examples, float]], seed: int, n_steps: int) -> None:
    """Train as the lecture writes it, with one generator for all batches."""
    rng = torch.Generator().manual_seed(seed)
    for examples, lr in plan:
        for _ in range(n_steps):
            ix = torch.randint(len(examples), (32,), generator=rng)
            loss = F.cross_entropy(model(examples.x[ix]), examples.y[ix])
            model.zero_grad()
            loss.backward()
            for parameter in model.parameters():
                assert parameter.grad is not None
                parameter.data -= lr * parameter.grad


def test_the_slip_of_j_is_done_on_all_examples_and_put_right_beside_it(dataset: Dataset) -> None:
    small = short("J", n_steps=5)
    parts = tuple(replace(part, model=ModelConfig(n_hidden=20)) for part in small.parts)
    result = run_experiment(replace(small, parts=parts), dataset.words, seeds=(3,))
    train, val, test = dataset.examples(3)
    everything = build_examples(dataset.words, dataset.vocabulary, 3)
    ours = []
    for later in (train, everything):
        config = ModelConfig(dataset.vocabulary.size, n_hidden=20)
        model = MLP(config, torch.Generator().manual_seed(3))
        by_hand(model, [(train, 0.5), (later, 0.1), (later, 0.05)], seed=3, n_steps=5)
        ours += [evaluate(model, each) for each in (train, val, test)]
    final = [c.ours.mean for c in result.comparisons if c.figure.step == 15]
    assert final == pytest.approx(ours, rel=1e-4)
    assert final[0] != final[3]


def test_slips_are_said_where_they_are() -> None:
    slips = {experiment.name for experiment in EXPERIMENTS.values() if experiment.slip}
    assert slips == {"J", "K"}
    assert "all examples" in EXPERIMENTS["J"].slip
    assert "untrained" in EXPERIMENTS["K"].slip


def test_the_first_and_the_last_loss_of_e_are_those_of_their_batches(dataset: Dataset) -> None:
    result = run_experiment(short("E", 30), dataset.words, seeds=(1, 2))
    for title, lr in (("lr 0.001", 0.001), ("lr 1", 1.0)):
        first, last = (c.ours.values for c in result.comparisons if c.part == title)
        for number, seed in enumerate((1, 2)):
            model = MLP(ModelConfig(dataset.vocabulary.size), torch.Generator().manual_seed(seed))
            everything = build_examples(dataset.words, dataset.vocabulary, 3)
            config = TrainConfig(((30, lr),), seed=seed, eval_interval=None)
            losses = Trainer(model, everything, config).advance(30).losses
            assert (first[number], last[number]) == (losses[0], losses[-1])


def test_the_sweep_gives_the_rate_of_its_minimum(dataset: Dataset) -> None:
    result = run_experiment(short("F", 200), dataset.words, seeds=(1, 2))
    everything = build_examples(dataset.words, dataset.vocabulary, 3)
    config = ModelConfig(dataset.vocabulary.size)
    sweeps = [
        lr_range_test(sweep_settings(config, n_steps=200, seed=seed), everything)
        for seed in (1, 2)
    ]
    assert values(result) == [tuple(sweep.suggestions["minimum"] for sweep in sweeps)]


def test_names_are_drawn_once_whatever_the_seeds(dataset: Dataset) -> None:
    result = run_experiment(short("L"), dataset.words, seeds=(1, 2, 3))
    assert len(result.names) == 20
    assert result.n_known == sum(name in dataset.train_words for name in result.names)
    assert result.comparisons == ()


@pytest.mark.parametrize("name", ["A", "C", "F", "J", "L"])
def test_a_result_does_not_depend_on_how_the_steps_are_cut(name: str, dataset: Dataset) -> None:
    cut, whole = (
        run_to_the_end(ExperimentRun(short(name, 8), dataset, (1, 2)), n) for n in (3, 1_000)
    )
    assert values(cut) == values(whole)
    assert cut.names == whole.names


def test_a_verdict_waits_for_two_seeds(dataset: Dataset) -> None:
    run = ExperimentRun(short("H"), dataset, seeds=(1, 2))
    assert verdicts(run.result()) == ["open"] * 3
    while run.step < 60:  # one seed's
        run.advance(60)
    assert verdicts(run.result()) == ["open"] * 3
    result = run_to_the_end(run, 60)
    assert "open" not in verdicts(result)
    assert all(len(comparison.ours.values) == 2 for comparison in result.comparisons)


def test_a_figure_far_off_is_outside_with_its_reason(dataset: Dataset) -> None:
    part = Training(
        (Figure(1.0, "all", 20),), (Stage(20, 0.1),), ("all",), if_outside="nobody knows"
    )
    experiment = replace(EXPERIMENTS["G"], parts=(part,))
    (comparison,) = run_experiment(experiment, dataset.words, seeds=(1, 2, 3)).comparisons
    assert comparison.verdict == "outside"
    assert comparison.why == f"this list has {len(dataset.words):,} names, not 32,033"


def test_a_run_that_diverges_is_told_and_ends(dataset: Dataset) -> None:
    part = Training(
        (Figure(2.5, "all", 5), Figure(2.5, "all", 20)), (Stage(20, 1e30),), ("all",), n_names=3
    )
    run = ExperimentRun(replace(EXPERIMENTS["G"], parts=(part,)), dataset, (1,))
    result = run_to_the_end(run, 100)
    assert [len(comparison.ours.values) for comparison in result.comparisons] == [1, 1]
    assert isnan(result.comparisons[1].ours.mean)
    assert run.step == run.n_steps
    assert result.names == ()


def test_progress_rises_to_the_end(dataset: Dataset) -> None:
    told: list[tuple[int, int]] = []
    run_experiment(
        short("D"), dataset.words, (1, 2), lambda step, total: told.append((step, total))
    )
    assert told[-1] == (80, 80)
    assert np.all(np.diff([step for step, _ in told]) >= 0)


def test_an_error_in_progress_ends_the_run_and_is_raised(dataset: Dataset) -> None:
    def complain(step: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_experiment("D", dataset.words, (1, 2), complain)


@pytest.mark.parametrize(
    ("name", "seeds", "message"),
    [
        ("Z", (1,), "experiment must be one of 'A', 'B'"),
        ("A", (), "seeds must be 1 to 30 different ones, got ()"),
        ("A", (1, 1), r"seeds must be 1 to 30 different ones, got \(1, 1\)"),
        ("A", tuple(range(31)), "seeds must be 1 to 30 different ones"),
        ("A", (-1,), "a seed must be a whole number from 0"),
    ],
)
def test_bad_arguments_are_refused(name: str, seeds: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("()", r"\(\)")):
        run_experiment(name, ["emma"] * 10, seeds)


def test_the_page_of_results_is_of_the_lectures_list_and_complete() -> None:
    page = Path(__file__).parents[2] / "docs" / "lecture_results.md"
    text = page.read_text(encoding="utf-8")
    assert "the lecture's own" in text
    assert "missed |" not in text
    assert all(f"## {name}. " in text for name in EXPERIMENTS)
