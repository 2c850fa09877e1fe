"""A process that trains and saves at every breath, to be killed: see `test_store_killed`.

For every line on its input it forks, so that PyTorch is imported once. A child says its process
id when it begins to train; its death is told too.
"""

import os
import sys
import time

import torch

from makemore import MLP, Dataset, History, ModelConfig, Run, Store, TrainConfig, Trainer

ID = "k3J9x0QmB2vT5w8Z"
WORDS = ["ann", "anna", "bea", "ben", "nan", "abe", "eva", "zoé", "ab", "ba"]
STEPS_PER_SAVE = 7
SETTINGS = TrainConfig(
    ((2_000, 0.1), (500, 0.01, "cosine")),
    batch_size=8,
    seed=5,
    engine="reference",
    eval_interval=100,
    momentum=0.9,
)


def begin() -> tuple[Trainer, History, Dataset]:
    """Make the run anew."""
    dataset = Dataset(WORDS, seed=3)
    config = ModelConfig(dataset.vocabulary.size, 3, 10, 200, "scaled")
    model = MLP(config, torch.Generator().manual_seed(1))
    examples = dataset.examples(3)
    return Trainer(model, examples.train, SETTINGS, examples.val), History(), dataset


def tell(line: str) -> None:
    """Say something to the process that began this one."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def train(place: str, told: str) -> None:
    """Go on with what is stored and save it again and again; say every step that was saved."""
    trainer, history, dataset = begin()
    with Store(place) as store, open(told, "a", buffering=1, encoding="ascii") as steps:  # noqa: PTH123
        if store.find(ID) is not None:
            run = store.load(ID)
            examples = dataset.examples(3)
            trainer, history = run.trainer(examples.train, examples.val), run.history
        tell(str(os.getpid()))
        while not trainer.is_done:
            history.append(trainer.advance(STEPS_PER_SAVE))
            run = Run.of(trainer, history, dataset.vocabulary, dataset.seed)
            store.save(ID, run, "running", title="killed")
            steps.write(f"{trainer.step}\n")
    time.sleep(60)


if __name__ == "__main__":
    torch.set_num_threads(1)
    begin()[0].advance(200)  # loads what is loaded on first use
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            train(*sys.argv[1:])
            os._exit(0)
        os.waitpid(child, 0)
        tell("dead")
