"""A long list of one's own: what each step from the text to an open page computes.

    python -m benchmarks.own_list

Seconds of one core's time, so that a busy machine does not count. The words are made of pieces of
the bundled names; what is asked a second time is at hand.
"""

import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch

from dashboard import corpus
from dashboard.jobs import TrainingJob
from dashboard.library import Library
from makemore import ModelConfig, Store, TrainConfig, load_words, read_word_list

N_WORDS = 200_000

T = TypeVar("T")


def timed(label: str, compute: Callable[[], T]) -> T:
    """Compute twice, and print how long each time took."""
    seconds = []
    for _ in range(2):
        start = time.thread_time()
        result = compute()
        seconds.append(time.thread_time() - start)
    print(f"{label:40} {seconds[0]:6.2f} s, again {seconds[1]:.3f} s")
    return result


def main() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    chance, names = random.Random(1), load_words()
    words = [chance.choice(names)[:4] + chance.choice(names)[-4:] for _ in range(N_WORDS)]
    text = "\n".join(words).encode()
    print(f"{N_WORDS:,} words, {len(text) / 1e6:.1f} MB")
    found = timed("the words of the text", lambda: read_word_list(text))
    corpus.bundled_dataset()
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "runs.sqlite") as store:
        library = Library(store)
        entry = timed("into the store", lambda: library.add("me", "mine", found, 1))
        dataset = timed("split", lambda: library.dataset(entry, by_name=False))
        timed("count tables", lambda: corpus.baselines(dataset))
        timed("counts of the Data page", lambda: corpus.facts(dataset))
        model = ModelConfig(dataset.vocabulary.size)
        job = timed(
            "a run, its examples", lambda: TrainingJob.begin(dataset, model, TrainConfig())
        )
        timed("the run into the store", lambda: store.save("a" * 22, job.run(), "running"))
        timed("and back", lambda: corpus.dataset_of(store.load("a" * 22)))


if __name__ == "__main__":
    main()
