"""The terminal viewer: all that the package does, in words and tables."""

import csv
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Annotated, Any

import torch
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from makemore.baselines import SMOOTHINGS, highest_order, ngram_losses, standing
from makemore.checks import MAX_SEED, check_choice, check_integer
from makemore.cli_common import (
    Out,
    Seed,
    check_out,
    console,
    explains_bad_input,
    interruption,
)
from makemore.cli_ensemble import ensemble_commands
from makemore.cli_lecture import list_experiments, run_and_show
from makemore.cli_run import run_commands
from makemore.cli_words import ByName, FoldCase, Words, dataset_of, dataset_of_run, words_of
from makemore.config import ModelConfig, Stage, TrainConfig
from makemore.dataset import Dataset, Examples
from makemore.experiments import EXPERIMENTS
from makemore.loss import nats_to_bits, nats_to_perplexity
from makemore.lr_bake_off import (
    BakeOff,
    BakeOffResult,
    affordable_steps,
    merge_lrs,
    propose_lrs,
)
from makemore.lr_rules import MISLED_RULES, SUGGESTION_RULES, is_start_misleading
from makemore.lr_seeds import LRRangeTests, LRSweeps
from makemore.lr_settings import SweepSettings
from makemore.model import MLP
from makemore.recipes import RECIPES
from makemore.run import History, Run
from makemore.run_file import load_run, save_run
from makemore.spread import MAX_SEEDS
from makemore.training import Trainer

_EXAMPLES_PER_UPDATE = 6_400  # of the progress bar: 200 steps of the default batch

app = typer.Typer(
    help="Train the character-level MLP of Bengio et al. 2003 on a list of names.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(run_commands)
app.add_typer(ensemble_commands)

BlockSize = Annotated[int, typer.Option(help="Characters seen to predict the next one.")]
EmbeddingSize = Annotated[int, typer.Option("--n-embd", help="Numbers per character.")]
HiddenUnits = Annotated[int, typer.Option("--n-hidden", help="Width of the tanh layer.")]
InitName = Annotated[str, typer.Option("--init", help="lecture or scaled.")]
BatchSize = Annotated[int, typer.Option(help="Examples per step; 0 takes all of them.")]

_OPTIMIZER = "Optimizer, schedule, dropout"
_LRS = {"sgd": 0.1, "adamw": 0.01}  # where none is given


def _optimizer_option(help: str) -> Any:  # noqa: ANN401  # named and typed as typer does
    return typer.Option(help=help, rich_help_panel=_OPTIMIZER)


@app.command("train")
@explains_bad_input
def train_command(
    words: Words = None,
    fold_case: FoldCase = False,
    by_name: ByName = False,
    block_size: BlockSize = 3,
    n_embd: EmbeddingSize = 2,
    n_hidden: HiddenUnits = 100,
    init: InitName = "lecture",
    steps: Annotated[int, typer.Option(help="Parameter updates.")] = 10_000,
    lr: Annotated[
        float | None,
        typer.Option(
            help="Learning rate, the highest of its schedule.",
            show_default="0.1, adamw 0.01, resumed its last stage's",
        ),
    ] = None,
    batch_size: BatchSize = 32,
    seed: Seed = 42,
    resume: Annotated[
        Path | None,
        typer.Option(help="Saved run to go on with for --steps at --lr; its settings hold."),
    ] = None,
    out: Out = None,
    optimizer: Annotated[str, _optimizer_option("sgd or adamw.")] = "sgd",
    schedule: Annotated[
        str, _optimizer_option("How the rate changes: constant, cosine, one_cycle or bengio.")
    ] = "constant",
    momentum: Annotated[float, _optimizer_option("Share of the last move that sgd repeats.")] = 0,
    weight_decay: Annotated[float, _optimizer_option("Pull of every parameter towards 0.")] = 0,
    beta1: Annotated[float, _optimizer_option("Share of the past in adamw's mean.")] = 0.9,
    beta2: Annotated[float, _optimizer_option("Share of the past in its mean square.")] = 0.999,
    decay: Annotated[float, _optimizer_option("r of bengio: the rate ÷ (1 + r · steps).")] = 1e-4,
    dropout: Annotated[
        float, _optimizer_option("Share of the hidden units that each example leaves out.")
    ] = 0,
) -> None:
    """Train a model, or go on with a saved run, and show its losses."""
    check_out(out)
    saved = load_run(resume) if resume is not None else None
    if saved is not None:
        dataset = dataset_of_run(saved, words, fold_case, by_name)
        examples = dataset.examples(saved.model_config.block_size)
        trainer, history = saved.trainer(examples.train, examples.val), saved.history
        trainer.extend(steps, lr, schedule)  # type: ignore[arg-type]
    else:
        dataset = dataset_of(words, fold_case, by_name=by_name)
        if lr is None:
            lr = _LRS.get(optimizer, 0.1)
        model_config = ModelConfig(dataset.vocabulary.size, block_size, n_embd, n_hidden, init)  # type: ignore[arg-type]
        train_config = TrainConfig(
            (Stage(steps, lr, schedule),),  # type: ignore[arg-type]
            batch_size or None,
            seed,
            optimizer=optimizer,  # type: ignore[arg-type]
            momentum=momentum,
            beta1=beta1,
            beta2=beta2,
            weight_decay=weight_decay,
            decay=decay,
            dropout=dropout,
        )
        trainer, history = _new_trainer(model_config, train_config, dataset), History()
    _train(trainer, history, dataset, out)


@app.command("recipe")
@explains_bad_input
def recipe_command(
    name: Annotated[str | None, typer.Argument(help="Which; none lists them all.")] = None,
    words: Words = None,
    fold_case: FoldCase = False,
    by_name: ByName = False,
    seed: Seed = 42,
    out: Out = None,
) -> None:
    """Train with settings that go well together, or list what there is."""
    if name is None:
        for known, recipe in RECIPES.items():
            console.print(Text.assemble((known, "bold"), f": {recipe.summary}"))
        return
    check_choice("recipe", name, RECIPES)
    check_out(out)
    dataset = dataset_of(words, fold_case, by_name=by_name)
    model_config = replace(RECIPES[name].model, vocab_size=dataset.vocabulary.size)
    train_config = replace(RECIPES[name].train, seed=seed)
    _train(_new_trainer(model_config, train_config, dataset), History(), dataset, out)


def _new_trainer(
    model_config: ModelConfig, train_config: TrainConfig, dataset: Dataset
) -> Trainer:
    """Begin a run, its model drawn with the run's seed."""
    model = MLP(model_config, torch.Generator().manual_seed(train_config.seed))
    examples = dataset.examples(model_config.block_size)
    return Trainer(model, examples.train, train_config, examples.val)


def _train(trainer: Trainer, history: History, dataset: Dataset, out: Path | None) -> None:
    """Train to the end or to Ctrl-C, save the run, and show its losses."""
    if out is not None:  # a diary is for those who come later
        history.write_diary(trainer.model, dataset.vocabulary)
    with interruption() as interrupted:
        _train_with_progress(trainer, history, dataset, interrupted)
        if interrupted.is_set():
            console.print(f"Interrupted after step {trainer.step:,}; what was learnt is kept.")
        if out is not None:  # still here, so that a second Ctrl-C does not break this off
            save_run(Run.of(trainer, history, dataset.vocabulary, dataset.seed, dataset), out)
            console.print(Text(f"Saved {out}"))
    _print_losses(history, trainer, dataset)
    if trainer.divergence is not None:
        Console(stderr=True).print(Text(f"Diverged: {trainer.divergence}", style="red"))
        raise typer.Exit(1)


def _steps_per_update(batch_size: int | None, examples: Examples) -> int:
    return max(1, _EXAMPLES_PER_UPDATE // (batch_size or len(examples)))


def _train_with_progress(
    trainer: Trainer, history: History, dataset: Dataset, interrupted: Event
) -> None:
    n_steps = _steps_per_update(trainer.config.batch_size, trainer.train_examples)
    with _progress("loss {task.fields[loss]:.4f}") as progress:
        bar = progress.add_task(
            "train", total=trainer.n_steps, completed=trainer.step, loss=float("nan")
        )
        while not (trainer.is_done or interrupted.is_set()):
            event = trainer.advance(n_steps)
            history.append(event)
            if history.diary:
                history.write_diary(trainer.model, dataset.vocabulary)
            progress.update(bar, completed=trainer.step, loss=float(event.losses.mean()))


def _progress(*fields: str) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        *map(TextColumn, fields),
        TimeRemainingColumn(),
        console=console,
    )


def _print_losses(history: History, trainer: Trainer, dataset: Dataset) -> None:
    if not history.evaluations:
        return
    last = history.evaluations[-1]
    table = Table("split", *_LOSS_UNITS)
    for split, loss in (("train", last.train_loss), ("validation", last.val_loss)):
        if loss is not None:
            table.add_row(split, *_in_all_units(loss))
    table.title = f"Loss over the whole split after {last.step:,} steps"
    table.caption = f"{trainer.model.config.n_parameters:,} parameters, engine {trainer.engine}"
    console.print(table)
    if last.val_loss is not None:
        most = highest_order(dataset.vocabulary.size)
        ladder = ngram_losses(dataset.split, dataset.vocabulary, most)
        place = standing(last.val_loss, {name: losses.val for name, losses in ladder.items()})
        console.print(Text(f"On validation it is {place}."))


_LOSS_UNITS = ("nats per character", "bits per character", "perplexity")


def _in_all_units(nats: float) -> tuple[str, str, str]:
    perplexity = float("inf") if nats > 100 else nats_to_perplexity(nats)
    return f"{nats:.4f}", f"{nats_to_bits(nats):.4f}", f"{perplexity:.3f}"


@app.command("baselines")
@explains_bad_input
def baselines_command(
    words: Words = None,
    fold_case: FoldCase = False,
    by_name: ByName = False,
    max_order: Annotated[int, typer.Option(help="Symbols of the longest n-gram.")] = 5,
    smoothing: Annotated[str, typer.Option(help="witten_bell or add_one.")] = "witten_bell",
    split_seed: Annotated[int, typer.Option(help="Shuffles the words before the split.")] = 42,
) -> None:
    """Show what count tables lose on the same split: the ladder a loss is measured by."""
    check_choice("smoothing", smoothing, SMOOTHINGS)
    dataset = dataset_of(words, fold_case, split_seed, by_name)
    ladder = ngram_losses(dataset.split, dataset.vocabulary, max_order, smoothing)  # type: ignore[arg-type]
    table = Table("table", "train", "validation", "test", *_LOSS_UNITS[1:])
    for name, losses in ladder.items():
        _, *others = _in_all_units(losses.val)
        table.add_row(name, *(f"{loss:.4f}" for loss in losses), *others)
    table.title = "Loss of count tables of the training words, nats per character"
    table.caption = f"bits and perplexity of validation; {SMOOTHINGS[smoothing]}"  # type: ignore[index]
    console.print(table)


@app.command("lr")
@explains_bad_input
def lr_command(
    words: Words = None,
    fold_case: FoldCase = False,
    by_name: ByName = False,
    block_size: BlockSize = 3,
    n_embd: EmbeddingSize = 2,
    n_hidden: HiddenUnits = 100,
    init: InitName = "lecture",
    lr_min: Annotated[float, typer.Option(help="First rate.")] = 1e-3,
    lr_max: Annotated[float, typer.Option(help="Last rate.")] = 1.0,
    steps: Annotated[int, typer.Option(help="Rates to try, one step each.")] = 1_000,
    batch_size: BatchSize = 32,
    seed: Seed = 42,
    seeds: Annotated[int, typer.Option(help="How many sweeps, each with the next seed.")] = 5,
    smoothing: Annotated[float, typer.Option(help="Weight of the past in the average.")] = 0.98,
    bake: Annotated[
        bool, typer.Option("--bake-off", help="Try the suggestions and 0.1 in short runs.")
    ] = False,
    bake_steps: Annotated[
        int | None,
        typer.Option(help="Of each short run; without it, as many as last a few seconds."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Save seed, lr, loss, smoothed as CSV.")] = None,
    optimizer: Annotated[str, _optimizer_option("sgd or adamw.")] = "sgd",
    momentum: Annotated[float, _optimizer_option("Share of the last move that sgd repeats.")] = 0,
    weight_decay: Annotated[float, _optimizer_option("Pull of every parameter towards 0.")] = 0,
) -> None:
    """Sweep the learning rate with several seeds and suggest one."""
    check_out(out)
    check_integer("seed", seed, 0, MAX_SEED)
    dataset = dataset_of(words, fold_case, by_name=by_name)
    examples = dataset.examples(block_size)
    model_config = ModelConfig(dataset.vocabulary.size, block_size, n_embd, n_hidden, init)  # type: ignore[arg-type]
    train_config = TrainConfig(
        batch_size=batch_size or None,
        seed=seed,
        optimizer=optimizer,  # type: ignore[arg-type]
        momentum=momentum,
        weight_decay=weight_decay,
    )
    settings = SweepSettings(model_config, train_config, lr_min, lr_max, steps, seeds)
    sweeps = LRSweeps(settings, examples.train)
    tests = _swept(sweeps, _steps_per_update(batch_size or None, examples.train), smoothing)
    _print_suggestions(tests, model_config.vocab_size)
    if out is not None:
        with out.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("seed", "lr", "loss", "smoothed"), *tests.rows()])
    if bake:
        proposals = propose_lrs(tests)
        n_rates = len(merge_lrs(proposals))
        bake_steps = bake_steps or affordable_steps(settings, n_rates, len(examples.train))
        _print_bake_off(_baked(BakeOff(settings, examples, proposals, bake_steps)))


def _swept(sweeps: LRSweeps, n_steps: int, smoothing: float) -> LRRangeTests:
    with _progress() as progress:
        bar = progress.add_task("sweep", total=100)
        while not sweeps.is_done:
            sweeps.advance(n_steps)
            progress.update(bar, completed=round(100 * sweeps.progress))
    return sweeps.result().with_smoothing(smoothing)


def _print_suggestions(tests: LRRangeTests, vocab_size: int) -> None:
    table = Table("suggestion", "lr", "from", "to", "rule")
    table.title = f"Median and range over {len(tests.seeds)} seeds"
    for name, spread in tests.spread.items():
        rule = SUGGESTION_RULES[name]
        said = f"{rule.summary} Source: {rule.source}."
        rates = (spread.median, spread.lowest, spread.highest)
        table.add_row(name, *(f"{lr:.4g}" for lr in rates), said)
    console.print(table)
    for lr in tests.stopped_at:
        console.print(f"The loss ran away; the sweep stopped at lr={lr:.4g}.")
    if is_start_misleading(tests.first_loss, vocab_size):
        console.print(
            f"The first loss is {tests.first_loss:.1f} nats, far above a uniform guess: "
            f"{' and '.join(MISLED_RULES)} find the end of that start and come out too low."
        )


def _baked(contest: BakeOff) -> BakeOffResult:
    with _progress() as progress:
        bar = progress.add_task("bake-off", total=100)
        for share in contest.finish():
            progress.update(bar, completed=round(100 * share))
    return contest.result()


def _print_bake_off(result: BakeOffResult) -> None:
    """Show the contenders, the best first."""
    table = Table("lr", "proposed by", "mean loss", "lowest", "highest")
    table.title = f"Validation loss after {result.n_steps:,} steps, the last third at lr/10"
    for each in result.ranking:
        losses = (each.mean, each.losses.min(), each.losses.max())
        table.add_row(f"{each.lr:.4g}", ", ".join(each.names), *(f"{x:.4f}" for x in losses))
    console.print(table)
    if result.winner is not None:
        console.print(f"The lowest mean loss is that of lr={result.winner.lr:.4g}.")


@app.command("lecture")
@explains_bad_input
def lecture_command(
    name: Annotated[str | None, typer.Argument(help="Letter; none lists them all.")] = None,
    run_all: Annotated[bool, typer.Option("--all", help="Run every one.")] = False,
    words: Words = None,
    n_seeds: Annotated[int, typer.Option("--seeds", help="Runs of each, from seed 42 on.")] = 10,
    write: Annotated[Path | None, typer.Option(help="Save the tables as Markdown.")] = None,
) -> None:
    """Run the lecture's experiments and show its figures beside ours, or list what there is."""
    if name is None and not run_all:
        list_experiments(console)
        return
    if name is not None and run_all:
        raise ValueError(f"give a letter or --all, not both, got {name!r} and --all")
    names = list(EXPERIMENTS) if name is None else [name.upper()]
    check_choice("experiment", names[0], EXPERIMENTS)
    check_integer("--seeds", n_seeds, 1, MAX_SEEDS)
    check_out(write, "--write")
    run_and_show(names, words_of(words), range(42, 42 + n_seeds), write, console)


def main() -> None:
    """Run the terminal viewer."""
    app(prog_name="makemore")
