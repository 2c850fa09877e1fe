"""`makemore embedding`: the terminal says of a saved run what the package says."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from makemore import (
    Dataset,
    functional_distances,
    kind_scores,
    load_run,
    nearest_neighbours,
    save_run,
    slot_norms,
    table_distances,
)
from makemore.cli import app


def makemore(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def word_file(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> Path:
    file = tmp_path_factory.mktemp("words") / "words.txt"
    file.write_text("\n".join(names[:200]), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def saved(word_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("run") / "run.safetensors"
    settings = ("--n-embd", 3, "--n-hidden", 8, "--steps", 300)
    assert makemore("train", "--words", word_file, "--out", file, *settings).exit_code == 0
    return file


def rows(output: str) -> dict[str, list[str]]:
    """Read the tables: what stands in the first cell, and the others."""
    cells = [line.strip("│ ").split("│") for line in output.splitlines() if line.startswith("│")]
    return {first.strip(): [cell.strip() for cell in others] for first, *others in cells}


@pytest.mark.parametrize("distance", ["euclidean", "cosine", "functional"])
def test_neighbours_and_kinds_are_those_of_the_package(
    saved: Path, word_file: Path, dataset: Dataset, distance: str
) -> None:
    result = makemore("embedding", saved, "--distance", distance, "-n", 2, "--words", word_file)
    assert result.exit_code == 0
    run = load_run(saved)
    if distance == "functional":
        distances = functional_distances(run.model(), dataset.examples(3).val)
    else:
        distances = table_distances(run.weights["C"], distance)
    characters, told = run.vocabulary.characters, rows(result.output)
    for character, nearest in zip(characters, nearest_neighbours(distances, 2), strict=True):
        assert told[character] == [" ".join(characters[other] for other in nearest)]
    now = kind_scores(distances, characters)
    assert now is not None
    assert told["vowels beside a vowel"][0] == f"{now.vowels_by_chance:.0%}"
    assert told["vowels beside a vowel"][2] == f"{now.vowels:.0%}"
    assert told["of the same kind"][2] == f"{now.letters:.0%}"
    assert told["silhouette, -1 to 1"][2] == f"{now.silhouette:.2f}"
    norms = " ".join(f"{norm:.2f}" for norm in slot_norms(run.model()).tolist())
    assert f"the furthest first: {norms}" in " ".join(result.output.split())


def test_the_untrained_table_is_told_beside_it(saved: Path) -> None:
    run = load_run(saved)
    before = kind_scores(table_distances(run.history.frames[0].table), run.vocabulary.characters)
    assert before is not None
    told = rows(makemore("embedding", saved).output)
    assert told["vowels beside a vowel"][1] == f"{before.vowels:.0%}"
    assert told["silhouette, -1 to 1"][1] == f"{before.silhouette:.2f}"


def test_a_run_that_kept_no_frames_is_told_without_its_start(saved: Path, tmp_path: Path) -> None:
    run = load_run(saved)
    run.history.frames.clear()
    save_run(run, tmp_path / "run")
    told = rows(makemore("embedding", tmp_path / "run").output)
    assert told["vowels beside a vowel"][1] == "–"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere",), "a run must be a file that can be read, got 'nowhere'"),
        (("RUN", "--distance", "far"), "--distance must be one of 'euclidean', 'cosine', 'func"),
        (("RUN", "-n", "0"), "n_neighbours must be a whole number from 1"),
        (("RUN", "--distance", "functional", "--words", "."), "must be a file that can be read"),
        (
            ("RUN", "--distance", "functional", "--words", "OTHER"),
            "the run was trained on, got another",
        ),
    ],
)
def test_bad_input_exits_with_2_and_says_what_must_hold(
    saved: Path, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    (tmp_path / "other").write_text("\n".join(["аня", "оля", "яна"] * 4), encoding="utf-8")
    files = {"RUN": str(saved), "OTHER": str(tmp_path / "other")}
    result = makemore("embedding", *(files.get(argument, argument) for argument in arguments))
    assert result.exit_code == 2
    assert message in " ".join(re.sub("│", "", result.output).split())
