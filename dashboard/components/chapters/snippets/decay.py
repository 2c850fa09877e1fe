"""2,000 steps at 0.1, or the last 500 of them at a tenth of it."""

import torch

from makemore import MLP, Dataset, ModelConfig, Stage, TrainConfig, Trainer, evaluate, load_words

train_split, val_split, _ = Dataset(load_words()).examples(block_size=3)
losses = []
for stages in ((Stage(2_000, 0.1),), (Stage(1_500, 0.1), Stage(500, 0.01))):
    model = MLP(ModelConfig(), torch.Generator().manual_seed(42))
    Trainer(model, train_split, TrainConfig(stages, eval_interval=None)).advance(2_000)
    losses.append(evaluate(model, val_split))
assert losses[1] < losses[0]
