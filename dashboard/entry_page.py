"""The HTML with which every page begins, and what runs before Streamlit's own script.

The steps that the browser's Back takes are settled from the first one on (`address.js`), and
large type is there before what measures it (`type_size.js`). And Streamlit's script looks for its
server below the address that was opened: at `/lecture` it asks for `/lecture/_stcore/health` and
`/lecture/_stcore/host-config` first. A yes would make it take `/lecture` for the server's own
address, so two errors stand in the browser's console each time. It does not look if the page says
where the server is.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

_SCRIPT = "<script"
_FIRST = [
    Path(__file__).with_name(name).read_text(encoding="utf-8")
    for name in ("address.js", "type_size.js")
]


def with_first_scripts(index_page: str, base: str, type_size: int) -> str:
    """Give Streamlit's page with what has to run before its own script.

    Args:
        index_page: its HTML; if no script is in it, it stays as it is.
        base: the path below which the server answers.
        type_size: of a line's letters, in pixels, where type is not large.
    """
    path = base.strip("/")
    address = f"window.location.origin + '/{path}'" if path else "window.location.origin"
    told = f"window.__streamlit = {{ BACKEND_BASE_URL: {address} }}"
    size = f"window.usualTypeSize = {type_size}"
    first = "".join(f"<script>{script}</script>\n    " for script in (told, size, *_FIRST))
    return index_page.replace(_SCRIPT, first + _SCRIPT, 1)


def routes(index_page: str, names: Iterable[str], base: str) -> list[Route]:
    """Give the routes of the first page, and of those of these names."""

    async def begin(_request: Request) -> Response:
        return HTMLResponse(index_page, headers={"Cache-Control": "no-cache"})

    prefix = f"/{base.strip('/')}" if base.strip("/") else ""
    return [Route(f"{prefix}/{name}", begin, methods=["GET"]) for name in ["", *sorted(names)]]
