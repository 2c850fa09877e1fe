"""The HTML with which a page begins when it is opened by its own address.

Streamlit's script looks for its server below the address that was opened: at `/lecture` it asks
for `/lecture/_stcore/health` and `/lecture/_stcore/host-config` first. A yes would make it take
`/lecture` for the server's own address, so two errors stand in the browser's console each time.
It does not look if the page says where the server is.
"""

from __future__ import annotations

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

_FIRST_SCRIPT = "<script"


def with_server_address(index_page: str, base: str) -> str:
    """Give Streamlit's page, saying where its server is.

    Args:
        index_page: its HTML; if no script is in it, it stays as it is.
        base: the path below which the server answers.
    """
    path = base.strip("/")
    address = f"window.location.origin + '/{path}'" if path else "window.location.origin"
    told = f"<script>window.__streamlit = {{ BACKEND_BASE_URL: {address} }}</script>\n    "
    return index_page.replace(_FIRST_SCRIPT, told + _FIRST_SCRIPT, 1)


def routes(index_page: str, names: Iterable[str], base: str) -> list[Route]:
    """Give the routes of the pages of these names, whose files lie beside the first page's."""

    async def begin(_request: Request) -> Response:
        return HTMLResponse(index_page, headers={"Cache-Control": "no-cache"})

    prefix = f"/{base.strip('/')}" if base.strip("/") else ""
    return [Route(f"{prefix}/{name}", begin, methods=["GET"]) for name in sorted(names)]
