"""Train, then look at the table: consonants keep together, and vowels keep away from them."""

import torch

from makemore import MLP, Dataset, ModelConfig, Stage, TrainConfig, Trainer, load_words

dataset = Dataset(load_words())
model = MLP(ModelConfig(n_embd=2, init="scaled"), torch.Generator().manual_seed(42))
config = TrainConfig((Stage(10_000, 0.1),), eval_interval=None)
Trainer(model, dataset.examples(block_size=3).train, config).advance(10_000)
table = model.C.detach()  # (27, 2): a place in the plane for each character
vowels, consonants = (
    table[dataset.vocabulary.encode(letters)] for letters in ("aeiou", "bcdfghjklmnpqrstvwxz")
)
assert 1.5 * torch.pdist(consonants).mean() < torch.cdist(vowels, consonants).mean()
