"""The units that a loss is shown in."""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import numpy as np

LossUnit = Literal["nats", "bits", "perplexity"]

_MAX_NATS = 80.0  # of a perplexity: float32 holds it

# How a number or an array of nats is converted, and what an axis of them is called.
LOSS_UNITS: Final[Mapping[LossUnit, tuple[Callable[[Any], Any], str]]] = {
    "nats": (np.asarray, "loss (nats per character)"),
    "bits": (lambda nats: np.asarray(nats) / math.log(2), "loss (bits per character)"),
    "perplexity": (lambda nats: np.exp(np.minimum(nats, _MAX_NATS)), "perplexity"),
}
