"""The training step with the first layer factorised over the vocabulary, for large batches.

A character's share of the pre-activations depends on the character and its slot alone. So it is
computed once for each of the few symbols and looked up for each of the many examples:

    t[s] = C W1[s]                        (symbols, hidden), for each slot s of the context
    h  = tanh(Σ t[s, x[s]] + b1)          (batch, hidden)
    z, L, dz, dh and dW2 as in `output`
    dt[s, x[s]] += dh
    dW1[s] = Cᵀ dt[s]        db1 = Σ dt[0]        dC += dt[s] W1[s]ᵀ

The first layer's products no longer grow with the batch.
"""

from math import isfinite
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from makemore.config import ModelConfig, TrainConfig
from makemore.engines.fused import output
from makemore.engines.fused.approximations import tanh
from makemore.engines.fused.dropout import drop
from makemore.engines.fused.matmul import (
    Matrix,
    multiply,
    multiply_transposed,
    padded,
    padded_together,
)
from makemore.engines.fused.step import Step, fetch, film
from makemore.engines.fused.update import moves_at_once, update
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

MAX_CHUNK = 256  # examples of a batch computed at a time, so that activations stay in the cache

_ZERO, _ONE = np.float32(0), np.float32(1)


class Parameters(NamedTuple):
    """Weights or gradients, padded to whole vectors."""

    flat: Matrix  # all of them as one row, in this order
    C: Matrix  # (vocab_size, n_embd)
    b1: Matrix  # (1, n_hidden)
    b2: Matrix  # (1, vocab_size)
    W1: Matrix  # (block_size · n_embd, n_hidden), each slot's rows padded by themselves
    W2: Matrix  # (vocab_size, n_hidden), transposed


class Activations(NamedTuple):
    """Room for the tables of all slots, and for a chunk of B examples."""

    t: Matrix  # (block_size · vocab_size, n_hidden); the tables, and after their use gradients
    places: npt.NDArray[np.int64]  # (B, block_size), each character's row of the tables
    h: Matrix  # (B, n_hidden)
    keep: Matrix  # (B, n_hidden), what dropout multiplied the units with
    z: Matrix  # (B, vocab_size)
    dh: Matrix  # (B, n_hidden)
    W1T: Matrix  # (n_hidden, n_embd), room to turn a slot's rows of W1
    W2T: Matrix  # (n_hidden, vocab_size), to turn W2
    partial: Matrix  # (B, LANES), what a row of z comes to when its vectors are combined
    whole: Matrix  # (1, B), and when its lanes then are
    bounds: Matrix  # (1, vocab_size) of the logits: ∞, and −∞ behind the symbols
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
        (_, C, b1, b2, W1, W2), config = parameters, self._model_config
        n_embd, n_hidden = config.n_embd, config.n_hidden
        slots = W1.reshape(config.block_size, -1, W1.shape[1])[:, :n_embd, :n_hidden]
        return {
            "C": C[: config.vocab_size, :n_embd],
            **{f"W1.{slot}": rows for slot, rows in enumerate(slots)},
            "b1": b1[0, :n_hidden],
            "W2": W2[: config.vocab_size, :n_hidden].T,
            "b2": b2[0, : config.vocab_size],
        }


def _build_parameters(config: ModelConfig) -> Parameters:
    n_embd = len(padded(config.n_embd, 1))
    flat, C, b1, b2, W1, W2 = padded_together(
        (config.vocab_size, config.n_embd),
        (1, config.n_hidden),
        (1, config.vocab_size),
        (config.block_size * n_embd, config.n_hidden),
        (config.vocab_size, config.n_hidden),
    )
    return Parameters(flat, C, b1, b2, W1, W2)


def _build_activations(config: ModelConfig, batch_size: int) -> Activations:
    n_chunks = -(-batch_size // MAX_CHUNK)
    n_rows, n_hidden = -(-batch_size // n_chunks), config.n_hidden  # of chunks of one size
    h = padded(n_rows, n_hidden)
    return Activations(
        t=padded(config.block_size * config.vocab_size, n_hidden),
        places=np.empty((len(h), config.block_size), np.int64),
        h=h,
        keep=padded(n_rows, n_hidden),
        z=padded(n_rows, config.vocab_size),
        dh=padded(n_rows, n_hidden),
        W1T=padded(n_hidden, config.n_embd),
        W2T=padded(n_hidden, config.vocab_size),
        partial=padded(-(-n_rows // LANES) * LANES, LANES),
        whole=padded(1, n_rows),
        bounds=output.bounds(config.vocab_size),
        n_embd=config.n_embd,
        n_hidden=n_hidden,
        n_symbols=config.vocab_size,
    )


@kernel
def take_steps(
    windows, batches, rule, dropout, weights, grads, first, second, acts, losses, kept, tables
):
    """Take one step for each batch.

    Args and returns are those of `dense.take_steps`, with the layout of this module.
    """
    n_rows = len(acts.h)
    is_direct = moves_at_once(rule) and batches.shape[1] <= n_rows
    into = weights if is_direct else grads
    n_small = weights.C.size + weights.b1.size + weights.b2.size
    n_left = n_small if is_direct else weights.flat.size
    frame = 0
    for step in range(len(losses)):
        batch = batches[step]
        fetch(windows, batches, step + 1)
        factor = -rule.lrs[step] if is_direct else _ONE
        fill(grads.C, _ZERO)
        fill(grads.b1, _ZERO)
        fill(grads.b2, _ZERO)
        loss = 0.0
        for start in range(0, len(batch), n_rows):
            chunk, first_unit = batch[start : start + n_rows], start * acts.n_hidden
            _forward(windows, chunk, weights, acts)
            drop(acts, dropout, step, first_unit, len(chunk))
            loss += output.forward(weights, acts, windows, chunk, len(batch))
            losses[step] = loss / len(batch)
            if not isfinite(losses[step]):
                return step + 1
            adds = is_direct or start > 0
            _backward(len(chunk), dropout, weights, grads, into, factor, adds, acts)
        update(weights.flat, grads.flat, first, second, rule, step, n_left)
        frame = film(kept, tables, frame, step, weights.C)
    return len(losses)


@inlined
def _forward(windows, chunk, weights, acts):
    """Compute the hidden units of a chunk."""
    _find_places(windows, chunk, acts.n_symbols, acts.places)
    for slot in range(windows.shape[1] - 1):
        t, W1 = _symbols_of(acts, slot), _weights_of(weights, slot, windows.shape[1] - 1)
        multiply(t, weights.C, W1, acts.n_symbols, acts.n_hidden, acts.n_embd, _ONE, False)
    _look_up(acts, weights.b1, len(chunk))


@inlined
def _backward(n_examples, dropout, weights, grads, into, factor, adds, acts):
    """Add the gradients of a chunk to `grads`; factor · dW1 and factor · dW2 go `into` others."""
    n_symbols, n_hidden, n_slots = acts.n_symbols, acts.n_hidden, acts.places.shape[1]
    output.backward(n_examples, dropout, weights, grads, into, factor, adds, acts)
    _scatter(acts, n_examples)
    output.add_rows(grads.b1, acts.t, n_symbols)
    for slot in range(n_slots):
        dt, W1 = _symbols_of(acts, slot), _weights_of(weights, slot, n_slots)
        multiply_transposed(grads.C, dt, W1, acts.W1T, n_symbols, acts.n_embd, n_hidden, True)
        dW1 = _weights_of(into, slot, n_slots)
        multiply(dW1, weights.C.T, dt, acts.n_embd, n_hidden, n_symbols, factor, adds)


@inlined
def _symbols_of(acts, slot):
    """Give a slot's rows of the tables."""
    return acts.t[slot * acts.n_symbols : (slot + 1) * acts.n_symbols]


@inlined
def _weights_of(parameters, slot, n_slots):
    """Give a slot's rows of W1."""
    n_rows = len(parameters.W1) // n_slots
    return parameters.W1[slot * n_rows : (slot + 1) * n_rows]


@part
def _find_places(windows, chunk, n_symbols, places):
    """Compute the tables' row of each character of the contexts."""
    for row in range(len(chunk)):
        for slot in range(windows.shape[1] - 1):
            places[row, slot] = slot * n_symbols + np.int64(windows[chunk[row], slot])


@part
def _look_up(acts, b1, n_examples):
    """Compute h = tanh(Σ t[s, x[s]] + b1).

    A column of vectors of the table, unlike the whole of it, stays in the first cache.
    """
    t, places, h = acts.t, acts.places, acts.h
    for column in range(0, acts.n_hidden, LANES):
        for row in range(n_examples):
            sums = load(b1, 0, column)
            for slot in range(places.shape[1]):
                sums = sums + load(t, places[row, slot], column)
            store(h, row, column, tanh(sums))


@part
def _scatter(acts, n_examples):
    """Add dh to the rows that the context had looked up, of tables that begin with zeros."""
    dt, places, dh = acts.t, acts.places, acts.dh
    zero = broadcast(_ZERO)
    for column in range(0, acts.n_hidden, LANES):
        for row in range(len(dt)):
            store(dt, row, column, zero)
        for row in range(n_examples):
            gradient = load(dh, row, column)
            for slot in range(places.shape[1]):
                place = places[row, slot]
                store(dt, place, column, load(dt, place, column) + gradient)
