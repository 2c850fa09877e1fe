"""One thread for small tensors."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, local

import torch


class _OfThread(local):
    is_inside = False


_of_thread = _OfThread()
_lock = Lock()  # around what follows
_n_inside = 0  # threads inside a block
_n_outside = 1  # what PyTorch computed on when the first of them came


@contextmanager
def single_threaded() -> Iterator[None]:
    """Let PyTorch compute on one thread inside the block.

    For tensors of this size several threads are slower than one, and the order of their sums,
    and so the last bit of a result, would depend on the machine.

    Several threads may be inside at once. PyTorch keeps a number for each thread, and a new
    thread begins with the number that any thread has set last; one that begins while another is
    inside must not take that for its own.
    """
    global _n_inside, _n_outside
    if _of_thread.is_inside:
        yield
        return
    with _lock:
        n_threads = torch.get_num_threads()
        if not _n_inside:
            _n_outside = n_threads
        elif n_threads == 1:
            n_threads = _n_outside
        _n_inside += 1
        torch.set_num_threads(1)
    _of_thread.is_inside = True
    try:
        yield
    finally:
        _of_thread.is_inside = False
        with _lock:
            _n_inside -= 1
            torch.set_num_threads(n_threads)
