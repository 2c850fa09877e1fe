"""What `makemore lecture` shows: the experiments, and the lecture's figures beside ours."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from makemore.experiment_report import COLUMNS, as_markdown, reasons, report_row
from makemore.experiment_run import VERDICTS, ExperimentResult, Verdict, run_experiment
from makemore.experiments import EXPERIMENTS

_STYLES: dict[Verdict, str] = {
    "met": "green",
    "inside": "green",
    "missed": "bold red",
    "outside": "yellow",
    "another list": "dim",
    "open": "dim",
}


def list_experiments(console: Console) -> None:
    """Show what there is."""
    table = Table("", "experiment", "what it shows")
    for experiment in EXPERIMENTS.values():
        table.add_row(experiment.name, experiment.title, experiment.summary)
    table.caption = "makemore lecture A runs one, makemore lecture --all runs them all"
    console.print(table)


def run_and_show(
    names: Sequence[str],
    words: Sequence[str],
    seeds: Sequence[int],
    out: Path | None,
    console: Console,
) -> None:
    """Run experiments one after the other and show each as soon as it is done."""
    results = []
    for name in names:
        results.append(_run(name, words, seeds, console))
        _show(results[-1], console)
    if len(results) > 1:
        _show_verdicts(results, console)
    if out is not None:
        out.write_text(as_markdown(results), encoding="utf-8")
        console.print(Text(f"Saved {out}"))


def _run(
    name: str, words: Sequence[str], seeds: Sequence[int], console: Console
) -> ExperimentResult:
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as bar:
        title = f"{name}. {EXPERIMENTS[name].title}"
        task = bar.add_task(title, total=None)
        return run_experiment(
            name, words, seeds, lambda step, total: bar.update(task, completed=step, total=total)
        )


def _show(result: ExperimentResult, console: Console) -> None:
    experiment = result.experiment
    console.print(Text(f"\n{experiment.name}. {experiment.title}", style="bold"))
    console.print(Text(experiment.summary))
    if result.comparisons:
        table = Table(*COLUMNS)
        for comparison in result.comparisons:
            *cells, verdict = report_row(comparison)
            table.add_row(*cells, Text(verdict, style=_STYLES[comparison.verdict]))
        console.print(table)
    if experiment.slip:
        console.print(Text(f"Put right: {experiment.slip}"))
    for reason in reasons(result.comparisons):
        console.print(Text(reason))
    if result.names:
        console.print(Text(" ".join(result.names)))
        console.print(f"{result.n_known} of {len(result.names)} stand in the training split.")


def _show_verdicts(results: Sequence[ExperimentResult], console: Console) -> None:
    verdicts = [each.verdict for result in results for each in result.comparisons]
    console.print()
    for verdict, meaning in VERDICTS.items():
        if n := verdicts.count(verdict):
            console.print(Text(f"{n:>3} {verdict}: {meaning}", style=_STYLES[verdict]))
