"""Journeys through the chapters of the Learn page, as somebody makes them who is new here."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dashboard.components.chapters import CHAPTERS
from tests.browser.window import Window

expect = pytest.importorskip("playwright.sync_api").expect

PHONE = {"width": 390, "height": 844}
SLUGS = list(CHAPTERS)

# What the first picture shows, its colours and places aside.
SHOWN = "JSON.stringify(gd.data.map(({ x, y, z, text }) => ({ x, y, z, text })))"
# Whether the first picture shows anything.
IS_FULL = "gd.data?.some(({ x }) => (x?.bdata ?? x)?.length > 0)"
# How far the page is scrolled down.
SCROLLED = "document.querySelector('[data-testid=stMain]').scrollTop"


def wait_for_chapter(window: Window, slug: str) -> None:
    heading = f"{SLUGS.index(slug) + 1}. {CHAPTERS[slug].title}"
    window.page.get_by_role("heading", level=3, name=heading, exact=True).wait_for()
    assert window.query["chapter"] == slug
    first_line, *_ = CHAPTERS[slug].code.splitlines()
    window.page.get_by_test_id("stCode").get_by_text(first_line).wait_for()
    window.wait_until(lambda: window.ask_plot(IS_FULL))


def turn_to(window: Window, slug: str) -> None:
    window.by_key("chapter").locator("input").click()
    window.page.get_by_role("option", name=f". {CHAPTERS[slug].title}").click()
    wait_for_chapter(window, slug)


def width(window: Window) -> int:
    """Give the page's width, also that which one would have to scroll to."""
    return int(
        window.page.evaluate(
            "Math.max(...['html', '[data-testid=stMain]']"
            ".map(each => document.querySelector(each).scrollWidth))"
        )
    )


def test_buttons_and_keys_lead_through_all_chapters_and_a_phone_shows_each_from_its_head(
    open_window: Callable[..., Window],
) -> None:
    window = open_window(viewport=PHONE)
    window.open("learn")
    name = window.setting("windows_name")
    name.fill("")
    name.press_sequentially("bonbon")  # both keys, which turn no chapter here
    name.press("Enter")
    window.wait_until(lambda: window.ask_plot("gd.data[0].y.length") == len("bonbon."))
    for number, slug in enumerate(SLUGS):
        wait_for_chapter(window, slug)
        assert window.page.evaluate(SCROLLED) == 0
        assert width(window) <= PHONE["width"], slug
        if slug == SLUGS[-1]:
            break
        if number % 2:
            window.page.keyboard.press("n")
        else:
            window.by_key("chapter_after").get_by_role("button").click()
    window.page.keyboard.press("b")
    wait_for_chapter(window, SLUGS[-2])


def test_back_and_forward_turn_a_chapter_and_back_from_another_page_finds_it_again(
    window: Window,
) -> None:
    window.open(n_steps=200, n_hidden=10)
    window.go_to("Learn")
    for slug in SLUGS[1:3]:
        window.by_key("chapter_next").get_by_role("button").click()
        wait_for_chapter(window, slug)
    turn_to(window, "probabilities")
    window.go_to("Data")
    for slug in ("probabilities", *SLUGS[2::-1]):
        window.page.go_back()
        wait_for_chapter(window, slug)
    window.page.go_forward()
    wait_for_chapter(window, SLUGS[1])
    window.page.go_back()
    wait_for_chapter(window, SLUGS[0])
    window.page.go_back()
    window.wait_for_page("Train")
