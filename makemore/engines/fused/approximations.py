"""exp and tanh of sixteen numbers at once, by polynomials.

LLVM's own tanh takes one number at a time and is about fifteen times slower.
"""

from math import log, log2

import numpy as np

from makemore.engines.fused.vectors import (
    broadcast,
    fma,
    inlined,
    maximum,
    minimum,
    power_of_two,
    rint,
    zero_below,
)

_ONE = np.float32(1)

# exp: x = n·ln 2 + r with |r| ≤ ln 2 / 2; then 2ⁿ · eʳ, and eʳ = 1 + r + r²·P(r).
# Source of the polynomial and of the split of ln 2: Moshier's Cephes library, expf; relative
# error below 2e-7 wherever the result is a normal float.
_LOG2_E = np.float32(log2(np.e))
_LN_2_HIGH = np.float32(0.693359375)  # 9 bits, so that n times it is exact
_LN_2_LOW = np.float32(log(2) - 0.693359375)
_EXP_MIN, _EXP_MAX = np.float32(-87.33), np.float32(88.37)  # 2ⁿ stays a normal float
_EXP = tuple(
    np.float32(c)
    for c in (1.9875691e-4, 1.3981999e-3, 8.3334519e-3, 4.1665795e-2, 1.6666666e-1, 0.5)
)

# tanh: x·P(x²) / Q(x²), and ±1 beyond ±7.9053 to within half a unit in the last place.
# Source of the coefficients: the Eigen library's rational approximation of tanh for floats;
# absolute error below 4e-7.
_TANH_MAX = np.float32(7.9053111)
_TANH_P = tuple(
    np.float32(c)
    for c in (
        -2.76076847742355e-16,
        2.00018790482477e-13,
        -8.60467152213735e-11,
        5.12229709037114e-08,
        1.48572235717979e-05,
        6.37261928875436e-04,
        4.89352455891786e-03,
    )
)
_TANH_Q = tuple(
    np.float32(c)
    for c in (
        1.19825839466702e-06,
        1.18534705686654e-04,
        2.26843463243900e-03,
        4.89352518554385e-03,
    )
)


@inlined
def exp(x):
    """Compute eˣ; below -87.33 0, above 88.37 its value there; of NaN NaN."""
    bounded = minimum(broadcast(_EXP_MAX), maximum(broadcast(_EXP_MIN), x))
    n = rint(bounded * broadcast(_LOG2_E))
    r = fma(n, broadcast(-_LN_2_HIGH), bounded)
    r = fma(n, broadcast(-_LN_2_LOW), r)
    p = broadcast(_EXP[0])
    for c in _EXP[1:]:
        p = fma(p, r, broadcast(c))
    result = power_of_two(n) * (fma(p, r * r, r) + broadcast(_ONE))
    return zero_below(broadcast(_EXP_MIN), x, result)


@inlined
def tanh(x):
    """Compute the hyperbolic tangent; of NaN NaN."""
    x = minimum(broadcast(_TANH_MAX), maximum(broadcast(-_TANH_MAX), x))
    s = x * x
    p = broadcast(_TANH_P[0])
    for c in _TANH_P[1:]:
        p = fma(p, s, broadcast(c))
    q = broadcast(_TANH_Q[0])
    for c in _TANH_Q[1:]:
        q = fma(q, s, broadcast(c))
    return x * p / q
