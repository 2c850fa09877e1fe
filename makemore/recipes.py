"""Settings that go well together, by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from makemore.config import ModelConfig, Stage, TrainConfig


@dataclass(frozen=True, slots=True)
class Recipe:
    """A model and how to train it.

    Args:
        summary: what it is for, in a sentence.
        model: for the 27 symbols of the names.
        train: with the seed that the model is meant to be drawn with, too.
    """

    summary: str
    model: ModelConfig
    train: TrainConfig


RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        "lecture": Recipe(
            "The lecture's last model, as it trains it: validation loss about 2.19 nats.",
            ModelConfig(n_embd=10, n_hidden=200),
            TrainConfig((Stage(50_000, 0.1), Stage(50_000, 0.001))),
        ),
        "quick": Recipe(
            "The lecture's last model to the same loss in a few hundred steps.",
            ModelConfig(n_embd=10, n_hidden=200, init="scaled"),
            TrainConfig(
                (Stage(320, 0.04, "one_cycle"),),
                batch_size=512,
                eval_interval=320,
                optimizer="adamw",
                beta1=0.8,
            ),
        ),
        "beyond": Recipe(
            "Eight letters of context, a larger network and dropout, to lose less than any count "
            "table: validation loss about 1.95 nats, where the 5-gram has 2.04.",
            ModelConfig(block_size=8, n_embd=32, n_hidden=1_024, init="scaled"),
            TrainConfig(
                (Stage(40_000, 0.002, "one_cycle"),),
                batch_size=256,
                eval_interval=4_000,
                optimizer="adamw",
                weight_decay=0.03,
                dropout=0.25,
            ),
        ),
    }
)

# Networks that are trained side by side and joined into one; see `ensemble`.
N_NETWORKS = 8
ENSEMBLE = Recipe(
    "Eight networks without dropout, trained side by side and joined into one: validation loss "
    "about 1.92 nats.",
    ModelConfig(block_size=8, n_embd=24, n_hidden=512, init="scaled"),
    TrainConfig(
        (Stage(15_000, 0.005, "one_cycle"),),
        batch_size=256,
        eval_interval=None,
        optimizer="adamw",
        weight_decay=0.05,
    ),
)
