"""The matrix product, in tiles whose sums stay in registers.

A tile is `ROWS` rows by `LANES` columns of the result. For each k it loads one vector of B and
multiplies it by `ROWS` numbers of A: two loads feed many multiply-adds, so that the arithmetic
units, not the memory, set the pace. The sum of each element runs over k in order, or that of a dot
product in the lanes of a vector and then over these, whatever the tile's shape, so every machine
gets the same bits.

Source: Goto and van de Geijn 2008, "Anatomy of high-performance matrix multiplication".
"""

import llvmlite.binding
import numpy as np
import numpy.typing as npt
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from makemore.engines.fused.vectors import (
    LANES,
    call,
    constant,
    load_vector,
    load_vectors,
    part,
    pointer,
    shape,
    splat,
    store_vector,
    sum_lanes,
)

Matrix = npt.NDArray[np.float32]

# As many sums as registers hold beside a vector of B and a number of A: a vector takes one of the
# 32 registers of AVX-512, two of the 16 of AVX2. And the rows and columns of a tile of dot
# products, each of which is a sum of one vector; both divide `ROWS`.
_HAS_AVX512 = llvmlite.binding.get_host_cpu_features().get("avx512f")
ROWS, DOTS = (10, (5, 2)) if _HAS_AVX512 else (6, (2, 3))


@intrinsic
def _tile(_typing, c, row, column, a, b, depth, adds):
    """Compute one tile of C = A·B, or add it to C."""

    def generate(context, builder, signature, arguments):
        c, row, column, a, b, depth, adds = arguments
        c_type, _, _, a_type, b_type, _, _ = signature.args
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
            before = builder.select(adds, load_vector(builder, place), constant(0))
            store_vector(builder, builder.fadd(before, builder.load(total)), place)
        return context.get_dummy_value()

    return types.void(c, row, column, a, b, depth, adds), generate


@part
def multiply(c, a, b, depth, adds):
    """Compute C = A·B, or C += A·B.

    Args:
        c: (m, n), m a multiple of `ROWS`, n of `LANES`.
        a: (m, k) made by `padded`, or transposed `a.T`.
        b: (k, n).
        depth: how many of the k are summed; the rest is padding.
        adds: whether the product is added to what C holds.
    """
    for column in range(0, c.shape[1], LANES):
        for row in range(0, c.shape[0], ROWS):
            _tile(c, row, column, a, b, depth, adds)


@intrinsic
def _dot_tile(_typing, c, row, column, a, b, n_blocks):
    """Compute `DOTS` elements of C = Σ A·Bᵀ, over blocks of rows of A and of B."""

    def generate(context, builder, signature, arguments):
        c, row, column, a, b, n_blocks = arguments
        c_type, _, _, a_type, b_type, _ = signature.args
        n_a, depth = shape(context, builder, a_type, a)
        n_b, _ = shape(context, builder, b_type, b)
        sums = {
            (i, j): cgutils.alloca_once_value(builder, constant(0))  # registers
            for i in range(DOTS[0])
            for j in range(DOTS[1])
        }
        with cgutils.for_range(builder, n_blocks) as blocks:
            a_row = builder.add(builder.mul(blocks.index, builder.sdiv(n_a, n_blocks)), row)
            b_row = builder.add(builder.mul(blocks.index, builder.sdiv(n_b, n_blocks)), column)
            steps = cgutils.for_range_slice(builder, depth.type(0), depth, depth.type(LANES))
            with steps as (k, _):
                xs = load_vectors(context, builder, a_type, a, a_row, k, DOTS[0])
                ys = load_vectors(context, builder, b_type, b, b_row, k, DOTS[1])
                for (i, j), total in sums.items():
                    dot = call(builder, "fma", xs[i], ys[j], builder.load(total))
                    builder.store(dot, total)
        for (i, j), total in sums.items():
            place = builder.add(row, row.type(i)), builder.add(column, column.type(j))
            number = sum_lanes(builder, builder.load(total))
            builder.store(number, pointer(context, builder, c_type, c, *place))
        return context.get_dummy_value()

    return types.void(c, row, column, a, b, n_blocks), generate


@part
def multiply_transposed(c, a, b, n_blocks):
    """Compute C = Σ A·Bᵀ, the sum over as many blocks of A's rows with those of B's.

    Both are read along their rows, so neither need be transposed first.

    Args:
        c: (m, n), all of it computed in whole tiles of `DOTS`.
        a: (n_blocks · m, k), k a multiple of `LANES` and what pads it zeros.
        b: (n_blocks · n, k), the same.
        n_blocks: how many products are summed.
    """
    for row in range(0, len(a) // n_blocks, DOTS[0]):
        for column in range(0, len(b) // n_blocks, DOTS[1]):
            _dot_tile(c, row, column, a, b, n_blocks)


def padded(n_rows: int, n_columns: int) -> Matrix:
    """Give zeros of at least this shape, with room for whole tiles of rows and of columns."""
    return padded_together((n_rows, n_columns))[1]


def padded_together(*shapes: tuple[int, int]) -> list[Matrix]:
    """Give matrices as of `padded` that share their memory, and before them all of it as one row.

    Behind the last element of each lie a few zeros more: a tile takes `ROWS` numbers of A at a
    time, which in a transposed A are neighbours of a row and may be more than the row has left.
    What is computed from them lands in rows of C that nobody reads.
    """
    shapes = tuple((-(-m // ROWS) * ROWS, -(-n // LANES) * LANES) for m, n in shapes)
    starts = np.cumsum([0, *(m * n + LANES for m, n in shapes)])
    everything = np.zeros(starts[-1], np.float32)
    return [
        everything[None],
        *(
            everything[start : start + m * n].reshape(m, n)
            for start, (m, n) in zip(starts, shapes, strict=False)
        ),
    ]
