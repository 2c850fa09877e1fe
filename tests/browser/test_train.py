"""Journeys on the Train page: a run is seen while it trains, and obeys."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.window import ENDLESS, Window

if TYPE_CHECKING:
    from playwright.sync_api import Route

expect = pytest.importorskip("playwright.sync_api").expect

# Some tens of seconds, in which whole splits are evaluated about once a second.
LIVELY = {"n_steps": 60_000, "batch_size": 1024}

# Notes how many points the curve has had, from the first frame of the page.
COUNT_POINTS = """(() => {
    window.counts = new Set();
    const look = () => {
        const traces = document.querySelector(".js-plotly-plot")?._fullData ?? [];
        window.counts.add(traces.find(trace => trace.name === "minibatch")?._length ?? 0);
        requestAnimationFrame(look);
    };
    look();
})()"""

# Notes, at every frame of the browser, whether the curve could be seen.
WATCH = """() => {
    const plot = document.querySelector(".js-plotly-plot");
    plot.isTheSame = true;
    const seen = window.seen = {frames: 0, blank: 0, other: 0, fewestPoints: Infinity};
    const look = () => {
        const now = document.querySelector(".js-plotly-plot");
        const paths = [...(now?.querySelectorAll(".scatterlayer path.js-line") ?? [])];
        const drawn = paths.filter(path => (path.getAttribute("d") ?? "").length > 10);
        const curve = (now?._fullData ?? []).find(trace => trace.name === "minibatch");
        seen.frames += 1;
        seen.blank += Number(drawn.length === 0);
        seen.other += Number(!now?.isTheSame);
        seen.fewestPoints = Math.min(seen.fewestPoints, curve?._length ?? 0);
        requestAnimationFrame(look);
    };
    look();
}"""

# Makes each drawing take long, and notes how many began before as much time was left for all else.
DRAW_SLOWLY = """() => {
    const { react } = Plotly;
    const seen = window.seen = {drawings: 0, tooSoon: 0};
    let isTooSoon = false;
    Plotly.react = (...given) => {
        seen.drawings += 1;
        seen.tooSoon += Number(isTooSoon);
        const end = performance.now() + 400;
        while (performance.now() < end);
        isTooSoon = true;
        setTimeout(() => { isTooSoon = false; }, 400);
        return react(...given);
    };
}"""

# Keeps the news of the stream back, once `held` is an array, until `CLICK_AND_TELL`.
HOLD_NEWS = """(() => {
    const Stream = window.EventSource;
    window.EventSource = class extends Stream {
        set onmessage(take) {
            let state = null;
            super.onmessage = event => {
                const news = () => take(event);
                const now = JSON.parse(event.data).state;
                news.isChange = state !== null && now !== state;
                state = now;
                window.held ? window.held.push(news) : news();
            };
        }
    };
})()"""
CLICK_AND_TELL = """link => {
    link.click();
    for (const news of window.held) news();
    window.held = null;
}"""


def test_opening_the_dashboard_shows_a_living_run_without_a_click(window: Window) -> None:
    window.page.add_init_script(COUNT_POINTS)
    window.open(**ENDLESS)  # a run of the usual length may be over before its curve is drawn
    window.page.wait_for_function("window.counts.size > 3")  # without points, with few, with more
    assert set(window.points()) == {
        "minibatch range",
        "minibatch",
        "training split",
        "validation split",
    }


def test_until_plotly_is_there_a_sketch_shows_the_curve(window: Window) -> None:
    held: list[Route] = []
    window.page.route("**/plotly-*.js", lambda route: held.append(route))
    window.open(**ENDLESS)
    lines = window.page.locator(".chart-sketch polyline")
    expect(lines).to_have_count(3)  # minibatches, training and validation split
    before = lines.first.get_attribute("points")
    expect(lines.first).not_to_have_attribute("points", before or "")  # and it moves
    (route,) = held
    route.continue_()
    window.wait_for_points("minibatch")
    expect(lines).to_have_count(0)


def test_while_points_arrive_nothing_flickers_and_zoom_and_legend_are_kept(
    window: Window,
) -> None:
    window.open(**ENDLESS)
    window.wait_for_points("minibatch", above=20)
    window.page.evaluate(WATCH)
    _zoom_by_mouse(window)
    window.page.locator(".legendtoggle").first.click()
    hidden = "gd._fullData.find(trace => trace.visible === 'legendonly')?.name"
    window.wait_until(lambda: window.ask_plot(hidden) == "minibatch range")
    zoomed = window.ask_plot("[gd.layout.xaxis.range, gd.layout.yaxis.range]")

    for _ in range(10):
        window.wait_for_step(above=window.step)

    assert window.ask_plot("[gd.layout.xaxis.range, gd.layout.yaxis.range]") == zoomed
    assert window.ask_plot(hidden) == "minibatch range"
    seen = window.page.evaluate("window.seen")
    assert seen["frames"] > 20
    assert seen["blank"] == 0
    assert seen["other"] == 0
    assert seen["fewestPoints"] > 20


def test_where_drawing_is_slow_as_much_time_is_left_for_clicks(window: Window) -> None:
    window.open(**ENDLESS)
    window.wait_for_points("minibatch")
    window.page.evaluate(DRAW_SLOWLY)
    window.page.wait_for_function("window.seen.drawings > 4")
    assert window.page.evaluate("window.seen.tooSoon") == 0


def _zoom_by_mouse(window: Window) -> None:
    """Draw a frame over the middle of the plot, and see that the axes take it."""
    box = window.page.locator(".nsewdrag").bounding_box()
    assert box is not None
    mouse = window.page.mouse
    mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    mouse.down()
    mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.8 * box["height"], steps=5)
    mouse.up()
    window.wait_until(lambda: not window.ask_plot("gd._fullLayout.xaxis.autorange"))
    low, high = window.ask_plot("gd._fullLayout.xaxis.range")
    assert low / high == pytest.approx(0.3 / 0.7, abs=0.1)  # however far the curve has come


def test_no_script_runs_while_it_trains_and_the_metrics_move_all_the_same(
    window: Window,
) -> None:
    window.open(**LIVELY)
    window.wait_for_points("training split")
    window.wait_for_script()
    frames = window.frames_received
    metrics = ("step", "minibatch_loss", "train_loss", "val_loss", "steps_per_second")
    before = {name: window.metric(name).inner_text() for name in metrics}

    window.wait_for_points("training split", above=window.points()["training split"])
    for name, text in before.items():
        expect(window.metric(name)).not_to_have_text(text)

    assert window.frames_received == frames


def test_pause_holds_the_run_resume_goes_on_and_stop_ends_it(window: Window) -> None:
    window.open(**ENDLESS)
    window.wait_for_step(above=0)

    window.button("Pause").click()
    expect(window.button("Resume")).to_be_enabled()
    expect(window.status).to_have_text("❚❚ paused")
    paused_at = window.wait_for_still_step()
    window.page.reload()
    window.wait_for_page()
    assert window.wait_for_still_step() == paused_at

    window.button("Resume").click()
    expect(window.button("Pause")).to_be_enabled()
    expect(window.status).to_have_text("● training")
    window.wait_for_step(above=paused_at)

    window.button("Stop").click()
    expect(window.status).to_have_text("■ stopped")
    expect(window.button("Continue")).to_be_enabled()
    expect(window.button("Stop")).to_be_disabled()
    expect(window.button("Train")).to_be_enabled()
    assert window.wait_for_still_step() > paused_at


def test_a_paused_run_is_steered_by_keys_and_a_changed_rate_is_marked(window: Window) -> None:
    window.open(**ENDLESS)
    window.wait_for_step(above=0)
    keyboard = window.page.keyboard
    keyboard.press("p")
    expect(window.status).to_have_text("❚❚ paused")
    window.button("Steer").click()
    window.page.locator(".st-key-step_1").get_by_role("button").wait_for()
    keyboard.press("n")  # after which the slice that was under way is over, too
    step = window.wait_for_still_step()
    for number in (1, 2, 3):
        keyboard.press("n")
        window.wait_for_step(above=step + number - 1)
    assert window.wait_for_still_step() == step + 3

    window.page.get_by_role("spinbutton", name="Rate from here on").fill("0.02")
    window.page.get_by_role("button", name="Use", exact=True).click()
    expect(window.metric("lr")).to_have_text("0.02")
    marks = "gd.layout.annotations.map(each => [each.text, each.x])"
    window.wait_until(lambda: ["lr 0.02", step + 3] in window.ask_plot(marks))
    keyboard.press("Escape")
    keyboard.press("p")
    window.wait_for_step(above=step + 100)


def test_the_buttons_follow_when_a_run_comes_to_its_end(window: Window) -> None:
    window.open(n_steps=400, n_hidden=20)
    expect(window.status).to_have_text("✓ done")
    expect(window.metric("step")).to_have_text(re.compile("^400 / 400$"))
    expect(window.progress).to_have_attribute("value", "1")
    expect(window.button("Pause")).to_be_disabled()
    expect(window.button("Stop")).to_be_disabled()


def test_a_reload_finds_the_run_where_it_is(window: Window) -> None:
    window.open(**ENDLESS)
    run_id, step = window.run_id, window.wait_for_step(above=0)
    window.page.reload()
    window.wait_for_page()
    assert window.run_id == run_id
    assert window.step >= step
    window.wait_for_step(above=window.step)


def test_one_step_back_or_forward_is_a_page_or_a_run(window: Window) -> None:
    window.open_trained(n_steps=400, n_hidden=20)
    first = window.run_id
    window.button("Train").click()
    window.wait_until(lambda: window.run_id not in (None, first))
    second = window.run_id
    window.wait_for_script()
    window.go_to("Samples")
    window.type_setting("prefix", "em")
    window.go_to("Embeddings")
    assert window.run_id == second

    for title, run_id in (("Samples", second), ("Train", second), ("Train", first)):
        window.page.go_back()
        window.wait_for_page(title)
        window.wait_until(lambda: window.run_id == run_id)  # noqa: B023
        window.wait_for_script()
    expect(window.metric("step")).to_have_text(re.compile("^400 / 400$"))

    for title, run_id in (("Train", second), ("Samples", second), ("Embeddings", second)):
        window.page.go_forward()
        window.wait_for_page(title)
        window.wait_until(lambda: window.run_id == run_id)  # noqa: B023
        window.wait_for_script()


def test_back_takes_steps_by_run_and_chapter_from_before_the_first_script_run(
    window: Window,
) -> None:
    nothing = {"body": "", "content_type": "text/javascript"}
    window.page.route("**/static/js/**", lambda script: script.fulfill(**nothing))
    for place in ("", "/learn"):
        window.page.goto(f"{window.url}{place}?lr=0.1")
        lengths = window.page.evaluate(
            """addresses => addresses.map(address => {
                history.pushState({}, "", address);
                return history.length - 1;
            })""",
            ["?run=a", "?run=a&lr=1", "?run=b", "?lr=1", "?run=b&chapter=c", "?run=b&chapter=d"],
        )
        before = lengths[0]
        assert [length - before for length in lengths] == [0, 0, 1, 1, 1, 2]
        assert window.query == {"run": "b", "chapter": "d"}


def test_a_page_chosen_just_as_a_run_changes_its_state_is_the_page_that_comes(
    open_window: Callable[..., Window],
) -> None:
    window = open_window()
    other = open_window(beside=window)
    window.page.add_init_script(HOLD_NEWS)
    window.open(**ENDLESS)
    window.wait_for_step(above=0)
    other.open_link(window.page.url)
    for button in ("Pause", "Resume"):
        window.page.evaluate("window.held = []")
        other.button(button).click()
        window.wait_until(lambda: window.page.evaluate("window.held.some(news => news.isChange)"))
        window.page.get_by_role("link", name="Samples", exact=True).evaluate(CLICK_AND_TELL)
        window.page.wait_for_timeout(1500)  # in which the way back would be taken
        window.wait_for_page("Samples")
        window.go_to("Train")
        window.wait_for_step()
    expect(window.button("Pause")).to_be_enabled()


def test_two_windows_on_one_address_see_one_run(open_window: Callable[..., Window]) -> None:
    first = open_window()
    second = open_window(beside=first)
    first.open(**ENDLESS)
    step = first.wait_for_step(above=0)

    second.open_link(first.page.url)
    assert second.run_id == first.run_id
    assert second.wait_for_step(above=0) >= step

    second.button("Pause").click()
    expect(first.status).to_have_text("❚❚ paused")
    expect(first.button("Resume")).to_be_enabled()
    assert first.wait_for_still_step() == second.wait_for_still_step()


@pytest.mark.parametrize("hinder", [lambda route: route.abort(), lambda _route: None])
def test_where_the_stream_is_refused_or_held_back_the_page_polls_and_all_goes_on(
    open_window: Callable[..., Window], hinder: Callable[[Route], None]
) -> None:
    window = open_window()
    other = open_window(beside=window)
    window.page.route("**/live/**", hinder)
    window.open(**ENDLESS)
    window.wait_for_step(above=window.step)
    window.wait_for_points("minibatch", above=window.wait_for_points("minibatch"))

    other.open_link(window.page.url)
    other.button("Stop").click()
    expect(window.status).to_have_text("■ stopped")
    expect(window.button("Continue")).to_be_enabled()
    window.went_wrong = [wrong for wrong in window.went_wrong if "/live/" not in wrong]
