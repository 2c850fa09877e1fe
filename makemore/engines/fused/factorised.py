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
import numpy.typing as npt

from makemore.config import ModelConfig, TrainConfig
from makemore.engines.fused.approximations import exp, tanh
from makemore.engines.fused.dropout import drop, restore
from makemore.engines.fused.matmul import (
    ROWS,
    Matrix,
    multiply,
    multiply_transposed,
    padded,
    padded_together,
)
from makemore.engines.fused.step import Step
from makemore.engines.fused.update import update
from makemore.engines.fused.vectors import (
    LANES,
    broadcast,
    fill,
    inlined,
    kernel,
    load,
    part,
    store,
)

MAX_CHUNK = 132  # examples of a batch computed at a time, so that activations stay in the cache

_ZERO, _ONE = np.float32(0), np.float32(1)


class Parameters(NamedTuple):
    """Weights or gradients, padded to whole tiles with zeros that stay zero."""

    flat: Matrix  # all of them as one row
    C: Matrix  # (vocab_size, n_embd)
    W1: Matrix  # (block_size · n_embd, n_hidden), each slot's rows padded by themselves
    b1: Matrix  # (1, n_hidden)
    W2: Matrix  # (n_hidden + 1, vocab_size); the last row is b2


class Activations(NamedTuple):
    """Room for the tables of all slots, and for a chunk of B examples."""

    t: Matrix  # (block_size · vocab_size, n_hidden), each slot's rows padded by themselves
    dt: Matrix  # the same, for the gradient
    w2_t: Matrix  # (vocab_size, n_hidden)
    places: npt.NDArray[np.int64]  # (B, block_size), each character's row of the tables
    h: Matrix  # (B, n_hidden + 1)
    keep: Matrix  # (B, n_hidden), what dropout multiplied the units with
    z: Matrix  # (B, vocab_size)
    dh: Matrix  # (B, n_hidden)
    n_embd: int
    n_hidden: int
    n_symbols: int


class FactorisedStep(Step):
    """The step whose first layer costs as the vocabulary times its weights."""

    def __init__(
        self, model_config: ModelConfig, batch_size: int, train_config: TrainConfig
    ) -> None:
        super().__init__(take_steps, lambda: _build_parameters(model_config), train_config)
        self._model_config = model_config
        self._acts = _build_activations(model_config, batch_size)

    def places(self, parameters: Parameters) -> dict[str, Matrix]:
        """Give views by the model's names, in the model's shapes."""
        (_, C, W1, b1, W2), config = parameters, self._model_config
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
    flat, C, W1, b1, W2 = padded_together(
        (config.vocab_size, n_embd),
        (config.block_size * n_embd, config.n_hidden + 1),
        (1, config.n_hidden + 1),
        (config.n_hidden + 1, config.vocab_size),
    )
    return Parameters(flat, C, W1, b1[:1], W2)


def _build_activations(config: ModelConfig, batch_size: int) -> Activations:
    n_chunks = -(-batch_size // MAX_CHUNK)
    n_rows, n_hidden = -(-batch_size // n_chunks), config.n_hidden  # of chunks of one size
    n_table_rows = config.block_size * _whole_tiles(config.vocab_size)
    return Activations(
        t=padded(n_table_rows, n_hidden + 1),
        dt=padded(n_table_rows, n_hidden + 1),
        w2_t=padded(config.vocab_size, n_hidden + 1),
        places=np.empty((n_rows, config.block_size), np.int64),
        h=padded(n_rows, n_hidden + 1),
        keep=padded(n_rows, n_hidden + 1),
        z=padded(n_rows, config.vocab_size),
        dh=padded(n_rows, n_hidden + 1),
        n_embd=config.n_embd,
        n_hidden=n_hidden,
        n_symbols=config.vocab_size,
    )


@kernel
def take_steps(x, y, batches, rule, dropout, weights, grads, first, second, acts, losses):
    """Take one step for each batch.

    Args and returns are those of `dense.take_steps`, with the layout of this module.
    """
    n_slots = x.shape[1]
    for step in range(len(losses)):
        batch = batches[step]
        fill(grads.b1, _ZERO)
        fill(acts.dt, _ZERO)
        for slot in range(n_slots):
            t, w1 = _block(acts.t, slot, n_slots), _block(weights.W1, slot, n_slots)
            multiply(t, weights.C, w1, acts.n_embd, False)
        _transpose(weights.W2, acts.n_hidden, acts.n_symbols, acts.w2_t)
        loss = 0.0
        for start in range(0, len(batch), len(acts.places)):
            loss += _backpropagate(x, y, batch, start, dropout, step, weights, grads, acts)
        losses[step] = loss / len(batch)
        if not isfinite(losses[step]):
            return step + 1
        for slot in range(n_slots):
            dw1, dt = _block(grads.W1, slot, n_slots), _block(acts.dt, slot, n_slots)
            multiply(dw1, weights.C.T, dt, acts.n_symbols, False)
        multiply_transposed(grads.C, acts.dt, weights.W1, n_slots)
        update(weights.flat, grads.flat, first, second, rule, step)
    return len(losses)


@inlined
def _backpropagate(x, y, batch, start, dropout, step, weights, grads, acts):
    """Add the gradient of a chunk of the batch to `grads` and `acts.dt`; give its losses' sum."""
    chunk = batch[start : start + len(acts.places)]
    _find_places(x, chunk, len(acts.t) // x.shape[1], acts.places)
    _look_up(acts, weights.b1, len(chunk))
    if dropout.bound:
        place, n_units = start * acts.n_hidden, acts.n_hidden
        drop(acts.h, acts.keep, dropout, step, place, n_units, 1, len(chunk), n_units)
    multiply(acts.z, acts.h, weights.W2, acts.n_hidden + 1, False)
    loss = _softmax_cross_entropy(acts.z, y, chunk, len(batch), acts.n_symbols)
    multiply(grads.W2, acts.h.T, acts.z, len(chunk), start > 0)
    multiply(acts.dh, acts.z, acts.w2_t, acts.n_symbols, False)
    if dropout.bound:
        restore(acts.h, acts.dh, acts.keep, dropout, len(chunk))
    _scatter(acts, grads.b1, len(chunk))
    return loss


@part
def _block(table, slot, n_slots):
    """Give a slot's rows of a table of all slots."""
    n_rows = len(table) // n_slots
    return table[slot * n_rows : (slot + 1) * n_rows]


@part
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


@part
def _find_places(x, chunk, n_rows, places):
    """Compute the tables' row of each character of the contexts."""
    for row in range(len(chunk)):
        for slot in range(x.shape[1]):
            places[row, slot] = slot * n_rows + x[chunk[row], slot]


@part
def _look_up(acts, b1, n_examples):
    """Compute h = tanh(Σ t[s, x[s]] + b1), and the ones behind.

    A column of vectors of the table, unlike the whole of it, stays in the first cache.
    """
    t, places, h = acts.t, acts.places, acts.h
    for column in range(0, h.shape[1], LANES):
        for row in range(n_examples):
            total = load(b1, 0, column)
            for slot in range(places.shape[1]):
                total = total + load(t, places[row, slot], column)
            store(h, row, column, tanh(total))
    for row in range(n_examples):
        h[row, acts.n_hidden] = _ONE


@part
def _softmax_cross_entropy(z, y, chunk, batch_size, n_symbols):
    """Turn logits into dL/dz in place; give the sum of the losses."""
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
        for symbol in range(n_symbols, len(logits)):
            logits[symbol] = _ZERO  # what pads a row
        partition = _ZERO
        for symbol in range(n_symbols):
            partition += logits[symbol]
        loss += log(partition)
        factor = broadcast(scale / partition)
        for column in range(0, z.shape[1], LANES):
            store(z, row, column, load(z, row, column) * factor)
        logits[target] -= scale
    return loss


@part
def _scatter(acts, db1, n_examples):
    """Add dh · (1 − h²) to the tables' rows that the context had looked up, and to the bias."""
    dt, places, h, dh = acts.dt, acts.places, acts.h, acts.dh
    one = broadcast(_ONE)
    for column in range(0, h.shape[1], LANES):
        total = load(db1, 0, column)
        for row in range(n_examples):
            unit = load(h, row, column)
            gradient = load(dh, row, column) * (one - unit * unit)
            total = total + gradient
            for slot in range(places.shape[1]):
                place = places[row, slot]
                store(dt, place, column, load(dt, place, column) + gradient)
        store(db1, 0, column, total)
