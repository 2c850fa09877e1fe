"""Journeys on the Samples page: names, which of them are new, and the same ones again."""

from __future__ import annotations

import re

import pytest
import torch

from makemore import MLP, Dataset, ModelConfig, TrainConfig, Trainer, load_words, sample_words
from tests.browser.window import ENDLESS, Window

expect = pytest.importorskip("playwright.sync_api").expect

TRAINED = {"n_steps": 300, "n_hidden": 20}
DONE = re.compile("After 300 steps, done")


def test_names_are_marked_as_the_training_split_says_and_are_the_packages_own(
    window: Window,
) -> None:
    window.open_trained(**TRAINED)
    window.go_to("Samples")
    window.page.get_by_text(DONE).wait_for()
    names = _names(window)
    known = Dataset(load_words()).train_words
    assert len(names) == 20
    for name, note in names:
        assert note == ("○ in the training names" if name in known else "● new")
    n_known = sum(name in known for name, _ in names)
    expect(window.page.get_by_text(DONE)).to_contain_text(f"{n_known} of 20 stand in")
    assert [name for name, _ in names] == _drawn_without_a_dashboard(20, seed=42)


def test_a_seed_gives_the_same_names_again_and_another_one_others(window: Window) -> None:
    window.open_trained(**TRAINED)
    window.go_to("Samples")
    window.page.get_by_text(DONE).wait_for()
    first = _names(window)
    window.type_setting("sample_seed", 7)
    window.wait_until(lambda: _names(window) != first)
    other = _names(window)
    window.button("Draw again").click()
    window.wait_until_in_url("sample_seed", 8)
    window.wait_until(lambda: _names(window) not in (first, other))
    window.setting("sample_seed").fill("42")
    window.setting("sample_seed").press("Enter")
    window.wait_until(lambda: _names(window) == first)


def test_names_begin_as_asked_and_go_on_changing_while_it_trains(window: Window) -> None:
    window.open(**ENDLESS)
    window.go_to("Samples")
    window.page.get_by_text("steps, training").wait_for()
    window.type_setting("prefix", "em")
    window.wait_until(lambda: all(name.startswith("em") for name, _ in _names(window)))
    for _ in range(2):
        before = _names(window)
        window.wait_until(lambda before=before: _names(window) != before)
    window.go_to("Train")


def _names(window: Window) -> list[tuple[str, str]]:
    """Read each name with its note."""
    items = window.page.locator(".names li")
    items.first.wait_for()
    pairs: list[tuple[str, str]] = items.evaluate_all(
        "items => items.map(item => [item.firstChild.textContent, item.lastChild.textContent])"
    )
    return pairs


def _drawn_without_a_dashboard(n: int, seed: int) -> list[str]:
    """Do with the package what the page says it did."""
    dataset = Dataset(load_words())
    model = MLP(ModelConfig(n_hidden=TRAINED["n_hidden"]), torch.Generator().manual_seed(42))
    config = TrainConfig(stages=((TRAINED["n_steps"], 0.1),))
    trainer = Trainer(model, dataset.examples(3).train, config)
    trainer.advance(TRAINED["n_steps"])
    words = sample_words(model, dataset.vocabulary, n, torch.Generator().manual_seed(seed))
    return [word or "(empty)" for word in words]
