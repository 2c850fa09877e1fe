"""Dropout of the hidden units, between the formulas of a step: applied forward, undone backward.

    forward     h ← h · keep
    backward    dh ← dh · keep,  h ← h · (1 − rate)

where a unit's keep is 0, or 1 / (1 − rate). So what comes next finds the tanh again wherever its
gradient is not 0, and the step's own formulas need not know of dropout.
"""

import numpy as np

from makemore.engines.fused.masks import bits
from makemore.engines.fused.vectors import LANES, broadcast, inlined, load, part, store

_ZERO = np.float32(0)

_bits = inlined(bits)


@inlined
def drop(acts, dropout, step, first_place, n_rows):
    """Leave out units of `acts.h`, and write into `acts.keep` what they were multiplied with.

    Args:
        acts: room, changed in place.
        dropout: `masks.Dropout`.
        step: which of its steps.
        first_place: of the chunk's first unit in the batch, see `masks.keep_mask`.
        n_rows: how many examples there are.
    """
    if dropout.bound:
        _drop(acts.h, acts.keep, dropout, step, first_place, n_rows, acts.n_hidden)


@inlined
def restore(acts, dropout, n_rows):
    """Undo `drop` in `acts.h`, and pass the gradient on to the units that were kept."""
    if dropout.bound:
        _restore(acts.h, acts.dh, acts.keep, dropout, n_rows, acts.n_hidden)


@part
def _drop(h, keep, dropout, step, first_place, n_rows, n_units):
    first, second = dropout.keys[step]
    for row in range(n_rows):
        for unit in range(n_units):
            place = np.uint32(first_place + row * n_units + unit)
            kept = dropout.scale if _bits(place, first, second) >= dropout.bound else _ZERO
            keep[row, unit] = kept
            h[row, unit] *= kept


@part
def _restore(h, dh, keep, dropout, n_rows, n_units):
    share = broadcast(dropout.share)
    for row in range(n_rows):
        for column in range(0, n_units, LANES):
            store(h, row, column, load(h, row, column) * share)
            store(dh, row, column, load(dh, row, column) * load(keep, row, column))
