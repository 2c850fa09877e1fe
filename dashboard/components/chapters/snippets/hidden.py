"""The hidden layer of 12 examples; one row of biases is added to all of them."""

import torch

rng = torch.Generator().manual_seed(42)
emb = torch.randn((12, 6), generator=rng)
W1, b1 = torch.randn((6, 100), generator=rng), torch.randn(100, generator=rng)
h = torch.tanh(emb @ W1 + b1)  # (12, 6) @ (6, 100) + (100,) -> (12, 100)
assert torch.equal(h, torch.tanh(emb @ W1 + b1.expand(12, 100)))
assert b1.expand(12, 100).data_ptr() == b1.data_ptr()  # no copy was made
