"""Three ways to put the embeddings of a context side by side; the last copies nothing."""

import torch

emb = torch.randn((12, 3, 2), generator=torch.Generator().manual_seed(42))
by_slices = torch.cat([emb[:, 0], emb[:, 1], emb[:, 2]], dim=1)
by_unbind = torch.cat(torch.unbind(emb, dim=1), dim=1)
by_view = emb.view(12, 6)
assert torch.equal(by_slices, by_view)
assert torch.equal(by_unbind, by_view)
assert by_view.data_ptr() == emb.data_ptr() != by_unbind.data_ptr()
