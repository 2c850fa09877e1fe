"""Time to the lecture's result: from the words to its best validation loss, its way and ours.

    python benchmarks/time_to_result.py

The lecture trains its last model (11,897 parameters) for 100,000 steps and reports a validation
loss of 2.1936 nats. Here its own loop, written out in plain PyTorch, does so once; the recipe
"quick" does it with several seeds, in turn with the loop's beginning and end. Each time runs from
the list of words to the loss on the validation split: the splits, the examples, the model, its
training, its evaluation. The kernels are compiled beforehand, and nothing else is.
"""

import random
import statistics
import time
from dataclasses import replace
from pathlib import Path

import torch
import torch.nn.functional as F

from makemore import MLP, RECIPES, Dataset, Trainer, load_words
from makemore.engines import fused

LECTURE_NAMES = Path(__file__).parents[2] / "shared" / "lecture" / "names.txt"
LECTURES_LOSS = 2.1936  # nats per character
SEEDS = range(1, 11)


def ours(words: list[str], seed: int) -> float:
    """Follow the recipe "quick"; give its validation loss."""
    recipe = RECIPES["quick"]
    examples = Dataset(words).examples(recipe.model.block_size)
    model = MLP(recipe.model, torch.Generator().manual_seed(seed))
    config = replace(recipe.train, seed=seed)
    trainer = Trainer(model, examples.train, config, examples.val)
    loss = trainer.advance(config.n_steps).evaluations[-1].val_loss
    assert loss is not None
    return loss


def theirs(words: list[str]) -> float:
    """Do what the lecture's cells do; give the validation loss."""
    stoi = {character: i for i, character in enumerate([".", *sorted(set("".join(words)))])}

    def build(words: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
        x, y = [], []
        for word in words:
            context = [0] * 3
            for character in word + ".":
                ix = stoi[character]
                x.append(context)
                y.append(ix)
                context = [*context[1:], ix]
        return torch.tensor(x), torch.tensor(y)

    words = list(words)
    random.Random(42).shuffle(words)
    n_train, n_val = int(0.8 * len(words)), int(0.9 * len(words))
    x, y = build(words[:n_train])
    x_val, y_val = build(words[n_train:n_val])
    rng = torch.Generator().manual_seed(42)
    C = torch.randn((27, 10), generator=rng)
    W1, b1 = torch.randn((30, 200), generator=rng), torch.randn(200, generator=rng)
    W2, b2 = torch.randn((200, 27), generator=rng), torch.randn(27, generator=rng)
    parameters = [C, W1, b1, W2, b2]
    for parameter in parameters:
        parameter.requires_grad = True
    for step in range(100_000):
        ix = torch.randint(0, len(x), (32,))
        emb = C[x[ix]]
        h = torch.tanh(emb.view(-1, 30) @ W1 + b1)
        loss = F.cross_entropy(h @ W2 + b2, y[ix])
        for parameter in parameters:
            parameter.grad = None
        loss.backward()
        lr = 0.1 if step < 50_000 else 0.001
        for parameter in parameters:
            assert parameter.grad is not None
            parameter.data += -lr * parameter.grad
    with torch.no_grad():
        h = torch.tanh(C[x_val].view(-1, 30) @ W1 + b1)
        return F.cross_entropy(h @ W2 + b2, y_val).item()


def main() -> None:
    """Measure and print."""
    if not LECTURE_NAMES.is_file():
        raise SystemExit(
            f"the lecture's own list must be at {LECTURE_NAMES}, as its loss is of that list; "
            "it is not part of the project"
        )
    torch.set_num_threads(1)
    words = load_words(LECTURE_NAMES)
    fused.compile_now()
    half = len(SEEDS) // 2
    seconds, losses = zip(*[_timed(words, seed) for seed in SEEDS[:half]], strict=True)
    start = time.perf_counter()
    their_loss = theirs(words)
    their_seconds = time.perf_counter() - start
    more, further = zip(*[_timed(words, seed) for seed in SEEDS[half:]], strict=True)
    seconds, losses = (*seconds, *more), (*losses, *further)
    print(f"the lecture's loop:  {their_loss:.4f} nats in {their_seconds:.1f} s")
    print(
        f"the recipe 'quick':  {min(losses):.4f} to {max(losses):.4f} nats, "
        f"{sum(loss <= LECTURES_LOSS for loss in losses)} of {len(losses)} at most "
        f"{LECTURES_LOSS}, in {statistics.median(seconds):.3f} s "
        f"({min(seconds):.3f} to {max(seconds):.3f})"
    )
    print(f"ratio of its time to our median: {their_seconds / statistics.median(seconds):.0f} ×")


def _timed(words: list[str], seed: int) -> tuple[float, float]:
    start = time.perf_counter()
    loss = ours(words, seed)
    return time.perf_counter() - start, loss


if __name__ == "__main__":
    main()
