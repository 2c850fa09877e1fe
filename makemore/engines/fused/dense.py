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

from makemore.config import ModelConfig, TrainConfig
from makemore.engines.fused.approximations import exp, tanh
from makemore.engines.fused.dropout import drop, restore
from makemore.engines.fused.matmul import Matrix, multiply, padded, padded_together
from makemore.engines.fused.step import Step
from makemore.engines.fused.update import update
from makemore.engines.fused.vectors import (
    LANES,
    broadcast,
    fill,
    inlined,
    kernel,
    load,
    maximum,
    part,
    store,
)

MAX_CHUNK = 64  # examples of a batch computed at a time, so that activations stay in the cache

_ZERO, _ONE = np.float32(0), np.float32(1)


class Parameters(NamedTuple):
    """Weights or gradients, padded to whole tiles with zeros that stay zero."""

    flat: Matrix  # all of them as one row
    C: Matrix  # (vocab_size, n_embd)
    W1: Matrix  # (n_hidden + 1, fan_in + 1), transposed; the last column is b1, the last row zeros
    W2: Matrix  # (n_hidden + 1, vocab_size); the last row is b2


class Activations(NamedTuple):
    """Room for a chunk of B examples, and how much of it is no padding."""

    e: Matrix  # (fan_in + 1, B), the last row ones
    e_t: Matrix  # (B, fan_in + 1), the last column ones
    h: Matrix  # (n_hidden + 1, B)
    keep: Matrix  # (n_hidden, B), what dropout multiplied the units with
    z: Matrix  # (vocab_size, B)
    z_t: Matrix  # (B, vocab_size)
    sums: Matrix  # (2, LANES), the highest logits and Σ exp z of a vector of examples
    dh: Matrix  # (n_hidden + 1, B)
    de: Matrix  # (fan_in, B)
    n_embd: int
    n_features: int  # fan_in + 1
    n_hidden: int
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
        (_, C, W1, W2), config = parameters, self._model_config
        return {
            "C": C[: config.vocab_size, : config.n_embd],
            "W1": W1[: config.n_hidden, : config.fan_in].T,
            "b1": W1[: config.n_hidden, config.fan_in],
            "W2": W2[: config.n_hidden, : config.vocab_size],
            "b2": W2[config.n_hidden, : config.vocab_size],
        }


def _build_parameters(config: ModelConfig) -> Parameters:
    return Parameters(
        *padded_together(
            (config.vocab_size, config.n_embd),
            (config.n_hidden + 1, config.fan_in + 1),
            (config.n_hidden + 1, config.vocab_size),
        )
    )


def _build_activations(config: ModelConfig, batch_size: int) -> Activations:
    n_columns = min(MAX_CHUNK, -(-batch_size // LANES) * LANES)
    fan_in, n_hidden, vocab_size = config.fan_in, config.n_hidden, config.vocab_size
    e, e_t = padded(fan_in + 1, n_columns), padded(n_columns, fan_in + 1)
    e[fan_in], e_t[:, fan_in] = 1, 1
    return Activations(
        e=e,
        e_t=e_t,
        h=padded(n_hidden + 1, n_columns),
        keep=padded(n_hidden, n_columns),
        z=padded(vocab_size, n_columns),
        z_t=padded(n_columns, vocab_size),
        sums=padded(2, LANES),
        dh=padded(n_hidden + 1, n_columns),
        de=padded(fan_in, n_columns),
        n_embd=config.n_embd,
        n_features=fan_in + 1,
        n_hidden=n_hidden,
        n_symbols=vocab_size,
    )


@kernel
def take_steps(x, y, batches, rule, dropout, weights, grads, first, second, acts, losses):
    """Take one step for each batch.

    Args:
        x: contexts of all examples, int64 (N, block_size).
        y: their targets, int64 (N,).
        batches: examples of each step, int64 (n, B).
        rule: `Rule` of n steps.
        dropout: `Dropout` of n steps.
        weights: `Parameters`, changed in place.
        grads: `Parameters`, room for their gradients.
        first: the rule's first moment as one row, changed in place.
        second: its second moment.
        acts: `Activations` for chunks of a batch.
        losses: mean loss of each step, float32 (n,), filled in.

    Returns:
        How many steps were computed: n, or fewer if a loss was not finite, which then is the last
        and whose step changes no weight.
    """
    for step in range(len(losses)):
        batch = batches[step]
        fill(grads.C, _ZERO)
        loss = 0.0
        for start in range(0, len(batch), acts.e.shape[1]):
            loss += _backpropagate(x, y, batch, start, dropout, step, weights, grads, acts)
        losses[step] = loss / len(batch)
        if not isfinite(losses[step]):
            return step + 1
        update(weights.flat, grads.flat, first, second, rule, step)
    return len(losses)


@inlined
def _backpropagate(x, y, batch, start, dropout, step, weights, grads, acts):
    """Add the gradient of a chunk of the batch to `grads`; give the sum of its losses."""
    n_examples = min(acts.e.shape[1], len(batch) - start)
    chunk = batch[start : start + n_examples]
    _embed(weights.C, acts.n_embd, x, chunk, acts.e, acts.e_t)
    multiply(acts.h, weights.W1, acts.e, acts.n_features, False)
    _activate(acts.h, acts.n_hidden)
    if dropout.bound:
        place, n_units = start * acts.n_hidden, acts.n_hidden
        drop(acts.h, acts.keep, dropout, step, place, 1, n_units, n_units, n_examples)
    multiply(acts.z, weights.W2.T, acts.h, acts.n_hidden + 1, False)
    loss = _softmax_cross_entropy(acts, y, chunk, len(batch))
    adds = start > 0
    multiply(grads.W2, acts.h, acts.z_t, n_examples, adds)
    multiply(acts.dh, weights.W2, acts.z, acts.n_symbols, False)
    if dropout.bound:
        restore(acts.h, acts.dh, acts.keep, dropout, acts.n_hidden)
    _through_tanh(acts.dh, acts.h, acts.n_hidden)
    multiply(grads.W1, acts.dh, acts.e_t, n_examples, adds)
    multiply(acts.de, weights.W1.T, acts.dh, acts.n_hidden, False)
    _scatter(grads.C, acts.n_embd, x, chunk, acts.de)
    return loss


@part
def _embed(table, n_embd, x, chunk, e, e_t):
    """Look up e = C[x], once with the batch last and once with the features last."""
    for column in range(len(chunk)):
        for slot in range(x.shape[1]):
            character = x[chunk[column], slot]
            for j in range(n_embd):
                value = table[character, j]
                e[slot * n_embd + j, column] = value
                e_t[column, slot * n_embd + j] = value


@part
def _activate(h, n_hidden):
    """Compute h = tanh(h) in place, and the ones behind."""
    for column in range(0, h.shape[1], LANES):
        for row in range(n_hidden):
            store(h, row, column, tanh(load(h, row, column)))
        store(h, n_hidden, column, broadcast(_ONE))


@part
def _softmax_cross_entropy(acts, y, chunk, batch_size):
    """Turn logits into dL/dz in place, and transposed in `z_t`; give the sum of the losses.

    The maximum is subtracted first, so that no logit overflows. Columns behind the chunk hold
    numbers that nobody reads.
    """
    z, z_t, n_symbols = acts.z, acts.z_t, acts.n_symbols
    scale = np.float32(1 / batch_size)
    loss = 0.0
    for start in range(0, len(chunk), LANES):
        stop = min(start + LANES, len(chunk))
        highest = load(z, 0, start)
        for symbol in range(1, n_symbols):
            highest = maximum(highest, load(z, symbol, start))
        for column in range(start, stop):
            loss -= z[y[chunk[column]], column]
        partition = broadcast(_ZERO)
        for symbol in range(n_symbols):
            p = exp(load(z, symbol, start) - highest)
            partition = partition + p
            store(z, symbol, start, p)
        store(acts.sums, 0, 0, highest)
        store(acts.sums, 1, 0, partition)
        product = 1.0  # of up to 16 numbers from 1 to n_symbols, whose logarithms are to be added
        for lane in range(stop - start):
            loss += acts.sums[0, lane]
            product *= acts.sums[1, lane]
        loss += log(product)
        factor = broadcast(scale) / partition
        for symbol in range(n_symbols):
            store(z, symbol, start, load(z, symbol, start) * factor)
    for column in range(len(chunk)):
        z[y[chunk[column]], column] -= scale
        for symbol in range(n_symbols):
            z_t[column, symbol] = z[symbol, column]
    return loss


@part
def _through_tanh(dh, h, n_hidden):
    """Compute dh · (1 − h²) in place; behind it stands the gradient of the ones, which is none."""
    one = broadcast(_ONE)
    for column in range(0, h.shape[1], LANES):
        for row in range(n_hidden):
            unit = load(h, row, column)
            store(dh, row, column, load(dh, row, column) * (one - unit * unit))
        store(dh, n_hidden, column, broadcast(_ZERO))


@part
def _scatter(d_table, n_embd, x, chunk, de):
    """Add the gradient of each embedding to its character's row."""
    for column in range(len(chunk)):
        for slot in range(x.shape[1]):
            character = x[chunk[column], slot]
            for j in range(n_embd):
                d_table[character, j] += de[slot * n_embd + j, column]
