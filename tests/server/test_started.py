"""The real server's start: what it says, and when it refuses to."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.browser.server import ROOT, Server


def test_a_start_tells_the_address_and_asks_nobody_outside_for_it(server: Server) -> None:
    said = server.log()
    assert "makemore is ready" in said
    assert server.url in said
    # Streamlit's own greeting asks a host on the internet for this machine's address.
    assert "You can now view" not in said
    assert "external" not in said.lower()


def test_a_limit_that_cannot_be_is_refused_by_name_and_without_a_traceback() -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "streamlit", "run", "dashboard/app.py", "--server.port", "0"],
        cwd=ROOT,
        env=os.environ | {"MAKEMORE_MAX_RUNS": "many"},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert refused.returncode != 0
    said = refused.stdout + refused.stderr
    assert "makemore does not start: MAKEMORE_MAX_RUNS must be a whole number" in said
    assert "Traceback" not in said
