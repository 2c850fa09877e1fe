"""How quickly the dashboard answers, and what a page that watches costs the training.

    python benchmarks/page_load.py

Starts the real server and drives it with the system's Chromium. The speeds with and without an
open page are measured in turn, in one server process and one run, so that they can be compared.
"""

import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ROUNDS = 5
WINDOW_SECONDS = 4.0
HAS_SKETCH = "document.querySelector('.chart-sketch')?.childElementCount"
HAS_POINTS = """() => {
  const plot = document.querySelector(".js-plotly-plot");
  return plot?._fullData?.some((trace) => trace.name === "minibatch" && trace.x?.length > 1);
}"""


def free_port() -> int:
    """Give a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(port: int) -> tuple[subprocess.Popen[bytes], float]:
    """Start the dashboard; give its process and the seconds until it answers."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "streamlit", "run", "dashboard/app.py"]
    runs = Path(tempfile.mkdtemp()) / "runs.sqlite"  # not those of whoever measures
    server = subprocess.Popen(
        [*command, "--server.port", str(port)],
        cwd=ROOT,
        env=os.environ | {"MAKEMORE_DATABASE_URL": str(runs)},
    )
    while True:
        try:
            urllib.request.urlopen(f"http://localhost:{port}/_stcore/health").close()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.02)
        else:
            return server, time.perf_counter() - start


def opening(browser: Browser, url: str) -> dict[str, float]:
    """Open the dashboard as a new visitor; give the seconds to each stage."""
    page = browser.new_page(viewport={"width": 1366, "height": 768}, bypass_csp=True)
    start = time.perf_counter()
    page.goto(url)
    page.wait_for_selector("h1")
    heading = time.perf_counter() - start
    page.wait_for_function(HAS_SKETCH)
    sketch = time.perf_counter() - start
    page.wait_for_function(HAS_POINTS)
    points = time.perf_counter() - start
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    page.close()
    return {
        "first paint": paint / 1000,
        "first heading": heading,
        "figures and a sketch of the curve": sketch,
        "Plotly's curve": points,
    }


def click_to_first_point(page: Page) -> float:
    """Press Train; give the seconds until the new run's first points are drawn."""
    before = page.url
    start = time.perf_counter()
    page.locator(".st-key-train button").first.click()
    page.wait_for_function("before => location.href !== before", arg=before)
    page.wait_for_function(HAS_POINTS)
    return time.perf_counter() - start


def step_of(url: str, run_id: str) -> int:
    """Ask the run's stream for where it stands."""
    with urllib.request.urlopen(f"{url}/live/{run_id}") as stream:
        told = next(line for line in stream if line.startswith(b"data: "))
        return int(json.loads(told.removeprefix(b"data: "))["step"])


def steps_per_second(url: str, run_id: str) -> float:
    """Measure the speed of a run over a window."""
    start, first = time.perf_counter(), step_of(url, run_id)
    time.sleep(WINDOW_SECONDS)
    last = step_of(url, run_id)
    return (last - first) / (time.perf_counter() - start)


def main() -> None:
    """Measure and print."""
    port = free_port()
    url = f"http://localhost:{port}"
    server, ready = start_server(port)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=BROWSER_FLAGS
            )
            print(f"server ready after {ready:.2f} s")
            openings = [opening(browser, url) for _ in range(ROUNDS)]
            for stage in openings[0]:
                times = [seconds[stage] for seconds in openings]
                print(
                    f"{stage}: {times[0]:.2f} s for the first visitor, "
                    f"median of {ROUNDS} visitors {statistics.median(times):.2f} s"
                )
            page = browser.new_page(viewport={"width": 1366, "height": 768}, bypass_csp=True)
            page.goto(f"{url}/?n_steps=10000000&n_hidden=200")
            page.wait_for_function(HAS_POINTS)
            clicks = [click_to_first_point(page) for _ in range(ROUNDS)]
            print(f"click to first points: median of {ROUNDS} {statistics.median(clicks):.2f} s")
            match = re.search(r"run=([\w-]+)", page.url)
            assert match is not None
            run_page = page.url
            ratios = []
            for _ in range(ROUNDS):
                page.goto(run_page)
                page.wait_for_function(HAS_POINTS)
                time.sleep(1)
                watched = steps_per_second(url, match[1])
                page.goto("about:blank")
                time.sleep(1)
                alone = steps_per_second(url, match[1])
                ratios.append(watched / alone)
                print(f"  watched {watched:,.0f}, alone {alone:,.0f} steps/s: {ratios[-1]:.2f}")
            print(f"speed with an open page: median {statistics.median(ratios):.2f} of without")
            browser.close()
    finally:
        server.terminate()
        server.wait(30)


if __name__ == "__main__":
    main()
