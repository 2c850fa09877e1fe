"""Uniform numbers that depend on a key, a word and a position alone.

So a word is the same whatever computes it, and however many others are drawn with it.

Source: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators" (SplitMix64),
whose n-th number is a hash of n; so any of them can be had without those before it.
"""

import numpy as np
import numpy.typing as npt

_GAMMA = np.uint64(0x9E3779B97F4A7C15)  # 2⁶⁴ ÷ the golden ratio
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_16, _27, _30, _31, _32 = (np.uint64(n) for n in (16, 27, 30, 31, 32))

Integers = npt.NDArray[np.uint64]


def uniform(key: np.uint64, word: Integers, position: Integers) -> npt.NDArray[np.float64]:
    """Give a number above 0 and below 1: 32 random bits, and half a bit.

    Plain arithmetic modulo 2⁶⁴: of arrays here, of single numbers where numba compiles it.

    Args:
        key: what makes two draws differ.
        word: number of the word.
        position: of the symbol in the word, below 65,536.
    """
    z = key + ((word << _16) + position) * _GAMMA
    z = (z ^ (z >> _30)) * _FIRST
    z = (z ^ (z >> _27)) * _SECOND
    z = z ^ (z >> _31)
    return (np.float64(z >> _32) + 0.5) * 2.0**-32  # type: ignore[return-value]
