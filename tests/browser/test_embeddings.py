"""Journeys on the Embeddings page: every letter at its place, now, before, and while it moves."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from string import ascii_lowercase
from typing import TYPE_CHECKING

import pytest

from tests.browser.window import ENDLESS, Window

if TYPE_CHECKING:
    from playwright.sync_api import Locator

expect = pytest.importorskip("playwright.sync_api").expect

LETTERS = """[...gd.querySelectorAll(".textpoint text")].map(each => {
    const box = each.getBoundingClientRect();
    return [each.textContent, box.x, box.y, box.right, box.bottom];
})"""

PLACES = "gd._fullData.filter(trace => trace.name === 'vowel').flatMap(trace => [...trace.x])"

# Characters whose mark is not faint.
BRIGHT = """gd._fullData.filter(trace => trace.customdata).flatMap(trace =>
    trace.text.filter((_, at) => [trace.marker.opacity].flat()[at] === 1))"""


def open_film(window: Window, n_steps: int = 100, **settings: object) -> None:
    window.open("embeddings", n_steps=n_steps, n_hidden=10, **settings)
    window.page.get_by_text(re.compile(f"After {n_steps} steps, done")).wait_for()
    expect(moment(window)).to_have_text(f"Step {n_steps}")
    window.wait_for_points("vowel")
    window.wait_for_rest()


def slider(window: Window) -> Locator:
    return window.page.get_by_label("Moment of the training")


def moment(window: Window) -> Locator:
    return window.page.locator(".film-now b")


def wait_for_places(window: Window, places: object) -> None:
    window.wait_until(lambda: window.ask_plot(PLACES) == places)


def test_every_character_is_drawn_inside_the_plot_on_equal_scales(window: Window) -> None:
    open_film(window, n_steps=200)
    letters = window.ask_plot(LETTERS)
    assert sorted(text for text, *_ in letters) == sorted([*ascii_lowercase, "end"])
    box = window.plot.bounding_box()
    assert box is not None
    for text, left, top, right, bottom in letters:
        assert box["x"] <= left < right <= box["x"] + box["width"], text
        assert box["y"] <= top < bottom <= box["y"] + box["height"], text
    assert window.points() == _marks(6, 20, 1)
    x_scale, y_scale = window.ask_plot("[gd._fullLayout.xaxis._m, -gd._fullLayout.yaxis._m]")
    assert x_scale == pytest.approx(y_scale, rel=1e-3)


def _marks(*counts: int) -> dict[str, int]:
    """Count marks, letters and the three points of each broken leader."""
    kinds = zip(("vowel", "consonant", "end mark"), counts, strict=True)
    parts = ((", leaders", 3), ("", 1), (", letters", 1))
    return {f"{kind}{part}": times * count for kind, count in kinds for part, times in parts}


def test_the_map_moves_on_with_the_run_and_stays_the_same_chart(window: Window) -> None:
    window.open("embeddings", **ENDLESS)
    window.wait_for_points("vowel")
    window.plot.evaluate("gd => { gd.isTheSame = true; }")
    for _ in range(3):
        before = window.ask_plot(PLACES)
        window.wait_until(lambda before=before: window.ask_plot(PLACES) != before)
        assert window.ask_plot("gd.isTheSame")
    window.go_to("Train")  # where the run can be stopped


def test_more_dimensions_are_shown_by_their_main_directions(window: Window) -> None:
    open_film(window, n_embd=10)
    window.page.get_by_text("PCA of 10 dimensions").wait_for()
    shares = []
    for axis in (".xtitle", ".ytitle"):
        title = window.page.locator(axis)
        expect(title).to_have_text(re.compile(r": \d+% of the variance$"))
        shares.append(int(re.findall(r"(\d+)%", title.text_content() or "")[0]))
    assert 100 >= sum(shares) > 20  # of ten random directions, two would have 20
    assert shares[0] >= shares[1]


def test_the_film_goes_back_and_forth_by_keyboard_and_no_script_runs(window: Window) -> None:
    open_film(window)
    now = window.ask_plot(PLACES)
    window.plot.evaluate("gd => { gd.isTheSame = true; }")
    # What tells the page, for the address, where the film rests, is held back.
    window.page.evaluate(
        "set = setTimeout; setTimeout = (call, ms) => ms == 600 ? 0 : set(call, ms)"
    )
    received = window.frames_received
    slider(window).press("Home")
    expect(moment(window)).to_have_text("Step 0")
    window.wait_until(lambda: window.ask_plot(PLACES) != now)
    start = window.ask_plot(PLACES)
    slider(window).press("ArrowRight")
    expect(moment(window)).to_have_text("Step 1")
    expect(slider(window)).to_have_attribute("aria-valuetext", re.compile(r"^step 1, loss \d"))
    slider(window).press("Home")
    wait_for_places(window, start)
    slider(window).press("End")
    expect(moment(window)).to_have_text("Step 100")
    wait_for_places(window, now)
    assert window.ask_plot("gd.isTheSame")
    assert window.frames_received == received


def test_the_film_plays_to_its_end_and_can_be_stopped_on_the_way(window: Window) -> None:
    open_film(window)
    now = window.ask_plot(PLACES)
    window.button("Play the film").press("Enter")
    window.page.keyboard.press("Enter")  # on the same button, without a look at it that takes time
    expect(window.button("Play the film")).to_be_visible()
    window.button("Play the film").press("Enter")
    expect(window.button("Play the film")).to_be_visible()
    expect(moment(window)).to_have_text("Step 100")
    wait_for_places(window, now)


def test_where_motion_is_reduced_the_film_shows_frames_only_and_nothing_between(
    open_window: Callable[..., Window],
) -> None:
    window = open_window(reduced_motion="reduce")
    open_film(window, n_steps=20)
    n_frames = int(slider(window).get_attribute("max") or 0) + 1
    frames = [window.ask_plot(PLACES)]  # the last one
    slider(window).press("Home")
    for number in range(n_frames - 1):
        expect(slider(window)).to_have_js_property("value", str(number))
        window.wait_until(lambda: window.ask_plot(PLACES) != frames[-1])
        frames.append(window.ask_plot(PLACES))
        slider(window).press("ArrowRight")
    wait_for_places(window, frames[0])
    window.button("Play the film").press("Enter")
    while window.button("Pause the film").count():
        assert window.ask_plot(PLACES) in frames


def test_somebody_who_looks_at_the_past_stays_there_while_the_run_goes_on(window: Window) -> None:
    window.open("embeddings", **ENDLESS)
    window.wait_for_points("vowel")
    slider(window).press("Home")
    told = window.page.get_by_text(re.compile(r"After [\d,]+ steps, training")).first
    before = told.inner_text()
    window.wait_until(lambda: told.inner_text() != before)
    expect(moment(window)).to_have_text("Step 0")
    slider(window).press("End")
    last = moment(window).inner_text()
    window.wait_until(lambda: moment(window).inner_text() != last)
    window.go_to("Train")  # where the run can be stopped


def test_a_click_on_a_mark_tells_who_is_near_it(window: Window) -> None:
    open_film(window)
    mark = window.plot.locator(".scatterlayer path.point").last  # the end mark
    mark.click(force=True)
    window.wait_until_in_url("character", "end")
    window.page.get_by_text(re.compile("Nearest to end")).wait_for()


def test_the_moment_at_which_the_film_rests_stands_in_the_address(window: Window) -> None:
    open_film(window, n_steps=20)
    slider(window).press("Home")
    slider(window).press("ArrowRight")
    window.wait_until_in_url("film", 1)
    places = window.ask_plot(PLACES)
    window.open_link(window.page.url)
    expect(moment(window)).to_have_text("Step 1")
    window.wait_for_points("vowel")
    wait_for_places(window, places)
    window.button("Play the film").press("Enter")
    expect(moment(window)).to_have_text("Step 20")
    window.wait_until(lambda: "film" not in window.query)


def test_a_character_and_its_neighbours_are_isolated_by_keyboard(window: Window) -> None:
    open_film(window)
    window.page.get_by_role("switch", name="Isolate it on the map").press("Space")
    window.wait_until_in_url("isolated", "true")
    window.wait_until(lambda: len(window.ask_plot("gd.layout.shapes ?? []")) == 5)
    bright = window.ask_plot(BRIGHT)
    told = window.page.locator(".film-plot").first.get_attribute("aria-label") or ""
    chosen, *near = re.findall(r"Isolated: (.), nearest to it (.+)\.$", told)[0]
    assert sorted(bright) == sorted([chosen, *near[0].split(", ")])
    assert chosen == "a"
    slider(window).press("Home")  # at each moment its neighbours then
    window.wait_until(lambda: window.ask_plot(BRIGHT) != bright)
    assert len(window.ask_plot(BRIGHT)) == 6
    window.page.get_by_role("switch", name="Isolate it on the map").press("Space")
    window.wait_until(lambda: not window.ask_plot("gd.layout.shapes ?? []"))


def test_a_finished_run_that_another_window_continues_is_followed(
    window: Window, open_window: Callable[..., Window]
) -> None:
    open_film(window)
    other = open_window(beside=window)
    other.open_link(window.page.url.replace("/embeddings", "/"))
    other.button("Steer").click()
    other.page.get_by_role("spinbutton", name="More steps").fill("50")
    other.by_key("go_on").get_by_role("button").click()
    expect(moment(window)).to_have_text("Step 150")
    window.page.get_by_text(re.compile("After 150 steps, done")).wait_for()


def test_the_moment_shown_can_be_kept_as_a_table(window: Window) -> None:
    open_film(window)
    slider(window).press("Home")
    window.page.get_by_text("The numbers as a table").first.press("Enter")
    expect(window.page.locator(".film tr")).to_have_count(28)
    name, data = window.save("CSV")
    assert name == "characters-step-0.csv"
    titles, *rows = csv.reader(data.decode("utf-8-sig").splitlines())
    assert titles == ["character", "kind", "x", "y", "nearest"]
    assert sorted(row[0] for row in rows) == sorted([".", *ascii_lowercase])


def test_the_untrained_start_stands_beside_the_map(window: Window) -> None:
    open_film(window)
    window.page.get_by_text("Untrained start beside it").click()
    window.wait_until_in_url("untrained", "true")
    beside = window.page.locator(".film-beside .js-plotly-plot")
    beside.wait_for()
    slider(window).press("Home")
    expect(moment(window)).to_have_text("Step 0")
    assert beside.locator(".scatterlayer path.point").count() == 27
