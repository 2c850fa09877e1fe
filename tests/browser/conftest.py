"""The real server, a headless Chromium, and windows that report what went wrong in them."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.server import Server
from tests.browser.window import TIMEOUT_MS, Window

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Two pages of Chromium's own, which it else prepares for each person: a second of a core.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup",
    "--process-per-site",  # what `profile` is for
)
# Playwright waits for JavaScript by `eval`, which the pages' policy forbids.
USUAL = {"viewport": {"width": 1366, "height": 768}, "bypass_csp": True}

N_LOG_LINES = 30


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each journey a second chance: on a busy machine a browser may lose a race for once.

    Two in a row are no accident. The files with many journeys come first: whoever is through with
    one takes the next, and the last ones should be short.
    """
    journeys = [item for item in items if Path(__file__).parent in item.path.parents]
    lengths = Counter(item.path for item in journeys)
    journeys.sort(key=lambda item: (-lengths[item.path], item.path))
    items[:] = [item for item in items if item.path not in lengths] + journeys
    for item in journeys:
        item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Say of a journey that failed where its windows stood, and what the server said last."""
    if call.when == "call" and call.excinfo and isinstance(item, pytest.Function):
        tell_circumstances(
            call.excinfo.value, item.funcargs.get("windows", ()), item.funcargs.get("server")
        )


def tell_circumstances(
    error: BaseException, windows: Iterable[Window], server: Server | None
) -> None:
    """Add to an error where the windows stand now, and the end of what the server said."""
    for number, window in enumerate(windows, start=1):
        error.add_note(f"Window {number}: {window.where_it_stands()}")
    if server:
        last_lines = server.log().splitlines()[-N_LOG_LINES:]
        error.add_note("\n".join(["End of the server's log:", *last_lines]))


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium, or skip where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api")
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("there is no program called chromium")
    sync_api.expect.set_options(timeout=TIMEOUT_MS)
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def server(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve the dashboard; asks for Chromium first, as it is of no use without."""
    with Server(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def windows() -> list[Window]:
    """Those that a test has opened."""
    return []


@pytest.fixture(scope="package")
def profile(chromium: Browser, server: Server) -> Iterator[BrowserContext]:
    """One browser for people who come one after the other.

    A page that stays open keeps its process, where the pages' scripts are compiled once: that is a
    third of the work of opening a window.
    """
    profile = chromium.new_context(**USUAL)
    profile.new_page().goto(f"{server.url}/_stcore/health")
    yield profile
    profile.close()


@pytest.fixture
def open_window(
    chromium: Browser, server: Server, profile: BrowserContext, windows: list[Window]
) -> Iterator[Callable[..., Window]]:
    """Open windows, each of a person of their own; at the end nothing may have gone wrong."""

    def open_one(beside: Window | None = None, **context_options: Any) -> Window:  # noqa: ANN401
        if beside:
            page = beside.page.context.new_page()
        elif windows or context_options:
            page = chromium.new_context(**USUAL | context_options).new_page()
        else:
            page = profile.new_page()
            forget_whoever_was_here(page, server.url)
        window = Window(page, server.url)
        windows.append(window)
        return window

    yield open_one
    try:
        for window in {window.query.get("run"): window for window in windows}.values():
            window.stop_run()
    except Exception as error:
        tell_circumstances(error, windows, server)
        raise
    finally:  # or the next journeys have to make do with what these windows leave of the machine
        for window in windows:
            window.page.close()
        for person in {window.page.context for window in windows} - {profile}:
            person.close()
    assert [wrong for window in windows for wrong in window.went_wrong] == []
    assert "".join(server.log().partition("Traceback")[1:]) == ""


def forget_whoever_was_here(page: Page, url: str) -> None:
    """Take a browser's cookies and what its pages have stored, so that somebody new sits there."""
    page.context.clear_cookies()
    storage = page.context.new_cdp_session(page)
    storage.send("Storage.clearDataForOrigin", {"origin": url, "storageTypes": "local_storage"})
    storage.detach()


@pytest.fixture
def window(open_window: Callable[..., Window]) -> Window:
    """Open one window of a laptop's size."""
    return open_window()
