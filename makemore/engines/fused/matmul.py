"""The matrix product, in tiles whose sums stay in registers.

A tile is `ROWS` rows by `LANES` columns of the result. For each k it loads one vector of B and
multiplies it by `ROWS` numbers of A: two loads feed many multiply-adds, so that the arithmetic
units, not the memory, set the pace. The sum of each element runs over k in order, whatever the
tile's shape, so every machine gets the same bits.

Source: Goto and van de Geijn 2008, "Anatomy of high-performance matrix multiplication".
"""

import llvmlite.binding
import numpy as np
import numpy.typing as npt
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from makemore.engines.fused.vectors import (
    LANES,
    call,
    constant,
    load_vector,
    pointer,
    splat,
    store_vector,
)

Matrix = npt.NDArray[np.float32]

# As many sums as registers hold beside a vector of B and a number of A: a vector takes one of the
# 32 registers of AVX-512, two of the 16 of AVX2.
ROWS = 10 if llvmlite.binding.get_host_cpu_features().get("avx512f") else 5


def _tile(accumulates: bool):
    """Make the primitive that computes one tile of C = A·B, or adds it to C."""

    @intrinsic
    def primitive(_typing, c, row, column, a, b, depth):
        def generate(context, builder, signature, arguments):
            c, row, column, a, b, depth = arguments
            c_type, _, _, a_type, b_type, _ = signature.args
            rows = [builder.add(row, row.type(r)) for r in range(ROWS)]
            sums = [cgutils.alloca_once_value(builder, constant(0)) for _ in rows]  # registers
            with cgutils.for_range(builder, depth) as loop:
                k = loop.index
                b_k = load_vector(builder, pointer(context, builder, b_type, b, k, column))
                for r, total in zip(rows, sums, strict=True):
                    a_rk = builder.load(pointer(context, builder, a_type, a, r, k))
                    product = call(builder, "fma", splat(builder, a_rk), b_k, builder.load(total))
                    builder.store(product, total)
            for r, total in zip(rows, sums, strict=True):
                place = pointer(context, builder, c_type, c, r, column)
                value = builder.load(total)
                if accumulates:
                    value = builder.fadd(load_vector(builder, place), value)
                store_vector(builder, value, place)
            return context.get_dummy_value()

        return types.void(c, row, column, a, b, depth), generate

    return primitive


_set_tile, _add_tile = _tile(accumulates=False), _tile(accumulates=True)


@njit
def multiply(c, a, b):
    """Compute C = A·B.

    Args:
        c: (m, n), m a multiple of `ROWS`, n of `LANES`.
        a: (m, k) made by `padded`, or transposed `a.T`.
        b: (k, n).
    """
    for column in range(0, c.shape[1], LANES):
        for row in range(0, c.shape[0], ROWS):
            _set_tile(c, row, column, a, b, b.shape[0])


@njit
def multiply_add(c, a, b):
    """Compute C += A·B, arguments as those of `multiply`."""
    for column in range(0, c.shape[1], LANES):
        for row in range(0, c.shape[0], ROWS):
            _add_tile(c, row, column, a, b, b.shape[0])


def padded(n_rows: int, n_columns: int) -> Matrix:
    """Give zeros of at least this shape, with room for whole tiles of rows and of columns.

    Behind the last element lie a few more: a tile takes `ROWS` numbers of A at a time, which in a
    transposed A are neighbours of a row and may be more than the row has left. What is computed
    from them lands in rows of C that nobody reads.
    """
    shape = (-(-n_rows // ROWS) * ROWS, -(-n_columns // LANES) * LANES)
    room = np.zeros(shape[0] * shape[1] + ROWS, np.float32)
    return room[:-ROWS].reshape(shape)
