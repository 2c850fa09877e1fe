"""Ten numbers a character beat two, with the same hidden layer and steps."""

import torch

from makemore import MLP, Dataset, ModelConfig, Stage, TrainConfig, Trainer, evaluate, load_words

train_split, val_split, _ = Dataset(load_words()).examples(block_size=3)
config = TrainConfig((Stage(2_000, 0.1),), eval_interval=None)
losses = {}
for n_embd in (2, 10):
    rng = torch.Generator().manual_seed(42)
    model = MLP(ModelConfig(n_embd=n_embd, n_hidden=200, init="scaled"), rng)
    Trainer(model, train_split, config).advance(2_000)
    losses[n_embd] = evaluate(model, val_split)
assert losses[10] < losses[2]
