"""Which hidden units a step leaves out: bits that depend on a key and a unit's place alone.

So both engines leave out the same units, however the steps are cut into calls and batches into
chunks. Nothing here needs numba: the reference engine takes whole masks, the kernels of `dropout`
compute a number at a time by the same function.

Source: Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov 2014, "Dropout: a simple way to
prevent neural networks from overfitting", JMLR 15; inverted, as `torch.nn.functional.dropout`.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from makemore.config import TrainConfig
from makemore.engines.fused.uniforms import uniform

_13, _16 = np.uint32(13), np.uint32(16)
_FIRST, _SECOND = np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)

Bits = npt.NDArray[np.uint32]


class Dropout(NamedTuple):
    """How likely a unit is left out, and what makes the masks of steps differ."""

    bound: np.uint32  # below it a unit's bits leave it out; 0 where none ever is
    scale: np.float32  # of a unit that stays: 1 / (1 - rate)
    share: np.float32  # of units that stay: 1 - rate
    keys: Bits  # (n, 2), of each step


_NO_DROPOUT = Dropout(np.uint32(0), np.float32(1), np.float32(1), np.empty((0, 2), np.uint32))


def build_dropout(config: TrainConfig, first_step: int, n_steps: int) -> Dropout:
    """Compute what the steps from number `first_step` on need."""
    rate = config.dropout
    if not rate:  # asked for at every call of an engine, most of which drop nothing
        return _NO_DROPOUT
    steps = np.arange(first_step, first_step + n_steps, dtype=np.uint64)
    keys = uniform(np.uint64(config.seed), steps[:, None], np.arange(2, dtype=np.uint64))
    return Dropout(
        bound=np.uint32(rate * 2**32),
        scale=np.float32(1 / (1 - rate)),
        share=np.float32(1 - rate),
        keys=(keys * 2**32).astype(np.uint32),
    )


def bits(place: Bits, first: np.uint32, second: np.uint32) -> Bits:
    """Give 32 random bits of a place under a key of two parts.

    Plain arithmetic modulo 2³²: of arrays here, of single numbers where numba compiles it, which
    would else widen them.

    Source: the finalizer of Appleby's MurmurHash3; the second part of the key enters midway, so
    that no step's bits are another's, shifted.
    """
    z = np.uint32(place + first)
    z = np.uint32((z ^ (z >> _16)) * _FIRST)
    z = z ^ second
    z = np.uint32((z ^ (z >> _13)) * _SECOND)
    return z ^ (z >> _16)  # type: ignore[return-value]


def keep_mask(dropout: Dropout, step: int, n_rows: int, n_units: int) -> npt.NDArray[np.float32]:
    """Give what each unit is multiplied with: 0 if it is left out, else 1 / (1 - rate).

    Args:
        dropout: `Dropout` of some steps.
        step: which of these.
        n_rows: examples of the batch.
        n_units: hidden units; unit j of row i has place i · n_units + j.

    Returns:
        float32 (n_rows, n_units).
    """
    places = np.arange(n_rows * n_units, dtype=np.uint32).reshape(n_rows, n_units)
    is_kept = bits(places, *dropout.keys[step]) >= dropout.bound
    return is_kept * dropout.scale
