"""`makemore.cli`: the terminal does what the package does, and explains bad input."""

import csv
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from math import exp, log
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner, Result

from makemore import (
    ENSEMBLE,
    MLP,
    RECIPES,
    Dataset,
    Ensemble,
    ModelConfig,
    NGram,
    Recipe,
    Stage,
    SweepSettings,
    TrainConfig,
    Trainer,
    bake_off,
    cli_ensemble,
    compare_with_tables,
    load_run,
    load_words,
    lr_range_tests,
    ngram_losses,
    ngram_surprise,
    propose_lrs,
    sample_words,
    slot_distributions,
    slot_effects,
    word_surprise,
)
from makemore.baselines import standing
from makemore.cli import app
from makemore.ensemble import load_networks, save_networks
from tests.makemore.sweeps import sweep_settings

SMALL = ("--n-hidden", "8", "--init", "scaled", "--seed", "3")


@pytest.fixture(scope="session")
def word_file(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> Path:
    file = tmp_path_factory.mktemp("words") / "words.txt"
    file.write_text("\n".join(names[:200]), encoding="utf-8")
    return file


def makemore(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def in_a_process(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "makemore", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def train(word_file: Path, out: Path, *arguments: object) -> Result:
    return makemore("train", "--words", word_file, "--out", out, *SMALL, *arguments)


@pytest.fixture(scope="session")
def saved(word_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("run") / "run.safetensors"
    assert train(word_file, file, "--steps", 300, "--lr", 0.5).exit_code == 0
    return file


def test_training_is_that_of_the_package(dataset: Dataset, saved: Path) -> None:
    run, examples = load_run(saved), dataset.examples(3)
    config = ModelConfig(dataset.vocabulary.size, n_hidden=8, init="scaled")
    model = MLP(config, torch.Generator().manual_seed(3))
    trainer = Trainer(model, examples.train, TrainConfig(((300, 0.5),), seed=3), examples.val)
    event = trainer.advance(300)
    assert run.history.losses.tolist() == event.losses.tolist()
    assert run.history.evaluations == list(event.evaluations)
    assert all(torch.equal(run.weights[name], p) for name, p in model.named_parameters())


def test_training_shows_the_losses_of_both_splits(word_file: Path, tmp_path: Path) -> None:
    result = train(word_file, tmp_path / "run", "--steps", 50, "--lr", 0.5)
    evaluation = load_run(tmp_path / "run").history.evaluations[-1]
    assert f"{evaluation.train_loss:.4f}" in result.output
    assert f"{evaluation.val_loss:.4f}" in result.output
    assert "after 50 steps" in result.output
    assert "Saved" in result.output


def test_a_resumed_run_was_never_interrupted(word_file: Path, saved: Path, tmp_path: Path) -> None:
    part, resumed = tmp_path / "part", tmp_path / "resumed"
    train(word_file, part, "--steps", 130, "--lr", 0.5)
    result = makemore(
        *("train", "--words", word_file, "--resume", part, "--out", resumed),
        *("--steps", 170, "--lr", 0.5),
    )
    assert result.exit_code == 0, result.output
    whole, run = load_run(saved), load_run(resumed)
    assert run.step == 300
    assert run.history.losses.tolist() == whole.history.losses.tolist()
    assert all(torch.equal(run.weights[name], weight) for name, weight in whole.weights.items())
    assert load_run(part).step == 130


def test_an_optimizer_and_a_schedule_are_those_of_the_package(
    word_file: Path, tmp_path: Path
) -> None:
    adamw = (
        *("--optimizer", "adamw", "--weight-decay", 0.1, "--beta1", 0.8, "--beta2", 0.99),
        *("--schedule", "bengio", "--decay", 0.01, "--dropout", 0.2),
    )
    assert train(word_file, tmp_path / "a", "--steps", 30, *adamw).exit_code == 0
    config = load_run(tmp_path / "a").train_config
    assert config == TrainConfig(
        (Stage(30, 0.01, "bengio"),),
        seed=3,
        optimizer="adamw",
        weight_decay=0.1,
        beta1=0.8,
        beta2=0.99,
        decay=0.01,
        dropout=0.2,
    )
    train(word_file, tmp_path / "b", "--steps", 30, "--momentum", 0.9, "--schedule", "cosine")
    config = load_run(tmp_path / "b").train_config
    assert config == TrainConfig((Stage(30, 0.1, "cosine"),), seed=3, momentum=0.9)


def test_a_resumed_run_goes_on_at_its_own_rate_unless_told_another(
    word_file: Path, tmp_path: Path
) -> None:
    train(word_file, tmp_path / "part", "--steps", 20, "--optimizer", "adamw", "--lr", 0.02)
    resume = ("train", "--words", word_file, "--out", tmp_path / "out", "--resume")
    makemore(*resume, tmp_path / "part", "--steps", 5)
    makemore(*resume, tmp_path / "out", "--steps", 6, "--lr", 0.01, "--schedule", "cosine")
    stages = load_run(tmp_path / "out").train_config.stages
    assert stages == (Stage(20, 0.02), Stage(5, 0.02), Stage(6, 0.01, "cosine"))


def test_a_recipe_trains_with_its_settings(word_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    result = makemore("recipe", "quick", "--words", word_file, "--seed", 7, "--out", out)
    assert result.exit_code == 0, result.output
    run, recipe = load_run(out), RECIPES["quick"]
    assert run.train_config == replace(recipe.train, seed=7)
    assert run.model_config == replace(recipe.model, vocab_size=run.vocabulary.size)
    assert run.step == recipe.train.n_steps


def test_without_a_name_every_recipe_is_told() -> None:
    output = " ".join(makemore("recipe").output.split())
    assert all(f"{name}: {recipe.summary}" in output for name, recipe in RECIPES.items())


@pytest.fixture
def short_ensemble(monkeypatch: pytest.MonkeyPatch) -> Recipe:
    train = replace(ENSEMBLE.train, stages=(Stage(20, 0.005, "one_cycle"),))
    short = replace(ENSEMBLE, model=replace(ENSEMBLE.model, n_hidden=16), train=train)
    monkeypatch.setattr(cli_ensemble, "ENSEMBLE", short)
    return short


def test_an_ensemble_is_told_beside_tables_and_saved_as_one_run_to_sample_from(
    word_file: Path, tmp_path: Path, short_ensemble: Recipe
) -> None:
    out = tmp_path / "joined"
    result = makemore("ensemble", "--words", word_file, "--networks", 2, "--out", out)
    assert result.exit_code == 0, result.output
    assert "5-gram" in result.output
    said = " ".join(result.output.split())
    assert re.search(r"Each network alone: \d\.\d{4} ± \d\.\d{4} on", said)
    run = load_run(out)
    n_embd = short_ensemble.model.n_embd
    assert (run.model_config.n_embd, run.model_config.n_hidden) == (2 * n_embd, 32)
    assert makemore("sample", out, "-n", 3).exit_code == 0


def test_a_resumed_ensemble_is_the_one_that_was_never_interrupted(
    dataset: Dataset, word_file: Path, tmp_path: Path, short_ensemble: Recipe
) -> None:
    whole, out, folder = (tmp_path / name for name in ("whole", "joined", "joined.networks"))
    arguments = ("ensemble", "--words", word_file, "--networks", 2)
    assert makemore(*arguments, "--out", whole).exit_code == 0
    half = Ensemble.begin(dataset, short_ensemble, 2, seed=42)
    half.networks[1].advance(7)
    save_networks(half.runs(), folder)
    result = makemore(*arguments, "--out", out)
    assert result.exit_code == 2
    assert f"--resume {folder} --out {out}" in result.output  # in one piece, to be copied
    result = makemore("ensemble", "--resume", folder, "--out", out)
    assert result.exit_code == 0, result.output
    for name, weight in load_run(whole).weights.items():
        assert torch.equal(load_run(out).weights[name], weight)
    assert not folder.exists()  # what it held is in the joined network


def test_an_ensemble_without_a_network_that_diverged_is_saved_and_says_so(
    dataset: Dataset, tmp_path: Path, short_ensemble: Recipe
) -> None:
    ensemble = Ensemble.begin(dataset, short_ensemble, 2, seed=42)
    with torch.no_grad():
        ensemble.networks[1].model.W2.fill_(3e38)
    folder, out = tmp_path / "networks", tmp_path / "joined"
    save_networks(ensemble.runs(), folder)
    result = makemore("ensemble", "--resume", folder, "--out", out)
    assert result.exit_code == 1
    said = " ".join(result.output.split())
    assert "Left out: the network of seed 43 diverged: the loss is" in said
    assert "There is one network in it." in said
    assert load_run(out).model_config.n_hidden == 16
    assert len(list(folder.iterdir())) == 2


def test_a_run_brings_its_words_and_is_not_resumed_on_others(
    saved: Path, tmp_path: Path, names: list[str]
) -> None:
    out, other = tmp_path / "out", tmp_path / "other.txt"
    assert makemore("train", "--resume", saved, "--steps", 5, "--out", out).exit_code == 0
    assert load_run(out).step == 305
    assert load_run(out).dataset().words == names[:200]
    other.write_text("\n".join(names[200:400]), encoding="utf-8")
    result = makemore("train", "--resume", saved, "--words", other)
    assert result.exit_code == 2
    assert "the one that the run was trained on, got another" in " ".join(result.output.split())


def test_a_run_split_by_name_goes_on_so(tmp_path: Path) -> None:
    file, out = tmp_path / "twice.txt", tmp_path / "out"
    file.write_text("\n".join(["ann", "bea", "cy", "di", "eva"] * 4), encoding="utf-8")
    assert train(file, out, "--steps", 5, "--by-name").exit_code == 0
    for words in ((), ("--words", file)):
        result = makemore("train", "--resume", out, "--steps", 5, "--out", out, *words)
        assert result.exit_code == 0
    split = load_run(out).dataset().split
    assert load_run(out).step == 15
    assert not set(split.train) & {*split.val, *split.test}


def test_batch_size_0_takes_all_examples(word_file: Path, tmp_path: Path) -> None:
    train(word_file, tmp_path / "run", "--steps", 3, "--batch-size", 0)
    assert load_run(tmp_path / "run").train_config.batch_size is None


def test_a_run_that_diverges_exits_with_1_and_is_saved(word_file: Path, tmp_path: Path) -> None:
    result = train(word_file, tmp_path / "run", "--steps", 300, "--lr", 1e38)
    run = load_run(tmp_path / "run")
    assert result.exit_code == 1
    assert run.divergence is not None
    assert len(run.history) == run.divergence.step
    assert f"at step {run.divergence.step}; lower the rate lr=1e+38" in " ".join(
        result.output.split()
    )


def test_names_are_those_of_the_package(saved: Path) -> None:
    run = load_run(saved)
    rng = torch.Generator().manual_seed(7)
    expected = sample_words(run.model(), run.vocabulary, 12, rng, 0.8, 5, "an")
    result = makemore(
        *("sample", saved, "-n", 12, "--temperature", 0.8),
        *("--top-k", 5, "--prefix", "an", "--seed", 7),
    )
    assert result.stdout.splitlines() == expected


def test_baselines_are_those_of_the_package(dataset: Dataset, word_file: Path) -> None:
    result = makemore("baselines", "--words", word_file, "--max-order", 3)
    assert result.exit_code == 0, result.output
    for name, losses in ngram_losses(dataset.split, dataset.vocabulary, 3).items():
        (line,) = (line for line in result.output.splitlines() if f" {name} " in line)
        cells = [cell.strip() for cell in line.split("│")[1:-1]]
        assert cells[1:4] == [f"{loss:.4f}" for loss in losses]
        assert cells[4:] == [f"{losses.val / log(2):.4f}", f"{exp(losses.val):.3f}"]


def test_a_run_says_at_its_end_where_it_stands_among_the_baselines(
    dataset: Dataset, word_file: Path, tmp_path: Path
) -> None:
    result = train(word_file, tmp_path / "run", "--steps", 300)
    ladder = ngram_losses(dataset.split, dataset.vocabulary)
    (last,) = load_run(tmp_path / "run").history.evaluations[-1:]
    assert last.val_loss is not None
    place = standing(last.val_loss, {name: losses.val for name, losses in ladder.items()})
    assert f"On validation it is {place}." in " ".join(result.output.split())


def test_a_name_costs_what_the_package_says(
    dataset: Dataset, saved: Path, word_file: Path
) -> None:
    run, known = load_run(saved), dataset.split.train[0]
    result = makemore("name", saved, known, "--words", word_file)
    assert result.exit_code == 0, result.output
    lines = [line.split("│")[1:-1] for line in result.output.splitlines() if "│" in line]
    rows = [[cell.strip() for cell in line] for line in lines]
    nats = word_surprise(run.model(), run.vocabulary, known)
    table = NGram.fit(dataset.split.train, run.vocabulary, 4)
    of_table = ngram_surprise(table, run.vocabulary, known)
    stand_ins = slot_distributions(dataset.examples(3).train, run.vocabulary.size)
    effects = slot_effects(run.model(), run.vocabulary, known, stand_ins)
    assert [row[0] for row in rows] == [*known, "end", "in all", "each"]
    assert [row[1] for row in rows[:-2]] == [f"{each:.2f}" for each in nats]
    assert [row[3] for row in rows[:-2]] == [f"{each:.2f}" for each in of_table]
    assert [row[4:] for row in rows[:-2]] == [[f"{each:+.2f}" for each in row] for row in effects]
    assert rows[-2][1] == f"{nats.sum():.2f}"
    assert f"{known} is one of the training names." in result.output
    unknown = makemore("name", saved, "Zoë", "--words", word_file)
    assert unknown.exit_code == 2
    assert "every character must be in the vocabulary, got 'Z'" in unknown.output


def test_sweeps_suggest_and_save_what_the_package_finds(
    dataset: Dataset, word_file: Path, tmp_path: Path
) -> None:
    file = tmp_path / "sweep.csv"
    settings = ("--steps", 120, "--seeds", 2, "--smoothing", 0.9, "--momentum", 0.5)
    result = makemore("lr", "--words", word_file, *SMALL, *settings, "--out", file)
    config = ModelConfig(dataset.vocabulary.size, n_hidden=8, init="scaled")
    wanted = SweepSettings(config, TrainConfig(seed=3, momentum=0.5), n_steps=120, n_seeds=2)
    expected = lr_range_tests(wanted, dataset.examples(3).train, smoothing=0.9)
    assert result.exit_code == 0
    for name, spread in expected.spread.items():
        assert name in result.output
        for lr in spread:
            assert f"{lr:.4g}" in result.output
    header, *rows = csv.reader(file.read_text().splitlines())
    assert header == ["seed", "lr", "loss", "smoothed"]
    assert [tuple(map(float, row)) for row in rows] == list(expected.rows())


def test_a_bake_off_tells_what_the_package_finds(dataset: Dataset, word_file: Path) -> None:
    settings = ("--steps", 50, "--seeds", 2, "--bake-off", "--bake-steps", 60)
    result = makemore("lr", "--words", word_file, *SMALL, *settings)
    config = ModelConfig(dataset.vocabulary.size, n_hidden=8, init="scaled")
    examples = dataset.examples(3)
    wanted = sweep_settings(config, n_steps=50, seed=3, n_seeds=2)
    proposals = propose_lrs(lr_range_tests(wanted, examples.train))
    expected = bake_off(wanted, examples, proposals, 60)
    assert result.exit_code == 0
    for contender in expected.contenders:
        assert f"{contender.mean:.4f}" in result.output
    assert expected.winner is not None
    assert f"is that of lr={expected.winner.lr:.4g}." in result.output


def test_a_first_loss_that_misleads_is_told(word_file: Path) -> None:
    for init, is_told in (("lecture", True), ("scaled", False)):
        settings = ("--init", init, "--steps", 20, "--seeds", 1)
        result = makemore("lr", "--words", word_file, "--n-hidden", 50, *settings)
        assert ("valley and steepest" in result.output) == is_told


def test_a_sweep_that_ran_away_says_at_which_rate(word_file: Path) -> None:
    result = makemore("lr", "--words", word_file, *SMALL, "--steps", 300, "--lr-max", 1e6)
    assert result.exit_code == 0
    assert "The loss ran away; the sweep stopped at lr=" in result.output


BAD_INPUT = {
    "train --steps 0": "number of steps of stage 1 must be a whole number from 1",
    "train --steps many": "Invalid value for '--steps'",
    "train --lr 0": "lr of stage 1 must be a finite number above 0, got 0",
    "train --lr nan": "lr of stage 1 must be a finite number above 0, got nan",
    "train --lr inf": "lr of stage 1 must be a finite number above 0, got inf",
    "train --batch-size -1": "batch_size must be a whole number from 1 to 1,000,000, got -1",
    "train --block-size 0": "block_size must be a whole number from 1 to 64, got 0",
    "train --n-embd 9999": "n_embd must be a whole number from 1 to 1,024, got 9999",
    "train --n-hidden -3": "n_hidden must be a whole number from 1 to 16,384, got -3",
    "train --init best": "init must be one of 'lecture', 'scaled', got 'best'",
    "train --seed -1": "seed must be a whole number from 0",
    "train --words nowhere.txt": "must be a file that can be read, got 'nowhere.txt'",
    "train --words .": "must be a file that can be read, got '.'",
    "train --resume nowhere": "a run must be a file that can be read, got 'nowhere'",
    "train --out nowhere/run": "--out must be a file in a folder that exists, got 'nowhere/run'",
    "train --out .": "--out must be a file in a folder that exists, got '.'",
    "train --optimizer adam": "optimizer must be one of 'sgd', 'adamw', got 'adam'",
    "train --schedule linear": "schedule of stage 1 must be one of 'constant', 'cosine', 'one_",
    "train --momentum 1": "momentum must be a number from 0 to 0.999999, got 1",
    "train --weight-decay -1": "weight_decay must be a number from 0 to 100, got -1",
    "train --beta2 nan": "beta2 must be a number from 0 to 0.999999, got nan",
    "train --decay -1": "decay must be a number from 0 to 1, got -1",
    "train --optimizer adamw --momentum 0.9": "momentum must be 0 with adamw, got 0.9; set beta1",
    "recipe slow": "recipe must be one of 'lecture', 'quick', 'beyond', got 'slow'",
    "recipe quick --words nowhere.txt": "must be a file that can be read, got 'nowhere.txt'",
    "recipe quick --out .": "--out must be a file in a folder that exists, got '.'",
    "sample nowhere": "a run must be a file that can be read, got 'nowhere'",
    "sample RUN -n -1": "n must be a whole number from 0",
    "sample RUN --temperature 0": "temperature must be a finite number above 0, got 0",
    "sample RUN --top-k 0": "top_k must be a whole number from 1",
    "sample RUN --prefix A": "every character must be in the vocabulary, got 'A'",
    "sample RUN --prefix a.": "a prefix must not hold '.', which ends a word",
    "sample RUN --seed -1": "seed must be a whole number from 0",
    "sample RUN --seed 99999999999999999999": "seed must be a whole number from 0",
    "baselines --max-order 99": "max_order must be a whole number from 0 to 12, got 99",
    "baselines --smoothing none": "smoothing must be one of 'witten_bell', 'add_one', got 'none'",
    "lr --lr-min 0": "lr_min must be a finite number above 0, got 0",
    "lr --lr-min 2": "lr_min must be below lr_max, got 2 and 1",
    "lr --steps 1": "n_steps must be a whole number from 2 to 100,000, got 1",
    "lr --out .": "--out must be a file in a folder that exists, got '.'",
    "lr --words nowhere.txt": "must be a file that can be read, got 'nowhere.txt'",
}


@pytest.mark.parametrize("line", BAD_INPUT)
def test_bad_input_exits_with_2_and_says_what_must_hold(line: str, saved: Path) -> None:
    result = makemore(*(str(saved) if word == "RUN" else word for word in line.split()))
    assert result.exit_code == 2
    assert BAD_INPUT[line] in " ".join(result.output.replace("│", "").split())
    assert "Traceback" not in result.output


def test_a_list_is_taken_with_a_report_of_what_was_left_out(tmp_path: Path) -> None:
    file = tmp_path / "words"
    file.write_text("Emma\nol via\nEMMA\nява\nMia\n", encoding="utf-8")
    result = makemore("train", "--words", file, "--fold-case", "--by-name", *SMALL)
    assert result.exit_code == 0
    said = " ".join(result.output.split())
    assert "4 words taken, left out: 1" in said
    assert "2: ol via" in said
    assert "3 words: capitals made small" in said


def test_a_file_that_is_no_list_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "words"
    file.write_bytes(b"emma\nol via\n")
    result = makemore("train", "--words", file)
    assert result.exit_code == 2
    assert "at least 3 words to be split in three, got 1" in " ".join(result.output.split())


def test_a_refusal_in_a_real_terminal_is_one_message_and_no_traceback() -> None:
    result = in_a_process("train", "--lr", "-1")
    assert result.returncode == 2
    assert result.stdout == ""
    expected = "Error: lr of stage 1 must be a finite number above 0, got -1"
    assert " ".join(result.stderr.split()) == expected


def test_names_alone_go_to_the_standard_output(saved: Path) -> None:
    result = in_a_process("sample", saved, "-n", 4, "--seed", 1)
    assert result.returncode == 0, result.stderr
    assert len(result.stdout.splitlines()) == 4
    assert result.stderr == ""


def test_help_names_every_command() -> None:
    result = makemore("--help")
    assert result.exit_code == 0
    commands = ("train", "recipe", "baselines", "sample", "name", "embedding", "lr", "ensemble")
    assert all(f" {command} " in result.output for command in commands)


@pytest.mark.skipif(os.name != "posix", reason="sends the signal of Ctrl-C")
def test_an_interrupted_run_is_saved_just_where_it_stood(
    dataset: Dataset, word_file: Path, tmp_path: Path
) -> None:
    out, script = tmp_path / "run", [sys.executable, "-m", "makemore", "train", *SMALL]
    process = subprocess.Popen(
        [*script, "--words", str(word_file), "--out", str(out), "--steps", "90000000"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "FORCE_COLOR": "1"},  # so that progress is shown while it is made
    )
    assert process.stdout is not None
    process.stdout.read(1)  # the bar stands, so the run has begun
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=30)
    run = load_run(out)
    assert process.returncode == 0
    plain = re.sub("\x1b\\[[0-9;?]*[A-Za-z]", "", output)
    assert f"Interrupted after step {run.step:,}; what was learnt is kept." in plain
    assert len(run.history) == run.step > 0
    model = MLP(run.model_config, torch.Generator().manual_seed(3))
    trainer = Trainer(model, dataset.examples(3).train, run.train_config)
    trainer.advance(run.step)
    assert torch.equal(model.W1, run.weights["W1"])
    assert torch.equal(trainer.state_dict()["rng_state"], run.rng_state)


@pytest.mark.skipif(os.name != "posix", reason="sends the signal of Ctrl-C")
def test_an_interrupted_ensemble_keeps_each_network_just_where_it_stood(
    dataset: Dataset, word_file: Path, tmp_path: Path
) -> None:
    out, folder = tmp_path / "joined", tmp_path / "joined.networks"
    script = [sys.executable, "-m", "makemore", "ensemble", "--out", str(out)]
    new = ("--words", str(word_file), "--networks", "3")
    steps = 0
    for begin in (new, ("--resume", str(folder))):
        process = subprocess.Popen(
            [*script, *begin],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "FORCE_COLOR": "1", "COLUMNS": "400"},  # so that progress is shown
        )
        assert process.stdout is not None
        process.stdout.read(1)  # the bar stands, so the networks are trained
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        plain = re.sub("\x1b\\[[0-9;?]*[A-Za-z]", "", output)
        runs = load_networks(folder)
        before, steps = steps, sum(run.step for run in runs)
        assert before < steps < 3 * ENSEMBLE.train.n_steps
        assert f"Interrupted after {steps:,} of 45,000 steps." in plain
        assert f"Saved 3 networks, each as it stands, in {folder}" in plain
        assert f"To go on: makemore ensemble --resume {folder} --out {out}" in plain
        assert not out.exists()
    for network, run in zip(Ensemble.begin(dataset, ENSEMBLE, 3, 42).networks, runs, strict=True):
        network.advance(run.step)
        assert np.array_equal(network.history.losses, run.history.losses)
        assert torch.equal(network.model.W1, run.weights["W1"])


def test_a_run_is_compared_with_count_tables_on_names_it_has_not_seen_too(
    word_file: Path, tmp_path: Path
) -> None:
    saved = tmp_path / "run"
    assert train(word_file, saved, "--steps", 30).exit_code == 0
    result = makemore("compare", saved, "--words", word_file, "--max-order", 2)
    assert result.exit_code == 0, result.output
    run, dataset = load_run(saved), Dataset(load_words(word_file))
    table = compare_with_tables(run.model(), dataset, 2)
    for losses in table.losses.values():
        assert all(f"{loss:.4f}" in result.output for loss in losses)
    for group in table.groups:
        assert f"{group.n_characters:,}" in result.output
    assert "the best table, the bigram" in result.output
    assert makemore("compare", saved, "--words", word_file, "--max-order", -1).exit_code == 2
