"""One row of the table, three ways."""

import torch
import torch.nn.functional as F

C = torch.randn((27, 2), generator=torch.Generator().manual_seed(42))
X = torch.tensor([[0, 0, 5], [0, 5, 13]])  # two contexts: "..e", ".em"
by_index = C[5]
by_product = F.one_hot(torch.tensor(5), num_classes=27).float() @ C
in_a_batch = C[X]  # (2, 3, 2)
assert torch.equal(by_index, by_product)
assert torch.equal(by_index, in_a_batch[0, 2])
