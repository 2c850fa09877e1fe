"""The recipe "beyond" beside the count tables: several seeds, exact losses, and the time it takes.

    python benchmarks/beyond.py [LIST] [--seeds N] [--at-once N]

LIST is a file of words, one a line; the bundled names without it. The seeds are 42, 43, and so on,
each a run of its own process, as many at a time as there are cores or `--at-once` says. Losses on
the test split are printed for the recipe as it stands; the validation split chose its settings.
"""

import argparse
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import torch

from makemore import MLP, RECIPES, Dataset, Trainer, compare_with_tables, load_words
from makemore.engines import fused
from makemore.loss_table import MODEL
from makemore.side_by_side import n_cores
from makemore.spread import Spread

FIRST_SEED = 42
COMPARED = ("trigram", "4-gram", "5-gram")


def train_one(dataset: Dataset, seed: int) -> None:
    """Follow the recipe with a seed; print losses, seconds, and seconds of the processor."""
    torch.set_num_threads(1)
    recipe = RECIPES["beyond"]
    examples = dataset.examples(recipe.model.block_size)
    size = replace(recipe.model, vocab_size=dataset.vocabulary.size)
    config = replace(recipe.train, seed=seed, engine="fused", eval_interval=None)
    trainer = Trainer(MLP(size, torch.Generator().manual_seed(seed)), examples.train, config)
    start, start_of_processor = time.perf_counter(), time.process_time()
    while not trainer.is_done:
        trainer.advance(1_000)
    seconds, of_processor = time.perf_counter() - start, time.process_time() - start_of_processor
    losses = compare_with_tables(trainer.model, dataset, max_order=0).losses[MODEL]
    print(seconds, of_processor, *losses, flush=True)


def run_seeds(words: Path | None, n_seeds: int, at_once: int) -> list[list[float]]:
    """Give what `train_one` prints for each seed."""
    command = [sys.executable, __file__, *([str(words)] if words else []), "--seed"]
    waiting = list(range(FIRST_SEED, FIRST_SEED + n_seeds))
    results = []
    while waiting:
        now, waiting = waiting[:at_once], waiting[at_once:]
        started = [
            subprocess.Popen([*command, str(seed)], stdout=subprocess.PIPE, text=True)
            for seed in now
        ]
        for process in started:
            told, _ = process.communicate()
            if process.returncode:
                raise SystemExit(f"a run failed with {process.returncode}")
            results.append([float(number) for number in told.split()])
    return results


def main() -> None:
    """Run all seeds and print a table, or one seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="?", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--at-once", type=int, default=n_cores())
    parser.add_argument("--seed", type=int)
    asked = parser.parse_args()
    dataset = Dataset(load_words(asked.words))
    if asked.seed is not None:
        train_one(dataset, asked.seed)
        return
    fused.compile_now()
    results = run_seeds(asked.words, asked.seeds, asked.at_once)
    _, _, *columns = zip(*results, strict=True)
    size = replace(RECIPES["beyond"].model, vocab_size=dataset.vocabulary.size)
    untrained = MLP(size, torch.Generator().manual_seed(0))
    table = compare_with_tables(untrained, dataset)
    print("| |", " | ".join(group.name for group in table.groups), "|")
    print("|---|", "---|" * len(table.groups), sep="")
    for name in COMPARED:
        print(f"| {name} |", " | ".join(f"{loss:.4f}" for loss in table.losses[name]), "|")
    spreads = [Spread(column) for column in columns]
    print("| recipe, mean |", " | ".join(f"{spread.mean:.4f}" for spread in spreads), "|")
    if asked.seeds > 1:
        print("| its standard deviation |", " | ".join(f"{s.sd:.4f}" for s in spreads), "|")
    worst = " | ".join(f"{max(column):.4f}" for column in columns)
    print("| its worst seed |", worst, "|")
    print("| words |", " | ".join(f"{group.n_words:,}" for group in table.groups), "|")
    print("| characters |", " | ".join(f"{g.n_characters:,}" for g in table.groups), "|")
    for number, (seconds, of_processor, *losses) in enumerate(results):
        told = ", ".join(f"{loss:.4f}" for loss in losses)
        print(
            f"seed {FIRST_SEED + number}: {seconds:.0f} s, processor {of_processor:.0f} s: {told}"
        )


if __name__ == "__main__":
    main()
