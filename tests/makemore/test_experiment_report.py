"""`makemore.experiment_report` and `makemore lecture`: theirs beside ours, to be read."""

from dataclasses import replace
from math import nan
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from makemore import EXPERIMENTS, Comparison, Spread, run_experiment
from makemore.cli import app
from makemore.experiment_report import COLUMNS, as_markdown, reasons, report_row
from makemore.experiments import Figure

LOSS = Figure(2.5346, "all", 10_000)


def comparison(figure: Figure, *ours: float, part: str = "", why: str = "") -> Comparison:
    return Comparison(part, figure, Spread(ours, figure.quantity == "lr"), "inside", why)


def lecture(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["lecture", *map(str, arguments)], env={"COLUMNS": "200"})


@pytest.mark.parametrize(
    ("figure", "ours", "expected"),
    [
        (LOSS, (2.4, 2.5, 2.6), ("2.5346", "2.5000", "0.1000", "2.0032–2.9968")),
        (LOSS, (2.5,), ("2.5346", "2.5000", "", "")),
        (LOSS, (), ("2.5346", "", "", "")),
        (LOSS, (2.5, nan), ("2.5346", "diverged", "nan", "diverged–diverged")),
        (Figure(182_625, "examples"), (183_001,), ("182,625", "183,001", "", "")),
        (Figure(19.136564, "minibatch", 1), (19.1365621,), ("19.136564", "19.136562", "", "")),
        (Figure(9.5, "minibatch", 100, is_about=True), (9.26,), ("about 9.5", "9.3", "", "")),
        (Figure(0.1, "lr"), (0.1, 0.2, 0.4), ("0.1", "0.2", "×÷ 2.00", "0.00639–6.26")),
    ],
)
def test_a_row_has_as_many_figures_as_the_lecture(
    figure: Figure, ours: tuple[float, ...], expected: tuple[str, ...]
) -> None:
    row = report_row(comparison(figure, *ours))
    assert len(row) == len(COLUMNS)
    assert row[1:5] == expected


def test_a_row_says_which_run_it_is_of() -> None:
    assert report_row(comparison(LOSS, part="at noon"))[0] == (
        "at noon: loss over all examples after 10,000 steps"
    )


def test_each_reason_is_said_once_with_its_runs() -> None:
    rows = [comparison(LOSS, part=part, why="luck") for part in ("x", "x", "y")]
    assert reasons([*rows, comparison(LOSS)]) == ["inside: luck (x, y)"]


def test_the_page_holds_every_figure_of_ours_and_theirs(names: list[str]) -> None:
    results = [run_experiment(name, names) for name in "AC"]
    page = as_markdown(results)
    for result in results:
        assert f"## {result.experiment.name}. {result.experiment.title}" in page
        for row in map(report_row, result.comparisons):
            assert f"| {' | '.join(row)} |" in page
    assert "32,178 names, not the lecture's own" in page


def test_slips_and_names_stand_on_the_page(names: list[str]) -> None:
    result = replace(
        run_experiment("C", names), experiment=EXPERIMENTS["J"], names=("anna", "bo"), n_known=1
    )
    page = as_markdown([result])
    assert EXPERIMENTS["J"].slip in page
    assert "anna, bo. 1 of 2 stand in the training split." in page


def test_the_command_lists_all_experiments() -> None:
    result = lecture()
    assert result.exit_code == 0
    assert all(f"{e.name} │ {e.title}" in result.output for e in EXPERIMENTS.values())


def test_the_command_runs_one_and_writes_its_page(tmp_path: Path, names: list[str]) -> None:
    page = tmp_path / "page.md"
    result = lecture("a", "--write", page)
    assert result.exit_code == 0, result.output
    assert "19.136564" in result.output
    assert result.output.count(" met ") == 10
    assert page.read_text(encoding="utf-8") == as_markdown([run_experiment("A", names)])


def test_the_command_runs_all_and_counts_verdicts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    two = {name: EXPERIMENTS[name] for name in "AC"}
    monkeypatch.setattr("makemore.cli.EXPERIMENTS", two)
    result = lecture("--all", "--write", tmp_path / "page")
    assert result.exit_code == 0, result.output
    assert "10 met" in result.output
    assert "3 another list" in result.output
    assert "## C. " in (tmp_path / "page").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("M",), "experiment must be one of 'A', 'B'"),
        (("A", "--all"), "give a letter or --all, not both, got 'A' and --all"),
        (("A", "--seeds", "0"), "--seeds must be a whole number from 1 to 30, got 0"),
        (("A", "--write", "."), "--write must be a file in a folder that exists, got '.'"),
        (("A", "--words", "nowhere"), "must be a file that can be read, got 'nowhere'"),
    ],
)
def test_bad_input_is_explained(arguments: tuple[str, ...], message: str) -> None:
    result = lecture(*arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())
