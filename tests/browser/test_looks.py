"""Every page on a laptop and on a phone, by day and by night, and by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.window import ENDLESS, Window

expect = pytest.importorskip("playwright.sync_api").expect

SMALL = {"n_steps": 200, "n_hidden": 10}
PHONE = {"width": 390, "height": 844}
PAGES = ("Train", "Learning rate", "Embeddings", "Samples")
TYPE_SCALE = "Number(document.documentElement.dataset.typeScale ?? 1)"
# Pixels of letters and lines, of the page and of its first drawing.
SIZES = """() => {
    const { _fullLayout: layout, _fullData: [, line] } = document.querySelector(".js-plotly-plot");
    const { fontSize } = getComputedStyle(document.querySelector("[data-metric=step]"));
    const { tickfont, title } = layout.xaxis;
    return [parseFloat(fontSize), tickfont.size, title.font.size, line.line.width];
}"""
TEXT_COLOURS = {"light": "rgb(26, 34, 48)", "dark": "rgb(232, 237, 244)"}  # of the theme


def test_on_a_laptop_settings_buttons_metrics_and_curve_need_no_scrolling(
    window: Window,
) -> None:
    window.open_trained(**SMALL)
    window.wait_for_points("minibatch")
    last_setting = window.by_key("seed")
    title = window.page.locator(".xtitle")
    for element in (
        window.button("Stop"),
        window.metric("step"),
        last_setting,
        window.plot,
        title,
    ):
        box = element.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= 1366
        assert box["y"] + box["height"] <= 768


def test_on_a_phone_the_curve_is_seen_at_once_and_no_page_is_too_wide(
    open_window: Callable[..., Window],
) -> None:
    window = open_window(viewport=PHONE)
    window.open_trained(**SMALL)
    window.wait_for_points("minibatch")
    box = window.plot.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= PHONE["height"]
    for page in PAGES:
        if page != "Train":
            window.go_to(page)
        if page != "Samples":
            window.plot.wait_for()
        width = window.page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], page


def test_a_finger_that_swipes_over_a_chart_scrolls_the_page(
    open_window: Callable[..., Window],
) -> None:
    window = open_window(viewport=PHONE, has_touch=True, is_mobile=True)
    window.open_trained(**SMALL)
    window.wait_for_points("minibatch")
    box = window.page.locator(".nsewdrag").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    finger = window.page.context.new_cdp_session(window.page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        places = [{"x": x, "y": y} for x, y in points]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    touch("touchStart", (x, y))
    for way in range(20, 240, 20):
        touch("touchMove", (x, y - way))
    touch("touchEnd")
    window.page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollTop > 50")


def test_the_texts_have_the_colour_of_the_theme_also_when_it_changes_meanwhile(
    open_window: Callable[..., Window],
) -> None:
    window = open_window(color_scheme="dark")
    window.open_trained(**SMALL)
    for scheme in ("dark", "light", "dark"):
        window.page.emulate_media(color_scheme=scheme)
        expect(window.page.locator(".xtitle")).to_have_css("fill", TEXT_COLOURS[scheme])
        expect(window.metric("step")).to_have_css("color", TEXT_COLOURS[scheme])


def test_large_type_enlarges_letters_and_drawings_stays_in_the_link_and_fits(
    window: Window,
) -> None:
    window.open_trained(**SMALL)
    window.wait_for_points("minibatch")
    usual = window.page.evaluate(SIZES)
    window.page.get_by_role("heading", level=1).click()
    window.page.keyboard.press("l")
    window.wait_until_in_url("large_type", "true")
    scale = window.page.evaluate(TYPE_SCALE)
    assert scale == pytest.approx(1.366)
    larger = pytest.approx([scale * size for size in usual], rel=0.02)
    window.wait_until(lambda: window.page.evaluate(SIZES) == larger)
    switch = window.page.get_by_role("button", name="Large type")
    expect(switch).to_have_attribute("aria-pressed", "true")
    for page in PAGES:
        if page != "Train":
            window.go_to(page)
        window.plot.wait_for()
        assert window.page.evaluate("document.documentElement.scrollWidth") <= 1366, page
        assert window.query["large_type"] == "true"
        box = window.page.get_by_test_id("stMain").get_by_role("heading", level=1).bounding_box()
        assert box is not None
        assert box["y"] > 40  # not below the head of the page
    window.page.reload()
    window.page.wait_for_function(f"{TYPE_SCALE} === {scale}")
    window.wait_for_script()
    switch.click()
    window.page.wait_for_function(f"{TYPE_SCALE} === 1")
    window.wait_until(lambda: "large_type" not in window.query)


def test_a_link_with_large_type_enlarges_tables_too(window: Window) -> None:
    heights = []
    for large in ("false", "true"):
        window.open("embeddings", large_type=large, **SMALL)
        table = window.page.get_by_test_id("stDataFrame")
        table.wait_for()
        window.wait_for_script()
        heights.append(table.evaluate("table => table.getBoundingClientRect().height"))
    assert heights[1] > 1.25 * heights[0]


def test_a_table_of_an_open_page_grows_with_the_type(window: Window) -> None:
    window.open_trained(**SMALL)
    table = window.page.get_by_test_id("stDataFrame")
    height = "table => table.getBoundingClientRect().height"
    usual = table.evaluate(height)
    window.page.get_by_role("heading", level=1).click()
    window.page.keyboard.press("l")
    window.wait_until_in_url("large_type", "true")
    window.wait_until(lambda: table.evaluate(height) > 1.25 * usual)


def test_the_slider_of_the_film_is_in_sight_from_the_first_in_large_type_and_on_a_phone(
    open_window: Callable[..., Window],
) -> None:
    for viewport in ({"width": 1366, "height": 768}, PHONE):
        window = open_window(viewport=viewport)
        window.open("embeddings", large_type="true", **SMALL)
        window.plot.wait_for()
        window.wait_for_rest()
        expect(window.page.locator(".film-slider")).to_be_in_viewport(ratio=0.9)


def test_a_letter_that_is_typed_is_no_switch_of_the_type(window: Window) -> None:
    window.open(**SMALL)
    window.wait_for_script()
    window.setting("seed").press("l")
    assert window.page.evaluate(TYPE_SCALE) == 1


def test_the_tab_key_reaches_the_buttons_and_the_table_of_the_numbers(window: Window) -> None:
    window.open(**ENDLESS)
    window.wait_for_step(above=0)
    window.wait_for_script()
    window.page.get_by_role("heading", level=1).click()
    reached = []
    for _ in range(30):
        window.page.keyboard.press("Tab")
        reached.append(window.page.evaluate("document.activeElement.innerText").strip())
    names = [text.split()[0] for text in reached if text]  # before a shortcut
    wanted = ["Train", "Pause", "Stop", "Steer"]
    assert list(dict.fromkeys(name for name in names if name in wanted)) == wanted
    assert "The numbers as a table" in reached


def test_the_table_shows_the_losses_over_whole_splits(window: Window) -> None:
    window.open_trained(**SMALL)
    window.wait_for_points("training split")
    summary = window.page.get_by_text("The numbers as a table")
    summary.press("Enter")
    table = window.page.get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(1 + window.points()["training split"])
    last = table.get_by_role("row").last.get_by_role("cell")
    expect(last).to_have_text(
        [
            "200",
            window.metric("train_loss").inner_text().split()[0],
            window.metric("val_loss").inner_text().split()[0],
        ]
    )
    summary.press("Enter")
    expect(table).to_be_hidden()


def test_the_charts_offer_no_way_to_send_them_elsewhere(window: Window) -> None:
    window.open_trained(**SMALL)
    for page in ("Train", "Learning rate", "Embeddings"):
        if page != "Train":
            window.go_to(page)
        window.plot.hover()
        window.page.locator(".modebar-btn").first.wait_for(state="attached")
        expect(window.page.locator(".modebar-btn[data-title^=Share]")).to_have_count(0)


def test_every_chart_can_be_kept_as_numbers_and_as_a_picture(
    open_window: Callable[..., Window],
) -> None:
    window = open_window(bypass_csp=False)  # the policy has to let the picture be drawn
    window.open_trained(**SMALL, n_embd=3)
    for page, name in (("Train", "losses-of-run-1"), ("Embeddings", "characters-step-200")):
        window.go_to(page)
        plots, feet = window.page.locator(".js-plotly-plot"), window.page.locator(".foot-files")
        expect(plots).not_to_have_count(0)
        assert feet.count() == plots.count()
        for kind, start in (("CSV", "\ufeff".encode()), ("PNG", b"\x89PNG"), ("SVG", b"<svg")):
            saved, data = window.save(kind)
            assert saved == f"{name}.{kind.lower()}"
            assert data.startswith(start)
