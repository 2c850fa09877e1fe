"""The training step of one example by plain descent: each weight moves as soon as it is read.

The formulas of `dense` and `output` for a batch of one, a row where those have a matrix:

    e  = C[x], 1
    h  = tanh(e W1)
    z  = h W2 + b2
    L  = ln Σ exp z − z[y]
    dz = softmax z − onehot y
    dh = dz W2ᵀ · (1 − h²)        W2ᵀ ← W2ᵀ − lr · dzᵀ h        b2 ← b2 − lr · dz
    de = dh W1ᵀ                   W1 ← W1 − lr · eᵀ dh
                                  C[x] ← C[x] − lr · de

A weight is read twice a step, going forward and when it moves, and the gradient of none is ever
written. All stands in one function, as a call costs as much as one of these lines.

Source: the chain rule; Bengio et al. 2003, section 3.
"""

from math import isfinite, log

import numpy as np

from makemore.config import ModelConfig, TrainConfig
from makemore.engines.fused.approximations import exp, tanh
from makemore.engines.fused.dense import DenseStep
from makemore.engines.fused.matmul import multiply_row, multiply_row_transposed
from makemore.engines.fused.step import film
from makemore.engines.fused.vectors import (
    HALF,
    LANES,
    add_half,
    broadcast,
    copy_half,
    fma,
    inlined,
    kernel,
    largest,
    load,
    maximum,
    minimum,
    prefetch,
    spread,
    store,
    total,
)

_ZERO, _ONE = np.float32(0), np.float32(1)


class SingleStep(DenseStep):
    """The step of one example, with the arrays of `dense`."""

    def __init__(
        self, model_config: ModelConfig, batch_size: int, train_config: TrainConfig
    ) -> None:
        super().__init__(model_config, batch_size, train_config, take_steps)


@kernel
def take_steps(
    windows, batches, rule, _dropout, weights, _grads, _first, _second, acts, losses, kept, tables
):
    """Take one step for each batch of one.

    Args and returns are those of `dense.take_steps`; plain descent has no use for some of them.
    """
    frame = 0
    for step in range(len(losses)):
        if step + 1 < len(losses):
            prefetch(windows, (batches[step + 1, 0], 0))
            prefetch(windows, (batches[step + 1, 0], windows.shape[1] - 1))
        example = batches[step, 0]
        _find_hidden_units(windows, example, weights, acts)
        losses[step] = _find_loss(np.int64(windows[example, -1]), weights, acts)
        if not isfinite(losses[step]):
            return step + 1
        factor = -rule.lrs[step]
        _move_output_layer(weights, factor, acts)
        _move_hidden_layer(weights, factor, acts)
        _move_embeddings(windows, example, weights, acts)
        if frame < len(kept) and kept[frame] <= step:
            frame = film(kept, tables, frame, step, weights.C)
    return len(losses)


@inlined
def _find_hidden_units(windows, example, weights, acts):
    """Compute e, where a slot overwrites what the one before copied too much, and h."""
    e, h, n_embd = acts.e, acts.h, acts.n_embd
    for slot in range(windows.shape[1] - 1):
        character = np.int64(windows[example, slot])
        for j in range(0, n_embd, HALF):
            copy_half(e, 0, slot * n_embd + j, weights.C, character, j)
    e[0, acts.n_features - 1] = _ONE
    multiply_row(h, e, weights.W1, acts.n_hidden, acts.n_features)
    for column in range(0, acts.n_hidden, LANES):
        store(h, 0, column, tanh(load(h, 0, column)))


@inlined
def _find_loss(target, weights, acts):
    """Compute z, turn it into dz, and give the loss."""
    z, n_symbols = acts.z, acts.n_symbols
    multiply_row_transposed(z, acts.h, weights.W2, n_symbols, acts.n_hidden)
    tops = broadcast(-np.float32(np.inf))
    for column in range(0, n_symbols, LANES):
        logits = load(z, 0, column) + load(weights.b2, 0, column)
        logits = minimum(logits, load(acts.bounds, 0, column))
        store(z, 0, column, logits)
        tops = maximum(tops, logits)
    highest = largest(tops)
    loss = np.float64(highest - z[0, target])
    sums = broadcast(_ZERO)
    for column in range(0, n_symbols, LANES):
        p = exp(load(z, 0, column) - broadcast(highest))
        store(z, 0, column, p)
        sums = sums + p
    partition = total(sums)
    for column in range(0, n_symbols, LANES):
        store(z, 0, column, load(z, 0, column) * broadcast(_ONE / partition))
    z[0, target] -= _ONE
    return loss + log(partition)


@inlined
def _move_output_layer(weights, factor, acts):
    """Compute dh, and move W2 and b2.

    Symbols are read in pairs, whose sums need not wait for each other. After an odd last one comes
    a row of padding, whose gradient is 0.
    """
    z, W2, b2 = acts.z, weights.W2, weights.b2
    for column in range(0, acts.n_hidden, LANES):
        unit, even, odd = load(acts.h, 0, column), broadcast(_ZERO), broadcast(_ZERO)
        move = broadcast(factor) * unit
        for symbol in range(0, acts.n_symbols, 2):
            dz, w = spread(z, 0, symbol), load(W2, symbol, column)
            even = fma(dz, w, even)
            store(W2, symbol, column, fma(dz, move, w))
            dz, w = spread(z, 0, symbol + 1), load(W2, symbol + 1, column)
            odd = fma(dz, w, odd)
            store(W2, symbol + 1, column, fma(dz, move, w))
        store(acts.dh, 0, column, (even + odd) * (broadcast(_ONE) - unit * unit))
    for column in range(0, acts.n_symbols, LANES):
        store(b2, 0, column, fma(broadcast(factor), load(z, 0, column), load(b2, 0, column)))


@inlined
def _move_hidden_layer(weights, factor, acts):
    """Compute factor · de, and move W1."""
    e, dh, W1 = acts.e, acts.dh, weights.W1
    for feature in range(acts.n_features):
        move, sums = broadcast(factor) * spread(e, 0, feature), broadcast(_ZERO)
        for column in range(0, acts.n_hidden, LANES):
            gradient, w = load(dh, 0, column), load(W1, feature, column)
            sums = fma(gradient, w, sums)
            store(W1, feature, column, fma(move, gradient, w))
        acts.de[0, feature] = factor * total(sums)


@inlined
def _move_embeddings(windows, example, weights, acts):
    """Move C, by whole halves: what is more than an embedding goes to padding nobody reads."""
    for slot in range(windows.shape[1] - 1):
        character = np.int64(windows[example, slot])
        for j in range(0, acts.n_embd, HALF):
            add_half(weights.C, character, j, acts.de, 0, slot * acts.n_embd + j)
