"""A browser window on the dashboard: what a person can read and do there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Locator, Page, WebSocket

TIMEOUT_MS = 30_000  # generous, for machines that do much else
ANSWER_MS = 2_000  # for a page that is asked, once something has failed

# Settings of a run that trains for longer than any journey here, and slowly enough to be followed.
ENDLESS = {"n_steps": 10_000_000, "batch_size": 1024}

_ENDED = ".chart-state[data-state]:not([data-state=running], [data-state=paused])"
# Clicks on Stop as soon as that is possible, unless there is nothing to stop.
_STOP = f"""() => {{
    const stop = document.querySelector(".st-key-stop button:enabled");
    stop?.click();
    return Boolean(stop ?? document.querySelector("{_ENDED}"));
}}"""
# Where no script run is under way, by Streamlit's own word, and nothing has only its place yet:
# the script that draws an element is loaded when the first one of its kind comes onto a page.
_IS_IDLE, _HAS_GAPS = "[data-test-script-state=notRunning]", ":has([data-testid=stSkeleton])"
_IDLE = f"[data-testid=stApp]{_IS_IDLE}:not({_HAS_GAPS})"
_STEP = """parseInt(document.querySelector("[data-metric=step]")
    ?.textContent.replaceAll(",", ""))"""
# The number of points that each trace of the plot shows, by the trace's name.
_POINTS = """() => Object.fromEntries(
    (document.querySelector(".js-plotly-plot")?._fullData ?? [])
        .map(trace => [trace.name, trace._length ?? 0]))"""
# Where a person finds themselves.
_PLACE = r"""() => [
    ...[...document.querySelectorAll("h1, h3")].map(each => `${each.tagName}: ${each.innerText}`),
    `script: ${document.querySelector("[data-testid=stApp]")?.dataset.testScriptState}`,
].join("\n")"""


class Window:
    """One window. What goes wrong in it is noted in `went_wrong`."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.went_wrong: list[str] = []
        self.frames_received = 0  # messages of the script, that is: signs of a script run
        self.url = url
        page.set_default_timeout(TIMEOUT_MS)
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.went_wrong.append(f"page error: {error}"))
        page.on("request", lambda request: self._check_host(request.url))
        page.on("websocket", self._on_websocket)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            place = message.location.get("url", "")
            self.went_wrong.append(f"console: {message.text} ({place})")

    def _on_websocket(self, socket: WebSocket) -> None:
        self._check_host(socket.url)
        socket.on("framereceived", self._on_frame)

    def _on_frame(self, _payload: str | bytes) -> None:
        self.frames_received += 1

    def _check_host(self, url: str) -> None:
        there, here = urlsplit(url), urlsplit(self.url)
        if there.scheme not in ("data", "blob") and there.netloc != here.netloc:
            self.went_wrong.append(f"request to another host: {url}")

    def where_it_stands(self) -> str:
        """Give the address, the headings, the state of the script and what went wrong."""
        try:
            place = self.page.wait_for_function(_PLACE, timeout=ANSWER_MS).json_value()
        except Exception as error:  # whatever it is, there is a failure to be told of already
            place = f"no answer: {error}"
        return "\n".join([self.page.url, place, *self.went_wrong])

    # -- going about

    def open(self, page: str = "", **settings: object) -> None:
        """Open a page of the dashboard, by a link with settings if any are given."""
        address = f"{self.url}/{page}"
        self.open_link(f"{address}?{urlencode(settings)}" if settings else address)

    def open_trained(self, **settings: object) -> None:
        """Open the dashboard by a link with settings, and wait for the end of its short run."""
        self.open(**settings)
        self.page.locator(".chart-state[data-state=done]").wait_for()
        self.page.get_by_role("button", name="Stop", disabled=True).wait_for()
        self.wait_for_script()

    def open_link(self, url: str) -> None:
        """Open an address and wait for its page to stand still."""
        self.page.goto(url)
        self.wait_for_page()

    def go_to(self, title: str, heading: str | None = None) -> None:
        """Change the page by the navigation, on a phone by the links above its heading."""
        links = self.page.get_by_role("link", name=title, exact=True)
        places = self.page.get_by_test_id("stMain").or_(self.page.locator("header"))
        places.locator(links).filter(visible=True).first.click()
        self.wait_for_page(heading or title)

    def wait_for_page(self, title: str | None = None) -> None:
        """Wait for a page's title (any, if none is given) and the end of its script run."""
        self.page.get_by_role("heading", level=1, name=title, exact=True).wait_for()
        self.wait_for_script()

    def wait_for_script(self) -> None:
        """Wait until no script run is under way and all that the last one drew is there."""
        self.page.locator(_IDLE).wait_for()

    def wait_for_rest(self) -> None:
        """Wait until a page beside Train's has drawn that its run has come to its end."""
        self.by_key("rest_watch").wait_for(state="attached")
        self.wait_for_script()

    def by_key(self, key: str) -> Locator:
        """Find an element by the key that the script gave it."""
        return self.page.locator(f".st-key-{key}")

    def button(self, name: str) -> Locator:
        """Find a button of the page by what stands on it, before its shortcut if it has one."""
        # Not in all of the window: Streamlit's header has a "Stop" of its own while a script runs.
        main = self.page.get_by_test_id("stMain")
        return main.get_by_role("button", name=re.compile(rf"^{name}\b"))

    def setting(self, key: str) -> Locator:
        """Find the input of a setting that is typed."""
        return self.by_key(key).locator("input")

    def slider(self, key: str) -> Locator:
        """Find the handle of a setting that is a slider."""
        return self.by_key(key).get_by_role("slider")

    def type_setting(self, key: str, value: object) -> None:
        """Type a setting and wait until the script has taken it."""
        box = self.setting(key)
        box.fill(str(value))
        box.press("Enter")
        self.wait_until_in_url(key, value)

    def wait_until_in_url(self, key: str, value: object) -> None:
        """Wait until the address holds a setting, and for the script run that goes with it."""
        self.page.wait_for_function(
            "([key, value]) => new URLSearchParams(location.search).get(key) === value",
            arg=[key, str(value)],
        )
        self.wait_for_script()

    # -- the run

    @property
    def query(self) -> dict[str, str]:
        """What stands behind the question mark of the address."""
        return {key: values[0] for key, values in parse_qs(urlsplit(self.page.url).query).items()}

    @property
    def run_id(self) -> str:
        """The run in the address."""
        return self.query["run"]

    @property
    def status(self) -> Locator:
        """The word that says where the run stands."""
        return self.page.locator(".chart-state")

    @property
    def progress(self) -> Locator:
        """The bar of the steps taken."""
        return self.page.get_by_role("progressbar", name="Share of the steps taken")

    def metric(self, name: str) -> Locator:
        """Find one of the figures over the curve."""
        return self.page.locator(f"[data-metric={name}]")

    def wait_for_step(self, above: int = -1) -> int:
        """Wait until the page shows a step (a later one than `above`), and give it."""
        return int(
            self.page.wait_for_function(
                f"above => {_STEP} > above && {_STEP}", arg=above
            ).json_value()
        )

    @property
    def step(self) -> int:
        """The step that the page shows."""
        return self.wait_for_step()

    def wait_for_still_step(self) -> int:
        """Wait until the step has not moved for a second, and give it."""
        return int(
            self.page.wait_for_function(
                f"""() => {{
                    const step = {_STEP};
                    if (step !== window.lastStep) window.lastMove = Date.now();
                    window.lastStep = step;
                    return Date.now() - window.lastMove > 1000 && step;
                }}"""
            ).json_value()
        )

    def stop_run(self) -> None:
        """Stop what still trains, so that it takes no turns from the next journey."""
        if self.by_key("stop").count():
            # In one breath, as a run may come to its end between a look and a click; and not at
            # once, as a button's place is on the page before the button.
            self.page.wait_for_function(_STOP)
            self.page.locator(_ENDED).wait_for()

    # -- the plot

    @property
    def plot(self) -> Locator:
        """The node that Plotly draws on, the first where there are several."""
        return self.page.locator(".js-plotly-plot").first

    def ask_plot(self, expression: str) -> Any:  # noqa: ANN401  # whatever the expression gives
        """Evaluate JavaScript with the plot's node as `gd`."""
        return self.plot.evaluate(f"gd => {expression}")

    def drag_over_plot(self, start: float, end: float) -> None:
        """Drag over the plot, from and to a share of its width."""
        box = self.page.locator(".js-plotly-plot .nsewdrag").bounding_box()
        assert box is not None
        height = box["y"] + box["height"] / 2
        self.page.mouse.move(box["x"] + start * box["width"], height)
        self.page.mouse.down()
        for share in ((start + end) / 2, end):
            self.page.mouse.move(box["x"] + share * box["width"], height, steps=5)
        self.page.mouse.up()

    def save(self, kind: str) -> tuple[str, bytes]:
        """Keep the page's first chart as a CSV, PNG or SVG; give the file's name and bytes."""
        with self.page.expect_download() as download:
            self.page.get_by_role("button", name=re.compile(f"as {kind}$")).first.press("Enter")
        return download.value.suggested_filename, Path(download.value.path()).read_bytes()

    def points(self) -> dict[str, int]:
        """Count the points of each trace."""
        counts: dict[str, int] = self.page.evaluate(_POINTS)
        return counts

    def wait_for_points(self, trace: str, above: int = 0) -> int:
        """Wait until a trace has more points than that, and give how many."""
        # One look, for the trace may be gone for a moment when polling takes over.
        number = self.page.wait_for_function(
            f"""([trace, above]) => {{
                const number = ({_POINTS})()[trace] ?? 0;
                return number > above && number;
            }}""",
            arg=[trace, above],
        )
        return int(number.json_value())

    def wait_until(self, is_true: Callable[[], bool]) -> None:
        """Wait for something that only this side can judge."""
        for _ in range(TIMEOUT_MS // 100):
            if is_true():
                return
            self.page.wait_for_timeout(100)
        raise AssertionError("it did not come true")
