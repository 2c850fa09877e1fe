"""Softmax by hand."""

import torch

logits = torch.randn((12, 27), generator=torch.Generator().manual_seed(42))
counts = logits.exp()
probs = counts / counts.sum(dim=1, keepdim=True)
assert torch.allclose(probs.sum(dim=1), torch.ones(12))  # every row sums to 1
assert torch.allclose(probs, logits.softmax(dim=1))
