"""How a gradient moves a parameter."""

import numpy as np
from numba import njit

from makemore.engines.fused.vectors import LANES, broadcast, fma, load, store

_ZERO = np.float32(0)


@njit
def clear(grads):
    """Set every gradient to zero."""
    for gradient in grads:
        gradient[:] = _ZERO


@njit
def descend(weights, grads, lr):
    """Compute p ← p − lr · dp for every parameter."""
    factor = broadcast(-lr)
    for weight, gradient in zip(weights, grads):  # noqa: B905  # numba's zip takes no `strict`
        for row in range(weight.shape[0]):
            for column in range(0, weight.shape[1], LANES):
                moved = fma(factor, load(gradient, row, column), load(weight, row, column))
                store(weight, row, column, moved)
