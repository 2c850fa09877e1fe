"""Sampling: ratios to the lecture's loop, which draws one character of one name at a time.

    python benchmarks/sampling.py

The model has been trained for `N_STEPS` steps, so that names have the length of names. Both take
turns, on one thread; the figure is the ratio of the medians of the rounds. Where many names are
drawn, the lecture's loop draws `N_TIMED` and its time is scaled.
"""

import torch
import torch.nn.functional as F
from engines import begin, ratio

from makemore import MLP, Dataset, ModelConfig, TrainConfig, Trainer, load_words, sample_words
from makemore.engines import fused

N_STEPS = 2_000
N_FEW, N_MANY, N_TIMED = 20, 100_000, 300
SIZES = {  # block_size, n_embd, n_hidden, learning rate
    "S": (3, 2, 100, 0.1),
    "S with block size 8": (8, 2, 100, 0.1),
    "B": (8, 24, 512, 0.1),
}


def lecture_names(parameters: list[torch.Tensor], block_size: int, n: int) -> None:
    """Draw n names as the lecture's cells do, one character of one name at a time."""
    C, W1, b1, W2, b2 = parameters
    for _ in range(n):
        context = [0] * block_size
        while True:
            h = torch.tanh(C[torch.tensor([context])].view(1, -1) @ W1 + b1)
            probs = F.softmax(h @ W2 + b2, dim=1)
            ix = torch.multinomial(probs, num_samples=1).item()
            context = [*context[1:], int(ix)]
            if ix == 0:
                break


def main() -> None:
    """Measure and print."""
    begin()
    fused.compile_now()
    dataset = Dataset(load_words())
    for name, (block_size, n_embd, n_hidden, lr) in SIZES.items():
        config = ModelConfig(27, block_size, n_embd, n_hidden, "scaled")
        model = MLP(config, torch.Generator().manual_seed(1))
        settings = TrainConfig(((N_STEPS, lr),), eval_interval=None)
        Trainer(model, dataset.examples(block_size).train, settings).advance(N_STEPS)
        parameters = [p.detach().clone().requires_grad_() for p in model.parameters()]
        rng = torch.Generator().manual_seed(1)
        for n in (1, N_FEW, N_MANY):
            timed = min(n, N_TIMED)
            theirs = lambda: lecture_names(parameters, block_size, timed)  # noqa: B023, E731
            ours = lambda: sample_words(model, dataset.vocabulary, n, rng)  # noqa: B023, E731
            scaled = f", the loop's time from {timed}" if timed < n else ""
            print(f"{n:,} names, {name}: {ratio(theirs, ours, n / timed)}{scaled}")


if __name__ == "__main__":
    main()
