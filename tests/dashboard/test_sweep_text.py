"""`dashboard.sweep_text`: sweeps, bake-offs and ranges of rates in an address."""

import pytest

from dashboard.sweep_text import (
    bake_off_from_text,
    bake_off_text,
    lr_range_from_text,
    lr_range_text,
    sweep_from_text,
    sweep_text,
)
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


def test_a_bake_off_gives_its_rates_and_steps_back_to_the_last_digit() -> None:
    proposals = {"lecture": 0.1, "minimum": 0.19204321, "minimum/10": 1 / 3, "valley": 1e-6}
    assert bake_off_from_text(bake_off_text(proposals, 4000)) == (proposals, 4000)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "invalid literal"),
        ("4000", "it takes two rates to compete, got 0"),
        ("4000,lecture:0.1", "it takes two rates to compete, got 1"),
        ("2,lecture:0.1,minimum:0.2", "steps must be 3 to 1,000,000, got 2"),
        ("99999999,lecture:0.1,minimum:0.2", "steps must be 3 to"),
        ("4000,lecture:0.1,mine:0.2", "nothing proposes rates by the name 'mine'"),
        ("4000,lecture:0.1,minimum:inf", "a rate must be a number above 0, got 'inf'"),
        ("4000,lecture:0.1,minimum:-1", "a rate must be a number above 0"),
        ("4000,lecture:0.1,minimum", "could not convert"),
    ],
)
def test_what_is_no_bake_off_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        bake_off_from_text(text)


def test_a_range_of_rates_is_read_as_it_was_written() -> None:
    for lr_range in ((0.01, 0.25), (1e-06, 100.0)):
        assert lr_range_from_text(lr_range_text(*lr_range)) == lr_range


@pytest.mark.parametrize("text", ["", "0.1", "0.2..0.1", "0.1..0.1", "0..1", "nan..1", "1..inf"])
def test_what_is_no_range_of_rates_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"rate|range|convert"):
        lr_range_from_text(text)
