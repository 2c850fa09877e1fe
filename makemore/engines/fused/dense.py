"""The training step with a dense first layer: the formulas forward, backward, and the update.

The batch is the last axis, so a vector holds `LANES` examples. A 1 stands behind the features, and
the bias behind the weights, so the bias needs no formula of its own:

    e  = C[x], 1                          (features + 1, batch)
    h  = tanh(W1ᵀ e), 1                   (hidden + 1, batch)
    z  = W2ᵀ h                            (symbols, batch)
    L  = mean over the batch of  ln Σ exp z − z[y]
    dz = (softmax z − onehot y) / batch
    dW2 = h dzᵀ        dh = W2 dz · (1 − h²)
    dW1 = e dhᵀ        de = W1 dh         dC[x] += de

Source: the chain rule; Bengio et al. 2003, section 3.
"""

from math import isfinite, log
from typing import NamedTuple

import numpy as np
from numba import njit

from makemore.config import ModelConfig, TrainConfig
from makemore.engines.fused.approximations import exp, tanh
from makemore.engines.fused.matmul import Matrix, multiply, multiply_add, padded
from makemore.engines.fused.step import Step
from makemore.engines.fused.update import clear, update
from makemore.engines.fused.vectors import LANES, broadcast, load, maximum, store

MAX_CHUNK = 64  # examples of a batch computed at a time, so that activations stay in the cache

_ZERO, _ONE = np.float32(0), np.float32(1)


class Parameters(NamedTuple):
    """Weights or gradients, padded to whole tiles with zeros that stay zero."""

    C: Matrix  # (vocab_size, n_embd)
    W1: Matrix  # (n_hidden, fan_in + 1), transposed; the last column is b1
    W2: Matrix  # (n_hidden + 1, vocab_size); the last row is b2


class Activations(NamedTuple):
    """Room for a chunk of B examples. Views share the memory of the array named before them."""

    e: Matrix  # (fan_in + 1, B), the last row ones
    e_in: Matrix  # view: without padding
    e_t: Matrix  # (B, fan_in + 1), the last column ones
    h: Matrix  # (n_hidden + 1, B)
    h_in: Matrix  # view: without padding
    h_units: Matrix  # view: (n_hidden, B)
    h_one: Matrix  # view: (1, B)
    z: Matrix  # (vocab_size, B)
    z_in: Matrix  # view: without padding
    z_t: Matrix  # (B, vocab_size)
    dh: Matrix  # (n_hidden + 1, B)
    dh_in: Matrix  # view: (n_hidden, B)
    dh_one: Matrix  # view: (1, B)
    de: Matrix  # (fan_in, B)
    n_embd: int
    n_symbols: int


class DenseStep(Step):
    """The step whose first layer costs as the batch times its weights."""

    def __init__(
        self, model_config: ModelConfig, batch_size: int, train_config: TrainConfig
    ) -> None:
        super().__init__(take_steps, lambda: _build_parameters(model_config), train_config)
        self._model_config = model_config
        self._acts = _build_activations(model_config, batch_size)

    def places(self, parameters: Parameters) -> dict[str, Matrix]:
        """Give views by the model's names, in the model's shapes."""
        (C, W1, W2), config = parameters, self._model_config
        return {
            "C": C[: config.vocab_size, : config.n_embd],
            "W1": W1[: config.n_hidden, : config.fan_in].T,
            "b1": W1[: config.n_hidden, config.fan_in],
            "W2": W2[: config.n_hidden, : config.vocab_size],
            "b2": W2[config.n_hidden, : config.vocab_size],
        }


def _build_parameters(config: ModelConfig) -> Parameters:
    return Parameters(
        C=padded(config.vocab_size, config.n_embd),
        W1=padded(config.n_hidden + 1, config.fan_in + 1),
        W2=padded(config.n_hidden + 1, config.vocab_size),
    )


def _build_activations(config: ModelConfig, batch_size: int) -> Activations:
    n_columns = min(MAX_CHUNK, -(-batch_size // LANES) * LANES)
    fan_in, n_hidden, vocab_size = config.fan_in, config.n_hidden, config.vocab_size
    e, e_t = padded(fan_in + 1, n_columns), padded(n_columns, fan_in + 1)[:n_columns]
    e[fan_in], e_t[:, fan_in] = 1, 1
    h, dh = padded(n_hidden + 1, n_columns), padded(n_hidden + 1, n_columns)
    z, z_t = padded(vocab_size, n_columns), padded(n_columns, vocab_size)[:n_columns]
    return Activations(
        e=e,
        e_in=e[: fan_in + 1],
        e_t=e_t,
        h=h,
        h_in=h[: n_hidden + 1],
        h_units=h[:n_hidden],
        h_one=h[n_hidden : n_hidden + 1],
        z=z,
        z_in=z[:vocab_size],
        z_t=z_t,
        dh=dh,
        dh_in=dh[:n_hidden],
        dh_one=dh[n_hidden : n_hidden + 1],
        de=padded(fan_in, n_columns),
        n_embd=config.n_embd,
        n_symbols=vocab_size,
    )


@njit(nogil=True, cache=True)
def take_steps(x, y, batches, rule, weights, grads, first, second, acts, losses):
    """Take one step for each batch.

    Args:
        x: contexts of all examples, int64 (N, block_size).
        y: their targets, int64 (N,).
        batches: examples of each step, int64 (n, B).
        rule: `Rule` of n steps.
        weights: `Parameters`, changed in place.
        grads: `Parameters`, room for their gradients.
        first: `Parameters`, the rule's first moment, changed in place.
        second: `Parameters`, its second moment.
        acts: `Activations` for chunks of a batch.
        losses: mean loss of each step, float32 (n,), filled in.

    Returns:
        How many steps were computed: n, or fewer if a loss was not finite, which then is the last
        and whose step changes no weight.
    """
    for step in range(len(losses)):
        batch = batches[step]
        clear(grads)
        loss = 0.0
        for start in range(0, len(batch), acts.e.shape[1]):
            loss += _backpropagate(x, y, batch, start, weights, grads, acts)
        losses[step] = loss / len(batch)
        if not isfinite(losses[step]):
            return step + 1
        update(weights, grads, first, second, rule, step)
    return len(losses)


@njit
def _backpropagate(x, y, batch, start, weights, grads, acts):
    """Add the gradient of a chunk of the batch to `grads`; give the sum of its losses."""
    size = min(acts.e.shape[1], len(batch) - start)
    chunk = batch[start : start + size]
    _embed(weights.C, acts.n_embd, x, chunk, acts.e, acts.e_t)
    multiply(acts.h, weights.W1, acts.e_in)
    _activate(acts.h_units)
    acts.h_one[:] = _ONE
    multiply(acts.z, weights.W2.T, acts.h_in)
    loss = _softmax_cross_entropy(acts.z, acts.z_t, y, chunk, len(batch), acts.n_symbols)
    multiply_add(grads.W2, acts.h, acts.z_t)
    multiply(acts.dh, weights.W2, acts.z_in)
    _through_tanh(acts.dh, acts.h_units)
    acts.dh_one[:] = _ZERO
    multiply_add(grads.W1, acts.dh, acts.e_t)
    multiply(acts.de, weights.W1.T, acts.dh_in)
    _scatter(grads.C, acts.n_embd, x, chunk, acts.de)
    return loss


@njit
def _embed(table, n_embd, x, chunk, e, e_t):
    """Look up e = C[x], once with the batch last and once with the features last."""
    for column in range(len(chunk)):
        for slot in range(x.shape[1]):
            character = x[chunk[column], slot]
            for j in range(n_embd):
                value = table[character, j]
                e[slot * n_embd + j, column] = value
                e_t[column, slot * n_embd + j] = value


@njit
def _activate(h):
    """Compute h = tanh(h) in place."""
    for row in range(h.shape[0]):
        for column in range(0, h.shape[1], LANES):
            store(h, row, column, tanh(load(h, row, column)))


@njit
def _softmax_cross_entropy(z, z_t, y, chunk, batch_size, n_symbols):
    """Turn logits into dL/dz in place, and transposed in `z_t`; give the sum of the losses.

    The maximum is subtracted first, so that no logit overflows. Columns behind the chunk get a
    gradient of zero.
    """
    scale = np.float32(1 / batch_size)
    loss = 0.0
    top, total = np.empty((1, LANES), np.float32), np.empty((1, LANES), np.float32)
    for start in range(0, z.shape[1], LANES):
        highest = load(z, 0, start)
        for symbol in range(1, n_symbols):
            highest = maximum(highest, load(z, symbol, start))
        stop = min(start + LANES, len(chunk))
        for column in range(start, stop):
            loss -= z[y[chunk[column]], column]
        partition = broadcast(_ZERO)
        for symbol in range(n_symbols):
            p = exp(load(z, symbol, start) - highest)
            partition = partition + p
            store(z, symbol, start, p)
        store(top, 0, 0, highest)
        store(total, 0, 0, partition)
        for lane in range(stop - start):
            loss += top[0, lane] + log(total[0, lane])
        factor = broadcast(scale) / partition
        for symbol in range(n_symbols):
            store(z, symbol, start, load(z, symbol, start) * factor)
    for column in range(len(chunk)):
        z[y[chunk[column]], column] -= scale
    z[:, len(chunk) :] = _ZERO
    for symbol in range(n_symbols):
        for column in range(z.shape[1]):
            z_t[column, symbol] = z[symbol, column]
    return loss


@njit
def _through_tanh(dh, h):
    """Compute dh · (1 − h²) in place."""
    one = broadcast(_ONE)
    for row in range(h.shape[0]):
        for column in range(0, h.shape[1], LANES):
            unit = load(h, row, column)
            store(dh, row, column, load(dh, row, column) * (one - unit * unit))


@njit
def _scatter(d_table, n_embd, x, chunk, de):
    """Add the gradient of each embedding to its character's row."""
    for column in range(len(chunk)):
        for slot in range(x.shape[1]):
            character = x[chunk[column], slot]
            for j in range(n_embd):
                d_table[character, j] += de[slot * n_embd + j, column]
