"""Two matrix products, in tiles whose sums stay in registers.

`multiply` computes C = A·B. A tile is some rows of C by up to `WIDTH` vectors: for each k it loads
these vectors of B and multiplies each by a number of A for each row. The sum of an element runs
over k in order. Tiles beside each other are a band, whose code is entered once.

`multiply_transposed` computes C = A·Bᵀ. For many rows it turns B first. For few it does without:
each element of a tile is a dot product, summed in the lanes of a vector, which are added up in
the end.

So a few loads feed many multiply-adds, and the arithmetic units, not the memory, set the pace.
An element is summed in the same order whatever the tile's shape: every machine gets the same bits.

Source: Goto and van de Geijn 2008, "Anatomy of high-performance matrix multiplication".
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise, product

import llvmlite.binding
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic

from makemore.engines.fused.transpose import SQUARE, transpose
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

# At most as many sums as registers hold beside vectors of B and a number of A: a vector takes one
# of the 32 registers of AVX-512, two of the 16 of AVX2. Tiles of at most `WIDE_ROWS` rows are up
# to `WIDTH` vectors wide: the one sum of a single row would wait for itself at every k, and
# with AVX-512 eight rows load more than they multiply. A tile of dot products has `DOTS` of
# them, a sum of one vector each, in at most `DOT_ROWS` rows: the fewer, the more columns.
ROWS, WIDE_ROWS, DOTS, DOT_ROWS = (8, 8, 16, 4) if HAS_AVX512 else (6, 1, 6, 3)
WIDTH = 3

# With fewer rows of A, or no more of B, dot products are quicker than turning B (decision 0027).
MANY_ROWS, FEW_COLUMNS = 16, 8


@contextmanager
def _for_each_height(
    builder: ir.IRBuilder, height: ir.Value, height_type: types.Type, highest: int
) -> Iterator[Iterator[int]]:
    """Generate code for 1, 2, … rows, of which `height` chooses when it runs, if not before."""
    if isinstance(height_type, types.IntegerLiteral):
        yield iter([height_type.literal_value])
        return
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


@contextmanager
def _for_each_term(builder: ir.IRBuilder, n: ir.Value) -> Iterator[ir.Value]:
    """Generate a loop over `n` terms of a sum that LLVM does not unroll.

    A tile keeps the arithmetic units busy as it is. Copies of it take longer to compile, and few
    terms would mostly be computed by the loop for what the copies leave over.
    """
    with cgutils.for_range(builder, n) as loop:
        yield loop.index
        last = builder.basic_block
    module = builder.module
    never = module.add_metadata([ir.MetaDataString(module, "llvm.loop.unroll.disable")])
    loop_id = module.add_metadata([never])
    loop_id.operands = loop_id, never  # LLVM knows a loop by what refers to itself
    last.terminator.set_metadata("llvm.loop", loop_id)


@intrinsic(prefer_literal=True)
def _band(_typing, c, row, height, ends, a, b, depth, factor, adds):
    """Compute C = factor · A·B in some rows, tile by tile, or add it to C.

    Tiles are as many vectors wide as there are `ends` up to the column that is the first of them,
    one less up to the next, and so on.
    """

    def generate(context, builder, signature, arguments):
        c, row, height, ends, a, b, depth, factor, adds = arguments
        c_type, _, _, _, a_type, b_type, *_ = signature.args
        ends = cgutils.unpack_tuple(builder, ends)
        n = ends[-1]
        factor = splat(builder, factor)

        def tiles(rows, start, end, width):
            sums = [cgutils.alloca_once_value(builder, constant(0)) for _ in rows * width]
            steps = cgutils.for_range_slice(builder, start, end, n.type(width * LANES))
            with steps as (first, _):
                for total in sums:  # registers
                    builder.store(constant(0), total)
                columns = [builder.add(first, n.type(i * LANES)) for i in range(width)]
                with _for_each_term(builder, depth) as k:
                    xs = [builder.load(pointer(context, builder, a_type, a, r, k)) for r in rows]
                    ys = [pointer(context, builder, b_type, b, k, column) for column in columns]
                    factors = product(
                        [splat(builder, x) for x in xs], [load_vector(builder, y) for y in ys]
                    )
                    for (x, y), total in zip(factors, sums, strict=True):
                        builder.store(call(builder, "fma", x, y, builder.load(total)), total)
                places = [
                    pointer(context, builder, c_type, c, *place)
                    for place in product(rows, columns)
                ]
                totals = [builder.load(total) for total in sums]
                with builder.if_else(adds) as (then, otherwise):
                    with then:
                        for place, total in zip(places, totals, strict=True):
                            before = load_vector(builder, place)
                            store_vector(
                                builder, call(builder, "fma", factor, total, before), place
                            )
                    with otherwise:
                        for place, total in zip(places, totals, strict=True):
                            store_vector(builder, builder.fmul(factor, total), place)

        with _for_each_height(builder, height, signature.args[2], ROWS) as heights:
            for n_rows in heights:
                rows = [builder.add(row, row.type(r)) for r in range(n_rows)]
                if n_rows > WIDE_ROWS:
                    tiles(rows, n.type(0), n, 1)
                    continue
                parts = pairwise([n.type(0), *ends])
                for width, (start, end) in zip(range(len(ends), 0, -1), parts, strict=True):
                    tiles(rows, start, end, width)
        return context.get_dummy_value()

    return types.void(c, row, height, ends, a, b, depth, factor, adds), generate


@inlined
def _share(n):
    """Give where tiles of three, of two and of one vector end that cover `n` columns.

    The last columns are shared by two tiles of two vectors: one of one would leave units idle.
    """
    n_vectors = -(-n // LANES)
    n_pairs = -n_vectors % WIDTH if n_vectors > 1 else 0  # each lacks one of three
    n_triples = (n_vectors - 2 * n_pairs) // WIDTH
    end_of_triples = n_triples * WIDTH * LANES
    return end_of_triples, end_of_triples + n_pairs * 2 * LANES, n


@part
def multiply(c, a, b, m, n, k, factor, adds):
    """Compute C = factor · A·B, or add it to C.

    Args:
        c: made by `padded`; its first m rows and n columns, to whole vectors, are computed.
        a: its first m rows and k columns are the one factor; may be a transposed view.
        b: its first k rows and n columns, to whole vectors, are the other.
        m: rows of C.
        n: columns of C.
        k: how many products are summed.
        factor: of the product, float32.
        adds: whether it is added to what C holds.
    """
    ends = _share(n)
    row = 0
    while row < m:
        left = m - row
        # The last rows are shared by two bands: one of few rows would leave units idle.
        height = min(ROWS, (left + 1) // 2) if left > ROWS else left
        _band(c, row, height, ends, a, b, k, factor, adds)
        row += height


@intrinsic(prefer_literal=True)
def _dot_band(_typing, c, row, height, n, a, b, depth, adds):
    """Compute C = A·Bᵀ in some rows, tile by tile over `n` columns, or add it to C."""

    def generate(context, builder, signature, arguments):
        c, row, height, n, a, b, depth, adds = arguments
        c_type, _, _, _, a_type, b_type, *_ = signature.args

        def store_dots(place, numbers):
            place = builder.bitcast(place, numbers.type.as_pointer())
            nothing = ir.Constant(numbers.type, [0.0] * numbers.type.count)
            before = builder.select(adds, builder.load(place, align=4), nothing)
            builder.store(builder.fadd(before, numbers), place, align=4)

        with _for_each_height(builder, height, signature.args[2], DOT_ROWS) as heights:
            for n_rows in heights:
                width = min(SQUARE, 1 << (DOTS // n_rows).bit_length() - 1)
                rows = [builder.add(row, row.type(r)) for r in range(n_rows)]
                places = [(i, j) for i in range(n_rows) for j in range(width)]
                sums = [cgutils.alloca_once_value(builder, constant(0)) for _ in places]
                columns = cgutils.for_range_slice(builder, n.type(0), n, n.type(width))
                with columns as (column, _):
                    for total in sums:
                        builder.store(constant(0), total)
                    steps = cgutils.for_range_slice(
                        builder, depth.type(0), depth, depth.type(LANES)
                    )
                    with steps as (k, _):
                        xs = load_vectors(context, builder, a_type, a, row, k, n_rows)
                        ys = load_vectors(context, builder, b_type, b, column, k, width)
                        for (i, j), total in zip(places, sums, strict=True):
                            more = xs[i], ys[j], builder.load(total)
                            builder.store(call(builder, "fma", *more), total)
                    totals = [builder.load(total) for total in sums]
                    n_places = 1 << (len(totals) - 1).bit_length()
                    totals += [totals[-1]] * (n_places - len(totals))
                    dots = fold_lanes(builder, build_sum, totals)
                    for i, r in enumerate(rows):
                        place = pointer(context, builder, c_type, c, r, column)
                        store_dots(place, pick(builder, dots, dots, range(width), i * width))
        return context.get_dummy_value()

    return types.void(c, row, height, n, a, b, depth, adds), generate


@part
def multiply_transposed(c, a, b, room, m, n, k, adds):
    """Compute C = A·Bᵀ, or add it to C.

    Args:
        c: made by `padded`; its first m rows and n columns, to whole tiles, are computed.
        a: the first m rows and k columns, to whole vectors, are the one factor.
        b: the same of n rows, to whole tiles, and k columns, are the other; what pads the columns
            of the one must be zeros where that of the other is not finite.
        room: made by `padded`, for Bᵀ.
        m: rows of C.
        n: columns of C.
        k: how many products are summed.
        adds: whether the product is added to what C holds.
    """
    if m >= MANY_ROWS and n > FEW_COLUMNS and not adds:
        transpose(room, b, n, k)
        multiply(c, a, room, m, n, k, _ONE, False)
        return
    for row in range(0, m, DOT_ROWS):
        _dot_band(c, row, min(DOT_ROWS, m - row), n, a, b, k, adds)


@inlined
def multiply_row(c, a, b, n, k):
    """Compute the first row of C = A·B, with no call.

    Tiles are six vectors wide, as the sums of fewer would wait for themselves at every k, and the
    last one as wide as what is left.
    """
    n_vectors = -(-n // LANES)
    rest = n_vectors % 6
    last = n_vectors - rest
    ends = (
        last * LANES,
        (last + rest * (rest >= 5)) * LANES,
        (last + rest * (rest >= 4)) * LANES,
        (last + rest * (rest >= 3)) * LANES,
        (last + rest * (rest >= 2)) * LANES,
        n_vectors * LANES,
    )
    _band(c, 0, 1, ends, a, b, k, _ONE, False)


@inlined
def multiply_row_transposed(c, a, b, n, k):
    """Compute the first row of C = A·Bᵀ, with no call."""
    _dot_band(c, 0, 1, n, a, b, k, False)


def padded(n_rows: int, n_columns: int) -> Matrix:
    """Give zeros of at least this shape, with room for whole tiles, squares and vectors."""
    return padded_together((n_rows, n_columns))[1]


def padded_together(*shapes: tuple[int, int]) -> list[Matrix]:
    """Give matrices as of `padded` that share their memory, and before them all of it as one row.

    Rows begin where lines of the cache do, each an odd number of lines after the one before: rows
    a power of two apart would crowd the same few places of the cache.
    """
    shapes = tuple((-(-m // SQUARE) * SQUARE, (-(-n // LANES) | 1) * LANES) for m, n in shapes)
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
