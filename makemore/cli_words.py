"""How a terminal command takes a list of words, and what it says of it."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from makemore.dataset import Dataset, load_words
from makemore.run import Run
from makemore.run_words import MAX_LIST_NAME
from makemore.word_list import ListRules, WordList, load_word_list

Words = Annotated[
    Path | None,
    typer.Option("--words", help="UTF-8 text, one word a line.", show_default="names"),
]
FoldCase = Annotated[
    bool, typer.Option("--fold-case", help="Make capitals of --words small letters.")
]
ByName = Annotated[
    bool,
    typer.Option(
        "--by-name", help="Split the different words, so that none is trained on and held out."
    ),
]
_reports = Console(stderr=True)  # what is printed of a run may be read by another program


def words_of(path: Path | None, fold_case: bool = False) -> list[str]:
    """Read a list, the bundled one without a path, and say what of it was left out.

    Raises:
        ValueError: if there is no list to be had from it.
    """
    if path is None:
        return load_words()
    found = load_word_list(path, ListRules(fold_case=fold_case))
    report(found, _reports)
    return list(found.words)


def dataset_of(
    path: Path | None, fold_case: bool = False, split_seed: int = 42, by_name: bool = False
) -> Dataset:
    """Read a list and split it."""
    name = "" if path is None else path.stem[:MAX_LIST_NAME]
    return Dataset(words_of(path, fold_case), split_seed, by_name, name)


def dataset_of_run(
    run: Run, path: Path | None, fold_case: bool = False, by_name: bool = False
) -> Dataset:
    """Give the words that a run was trained on, its own unless a path names them.

    Raises:
        ValueError: if those of the path are others, or the run's cannot be had.
    """
    if path is None and run.words is not None:
        return run.dataset()
    by_name = by_name if run.words is None else run.words.by_name
    dataset = dataset_of(path, fold_case, run.split_seed, by_name)
    if dataset.examples(run.model_config.block_size).train.digest != run.data_digest:
        raise ValueError(
            "the list of words must be the one that the run was trained on, got another; give "
            "its file with --words"
        )
    return dataset


def report(found: WordList, console: Console) -> None:
    """Show what was left out and what was changed, if there is any."""
    if found.left_out:
        table = Table("left out", "lines", "such as")
        table.title = f"{len(found):,} words taken, left out: {found.n_left_out:,}"
        for each in found.left_out:
            examples = "\n".join(f"{number}: {line}" for number, line in each.examples)
            table.add_row(each.reason, f"{each.n:,}", Text(examples))
        console.print(table)
    for what, n in found.changed:
        console.print(Text(f"{n:,} words: {what}"))
