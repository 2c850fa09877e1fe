"""Rows become columns, a square of eight by eight numbers at a time, in registers."""

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from makemore.engines.fused.vectors import part, pick, pointer

SQUARE = 8  # numbers of a vector of AVX2: eight rows, and what they become, fit its registers

_ROW = ir.VectorType(ir.FloatType(), SQUARE)
# Of two rows this far apart, laid end to end: the lanes that the one then holds, and the other.
# Each is one instruction of AVX2.
_ROUNDS = (
    (1, (0, 8, 1, 9, 4, 12, 5, 13), (2, 10, 3, 11, 6, 14, 7, 15)),
    (2, (0, 1, 8, 9, 4, 5, 12, 13), (2, 3, 10, 11, 6, 7, 14, 15)),
    (4, (0, 1, 2, 3, 8, 9, 10, 11), (4, 5, 6, 7, 12, 13, 14, 15)),
)
_COLUMNS = (0, 2, 1, 3, 4, 6, 5, 7)  # which column each row is after these


@intrinsic
def _turn(_typing, c, a, row, column):
    """Write `a[row : row + SQUARE, column : column + SQUARE]` as columns into C."""

    def generate(context, builder, signature, arguments):
        c, a, row, column = arguments
        c_type, a_type, *_ = signature.args

        def place(array_type, array, row, column, shift):
            row = builder.add(row, row.type(shift))
            address = pointer(context, builder, array_type, array, row, column)
            return builder.bitcast(address, _ROW.as_pointer())

        rows = [builder.load(place(a_type, a, row, column, i), align=4) for i in range(SQUARE)]
        for distance, *lanes in _ROUNDS:
            for i in (i for i in range(SQUARE) if not i & distance):
                pair = rows[i], rows[i + distance]
                rows[i], rows[i + distance] = (pick(builder, *pair, each) for each in lanes)
        for j, numbers in zip(_COLUMNS, rows, strict=True):
            builder.store(numbers, place(c_type, c, column, row, j), align=4)
        return context.get_dummy_value()

    return types.void(c, a, row, column), generate


@part
def transpose(c, a, m, n):
    """Compute C = Aᵀ.

    Args:
        c: made by `padded`; its first n rows and m columns, to whole squares, are computed.
        a: made by `padded`, of at least m rows and n columns.
        m: rows of A.
        n: columns of A.
    """
    for row in range(0, m, SQUARE):
        for column in range(0, n, SQUARE):
            _turn(c, a, row, column)
