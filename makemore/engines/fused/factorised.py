"""The training step with the first layer factorised over the vocabulary, for large batches.

A character's share of the pre-activations depends on the character and its slot alone. So it is
computed once for each of the few symbols and looked up for each of the many examples:

    t[s] = C W1[s]                        (symbols, hidden), for each slot s of the context
    h  = tanh(Σ t[s, x[s]] + b1), 1       (batch, hidden + 1)
    z  = h W2                             (batch, symbols)
    L  = mean over the batch of  ln Σ exp z − z[y]
    dz = (softmax z − onehot y) / batch
    dW2 = hᵀ dz        dh = dz W2ᵀ · (1 − h²)        dt[s, x[s]] += dh
    dW1[s] = Cᵀ dt[s]        dC += dt[s] W1[s]ᵀ

The first layer's products no longer grow with the batch. The batch is the first axis here, so that
a row of a table is a row of vectors.
"""

from math import isfinite, log
from typing import NamedTuple

import numpy as np
from numba import njit

from makemore.config import ModelConfig, TrainConfig
from makemore.engines.fused.approximations import exp, tanh
from makemore.engines.fused.matmul import ROWS, Matrix, multiply, multiply_add, padded
from makemore.engines.fused.step import Step
from makemore.engines.fused.update import clear, update
from makemore.engines.fused.vectors import LANES, broadcast, load, store

MAX_CHUNK = 60  # examples of a batch computed at a time, so that activations stay in the cache

_ZERO, _ONE = np.float32(0), np.float32(1)


class Parameters(NamedTuple):
    """Weights or gradients, padded to whole tiles with zeros that stay zero."""

    C: Matrix  # (vocab_size, n_embd)
    W1: Matrix  # (block_size · n_embd, n_hidden), each slot's rows padded by themselves
    b1: Matrix  # (1, n_hidden)
    W2: Matrix  # (n_hidden + 1, vocab_size); the last row is b2


class Activations(NamedTuple):
    """Room for the tables of all slots, and for a chunk of B examples."""

    t: Matrix  # (block_size · vocab_size, n_hidden), each slot's rows padded by themselves
    dt: Matrix  # the same, for the gradient
    w1_t: Matrix  # (n_hidden, n_embd), of one slot
    w2_t: Matrix  # (vocab_size, n_hidden)
    w2_in: Matrix  # (n_hidden + 1, vocab_size), view of the weight without padding
    h: Matrix  # (B, n_hidden + 1)
    h_one: Matrix  # (B, 1), view of its last used column
    z: Matrix  # (B, vocab_size)
    dh: Matrix  # (B, n_hidden)
    n_symbols: int


class FactorisedStep(Step):
    """The step whose first layer costs as the vocabulary times its weights."""

    def __init__(
        self, model_config: ModelConfig, batch_size: int, train_config: TrainConfig
    ) -> None:
        super().__init__(take_steps, lambda: _build_parameters(model_config), train_config)
        self._model_config = model_config
        self._acts = _build_activations(model_config, batch_size, self._weights)

    def places(self, parameters: Parameters) -> dict[str, Matrix]:
        """Give views by the model's names, in the model's shapes."""
        (C, W1, b1, W2), config = parameters, self._model_config
        n_embd, n_hidden = config.n_embd, config.n_hidden
        slots = W1.reshape(config.block_size, -1, W1.shape[1])[:, :n_embd, :n_hidden]
        return {
            "C": C[: config.vocab_size, :n_embd],
            **{f"W1.{slot}": rows for slot, rows in enumerate(slots)},
            "b1": b1[0, :n_hidden],
            "W2": W2[:n_hidden, : config.vocab_size],
            "b2": W2[n_hidden, : config.vocab_size],
        }


def _whole_tiles(n_rows: int) -> int:
    return -(-n_rows // ROWS) * ROWS


def _build_parameters(config: ModelConfig) -> Parameters:
    n_embd = _whole_tiles(config.n_embd)
    return Parameters(
        C=padded(config.vocab_size, n_embd),
        W1=padded(config.block_size * n_embd, config.n_hidden + 1),
        b1=padded(1, config.n_hidden + 1)[:1],
        W2=padded(config.n_hidden + 1, config.vocab_size),
    )


def _build_activations(config: ModelConfig, batch_size: int, weights: Parameters) -> Activations:
    n_chunks = -(-batch_size // MAX_CHUNK)
    n_rows, n_hidden = -(-batch_size // n_chunks), config.n_hidden  # of chunks of one size
    n_symbols = _whole_tiles(config.vocab_size)
    h = padded(n_rows, n_hidden + 1)
    return Activations(
        t=padded(config.block_size * n_symbols, n_hidden + 1),
        dt=padded(config.block_size * n_symbols, n_hidden + 1),
        w1_t=padded(n_hidden, weights.C.shape[1])[:n_hidden],
        w2_t=padded(config.vocab_size, n_hidden + 1)[: config.vocab_size],
        w2_in=weights.W2[: n_hidden + 1],
        h=h,
        h_one=h[:, n_hidden : n_hidden + 1],
        z=padded(n_rows, config.vocab_size),
        dh=padded(n_rows, n_hidden + 1),
        n_symbols=config.vocab_size,
    )


@njit(nogil=True, cache=True)
def take_steps(x, y, batches, rule, weights, grads, first, second, acts, losses):
    """Take one step for each batch.

    Args and returns are those of `dense.take_steps`, with the layout of this module.
    """
    n_slots = x.shape[1]
    for step in range(len(losses)):
        batch = batches[step]
        clear(grads)
        acts.dt[:] = _ZERO
        for slot in range(n_slots):
            multiply(_block(acts.t, slot, n_slots), weights.C, _block(weights.W1, slot, n_slots))
        _transpose(weights.W2, len(acts.w2_in) - 1, acts.n_symbols, acts.w2_t)
        loss = 0.0
        for start in range(0, len(batch), len(acts.h)):
            chunk = batch[start : start + len(acts.h)]
            loss += _backpropagate(x, y, chunk, len(batch), weights, grads, acts)
        losses[step] = loss / len(batch)
        if not isfinite(losses[step]):
            return step + 1
        for slot in range(n_slots):
            dt = _block(acts.dt, slot, n_slots)
            multiply_add(_block(grads.W1, slot, n_slots), weights.C.T, dt)
            w1 = _block(weights.W1, slot, n_slots)
            _transpose(w1, len(w1), len(acts.w1_t), acts.w1_t)
            multiply_add(grads.C, dt, acts.w1_t)
        update(weights, grads, first, second, rule, step)
    return len(losses)


@njit
def _backpropagate(x, y, chunk, batch_size, weights, grads, acts):
    """Add the gradient of a chunk of the batch to `grads` and `acts.dt`; give its losses' sum."""
    _look_up(acts.t, weights.b1, x, chunk, acts.h)
    acts.h_one[:] = _ONE
    multiply(acts.z, acts.h, acts.w2_in)
    loss = _softmax_cross_entropy(acts.z, y, chunk, batch_size, acts.n_symbols)
    multiply_add(grads.W2, acts.h.T, acts.z)
    multiply(acts.dh, acts.z, acts.w2_t)
    _scatter(acts.dt, grads.b1, x, chunk, acts.dh, acts.h)
    return loss


@njit
def _block(table, slot, n_slots):
    """Give a slot's rows of a table of all slots."""
    n_rows = len(table) // n_slots
    return table[slot * n_rows : (slot + 1) * n_rows]


@njit
def _transpose(matrix, n_rows, n_columns, result):
    """Write the first rows and columns of a matrix as columns and rows of the result.

    The shorter side within: so few lines of the cache are at work that all of them stay there.
    """
    if n_columns < n_rows:
        for row in range(n_rows):
            for column in range(n_columns):
                result[column, row] = matrix[row, column]
    else:
        for column in range(n_columns):
            for row in range(n_rows):
                result[column, row] = matrix[row, column]


@njit
def _look_up(t, b1, x, chunk, h):
    """Compute h = tanh(Σ t[s, x[s]] + b1) for each example of the chunk."""
    n_slots = x.shape[1]
    n_rows = len(t) // n_slots
    for row in range(len(chunk)):
        context = x[chunk[row]]
        for column in range(0, h.shape[1], LANES):
            total = load(b1, 0, column)
            for slot in range(n_slots):
                total = total + load(t, slot * n_rows + context[slot], column)
            store(h, row, column, tanh(total))


@njit
def _softmax_cross_entropy(z, y, chunk, batch_size, n_symbols):
    """Turn logits into dL/dz in place; give the sum of the losses.

    Rows behind the chunk get a gradient of zero.
    """
    scale = np.float32(1 / batch_size)
    loss = 0.0
    for row in range(len(chunk)):
        logits = z[row]
        highest = logits[0]
        for symbol in range(1, n_symbols):
            highest = max(highest, logits[symbol])
        target = y[chunk[row]]
        loss += highest - logits[target]
        shift = broadcast(highest)
        for column in range(0, z.shape[1], LANES):
            store(z, row, column, exp(load(z, row, column) - shift))
        logits[n_symbols:] = _ZERO  # what pads a row
        partition = _ZERO
        for symbol in range(n_symbols):
            partition += logits[symbol]
        loss += log(partition)
        factor = broadcast(scale / partition)
        for column in range(0, z.shape[1], LANES):
            store(z, row, column, load(z, row, column) * factor)
        logits[target] -= scale
    z[len(chunk) :] = _ZERO
    return loss


@njit
def _scatter(dt, db1, x, chunk, dh, h):
    """Add dh · (1 − h²) to the tables' rows that the context had looked up, and to the bias."""
    n_slots = x.shape[1]
    n_rows = len(dt) // n_slots
    one = broadcast(_ONE)
    for row in range(len(chunk)):
        context = x[chunk[row]]
        for column in range(0, h.shape[1], LANES):
            unit = load(h, row, column)
            gradient = load(dh, row, column) * (one - unit * unit)
            store(db1, 0, column, load(db1, 0, column) + gradient)
            for slot in range(n_slots):
                place = slot * n_rows + context[slot]
                store(dt, place, column, load(dt, place, column) + gradient)
