"""Journeys on the Embeddings page: every letter at its place, also while the run moves on."""

from __future__ import annotations

import re
from string import ascii_lowercase

import pytest

from tests.browser.window import ENDLESS, Window

expect = pytest.importorskip("playwright.sync_api").expect

LETTERS = """[...gd.querySelectorAll(".textpoint text")].map(each => {
    const box = each.getBoundingClientRect();
    return [each.textContent, box.x, box.y, box.right, box.bottom];
})"""


def test_every_character_is_drawn_inside_the_plot_on_equal_scales(window: Window) -> None:
    window.open_trained(n_steps=200, n_hidden=10)
    window.go_to("Embeddings")
    window.page.get_by_text(re.compile("After 200 steps, done")).wait_for()
    window.wait_for_points("consonant")
    letters = window.ask_plot(LETTERS)
    assert sorted(text for text, *_ in letters) == sorted([*ascii_lowercase, "end"])
    box = window.plot.bounding_box()
    assert box is not None
    for text, left, top, right, bottom in letters:
        assert box["x"] <= left < right <= box["x"] + box["width"], text
        assert box["y"] <= top < bottom <= box["y"] + box["height"], text
    assert window.points() == {"leaders": 81, **_marks(6, 20, 1)}
    x_scale, y_scale = window.ask_plot("[gd._fullLayout.xaxis._m, -gd._fullLayout.yaxis._m]")
    assert x_scale == pytest.approx(y_scale, rel=1e-3)


def _marks(*counts: int) -> dict[str, int]:
    """Count marks and letters: as many of the one as of the other."""
    kinds = ("vowel", "consonant", "end mark")
    return {
        name: count
        for kind, count in zip(kinds, counts, strict=True)
        for name in (kind, f"{kind}, letters")
    }


def test_the_map_moves_on_with_the_run_and_stays_the_same_chart(window: Window) -> None:
    window.open(**ENDLESS)
    window.go_to("Embeddings")
    window.wait_for_points("vowel")
    window.plot.evaluate("gd => { gd.isTheSame = true; }")
    places = "gd._fullData.filter(trace => trace.name === 'vowel').flatMap(trace => [...trace.x])"
    for _ in range(3):
        before = window.ask_plot(places)
        window.wait_until(lambda before=before: window.ask_plot(places) != before)
        assert window.ask_plot("gd.isTheSame")
    window.go_to("Train")  # where the run can be stopped


def test_more_dimensions_are_shown_by_their_main_directions(window: Window) -> None:
    window.open_trained(n_steps=200, n_hidden=10, n_embd=10)
    window.go_to("Embeddings")
    window.page.get_by_text("PCA of 10 dimensions").wait_for()
    window.wait_for_points("vowel")
    shares = []
    for axis in (".xtitle", ".ytitle"):
        title = window.page.locator(axis)
        expect(title).to_have_text(re.compile(r": \d+% of the variance$"))
        shares.append(int(re.findall(r"(\d+)%", title.text_content() or "")[0]))
    assert 100 >= sum(shares) > 20  # of ten random directions, two would have 20
    assert shares[0] >= shares[1]
