"""`dashboard.sweep_text`: sweeps in an address."""

import pytest

from dashboard.sweep_text import sweep_from_text, sweep_text
from makemore import ModelConfig, SweepSettings, TrainConfig

USUAL = SweepSettings(ModelConfig(27))


@pytest.mark.parametrize(
    ("other", "text"),
    [
        (USUAL, ""),
        (SweepSettings(ModelConfig(27, init="scaled", n_hidden=200)), "n_hidden:200,init:scaled"),
        (SweepSettings(ModelConfig(27), TrainConfig(batch_size=None)), "batch_size:all"),
        (
            SweepSettings(ModelConfig(27), TrainConfig(optimizer="adamw", weight_decay=0.1)),
            "optimizer:adamw,weight_decay:0.1",
        ),
        (SweepSettings(ModelConfig(27), lr_max=10.0, n_steps=50, n_seeds=2), None),
    ],
)
def test_a_text_gives_the_settings_back(other: SweepSettings, text: str | None) -> None:
    written = sweep_text(other, USUAL)
    assert text is None or written == text
    assert not written or sweep_from_text(written, USUAL) == other


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("depth:3", "a sweep has no setting 'depth'; known are block_size"),
        ("n_hidden:many", "invalid literal"),
        ("n_hidden:0", "n_hidden must be"),
        ("lr_min:2.0", "lr_min must be below lr_max"),
        ("n_hidden:all", "n_hidden must be"),
        ("", "a sweep has no setting ''"),
    ],
)
def test_other_texts_are_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sweep_from_text(text, USUAL)
