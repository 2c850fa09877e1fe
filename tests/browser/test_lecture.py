"""Journeys on the Lecture page: its experiments run here, and what is found beside its figures."""

from __future__ import annotations

import pytest

from makemore import EXPERIMENTS
from tests.browser.window import Window

expect = pytest.importorskip("playwright.sync_api").expect

TABLE, VERDICT = "[data-testid=stMarkdownContainer] table", "td:last-child"


def choose(window: Window, name: str) -> None:
    window.by_key("experiment").get_by_role("radio", name=name).click()
    heading = f"{name}. {EXPERIMENTS[name].title}"
    window.page.get_by_role("heading", level=3, name=heading, exact=True).wait_for()
    assert window.query["experiment"] == name


def test_the_first_experiment_runs_by_itself_and_meets_the_lectures_losses(
    window: Window,
) -> None:
    window.open("lecture")
    expect(window.page.locator(TABLE).first.locator(VERDICT)).to_have_text(["✓ met"] * 10)
    expect(window.page.locator(TABLE).last).to_contain_text("✓ 10 met")
    expect(window.by_key("experiment").get_by_role("radio").first).to_have_text("A ✓")
    window.wait_for_points("ours", above=9)
    assert window.points()["the lecture's"] == 10


def test_an_experiment_of_chance_waits_for_a_click_and_tells_where_the_lecture_lies(
    window: Window,
) -> None:
    window.open("lecture")
    window.type_setting("experiment_seeds", 2)
    choose(window, "G")
    expect(window.button("Stop all")).to_be_hidden()
    window.by_key("run_experiment").get_by_role("button").click()
    expect(window.page.locator(TABLE).first.locator(VERDICT)).to_have_text(["✓ inside"])
    window.wait_for_points("ours, one a seed", above=1)


def test_all_experiments_are_begun_and_stopped_by_a_click_and_each_can_be_looked_at(
    window: Window,
) -> None:
    window.open("lecture")
    window.button("Run all").click()
    window.button("Stop all").wait_for()
    for name in ("L", "H"):
        choose(window, name)
        window.by_key("stop_experiment").wait_for()
    window.button("Stop all").click()
    window.page.get_by_text("Stopped at").wait_for()
    window.button("Run all").wait_for()
