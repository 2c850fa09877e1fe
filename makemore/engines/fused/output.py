"""The output layer and the loss, which the dense and the factorised step share.

W2 is kept transposed: hidden units are the last axis of every large matrix, and so of vectors.

    z  = h W2 + b2                        (batch, symbols)
    L  = mean over the batch of  ln Σ exp z − z[y]
    dz = (softmax z − onehot y) / batch
    dh = dz W2ᵀ · (1 − h²)                (batch, hidden)
    dW2ᵀ = dzᵀ h        db2 = Σ dz

Source: the chain rule; Bengio et al. 2003, section 3.
"""

from math import log

import numpy as np

from makemore.engines.fused.approximations import exp
from makemore.engines.fused.dropout import restore
from makemore.engines.fused.matmul import (
    Matrix,
    multiply,
    multiply_transposed,
    padded,
)
from makemore.engines.fused.vectors import (
    LANES,
    broadcast,
    inlined,
    largest_of_rows,
    load,
    maximum,
    minimum,
    part,
    spread,
    store,
    total_of_rows,
)

_ZERO, _ONE = np.float32(0), np.float32(1)


def bounds(n_symbols: int) -> Matrix:
    """Give what bounds a row of logits: ∞, and −∞ behind the symbols."""
    row = padded(1, n_symbols)
    row[:, :n_symbols], row[:, n_symbols:] = np.inf, -np.inf
    return row


@inlined
def forward(weights, acts, windows, chunk, batch_size):
    """Compute z and turn it into dz; give the sum of the losses of a chunk of the batch."""
    n_symbols, n_hidden = acts.n_symbols, acts.n_hidden
    n_examples = len(chunk)
    multiply_transposed(
        acts.z, acts.h, weights.W2, acts.W2T, n_examples, n_symbols, n_hidden, False
    )
    return _softmax_cross_entropy(
        *(acts.z, weights.b2, acts.bounds, acts.partial, acts.whole),
        *(windows, chunk, n_symbols, batch_size),
    )


@inlined
def backward(n_examples, dropout, weights, grads, into, factor, adds, acts):
    """Compute dh and factor · dW2, which goes `into` others, and add db2 to `grads`."""
    z, h, dh, n_symbols, n_hidden = acts.z, acts.h, acts.dh, acts.n_symbols, acts.n_hidden
    multiply(dh, z, weights.W2, n_examples, n_hidden, n_symbols, _ONE, False)
    multiply(into.W2, z.T, h, n_symbols, n_hidden, n_examples, factor, adds)
    add_rows(grads.b2, z, n_examples)
    restore(acts, dropout, n_examples)
    _through_tanh(dh, h, n_examples, n_hidden)


@part
def _softmax_cross_entropy(z, b2, bounds, partial, whole, windows, chunk, n_symbols, batch_size):
    """Add b2 to the products and turn them into dL/dz in place; give the sum of the losses.

    Each step is taken for all examples before the next one, so that none of them waits for its own
    lanes to be combined.
    """
    scale, n_rows = np.float32(1 / batch_size), len(chunk)
    _finish_logits(z, b2, bounds, partial, n_rows, n_symbols)
    for first in range(0, n_rows, LANES):
        store(whole, 0, first, largest_of_rows(partial, first))
    loss = 0.0
    for row in range(n_rows):
        loss += whole[0, row] - z[row, np.int64(windows[chunk[row], -1])]
    _exponentiate(z, whole, partial, n_rows, n_symbols)
    for first in range(0, n_rows, LANES):
        partitions = total_of_rows(partial, first)
        store(whole, 0, first, partitions)
        product = 1.0  # of up to 16 sums from 1 to n_symbols, which one logarithm is enough for
        for row in range(first, min(first + LANES, n_rows)):
            product *= whole[0, row]
        loss += log(product)
        store(whole, 0, first, broadcast(scale) / partitions)
    for column in range(0, n_symbols, LANES):
        for row in range(n_rows):
            store(z, row, column, load(z, row, column) * spread(whole, 0, row))
    for row in range(n_rows):
        z[row, np.int64(windows[chunk[row], -1])] -= scale
    return loss


@inlined
def _finish_logits(z, b2, bounds, tops, n_rows, n_symbols):
    """Compute z + b2 in place, and of each row the largest logits, lane by lane.

    What pads a row is bounded to −∞, whatever it was.
    """
    for row in range(n_rows):
        top = broadcast(-np.float32(np.inf))
        for column in range(0, n_symbols, LANES):
            logits = minimum(load(z, row, column) + load(b2, 0, column), load(bounds, 0, column))
            store(z, row, column, logits)
            top = maximum(top, logits)
        store(tops, row, 0, top)


@inlined
def _exponentiate(z, highest, sums, n_rows, n_symbols):
    """Compute exp(z − highest) in place, which cannot overflow, and each row's sums of lanes."""
    for row in range(n_rows):
        top, more = spread(highest, 0, row), broadcast(_ZERO)
        for column in range(0, n_symbols, LANES):
            p = exp(load(z, row, column) - top)
            store(z, row, column, p)
            more = more + p
        store(sums, row, 0, more)


@part
def add_rows(result, matrix, n_rows):
    """Add the first rows of a matrix to the one row of the result."""
    for column in range(0, result.shape[1], LANES):
        sums = load(result, 0, column)
        for row in range(n_rows):
            sums = sums + load(matrix, row, column)
        store(result, 0, column, sums)


@part
def _through_tanh(dh, h, n_rows, n_hidden):
    """Compute dh · (1 − h²) in place."""
    one = broadcast(_ONE)
    for row in range(n_rows):
        for column in range(0, n_hidden, LANES):
            unit = load(h, row, column)
            store(dh, row, column, load(dh, row, column) * (one - unit * unit))
