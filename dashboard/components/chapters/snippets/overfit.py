"""Two names learnt by heart: the lecture's losses, and the least that is possible."""

import torch

from makemore import (
    MLP,
    Dataset,
    ModelConfig,
    Stage,
    TrainConfig,
    build_examples,
    load_words,
    lowest_loss,
    train,
)

dataset = Dataset(load_words())
examples = build_examples(dataset.words[:2], dataset.vocabulary, block_size=3)
model = MLP(ModelConfig(), torch.Generator().manual_seed(42))
config = TrainConfig(stages=(Stage(10, 0.1),), batch_size=None, eval_interval=None)
losses = [loss for event in train(model, examples, config) for loss in event.losses]
assert abs(losses[-1] - 0.612997) < 1e-5
assert lowest_loss(examples) < losses[-1]
