"""What `makemore ensemble` shows: networks trained side by side, and their worth as one."""

import time
from statistics import fmean
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from makemore.cli_common import Out, Seed, check_out, console, explains_bad_input
from makemore.cli_compare import show_loss_table
from makemore.cli_words import ByName, FoldCase, Words, dataset_of
from makemore.config import TrainConfig
from makemore.dataset import Dataset
from makemore.engines import fused
from makemore.ensemble import Ensemble
from makemore.loss import evaluate
from makemore.loss_table import compare_with_tables
from makemore.model import MLP
from makemore.recipes import ENSEMBLE, N_NETWORKS
from makemore.run import History, Run
from makemore.run_file import save_run
from makemore.training import Trainer

ensemble_commands = typer.Typer()


@ensemble_commands.command("ensemble")
@explains_bad_input
def ensemble_command(
    words: Words = None,
    fold_case: FoldCase = False,
    by_name: ByName = False,
    networks: Annotated[int, typer.Option(help="How many are joined.")] = N_NETWORKS,
    seed: Seed = 42,
    out: Out = None,
) -> None:
    """Train several networks side by side, join them into one, and compare it with tables."""
    check_out(out)
    dataset = dataset_of(words, fold_case, by_name=by_name)
    ensemble = Ensemble(dataset, ENSEMBLE, networks, seed)
    seconds, of_processor = _train(ensemble)
    joined = ensemble.model()
    held_out = dataset.examples(joined.config.block_size).val
    alone = fmean(evaluate(each.model, held_out) for each in ensemble.trainers)
    if out is not None:
        save_run(_as_run(joined, dataset, seed), out)
        console.print(Text(f"Saved {out}"))
    show_loss_table(compare_with_tables(joined, dataset), console)
    console.print(
        f"Trained in {seconds:.0f} s, {of_processor:.0f} s of processors' time. Each of the "
        f"{networks} networks alone: {alone:.4f} on validation, in the mean."
    )


def _train(ensemble: Ensemble) -> tuple[float, float]:
    """Train behind a progress bar; give the seconds, by the clock and of all processors together.

    What it takes to compile kernels is not in them.
    """
    if fused.is_available():
        fused.compile_now()
    start, start_of_processor = time.perf_counter(), time.process_time()
    with Progress(
        *(TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn()), console=console
    ) as progress:
        bar = progress.add_task(f"{len(ensemble.trainers)} networks", total=ensemble.n_steps)
        for step in ensemble.train():
            progress.update(bar, completed=step)
    return time.perf_counter() - start, time.process_time() - start_of_processor


def _as_run(joined: MLP, dataset: Dataset, seed: int) -> Run:
    """Give the joined network as a run that has not begun: there is no history that it went."""
    examples = dataset.examples(joined.config.block_size)
    trainer = Trainer(joined, examples.train, TrainConfig(seed=seed), examples.val)
    return Run.of(trainer, History(), dataset.vocabulary, dataset.seed, dataset)
