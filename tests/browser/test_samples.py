"""Journeys on the Samples page: names, where they stand, and one of them letter by letter."""

from __future__ import annotations

import re

import pytest
import torch

from makemore import (
    MLP,
    Dataset,
    ModelConfig,
    Novelty,
    TrainConfig,
    Trainer,
    load_words,
    sample_words,
)
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
    known = Novelty(Dataset(load_words()).split)
    notes = {"train": "○ in training", "held out": "◐ held out", "new": "● new"}
    assert len(names) == 20
    for name, note in names:
        assert note == notes[known.origin(name)]
    counts = known.count(name for name, _ in names)
    shares = window.page.locator(".shares li").all_inner_texts()
    numbers = (counts.train, counts.held_out, counts.new)
    assert [text.rsplit("(")[-1] for text in shares] == [f"{number})" for number in numbers]
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


def test_every_keystroke_is_answered_and_a_letter_is_appended_by_a_click(window: Window) -> None:
    window.open_trained(**TRAINED)
    window.go_to("Samples")
    window.page.get_by_text("Letter by letter", exact=True).click()
    name, context = window.page.get_by_label("Type a name"), window.page.locator(".reader-context")
    name.fill("")
    for typed, seen in (("e", ". . e"), ("m", ". e m"), ("m", "e m m")):
        name.press(typed)
        expect(context).to_have_attribute("aria-label", f"The model sees {seen}")
    letter = window.page.locator(".reader-next button").first
    letter.focus()
    letter.press("Enter")
    expect(name).to_have_value("emma")
    expect(letter).to_be_focused()
    expect(window.page.locator(".reader-verdict")).to_contain_text("emma ")
    window.wait_until_in_url("name", "emma")


def test_letters_that_no_name_has_are_answered_kindly(window: Window) -> None:
    window.open_trained(**TRAINED)
    window.go_to("Samples")
    window.page.get_by_text("Letter by letter", exact=True).click()
    window.page.get_by_label("Type a name").fill("zoë")
    expect(window.page.locator(".reader-problem")).to_contain_text("has never met “ë”")


def test_a_click_on_a_name_reads_it_letter_by_letter(window: Window) -> None:
    window.open_trained(**TRAINED)
    window.go_to("Samples")
    window.page.get_by_text(DONE).wait_for()
    name, _ = _names(window)[2]
    window.page.locator(".names button").nth(2).click()
    expect(window.page.get_by_label("Type a name")).to_have_value(name)


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
