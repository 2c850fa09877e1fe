"""Eight letters of context, 400 units and dropout: below the table of 5-grams in 3,000 steps."""

import torch

from makemore import (
    MLP,
    Dataset,
    ModelConfig,
    Stage,
    TrainConfig,
    Trainer,
    evaluate,
    load_words,
    ngram_losses,
)

dataset = Dataset(load_words())
five_gram = ngram_losses(dataset.split, dataset.vocabulary)["5-gram"]
config = TrainConfig(
    (Stage(3_000, 0.005, "one_cycle"),),
    batch_size=256,
    eval_interval=None,
    optimizer="adamw",
    weight_decay=0.05,
    dropout=0.1,
)
model = MLP(
    ModelConfig(block_size=8, n_embd=24, n_hidden=400, init="scaled"),
    torch.Generator().manual_seed(42),
)
Trainer(model, dataset.examples(8).train, config).advance(3_000)
assert evaluate(model, dataset.examples(8).val) < five_gram.val
