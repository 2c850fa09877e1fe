"""The real server, asked without a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.server import Server


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve the dashboard; at the end nothing may have been too much for it."""
    with Server(tmp_path_factory.mktemp("server")) as server:
        yield server
    assert "Traceback" not in server.log()
