"""Two matrix products, in tiles whose sums stay in registers.

`multiply` computes C = A·B. A tile is some rows by `LANES` columns of C: for each k it loads one
vector of B and multiplies it by a number of A for each row. The sum of an element runs over k in
order. `multiply_transposed` computes C = A·Bᵀ without transposing anything: each element of a tile
is a dot product, summed in the lanes of a vector, which are added up in the end.

So a few loads feed many multiply-adds, and the arithmetic units, not the memory, set the pace.
An element is summed in the same order whatever the tile's shape: every machine gets the same bits.

Source: Goto and van de Geijn 2008, "Anatomy of high-performance matrix multiplication".
"""

from collections.abc import Iterator
from contextlib import contextmanager

import llvmlite.binding
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic

from makemore.engines.fused.vectors import (
    LANES,
    build_sum,
    call,
    constant,
    fold_lanes,
    inlined,
    load_vector,
    load_vectors,
    part,
    pick,
    pointer,
    splat,
    store_vector,
)

Matrix = npt.NDArray[np.float32]

_ONE = np.float32(1)

HAS_AVX512 = (
    bool(llvmlite.binding.get_host_cpu_features().get("avx512f"))
    if config.CPU_FEATURES is None
    else "+avx512f" in config.CPU_FEATURES
)

# At most as many sums as registers hold beside a vector of B and a number of A, and no more than
# keep the arithmetic units busy, as each height has code of its own: a vector takes one
# of the 32 registers of AVX-512, two of the 16 of AVX2. `DOTS` are the rows and columns of a tile
# of dot products, each of which is a sum of one vector.
ROWS, DOTS = (8, (4, 4)) if HAS_AVX512 else (6, (2, 2))


@contextmanager
def _for_each_height(
    builder: ir.IRBuilder, height: ir.Value, highest: int
) -> Iterator[Iterator[int]]:
    """Generate code for 1, 2, … rows, of which `height` chooses when it runs."""
    end = builder.append_basic_block("end")
    switch = builder.switch(height, end)

    def heights() -> Iterator[int]:
        for n in range(1, highest + 1):
            block = builder.append_basic_block(f"rows.{n}")
            switch.add_case(height.type(n), block)
            builder.position_at_end(block)
            yield n
            builder.branch(end)

    yield heights()
    builder.position_at_end(end)


@intrinsic
def _tile(_typing, c, row, height, column, a, b, depth, factor, adds):
    """Compute C = factor · A·B in some rows of a column of vectors, or add it to C."""

    def generate(context, builder, signature, arguments):
        c, row, height, column, a, b, depth, factor, adds = arguments
        c_type, _, _, _, a_type, b_type, *_ = signature.args
        factor = splat(builder, factor)
        with _for_each_height(builder, height, ROWS) as heights:
            for n in heights:
                rows = [builder.add(row, row.type(r)) for r in range(n)]
                sums = [cgutils.alloca_once_value(builder, constant(0)) for _ in rows]  # registers
                for total in sums:
                    builder.store(constant(0), total)
                with cgutils.for_range(builder, depth) as loop:
                    k = loop.index
                    b_k = load_vector(builder, pointer(context, builder, b_type, b, k, column))
                    for r, total in zip(rows, sums, strict=True):
                        a_rk = builder.load(pointer(context, builder, a_type, a, r, k))
                        more = splat(builder, a_rk), b_k, builder.load(total)
                        builder.store(call(builder, "fma", *more), total)
                for r, total in zip(rows, sums, strict=True):
                    place = pointer(context, builder, c_type, c, r, column)
                    before = builder.select(adds, load_vector(builder, place), constant(0))
                    result = call(builder, "fma", factor, builder.load(total), before)
                    store_vector(builder, result, place)
        return context.get_dummy_value()

    return types.void(c, row, height, column, a, b, depth, factor, adds), generate


@part
def multiply(c, a, b, m, n, k):
    """Compute C = A·B.

    Args:
        c: made by `padded`; its first m rows and n columns, to whole vectors, are computed.
        a: its first m rows and k columns are the factor.
        b: its first k rows and n columns, to whole vectors, are.
        m: rows of C.
        n: columns of C.
        k: how many products are summed.
    """
    height = _height(m)
    for column in range(0, n, LANES):
        for row in range(0, m, height):
            _tile(c, row, min(height, m - row), column, a, b, k, _ONE, False)


@part
def accumulate(c, a, b, m, n, k, factor, adds):
    """Compute C = factor · Aᵀ·B, or add it to C: the gradient of weights, or a step along it.

    Args:
        c: as in `multiply`.
        a: its first k rows and m columns are the factor.
        b: as in `multiply`.
        m: rows of C.
        n: columns of C.
        k: how many products are summed.
        factor: of the product, float32.
        adds: whether it is added to what C holds.
    """
    height = _height(m)
    for column in range(0, n, LANES):
        for row in range(0, m, height):
            _tile(c, row, min(height, m - row), column, a.T, b, k, factor, adds)


@inlined
def _height(m):
    """Share m rows evenly among as few tiles as can be."""
    n_tiles = -(-m // ROWS)
    return -(-m // n_tiles)


@intrinsic
def _dot_tile(_typing, c, row, height, column, a, b, depth, adds):
    """Compute C = A·Bᵀ in some rows of `DOTS` columns, or add it to C."""

    def generate(context, builder, signature, arguments):
        c, row, height, column, a, b, depth, adds = arguments
        c_type, _, _, _, a_type, b_type, *_ = signature.args

        def store_dots(place, numbers):
            place = builder.bitcast(place, numbers.type.as_pointer())
            nothing = ir.Constant(numbers.type, [0.0] * numbers.type.count)
            before = builder.select(adds, builder.load(place, align=4), nothing)
            builder.store(builder.fadd(before, numbers), place, align=4)

        with _for_each_height(builder, height, DOTS[0]) as heights:
            for n in heights:
                places = [(i, j) for i in range(n) for j in range(DOTS[1])]
                sums = [cgutils.alloca_once_value(builder, constant(0)) for _ in places]
                for total in sums:
                    builder.store(constant(0), total)
                steps = cgutils.for_range_slice(builder, depth.type(0), depth, depth.type(LANES))
                with steps as (k, _):
                    xs = load_vectors(context, builder, a_type, a, row, k, n)
                    ys = load_vectors(context, builder, b_type, b, column, k, DOTS[1])
                    for (i, j), total in zip(places, sums, strict=True):
                        more = xs[i], ys[j], builder.load(total)
                        builder.store(call(builder, "fma", *more), total)
                totals = [builder.load(total) for total in sums]
                n_places = 1 << (len(totals) - 1).bit_length()
                totals += [totals[-1]] * (n_places - len(totals))
                dots = fold_lanes(builder, build_sum, totals)
                for i in range(n):
                    lanes = range(i * DOTS[1], (i + 1) * DOTS[1])
                    place = pointer(
                        context, builder, c_type, c, builder.add(row, row.type(i)), column
                    )
                    store_dots(place, pick(builder, dots, dots, lanes))
        return context.get_dummy_value()

    return types.void(c, row, height, column, a, b, depth, adds), generate


@part
def multiply_transposed(c, a, b, m, n, k, adds):
    """Compute C = A·Bᵀ, or add it to C.

    Args:
        c: made by `padded`; its first m rows and n columns, to whole tiles, are computed.
        a: the first m rows and k columns, to whole vectors, are the factor.
        b: the same of n rows, to whole tiles, and k columns; what pads the columns of the one
            factor must be zeros where that of the other is not finite.
        m: rows of C.
        n: columns of C.
        k: how many products are summed.
        adds: whether the product is added to what C holds.
    """
    for row in range(0, m, DOTS[0]):
        for column in range(0, n, DOTS[1]):
            _dot_tile(c, row, min(DOTS[0], m - row), column, a, b, k, adds)


def padded(n_rows: int, n_columns: int) -> Matrix:
    """Give zeros of at least this shape, with room for whole tiles and vectors."""
    return padded_together((n_rows, n_columns))[1]


def padded_together(*shapes: tuple[int, int]) -> list[Matrix]:
    """Give matrices as of `padded` that share their memory, and before them all of it as one row.

    Rows begin where lines of the cache do, each an odd number of lines after the one before: rows
    a power of two apart would crowd the same few places of the cache.
    """
    shapes = tuple((-(-m // DOTS[1]) * DOTS[1], (-(-n // LANES) | 1) * LANES) for m, n in shapes)
    starts = np.cumsum([0, *(m * n for m, n in shapes)])
    memory = np.zeros(starts[-1] + LANES, np.float32)
    first = -memory.ctypes.data // memory.itemsize % LANES
    everything = memory[first : first + starts[-1]]
    return [
        everything[None],
        *(
            everything[start : start + m * n].reshape(m, n)
            for start, (m, n) in zip(starts, shapes, strict=False)
        ),
    ]
