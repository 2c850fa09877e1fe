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


@part
def drop(h, keep, dropout, step, start, row_stride, column_stride, n_rows, n_columns):
    """Leave out units of h, and write into `keep` what they were multiplied with.

    Args:
        h: activations, changed in place.
        keep: of the same shape.
        dropout: `masks.Dropout`.
        step: which of its steps.
        start: place of h[0, 0], see `masks.keep_mask`.
        row_stride: from the place of an element to that of the one below it.
        column_stride: to that of the one to the right.
        n_rows: how many rows of h are looked at.
        n_columns: how many columns.
    """
    first, second = dropout.keys[step]
    for row in range(n_rows):
        for column in range(n_columns):
            place = np.uint32(start + row * row_stride + column * column_stride)
            kept = dropout.scale if _bits(place, first, second) >= dropout.bound else _ZERO
            keep[row, column] = kept
            h[row, column] *= kept


@part
def restore(h, dh, keep, dropout, n_rows):
    """Undo `drop` in h, and pass the gradient on to the units that were kept."""
    share = broadcast(dropout.share)
    for row in range(n_rows):
        for column in range(0, h.shape[1], LANES):
            store(h, row, column, load(h, row, column) * share)
            store(dh, row, column, load(dh, row, column) * load(keep, row, column))
