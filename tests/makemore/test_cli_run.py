"""`makemore.cli_run`: the terminal says of a saved run what the package says."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from makemore import (
    Dataset,
    Novelty,
    align,
    character_kind,
    functional_distances,
    kind_scores,
    load_run,
    nearest_neighbours,
    origins_by_temperature,
    picture_scores,
    project_embedding,
    save_run,
    slot_norms,
    table_distances,
)
from makemore.cli import app
from makemore.cli_run import TEMPERATURES


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


def test_what_the_plane_shows_of_more_dimensions_is_told(saved: Path) -> None:
    table = load_run(saved).weights["C"]
    projection = project_embedding(table)
    assert projection.explained is not None
    one, two = projection.explained
    kept = picture_scores(table, projection.points, 5).kept
    told = " ".join(makemore("embedding", saved).output.split())
    assert f"show {one:.0%} and {two:.0%} of the variance and keep {kept:.0%} of" in told


def test_the_table_is_written_as_tensorboards_projector_reads_it(
    saved: Path, tmp_path: Path
) -> None:
    assert makemore("embedding", saved, "--tsv", tmp_path).exit_code == 0
    run = load_run(saved)
    vectors = np.loadtxt(tmp_path / "vectors.tsv", delimiter="\t")
    assert vectors == pytest.approx(run.weights["C"].numpy(), rel=1e-6)
    titles, *labels = (tmp_path / "metadata.tsv").read_text(encoding="utf-8").splitlines()
    assert titles == "character\tkind"
    assert labels == [f"{each}\t{character_kind(each)}" for each in run.vocabulary.characters]


def test_shares_of_new_names_are_those_of_the_package(
    saved: Path, word_file: Path, dataset: Dataset
) -> None:
    output = makemore("novelty", saved, "--words", word_file, "-n", 50, "--seed", 4).output
    run, told = load_run(saved), rows(output)
    known = Novelty(dataset.split)
    counts = origins_by_temperature(run.model(), run.vocabulary, known, TEMPERATURES, 50, 4)
    for temperature, each in zip(TEMPERATURES, counts, strict=True):
        numbers = (each.new, each.train, each.held_out, each.repeats)
        assert told[f"{temperature:g}"] == [f"{each.share(number):.1%}" for number in numbers]


def test_the_diary_of_a_run_is_told(saved: Path) -> None:
    diary = load_run(saved).history.diary
    assert [entry.step for entry in diary] == [0, 200]
    output = makemore("diary", saved).output
    for entry in diary:
        assert all(name in output.replace("│", " ") for name in "  ".join(entry.names).split())


def test_the_film_is_the_packages_aligned_pictures(saved: Path, tmp_path: Path) -> None:
    out = tmp_path / "film.csv"
    assert makemore("film", saved, "--out", out).exit_code == 0
    with out.open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    run = load_run(saved)
    frames = run.history.frames
    projection = project_embedding(frames[-1].table)
    pictures = align([projection.picture(frame.table) for frame in frames])
    places = np.array([[float(line["x"]), float(line["y"])] for line in lines])
    assert places == pytest.approx(np.concatenate(pictures))
    assert [int(line["step"]) for line in lines[:: run.vocabulary.size]] == [
        frame.step for frame in frames
    ]


def test_a_run_without_frames_or_diary_is_refused_with_a_reason(
    saved: Path, tmp_path: Path
) -> None:
    run = load_run(saved)
    run.history.frames.clear()
    run.history.diary = ()
    save_run(run, tmp_path / "run")
    for command, reason in (
        (("film", tmp_path / "run", "--out", tmp_path / "film"), "must have kept frames"),
        (("diary", tmp_path / "run"), "must have kept a diary"),
    ):
        result = makemore(*command)
        assert result.exit_code == 2
        assert reason in " ".join(result.output.split())
