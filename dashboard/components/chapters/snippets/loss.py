"""The loss by hand and by `cross_entropy`; only the second survives large logits."""

import torch
import torch.nn.functional as F

logits, target = torch.tensor([[-2.0, -3.0, 0.0, 5.0]]), torch.tensor([3])
probs = logits.exp() / logits.exp().sum(dim=1, keepdim=True)
loss = -probs[torch.arange(1), target].log().mean()
assert torch.allclose(loss, F.cross_entropy(logits, target))

large = torch.tensor([[-100.0, -3.0, 0.0, 100.0]])
assert (large.exp() / large.exp().sum()).isnan().any()  # e^100 is infinite in float32
assert F.cross_entropy(large, target) == 0
