"""Sixteen float32 numbers as one value, for numba kernels.

numba has no vector type of its own and leaves vectorising to LLVM's guesses. Here a type stands
for LLVM's `<16 x float>`, which LLVM lowers to one AVX-512 register, two of AVX2 or four of SSE or
NEON. Each primitive below is one or a few instructions.

Arrays are float32 and C-contiguous, two-dimensional, their rows a multiple of `LANES` long; a
vector is read from and written to `LANES` neighbours of a row.
"""

import operator
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, ClassVar

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.core.datamodel.models import PrimitiveModel
from numba.core.typing.templates import ConcreteTemplate, infer_global
from numba.extending import intrinsic, lower_builtin, register_model

LANES = 16
HALF = LANES // 2

_F32, _I32 = ir.FloatType(), ir.IntType(32)
_BYTES = ir.IntType(8).as_pointer()
_F32S, _I32S = ir.VectorType(_F32, LANES), ir.VectorType(_I32, LANES)

Build = Callable[..., ir.Value]  # (builder, *vectors) -> vector

# Nothing here allocates, and the caller holds every array. So numba need not count references to
# them, which it does by instructions that wait for the memory (`_nrt`: its runtime, which counts).
_compiled = partial(njit, _nrt=False)
# A function that Python calls: compiled once on a machine, running outside the interpreter's lock.
kernel = _compiled(nogil=True, cache=True, no_cfunc_wrapper=True)
# A function that only kernels call: the wrapper for Python takes numba longer than the function.
part = _compiled(no_cpython_wrapper=True, no_cfunc_wrapper=True)
# A part without machine code of its own: numba writes its lines in the place of the call. For what
# is short or called once, or gives an array; elsewhere numba takes longer over it than LLVM over a
# copy too many.
inlined = _compiled(inline="always")


class _VectorType(types.Type):
    def __init__(self) -> None:
        super().__init__(name=f"float32x{LANES}")


vector = _VectorType()


@register_model(_VectorType)
class _VectorModel(PrimitiveModel):
    def __init__(self, manager: Any, vector_type: _VectorType) -> None:
        super().__init__(manager, vector_type, _F32S)


def constant(value: float) -> ir.Constant:
    """Give `value` in every lane, when code is generated."""
    return ir.Constant(_F32S, [float(value)] * LANES)


def splat(builder: ir.IRBuilder, number: ir.Value, n: int = LANES) -> ir.Value:
    """Give a scalar in each of `n` lanes, when code is generated."""
    undefined = ir.Constant(_F32S, ir.Undefined)
    first = builder.insert_element(undefined, number, _I32(0))
    return pick(builder, first, undefined, [0] * n)


def pick(
    builder: ir.IRBuilder, x: ir.Value, y: ir.Value, lanes: Iterable[int], shift: int = 0
) -> ir.Value:
    """Give these lanes, each shifted, of two vectors laid end to end, when code is generated."""
    places = [lane + shift for lane in lanes]
    return builder.shuffle_vector(x, y, ir.Constant(ir.VectorType(_I32, len(places)), places))


def call(builder: ir.IRBuilder, name: str, *arguments: ir.Value) -> ir.Value:
    """Call an intrinsic of LLVM on vectors, when code is generated."""
    function_type = ir.FunctionType(_F32S, [_F32S] * len(arguments))
    function = cgutils.get_or_insert_function(
        builder.module, function_type, f"llvm.{name}.v{LANES}f32"
    )
    return builder.call(function, arguments)


def build_sum(builder: ir.IRBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """Give x + y, when code is generated."""
    return builder.fadd(x, y)


def fold_lanes(builder: ir.IRBuilder, combine: Build, xs: list[ir.Value]) -> ir.Value:
    """Reduce each of some vectors to one number, when code is generated.

    Halves are combined with halves, in the same order on any machine. As soon as the halves of two
    vectors fit into one they share it, so that sixteen vectors take 15 combinations, not 64.

    Args:
        builder: of the code.
        combine: (builder, x, y) -> sum, maximum or the like of two vectors.
        xs: 1, 2, 4, 8 or 16 vectors.

    Returns:
        As many numbers, as one vector.
    """
    for half in (LANES >> level for level in range(1, LANES.bit_length())):
        pairs = list(zip(xs[::2], xs[1::2], strict=True)) if len(xs) > 1 else [(xs[0], xs[0])]
        n = xs[0].type.count * min(len(xs), 2)
        low = [lane for lane in range(n) if lane & half == 0]
        xs = [
            combine(builder, pick(builder, x, y, low), pick(builder, x, y, low, half))
            for x, y in pairs
        ]
    return xs[0]


def pointer(
    context: Any,
    builder: ir.IRBuilder,
    array_type: types.Array,
    array: ir.Value,
    row: ir.Value,
    column: ir.Value,
) -> ir.Value:
    """Give the address of `array[row, column]`, when code is generated.

    numba's own way copies the array's description to the stack first, which takes LLVM long to
    see through.
    """
    description = context.data_model_manager[array_type]
    data = description.get(builder, array, "data")
    strides = cgutils.unpack_tuple(builder, description.get(builder, array, "strides"))
    place = builder.mul(row, strides[0])
    if array_type.layout == "C":  # LLVM may know that neighbours are neighbours
        row_start = builder.gep(builder.bitcast(data, _BYTES), [place])
        return builder.gep(builder.bitcast(row_start, data.type), [column])
    place = builder.add(place, builder.mul(column, strides[1]))
    return builder.bitcast(builder.gep(builder.bitcast(data, _BYTES), [place]), data.type)


def shape(
    context: Any, builder: ir.IRBuilder, array_type: types.Array, array: ir.Value
) -> list[ir.Value]:
    """Give how many rows and columns an array has, when code is generated."""
    description = context.data_model_manager[array_type]
    return cgutils.unpack_tuple(builder, description.get(builder, array, "shape"))


def load_vector(builder: ir.IRBuilder, address: ir.Value) -> ir.Value:
    """Read `LANES` numbers from an address, when code is generated."""
    return builder.load(builder.bitcast(address, _F32S.as_pointer()), align=4)


def load_vectors(
    context: Any,
    builder: ir.IRBuilder,
    array_type: types.Array,
    array: ir.Value,
    row: ir.Value,
    column: ir.Value,
    n: int,
) -> list[ir.Value]:
    """Read a vector from each of `n` neighbouring rows, when code is generated."""
    rows = [builder.add(row, row.type(i)) for i in range(n)]
    return [
        load_vector(builder, pointer(context, builder, array_type, array, r, column)) for r in rows
    ]


def store_vector(builder: ir.IRBuilder, value: ir.Value, address: ir.Value) -> None:
    """Write `LANES` numbers to an address, when code is generated."""
    builder.store(value, builder.bitcast(address, _F32S.as_pointer()), align=4)


@intrinsic
def load(_typing, array, row, column):
    """Read `array[row, column : column + LANES]`."""

    def generate(context, builder, signature, arguments):
        return load_vector(builder, pointer(context, builder, signature.args[0], *arguments))

    return vector(array, row, column), generate


@intrinsic
def store(_typing, array, row, column, value):
    """Write `value` to `array[row, column : column + LANES]`."""

    def generate(context, builder, signature, arguments):
        *place, value = arguments
        store_vector(builder, value, pointer(context, builder, signature.args[0], *place))
        return context.get_dummy_value()

    return types.void(array, row, column, value), generate


def _on_halves(build: Callable[..., ir.Value]):
    """Make a primitive that writes half a vector: build(builder, there, source) of addresses."""

    @intrinsic
    def primitive(_typing, c, row, column, a, a_row, a_column):
        def generate(context, builder, signature, arguments):
            c_type, _, _, a_type, _, _ = signature.args
            half = ir.VectorType(_F32, HALF).as_pointer()
            there, source = (
                builder.bitcast(pointer(context, builder, array_type, *place), half)
                for array_type, place in ((c_type, arguments[:3]), (a_type, arguments[3:]))
            )
            builder.store(build(builder, there, source), there, align=4)
            return context.get_dummy_value()

        return types.void(c, row, column, a, a_row, a_column), generate

    return primitive


def _build_copy(builder: ir.IRBuilder, _there: ir.Value, source: ir.Value) -> ir.Value:
    return builder.load(source, align=4)


def _build_addition(builder: ir.IRBuilder, there: ir.Value, source: ir.Value) -> ir.Value:
    return builder.fadd(builder.load(there, align=4), builder.load(source, align=4))


# Write `a[a_row, a_column : a_column + HALF]` to `c[row, column : column + HALF]`, or add it.
# Where short rows lie one behind the other, halves cross fewer lines of the cache than vectors.
copy_half = _on_halves(_build_copy)
add_half = _on_halves(_build_addition)


@intrinsic
def broadcast(_typing, number):
    """Give a number in every lane."""
    return vector(types.float32), lambda _context, builder, _signature, arguments: splat(
        builder, arguments[0]
    )


@intrinsic
def spread(_typing, array, row, column):
    """Give `array[row, column]` in every lane."""

    def generate(context, builder, signature, arguments):
        place = pointer(context, builder, signature.args[0], *arguments)
        return splat(builder, builder.load(place))

    return vector(array, row, column), generate


@intrinsic
def prefetch(_typing, array, place):
    """Begin to bring an element of an array into the cache; `place`: its indices."""

    def generate(context, builder, signature, arguments):
        description = context.data_model_manager[signature.args[0]]
        data = description.get(builder, arguments[0], "data")
        strides = cgutils.unpack_tuple(builder, description.get(builder, arguments[0], "strides"))
        indices = cgutils.unpack_tuple(builder, arguments[1])
        address = builder.bitcast(data, _BYTES)
        for index, stride in zip(indices, strides, strict=True):
            address = builder.gep(address, [builder.mul(index, stride)])
        reads, stays, is_data = _I32(0), _I32(3), _I32(1)
        function_type = ir.FunctionType(ir.VoidType(), [_BYTES, _I32, _I32, _I32])
        name = "llvm.prefetch.p0"
        function = cgutils.get_or_insert_function(builder.module, function_type, name)
        builder.call(function, [address, reads, stays, is_data])
        return context.get_dummy_value()

    return types.void(array, place), generate


@part
def fill(array, number):
    """Write `number` everywhere."""
    for row in range(array.shape[0]):
        for column in range(0, array.shape[1], LANES):
            store(array, row, column, broadcast(number))


def _unary(build: Build):
    @intrinsic
    def primitive(_typing, x):
        return vector(vector), lambda _context, builder, _signature, xs: build(builder, *xs)

    return primitive


def _binary(build: Build):
    @intrinsic
    def primitive(_typing, x, y):
        return vector(vector, vector), lambda _context, builder, _signature, xs: build(
            builder, *xs
        )

    return primitive


def _ternary(build: Build):
    @intrinsic
    def primitive(_typing, x, y, z):
        signature = vector(vector, vector, vector)
        return signature, lambda _context, builder, _signature, xs: build(builder, *xs)

    return primitive


def _reduction(combine: Build):
    @intrinsic
    def primitive(_typing, x):
        def generate(_context, builder, _signature, xs):
            return builder.extract_element(fold_lanes(builder, combine, list(xs)), _I32(0))

        return types.float32(vector), generate

    return primitive


def _reduction_of_rows(combine: Build):
    @intrinsic
    def primitive(_typing, array, row):
        def generate(context, builder, signature, arguments):
            array, row = arguments
            xs = load_vectors(context, builder, signature.args[0], array, row, row.type(0), LANES)
            return fold_lanes(builder, combine, xs)

        return vector(array, row), generate

    return primitive


def _build_maximum(builder: ir.IRBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    return builder.select(builder.fcmp_ordered(">", x, y), x, y)


def _build_power_of_two(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """Put the whole number `x` where a float keeps its exponent, which is biased by 127."""
    exponent = builder.add(builder.fptosi(x, _I32S), ir.Constant(_I32S, [127] * LANES))
    return builder.bitcast(builder.shl(exponent, ir.Constant(_I32S, [23] * LANES)), _F32S)


# x·y + z, rounded once.
fma = _ternary(lambda builder, x, y, z: call(builder, "fma", x, y, z))
# The larger and the smaller; y where either is NaN.
maximum = _binary(_build_maximum)
minimum = _binary(lambda builder, x, y: builder.select(builder.fcmp_ordered("<", x, y), x, y))
# z, but 0 where y < x.
zero_below = _ternary(
    lambda builder, x, y, z: builder.select(builder.fcmp_ordered("<", y, x), constant(0), z)
)
# The largest number of a vector, and the sum of them all.
largest = _reduction(_build_maximum)
total = _reduction(build_sum)
# The same of the first vector in each of `LANES` rows: (array, first row) -> vector of results.
largest_of_rows = _reduction_of_rows(_build_maximum)
total_of_rows = _reduction_of_rows(build_sum)
# The square root, rounded as IEEE 754 asks.
sqrt = _unary(lambda builder, x: call(builder, "sqrt", x))
# The nearest whole number, halves to even.
rint = _unary(lambda builder, x: call(builder, "rint", x))
# 2ˣ of whole numbers from -126 to 127.
power_of_two = _unary(_build_power_of_two)


def _define(symbol: Callable[..., Any], build: Build) -> None:
    """Give an operator its meaning for vectors: typed and lowered where it stands, no function."""

    @infer_global(symbol)
    class _Typing(ConcreteTemplate):
        cases: ClassVar = [vector(vector, vector)]

    @lower_builtin(symbol, vector, vector)
    def _lower(_context, builder, _signature, xs):
        return build(builder, *xs)


_define(operator.add, build_sum)
_define(operator.sub, lambda builder, x, y: builder.fsub(x, y))
_define(operator.mul, lambda builder, x, y: builder.fmul(x, y))
_define(operator.truediv, lambda builder, x, y: builder.fdiv(x, y))
