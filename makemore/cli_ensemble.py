"""What `makemore ensemble` shows: networks trained side by side, and their worth as one."""

import shlex
import time
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from makemore.cli_common import (
    Out,
    Seed,
    check_out,
    console,
    explains_bad_input,
    interruption,
)
from makemore.cli_compare import show_loss_table
from makemore.cli_words import ByName, FoldCase, Words, dataset_of, dataset_of_run
from makemore.config import TrainConfig
from makemore.dataset import Dataset
from makemore.engines import fused
from makemore.ensemble import Ensemble, load_networks, network_files, save_networks
from makemore.loss import evaluate
from makemore.loss_table import compare_with_tables
from makemore.model import MLP
from makemore.recipes import ENSEMBLE, N_NETWORKS
from makemore.run import History, Run
from makemore.run_file import save_run
from makemore.spread import Spread
from makemore.training import Trainer

ensemble_commands = typer.Typer()
_errors = Console(stderr=True)


@ensemble_commands.command("ensemble")
@explains_bad_input
def ensemble_command(
    words: Words = None,
    fold_case: FoldCase = False,
    by_name: ByName = False,
    networks: Annotated[int, typer.Option(help="How many are joined.")] = N_NETWORKS,
    seed: Seed = 42,
    resume: Annotated[
        Path | None,
        typer.Option(help="Folder of networks that were interrupted; their settings hold."),
    ] = None,
    out: Out = None,
) -> None:
    """Train several networks side by side, join them into one, and compare it with tables.

    Ctrl-C with --out or --resume keeps each network as it stands, to go on with.
    """
    check_out(out)
    folder = _folder_beside(out) if resume is None else resume
    if resume is None:
        _check_nothing_is_kept(folder, out)
        dataset = dataset_of(words, fold_case, by_name=by_name)
        ensemble = Ensemble.begin(dataset, ENSEMBLE, networks, seed)
    else:
        kept = load_networks(resume)
        dataset = dataset_of_run(kept[0], words, fold_case, by_name)
        ensemble = Ensemble.resume(dataset, kept)
    if fused.is_available():
        fused.compile_now()  # before the clock runs, and while Ctrl-C still breaks off at once
    with interruption() as interrupted:
        seconds, of_processor = _train(ensemble, interrupted)
        for failure in ensemble.failures:
            _errors.print(Text(f"Left out: {failure}", style="red"))
        if ensemble.is_done:
            _save_joined(ensemble, seed, out, resume)
        else:
            _keep(ensemble, folder, out)
    if ensemble.is_done or folder is None:
        show_loss_table(compare_with_tables(ensemble.model(), dataset), console)
        console.print(
            f"Trained in {seconds:.0f} s, {of_processor:.0f} s of processors' time. "
            f"{_each_alone(ensemble)}"
        )
    if ensemble.failures:
        raise typer.Exit(1)


def _folder_beside(out: Path | None) -> Path | None:
    """Where networks are kept until they can be joined into `out`."""
    return None if out is None else out.with_name(f"{out.name}.networks")


def _check_nothing_is_kept(folder: Path | None, out: Path | None) -> None:
    """Refuse to begin where an interruption would overwrite what an earlier one has kept."""
    if folder is not None and network_files(folder):
        raise ValueError(
            f"{folder} must be free to keep networks in, got those of an ensemble that was "
            f"interrupted; go on with them (--resume {folder} --out {out}) or remove it"
        )


def _train(ensemble: Ensemble, interrupted: Event) -> tuple[float, float]:
    """Train behind a progress bar; give the seconds, by the clock and of all processors."""
    start, start_of_processor = time.perf_counter(), time.process_time()
    with Progress(
        *(TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn()), console=console
    ) as progress:
        name = f"{len(ensemble.networks)} networks"
        bar = progress.add_task(name, total=ensemble.n_steps, completed=ensemble.step)
        for step in ensemble.train():
            progress.update(bar, completed=step)
            if interrupted.is_set():
                break
    return time.perf_counter() - start, time.process_time() - start_of_processor


def _save_joined(ensemble: Ensemble, seed: int, out: Path | None, resumed: Path | None) -> None:
    """Save what came of the networks; those that it came of are then of no further use."""
    joined = ensemble.model()
    if out is None:
        return
    save_run(_as_run(joined, ensemble.dataset, seed), out)
    console.print(Text(f"Saved {out}"))
    if resumed is not None and not ensemble.failures:
        for file in network_files(resumed):
            file.unlink()
        with suppress(OSError):  # there is more in it
            resumed.rmdir()


def _keep(ensemble: Ensemble, folder: Path | None, out: Path | None) -> None:
    """Save each network as it stands, and say how to go on; the file of the whole waits."""
    console.print(f"Interrupted after {ensemble.step:,} of {ensemble.n_steps:,} steps.")
    if folder is None:
        console.print("Without --out nothing is saved; these are the losses as it stands.")
        return
    runs = ensemble.runs()
    save_networks(runs, folder)
    go_on = ["makemore", "ensemble", "--resume", str(folder), "--out", str(out or "FILE")]
    console.print(Text(f"Saved {len(runs)} networks, each as it stands, in {folder}"))
    console.print(Text(f"To go on: {shlex.join(go_on)}"), soft_wrap=True)


def _each_alone(ensemble: Ensemble) -> str:
    """Say what the networks that are joined lose, each by itself."""
    models = ensemble.models
    val = ensemble.dataset.examples(models[0].config.block_size).val
    alone = Spread(tuple(evaluate(model, val) for model in models))
    if alone.sd is None:
        return "There is one network in it."
    return (
        f"Each network alone: {alone.mean:.4f} ± {alone.sd:.4f} on validation "
        f"(mean and standard deviation of {len(models)})."
    )


def _as_run(joined: MLP, dataset: Dataset, seed: int) -> Run:
    """Give the joined network as a run that has not begun: there is no history that it went."""
    examples = dataset.examples(joined.config.block_size)
    trainer = Trainer(joined, examples.train, TrainConfig(seed=seed), examples.val)
    return Run.of(trainer, History(), dataset.vocabulary, dataset.seed, dataset)
