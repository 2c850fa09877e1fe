"""Journeys with the settings: into the address, out of it, and into a run."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.browser.window import ENDLESS, Window

expect = pytest.importorskip("playwright.sync_api").expect

RUN_AS_SET = re.compile(
    r"^run \d: context 4, embedding 3, 30 hidden units, 250 steps at 0\.05, batches of 64, "
    "seed 7, scaled init$"
)


def test_a_link_restores_settings_that_were_made_in_the_sidebar(
    open_window: Callable[..., Window],
) -> None:
    window = open_window()
    window.open_trained(n_steps=100, n_hidden=20)
    window.slider("block_size").press("ArrowRight")
    window.wait_until_in_url("block_size", 4)
    window.slider("n_embd").press("ArrowRight")
    window.wait_until_in_url("n_embd", 3)
    window.slider("n_hidden").press("ArrowRight")
    window.wait_until_in_url("n_hidden", 30)
    window.by_key("init").get_by_text("scaled", exact=True).click()
    window.wait_until_in_url("init", "scaled")
    window.type_setting("lr", 0.05)
    window.type_setting("n_steps", 250)
    window.type_setting("seed", 7)
    window.by_key("batch_size").get_by_role("combobox").click()
    window.page.get_by_role("option", name="64", exact=True).click()
    window.wait_until_in_url("batch_size", 64)

    before = window.run_id
    window.button("Train").click()
    window.page.get_by_text(RUN_AS_SET).wait_for()
    assert window.run_id != before

    window.go_to("Samples")
    window.go_to("Train")
    _expect_settings(window)
    window.page.get_by_text(RUN_AS_SET).wait_for()
    settings = {key: value for key, value in window.query.items() if key != "run"}

    friend = open_window()
    friend.open(**settings)
    _expect_settings(friend)
    friend.page.get_by_text(RUN_AS_SET).wait_for()
    assert friend.run_id != window.run_id
    assert {key: value for key, value in friend.query.items() if key != "run"} == settings
    for name in ("minibatch_loss", "train_loss", "val_loss"):  # of the same run, in all but id
        expect(friend.status).to_have_text("✓ done")
        expect(friend.metric(name)).to_have_text(window.metric(name).inner_text())


def _expect_settings(window: Window) -> None:
    for key, value in {"block_size": 4, "n_embd": 3, "n_hidden": 30}.items():
        expect(window.slider(key)).to_have_value(str(value))
    for key, text in {"lr": "0.05", "n_steps": "250", "seed": "7"}.items():
        expect(window.setting(key)).to_have_value(text)
    expect(window.by_key("init").get_by_role("radio", name="scaled")).to_be_checked()


def test_settings_of_a_link_stay_through_every_page_while_the_first_run_trains(
    window: Window,
) -> None:
    settings = ENDLESS | {"n_embd": 10}
    window.open(**settings)
    window.wait_for_step(above=0)
    for title in ("Samples", "Learning rate", "Embeddings", "Train"):
        window.go_to(title)
        expect(window.slider("n_embd")).to_have_value("10")
        expect(window.setting("n_steps")).to_have_value("10000000")
        for key, value in settings.items():
            assert window.query[key] == str(value)


def test_the_rate_and_its_exponent_move_together(window: Window) -> None:
    window.open_trained(n_steps=100, n_hidden=20)
    window.type_setting("lr", 0.01)
    exponent = window.slider("lr_exponent")
    expect(exponent).to_have_value("-2")
    exponent.press("ArrowRight")
    window.wait_until_in_url("lr", 0.0112)
    expect(window.setting("lr")).to_have_value("0.0112")
