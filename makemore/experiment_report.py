"""The lecture's figures beside ours, as rows of a table and as a Markdown page."""

from collections.abc import Iterable, Sequence
from math import isnan

from makemore.experiment_run import VERDICTS, Comparison, ExperimentResult
from makemore.experiments import Figure

COLUMNS = ("figure", "lecture", "ours, mean", "± sd", "19 of 20 runs", "verdict")


def report_row(comparison: Comparison) -> tuple[str, ...]:
    """Give a comparison as texts, one for each of `COLUMNS`."""
    figure, ours = comparison.figure, comparison.ours
    title = f"{comparison.part}: {figure.label}" if comparison.part else figure.label
    sd, interval = ours.sd, ours.interval
    if sd is None:
        spread = ""
    else:  # of rates: a factor
        spread = f"×÷ {2.718281828459045**sd:.2f}" if ours.is_log else f"{sd:.4f}"
    return (
        title,
        ("about " if figure.is_about else "") + format_figure(figure, figure.value),
        format_figure(figure, ours.mean) if ours.values else "",
        spread,
        "–".join(format_figure(figure, bound) for bound in interval) if interval else "",
        comparison.verdict,
    )


def format_figure(figure: Figure, value: float) -> str:
    """Write a value with as many figures as the lecture gives for such."""
    if isnan(value):
        return "diverged"
    if figure.quantity == "examples":
        return f"{value:,.0f}"
    if figure.quantity == "lr":
        return f"{value:.3g}"
    if figure.is_about:
        return f"{value:.1f}"
    return f"{value:.6f}" if figure.quantity == "minibatch" else f"{value:.4f}"


def reasons(comparisons: Iterable[Comparison]) -> list[str]:
    """Say why figures are not met, each reason once, with the runs that it is about."""
    runs: dict[str, list[str]] = {}
    for comparison in comparisons:
        if comparison.why:
            about = runs.setdefault(f"{comparison.verdict}: {comparison.why}", [])
            if comparison.part and comparison.part not in about:
                about.append(comparison.part)
    return [f"{why} ({', '.join(about)})" if about else why for why, about in runs.items()]


def as_markdown(results: Sequence[ExperimentResult]) -> str:
    """Give a page with a table for each experiment.

    Args:
        results: all of one list and of the same seeds; at least one.
    """
    lines = ["# The lecture's figures beside ours", "", *_introduction(results[0])]
    for result in results:
        lines += ["", *_section(result)]
    return "\n".join(lines) + "\n"


def _introduction(result: ExperimentResult) -> list[str]:
    whose = "the lecture's own" if result.is_lecture_list else "not the lecture's own"
    seeds = ", ".join(map(str, result.seeds))
    return [
        "Written by `makemore lecture --all --words FILE --write docs/lecture_results.md`.",
        "",
        f"List: {result.n_words:,} names, {whose}. Seeds: {seeds}. Losses are in nats per "
        "character. The interval is that in which one further run falls in 19 of 20 cases.",
        "",
        *(f"- **{verdict}**: {meaning}." for verdict, meaning in VERDICTS.items()),
    ]


def _section(result: ExperimentResult) -> list[str]:
    experiment = result.experiment
    lines = [f"## {experiment.name}. {experiment.title}", ""]
    lines += [f"{experiment.summary} (Lecture: {experiment.section}.)", ""]
    if experiment.slip:
        lines += [f"**Put right.** {experiment.slip}", ""]
    if result.comparisons:
        rows = [COLUMNS, ("---",) * len(COLUMNS), *map(report_row, result.comparisons)]
        lines += [f"| {' | '.join(row)} |" for row in rows]
    lines += [f"\n{reason}" for reason in reasons(result.comparisons)]
    if result.names:
        known = f"{result.n_known} of {len(result.names)} stand in the training split."
        lines += [f"{', '.join(result.names)}. {known}"]
    return lines
