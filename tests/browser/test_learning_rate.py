"""Journeys on the Learning rate page: from the sweep to a run with the rate it found."""

from __future__ import annotations

from math import log10

import pytest

from tests.browser.window import Window

expect = pytest.importorskip("playwright.sync_api").expect

SMALL = {"n_steps": 200, "n_hidden": 10}
EXPONENT = "exponent e of the learning rate 10^e"

# The raw point that stands farthest from everything else that a click could mean, and its place.
LONELIEST = """(() => {
    const { xaxis, yaxis } = gd._fullLayout;
    const place = (trace, row) => [
        xaxis._offset + xaxis.d2p(trace.x[row]), yaxis._offset + yaxis.d2p(trace.y[row])];
    const all = gd._fullData.flatMap(trace => [...trace.x].map((_, row) => place(trace, row)));
    const raw = gd._fullData.find(trace => trace.name === "each minibatch");
    const box = gd.getBoundingClientRect();
    const isSeen = (row) => {
        const [x, y] = [xaxis.d2p(raw.x[row]), yaxis.d2p(raw.y[row])];
        return 0 < x && x < xaxis._length && 0 < y && y < yaxis._length;
    };
    const room = [...raw.x.keys()].filter(isSeen).map(row => {
        const [x, y] = place(raw, row);
        const distances = all.map(([a, b]) => Math.hypot(a - x, b - y)).sort((a, b) => a - b);
        return { room: distances[1], lr: raw.customdata[row], x: box.x + x, y: box.y + y };
    });
    return room.reduce((best, each) => (each.room > best.room ? each : best));
})()"""
# Whether the plot that is there now has such a horizontal axis.
AXIS_IS = """([kind, title]) => {
    const axis = document.querySelector(".js-plotly-plot")?._fullLayout?.xaxis;
    return axis?.type === kind && axis.title.text === title;
}"""
# A trace of the plot as plain numbers.
TRACE = """(({{ x, customdata }}) => ({{ x: [...x], lr: [...customdata] }}))(
    gd._fullData.find(trace => trace.name.startsWith("{name}")))"""


def test_the_sweep_shows_what_it_suggests_and_the_button_adopts_the_minimum(
    window: Window,
) -> None:
    window.open("learning_rate", **SMALL)
    button = window.by_key("adopt_minimum").get_by_role("button", disabled=False)
    button.wait_for()
    window.wait_for_points("moving average", above=999)
    (minimum,) = window.ask_plot(TRACE.format(name="minimum: "))["lr"]
    button.click()
    window.wait_until_in_url("lr", float(f"{minimum:.4g}"))
    expect(window.setting("lr")).to_have_value(f"{minimum:.4g}")
    window.page.get_by_text("The learning rate is now").wait_for()


def test_the_axis_is_the_rate_on_either_scale_or_its_exponent(window: Window) -> None:
    window.open("learning_rate", **SMALL)
    for label, kind, title in (
        ("exponent", "linear", EXPONENT),
        ("lr", "linear", "learning rate"),
        ("log lr", "log", "learning rate (log scale)"),
    ):
        window.by_key("sweep_axis").get_by_text(label, exact=True).click()
        window.page.wait_for_function(AXIS_IS, arg=[kind, title])
        raw = window.ask_plot(TRACE.format(name="each minibatch"))
        shown = [log10(lr) for lr in raw["lr"]] if label == "exponent" else raw["lr"]
        assert raw["x"] == pytest.approx(shown)


def test_a_click_on_a_point_adopts_its_rate_and_train_uses_it(window: Window) -> None:
    window.open("learning_rate", **SMALL)
    window.by_key("sweep_axis").get_by_text("exponent", exact=True).click()
    window.page.wait_for_function(AXIS_IS, arg=["linear", EXPONENT])
    window.wait_for_points("moving average", above=999)  # the last, so that none moves any more
    point = window.ask_plot(LONELIEST)
    window.page.mouse.click(point["x"], point["y"])
    adopted = f"{point['lr']:.4g}"
    window.wait_until_in_url("lr", float(adopted))
    expect(window.setting("lr")).to_have_value(adopted)

    window.go_to("Train")
    before = window.run_id
    window.button("Train").click()
    window.wait_until(lambda: window.run_id != before)
    window.page.get_by_text(f"200 steps at {float(adopted):g},").wait_for()
    expect(window.metric("lr")).to_have_text(f"{float(adopted):g}")


def test_a_rate_is_adopted_from_the_table_by_keyboard(window: Window) -> None:
    window.open("learning_rate", **SMALL, sweep_steps=20, sweep_seeds=1)
    window.by_key("adopt_minimum").get_by_role("button", disabled=False).wait_for()
    window.page.get_by_text("The numbers as a table").first.press("Enter")
    rate = window.page.locator(".foot td button").nth(9)
    lr = rate.inner_text()
    rate.press("Enter")
    window.page.get_by_text("The learning rate is now").wait_for()
    assert float(window.setting("lr").input_value()) == pytest.approx(float(lr), rel=1e-3)


def test_a_range_that_is_dragged_over_is_adopted_by_its_middle_or_swept_next(
    window: Window,
) -> None:
    window.open("learning_rate", **SMALL)
    window.by_key("adopt_minimum").get_by_role("button", disabled=False).wait_for()
    window.drag_over_plot(0.4, 0.8)
    selected = window.page.get_by_text("Selected:")
    selected.wait_for()
    window.wait_for_script()
    low, high = (float(word) for word in selected.inner_text().split()[1::2])
    assert 1e-3 < low < high < 1
    window.by_key("adopt_middle").get_by_role("button").click()
    window.page.get_by_text("The learning rate is now").wait_for()
    assert float(window.setting("lr").input_value()) == pytest.approx(
        (low * high) ** 0.5, rel=0.01
    )
    window.by_key("sweep_range").get_by_role("button").click()
    expect(selected).to_be_hidden()
    for key, rate in (("lr_min", low), ("lr_max", high)):
        expected = pytest.approx(rate, rel=0.01)
        window.wait_until(lambda: float(window.setting(key).input_value()) == expected)  # noqa: B023
        window.wait_until(lambda: float(window.query.get(key, 0)) == expected)  # noqa: B023


def test_a_bake_off_shows_its_winner_and_a_click_adopts_it(window: Window) -> None:
    window.open("learning_rate", **SMALL, bake_steps=100, sweep_seeds=2)
    window.by_key("bake_off").get_by_role("button", disabled=False).click()
    winner = window.by_key("adopt_winner").get_by_role("button")
    winner.wait_for()
    lr = winner.inner_text().split()[-1]
    winner.click()
    window.page.get_by_text("The learning rate is now").wait_for()
    assert float(window.setting("lr").input_value()) == pytest.approx(float(lr), rel=0.01)
    expect(window.page.locator(".js-plotly-plot")).to_have_count(2)
    window.open_link(window.page.url)  # which has the bake-off run again
    winner.wait_for()
    assert winner.inner_text().split()[-1] == lr
