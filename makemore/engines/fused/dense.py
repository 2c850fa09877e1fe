"""The training step with a dense first layer: the formulas forward, backward, and the update.

A 1 stands behind the features, and the bias behind the weights, so the bias needs no formula of
its own:

    e  = C[x], 1                          (batch, features + 1)
    h  = tanh(e W1)                       (batch, hidden)
    z, L, dz, dh and dW2 as in `output`
    dW1 = eᵀ dh        de = dh W1ᵀ        dC[x] += de

Plain descent on a batch that is computed at once needs no room for the large gradients: the
products that compute them move the weights, W1 ← W1 − lr · eᵀ dh, which for few examples is most
of the time saved.

Source: the chain rule; Bengio et al. 2003, section 3.
"""

from collections.abc import Callable
from functools import partial
from math import isfinite
from typing import NamedTuple

import numpy as np

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
    HALF,
    LANES,
    add_half,
    copy_half,
    fill,
    inlined,
    kernel,
    load,
    part,
    store,
)

MAX_CHUNK = 128  # examples of a batch computed at a time, so that activations stay in the cache

_ZERO, _ONE = np.float32(0), np.float32(1)


class Parameters(NamedTuple):
    """Weights or gradients, padded to whole vectors."""

    flat: Matrix  # all of them as one row, in this order
    C: Matrix  # (vocab_size, n_embd)
    b2: Matrix  # (1, vocab_size)
    W1: Matrix  # (fan_in + 1, n_hidden), the last row is b1
    W2: Matrix  # (vocab_size, n_hidden), transposed


class Activations(NamedTuple):
    """Room for a chunk of B examples, and how much of it is no padding."""

    e: Matrix  # (B, fan_in + 1)
    h: Matrix  # (B, n_hidden)
    keep: Matrix  # (B, n_hidden), what dropout multiplied the units with
    z: Matrix  # (B, vocab_size)
    dh: Matrix  # (B, n_hidden)
    de: Matrix  # (B, fan_in)
    W1T: Matrix  # (n_hidden, fan_in), room to turn W1
    W2T: Matrix  # (n_hidden, vocab_size), to turn W2
    partial: Matrix  # (B, LANES), what a row of z comes to when its vectors are combined
    whole: Matrix  # (1, B), and when its lanes then are
    bounds: Matrix  # (1, vocab_size) of the logits: ∞, and −∞ behind the symbols
    n_embd: int
    n_features: int  # fan_in + 1
    n_hidden: int
    n_symbols: int


class DenseStep(Step):
    """The step whose first layer costs as the batch times its weights."""

    def __init__(
        self,
        model_config: ModelConfig,
        batch_size: int,
        train_config: TrainConfig,
        kernel: Callable[..., int] | None = None,  # that trains these arrays, unless `take_steps`
    ) -> None:
        parameters = partial(_build_parameters, model_config)
        super().__init__(kernel or take_steps, parameters, train_config)
        self._model_config = model_config
        self._acts = _build_activations(model_config, batch_size)

    def places(self, parameters: Parameters) -> dict[str, Matrix]:
        """Give views by the model's names, in the model's shapes."""
        (_, C, b2, W1, W2), config = parameters, self._model_config
        return {
            "C": C[: config.vocab_size, : config.n_embd],
            "W1": W1[: config.fan_in, : config.n_hidden],
            "b1": W1[config.fan_in, : config.n_hidden],
            "W2": W2[: config.vocab_size, : config.n_hidden].T,
            "b2": b2[0, : config.vocab_size],
        }


def _build_parameters(config: ModelConfig) -> Parameters:
    flat, C, b2, W1, W2 = padded_together(
        (config.vocab_size, config.n_embd),
        (1, config.vocab_size),
        (config.fan_in + 1, config.n_hidden),
        (config.vocab_size, config.n_hidden),
    )
    return Parameters(flat, C, b2, W1, W2)


def _build_activations(config: ModelConfig, batch_size: int) -> Activations:
    n_chunks = -(-batch_size // MAX_CHUNK)
    n_rows, n_hidden = -(-batch_size // n_chunks), config.n_hidden  # of chunks of one size
    return Activations(
        e=padded(n_rows, config.fan_in + LANES),  # where the last slot's vector may end
        h=padded(n_rows, n_hidden),
        keep=padded(n_rows, n_hidden),
        z=padded(n_rows, config.vocab_size),
        dh=padded(n_rows, n_hidden),
        de=padded(n_rows, config.fan_in + LANES),
        W1T=padded(n_hidden, config.fan_in),
        W2T=padded(n_hidden, config.vocab_size),
        partial=padded(-(-n_rows // LANES) * LANES, LANES),
        whole=padded(1, n_rows),
        bounds=output.bounds(config.vocab_size),
        n_embd=config.n_embd,
        n_features=config.fan_in + 1,
        n_hidden=n_hidden,
        n_symbols=config.vocab_size,
    )


@kernel
def take_steps(
    windows, batches, rule, dropout, weights, grads, first, second, acts, losses, kept, tables
):
    """Take one step for each batch.

    Args:
        windows: contexts and targets of all examples, uint16 (N, block_size + 1).
        batches: examples of each step, int64 (n, B).
        rule: `Rule` of n steps.
        dropout: `Dropout` of n steps.
        weights: `Parameters`, changed in place.
        grads: `Parameters`, room for their gradients.
        first: the rule's first moment as one row, changed in place.
        second: its second moment.
        acts: `Activations` for chunks of a batch.
        losses: mean loss of each step, float32 (n,), filled in.
        kept: after which of these steps, counted from 0, C is copied, int64 (m,).
        tables: room for the copies, float32 (m, vocab_size, n_embd).

    Returns:
        How many steps were computed: n, or fewer if a loss was not finite, which then is the last
        and whose step changes no weight.
    """
    n_rows = len(acts.h)
    is_direct = moves_at_once(rule) and batches.shape[1] <= n_rows
    into = weights if is_direct else grads
    n_left = weights.C.size + weights.b2.size if is_direct else weights.flat.size
    frame = 0
    for step in range(len(losses)):
        batch = batches[step]
        fetch(windows, batches, step + 1)
        factor = -rule.lrs[step] if is_direct else _ONE
        fill(grads.C, _ZERO)
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
            _backward(windows, chunk, dropout, weights, grads, into, factor, adds, acts)
        update(weights.flat, grads.flat, first, second, rule, step, n_left)
        frame = film(kept, tables, frame, step, weights.C)
    return len(losses)


@inlined
def _forward(windows, chunk, weights, acts):
    """Compute the hidden units of a chunk."""
    _embed(weights.C, acts.n_embd, windows, chunk, acts.e)
    multiply(acts.h, acts.e, weights.W1, len(chunk), acts.n_hidden, acts.n_features, _ONE, False)
    _activate(acts.h, len(chunk), acts.n_hidden)


@inlined
def _backward(windows, chunk, dropout, weights, grads, into, factor, adds, acts):
    """Add the gradients of a chunk to `grads`; factor · dW1 and factor · dW2 go `into` others."""
    n_examples, n_features, n_hidden = len(chunk), acts.n_features, acts.n_hidden
    output.backward(n_examples, dropout, weights, grads, into, factor, adds, acts)
    multiply_transposed(
        acts.de, acts.dh, weights.W1, acts.W1T, n_examples, n_features - 1, n_hidden, False
    )
    multiply(into.W1, acts.e.T, acts.dh, n_features, n_hidden, n_examples, factor, adds)
    _scatter(grads.C, acts.n_embd, windows, chunk, acts.de)


@part
def _embed(table, n_embd, windows, chunk, e):
    """Look up e = C[x], whole vectors at a time, of which the next slot overwrites the excess."""
    n_slots = windows.shape[1] - 1
    for row in range(len(chunk)):
        for slot in range(n_slots):
            character = np.int64(windows[chunk[row], slot])
            for j in range(0, n_embd, HALF):
                copy_half(e, row, slot * n_embd + j, table, character, j)
        e[row, n_slots * n_embd] = _ONE


@part
def _activate(h, n_rows, n_hidden):
    """Compute h = tanh(h) in place."""
    for row in range(n_rows):
        for column in range(0, n_hidden, LANES):
            store(h, row, column, tanh(load(h, row, column)))


@part
def _scatter(d_table, n_embd, windows, chunk, de):
    """Add the gradient of each embedding to its character's row.

    Whole vectors are added, and so some of the next slot's to what pads the row, where
    nobody reads.
    """
    for row in range(len(chunk)):
        for slot in range(windows.shape[1] - 1):
            character = np.int64(windows[chunk[row], slot])
            for j in range(0, n_embd, HALF):
                add_half(d_table, character, j, de, row, slot * n_embd + j)
