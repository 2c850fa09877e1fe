"""The server's own promises, seen from outside."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.server import Server
from tests.browser.window import ENDLESS, Window

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PROMPT_SECONDS = 10.0
USUAL_CODES = (0, 1)  # 1 is how Streamlit's command ends after Ctrl-C; a crash has another one


def test_ctrl_c_ends_the_server_at_once_while_a_run_trains_and_is_watched(
    chromium: Browser, tmp_path: Path
) -> None:
    with Server(tmp_path / "log") as server:
        window = Window(chromium.new_context().new_page(), server.url)
        window.open(**ENDLESS)
        window.wait_for_step(above=0)
        start = time.monotonic()
        assert server.interrupt() in USUAL_CODES
        assert time.monotonic() - start < PROMPT_SECONDS
        assert "Traceback" not in server.log()
        window.page.context.close()
