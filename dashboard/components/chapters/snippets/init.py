"""The lecture's init against the scaled one: first loss and saturation."""

import math

import torch

from makemore import MLP, Activations, Dataset, ModelConfig, load_words

examples = Dataset(load_words()).examples(block_size=3).val
inside = {}
for init in ("lecture", "scaled"):
    config = ModelConfig(n_embd=10, n_hidden=200, init=init)
    inside[init] = Activations.of(MLP(config, torch.Generator().manual_seed(42)), examples)
assert inside["lecture"].loss > 15
assert abs(inside["scaled"].loss - math.log(27)) < 0.05
assert inside["scaled"].saturated < inside["lecture"].saturated / 2
