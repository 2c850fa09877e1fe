"""What the terminal says of a saved run: its names, its characters, how both came about."""

import csv
from pathlib import Path
from typing import Annotated

import torch
import typer
from rich.table import Table
from rich.text import Text

from makemore.baselines import NGram, baseline_name
from makemore.checks import MAX_SEED, check_choice, check_integer
from makemore.cli_common import SavedRun, Seed, console, explains_bad_input
from makemore.cli_compare import show_loss_table
from makemore.cli_words import Words, dataset_of_run
from makemore.embedding import picture_scores, project_embedding, projector_tsv, slot_norms
from makemore.film import align, losses_between
from makemore.kinds import kind_scores
from makemore.loss_table import compare_with_tables
from makemore.neighbours import (
    DISTANCES,
    functional_distances,
    nearest_neighbours,
    table_distances,
)
from makemore.novelty import Novelty, Origin, origins_by_temperature
from makemore.run import Run
from makemore.run_file import load_run
from makemore.sampling import sample_words
from makemore.surprise import ngram_surprise, slot_distributions, slot_effects, word_surprise

TEMPERATURES = (0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0)

run_commands = typer.Typer()


@run_commands.command("sample")
@explains_bad_input
def sample_command(
    run: SavedRun,
    n: Annotated[int, typer.Option("-n", help="How many names.")] = 20,
    temperature: Annotated[float, typer.Option(help="Below 1 bolder guesses win more.")] = 1.0,
    top_k: Annotated[
        int | None, typer.Option(help="Draw among the likeliest only; 1 is greedy.")
    ] = None,
    prefix: Annotated[str, typer.Option(help="What every name begins with.")] = "",
    seed: Seed = 42,
) -> None:
    """Draw names from a saved run, one a line."""
    saved = load_run(run)
    rng = torch.Generator().manual_seed(check_integer("seed", seed, 0, MAX_SEED))
    words = sample_words(saved.model(), saved.vocabulary, n, rng, temperature, top_k, prefix)
    for word in words:
        typer.echo(word)  # alone on the standard output


@run_commands.command("name")
@explains_bad_input
def name_command(
    run: SavedRun,
    name: Annotated[str, typer.Argument(help="The name to look at.")],
    words: Words = None,
) -> None:
    """Show what each letter of a name costs a run, beside count tables of its training words."""
    saved = load_run(run)
    dataset = dataset_of_run(saved, words)
    vocabulary = saved.vocabulary
    costs = {"MLP": word_surprise(saved.model(), vocabulary, name)}
    for order in (2, 4):
        table = NGram.fit(dataset.split.train, vocabulary, order)
        costs[baseline_name(order)] = ngram_surprise(table, vocabulary, name)
    block_size = saved.model_config.block_size
    stand_ins = slot_distributions(dataset.examples(block_size).train, vocabulary.size)
    effects = slot_effects(saved.model(), vocabulary, name, stand_ins)
    shown = Table("", *costs, *(f"{back} before" for back in range(block_size, 0, -1)))
    for place, symbol in enumerate([*name, "end"]):
        nats = (f"{each[place]:.2f}" for each in costs.values())
        shown.add_row(Text(symbol), *nats, *(f"{effect:+.2f}" for effect in effects[place]))
    shown.add_section()
    shown.add_row("in all", *(f"{each.sum():.2f}" for each in costs.values()))
    shown.add_row("each", *(f"{each.mean():.2f}" for each in costs.values()))
    shown.title = "Nats of each letter, and what each slot of the context did for it"
    console.print(shown)
    console.print(Text(f"{name} is {_ORIGINS[Novelty(dataset.split).origin(name)]}."))


_ORIGINS: dict[Origin, str] = {
    "train": "one of the training names",
    "held out": "one of the names held out",
    "new": "new",
}


@run_commands.command("compare")
@explains_bad_input
def compare_command(
    run: SavedRun,
    words: Words = None,
    max_order: Annotated[int, typer.Option(help="Symbols of the longest n-gram.")] = 5,
) -> None:
    """Show a run beside count tables, also on names that it cannot know by heart."""
    saved = load_run(run)
    dataset = dataset_of_run(saved, words)
    show_loss_table(compare_with_tables(saved.model(), dataset, max_order), console)


@run_commands.command("embedding")
@explains_bad_input
def embedding_command(
    run: SavedRun,
    distance: Annotated[str, typer.Option(help=f"{', '.join(DISTANCES)}.")] = "euclidean",
    n: Annotated[int, typer.Option("-n", help="How many neighbours.")] = 5,
    words: Words = None,
    tsv: Annotated[
        Path | None,
        typer.Option(help="Folder for vectors.tsv and metadata.tsv, as TensorBoard's projector."),
    ] = None,
) -> None:
    """Show who is near whom, whether vowels gather, and what each context slot carries."""
    check_choice("--distance", distance, DISTANCES)
    saved = load_run(run)
    distances = _distances(saved, distance, words)
    characters = saved.vocabulary.characters
    table = Table("character", "nearest", title=f"Nearest by {distance} distance")
    for character, nearest in zip(characters, nearest_neighbours(distances, n), strict=True):
        table.add_row(character, " ".join(characters[other] for other in nearest))
    console.print(table)
    _print_kinds(saved, distance, distances)
    norms = " ".join(f"{norm:.2f}" for norm in slot_norms(saved.model()).tolist())
    console.print(f"Norm of each context slot's block of W1, the furthest first: {norms}")
    _print_picture(saved.weights["C"])
    if tsv is not None:
        for name, text in zip(
            ("vectors.tsv", "metadata.tsv"),
            projector_tsv(saved.weights["C"], characters),
            strict=True,
        ):
            (tsv / name).write_text(text, encoding="utf-8")


def _print_picture(table: torch.Tensor) -> None:
    """Say what of a table of more than two dimensions can be seen in the plane."""
    projection = project_embedding(table)
    if projection.explained is None:
        return
    shares = " and ".join(f"{share:.0%}" for share in projection.explained)
    scores = picture_scores(table, projection.points, min(5, (len(table) - 1) // 2))
    console.print(
        f"The two main axes show {shares} of the variance and keep {scores.kept:.0%} of the "
        f"nearest neighbours; trustworthiness {scores.trustworthiness:.2f} of 1."
    )


def _distances(run: Run, distance: str, words: Path | None) -> torch.Tensor:
    """Give the distances between a run's characters; for the functional one its words count."""
    if distance != "functional":
        return table_distances(run.weights["C"], distance)
    dataset = dataset_of_run(run, words)
    return functional_distances(run.model(), dataset.examples(run.model_config.block_size).val)


def _print_kinds(run: Run, distance: str, distances: torch.Tensor) -> None:
    """Say whether vowels are beside vowels: by chance, before the first step, and now."""
    start = next((frame for frame in run.history.frames if frame.step == 0), None)
    before = None
    if start is not None and distance != "functional":
        before = kind_scores(table_distances(start.table, distance), run.vocabulary.characters)
    now = kind_scores(distances, run.vocabulary.characters)
    if now is None:
        return
    table = Table("of the 3 nearest letters", "by chance", "untrained", "now")
    for name, chance, share in (
        ("vowels beside a vowel", now.vowels_by_chance, "vowels"),
        ("of the same kind", now.letters_by_chance, "letters"),
    ):
        untrained = f"{getattr(before, share):.0%}" if before else "–"
        table.add_row(name, f"{chance:.0%}", untrained, f"{getattr(now, share):.0%}")
    untrained = f"{before.silhouette:.2f}" if before else "–"
    table.add_row("silhouette, -1 to 1", "–", untrained, f"{now.silhouette:.2f}")
    console.print(table)


@run_commands.command("novelty")
@explains_bad_input
def novelty_command(
    run: SavedRun,
    words: Words = None,
    n: Annotated[int, typer.Option("-n", help="How many names at each temperature.")] = 1_000,
    top_k: Annotated[int | None, typer.Option(help="Draw among the likeliest only.")] = None,
    prefix: Annotated[str, typer.Option(help="What every name begins with.")] = "",
    seed: Seed = 42,
) -> None:
    """Show which share of a run's names is new, by temperature."""
    saved = load_run(run)
    dataset = dataset_of_run(saved, words)
    check_integer("seed", seed, 0, MAX_SEED)
    counts = origins_by_temperature(
        *(saved.model(), saved.vocabulary, Novelty(dataset.split), TEMPERATURES),
        *(check_integer("n", n, 1, 1_000_000), seed, top_k, prefix),
    )
    table = Table("temperature", "new", "training names", "held out", "drawn before")
    table.title = f"Where {n:,} drawn names stand"
    for temperature, each in zip(TEMPERATURES, counts, strict=True):
        numbers = (each.new, each.train, each.held_out, each.repeats)
        table.add_row(f"{temperature:g}", *(f"{each.share(number):.1%}" for number in numbers))
    console.print(table)


@run_commands.command("diary")
@explains_bad_input
def diary_command(run: SavedRun) -> None:
    """Show what a run wrote on its way, from the same noise at steps that double."""
    diary = load_run(run).history.diary
    if not diary:
        raise ValueError(
            "a run must have kept a diary, got one that did not; train it with --out, or on the "
            "dashboard"
        )
    table = Table("step", "names", title="Always from the same random numbers")
    for entry in diary:
        table.add_row(
            f"{entry.step:,}", Text("  ".join(name or "(empty)" for name in entry.names))
        )
    console.print(table)


@run_commands.command("film")
@explains_bad_input
def film_command(
    run: SavedRun,
    out: Annotated[Path, typer.Option(help="CSV of step, loss, character, x and y.")],
) -> None:
    """Write where each character stood at the kept steps, each picture fitted to the next."""
    saved = load_run(run)
    frames = saved.history.frames
    if not frames:
        raise ValueError("a run must have kept frames, got one without; train it anew")
    projection = project_embedding(frames[-1].table)
    pictures = align([projection.picture(frame.table) for frame in frames])
    losses = losses_between(saved.history.losses, [frame.step for frame in frames])
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("step", "loss", "character", "x", "y"))
        for frame, loss, picture in zip(frames, losses.tolist(), pictures, strict=True):
            for character, place in zip(saved.vocabulary.characters, picture, strict=True):
                writer.writerow((frame.step, loss, character, *place.tolist()))
    console.print(Text(f"Saved {len(frames)} moments to {out}"))
