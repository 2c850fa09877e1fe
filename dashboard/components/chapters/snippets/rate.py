"""The same model at three rates: only one of them gets far in 300 steps."""

import torch

from makemore import MLP, Dataset, ModelConfig, Stage, TrainConfig, Trainer, evaluate, load_words

examples = Dataset(load_words()).examples(block_size=3).train
losses = {}
for lr in (0.001, 0.1, 3.0):
    model = MLP(ModelConfig(), torch.Generator().manual_seed(42))
    Trainer(model, examples, TrainConfig((Stage(300, lr),), eval_interval=None)).advance(300)
    losses[lr] = evaluate(model, examples)
assert min(losses, key=losses.__getitem__) == 0.1
