"""`dashboard.descriptions`: settings in words."""

from dataclasses import replace

from dashboard.descriptions import describe_difference, describe_settings
from makemore import RECIPES, ModelConfig, TrainConfig


def test_settings_are_told_in_a_line() -> None:
    assert describe_settings(ModelConfig(), TrainConfig()) == (
        "context 3, embedding 2, 100 hidden units, 10,000 steps at 0.1, batches of 32, seed 42, "
        "lecture init"
    )
    quick = RECIPES["quick"]
    assert "steps at 0.04 (one_cycle), batches of 512, adamw, seed" in describe_settings(
        quick.model, quick.train
    )


def test_a_difference_is_told_without_what_is_the_same() -> None:
    model, train = ModelConfig(), TrainConfig()
    wide = replace(model, n_hidden=300), replace(train, momentum=0.9, dropout=0.2)
    assert (
        describe_difference(wide, (model, train)) == "300 hidden units, momentum 0.9, dropout 0.2"
    )
    assert describe_difference((model, train), wide) == "100 hidden units"
    assert describe_difference((model, train), (model, train)) == "the same settings"
