"""One thread for small tensors."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def single_threaded() -> Iterator[None]:
    """Let PyTorch compute on one thread inside the block.

    For tensors of this size several threads are slower than one, and the order of their sums,
    and so the last bit of a result, would depend on the machine.
    """
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)
