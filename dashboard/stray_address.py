"""Addresses that name no page: whoever asks for one is led to a page, which says so.

For each of them Streamlit would send its own first page, and that is another than ours: without
what runs before its script (`entry_page`), and below a folder without the script itself.
"""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from urllib.parse import quote, urlencode

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NO_PAGE = "no_page"  # the setting of an address that says what was asked for instead
_MOST_LETTERS = 100  # of that


class StrayAddresses:
    """Middleware that leads those who ask for a page that there is not to one that there is.

    Whatever the server has no page of ours for is answered by Streamlit's; so its routes need not
    be known here.

    Args:
        app: what answers.
        pages: names of all pages but the first.
        first: name of the first page, whose address is the server's own.
        base: the path below which the server answers.
    """

    def __init__(self, app: ASGIApp, pages: Collection[str], first: str, base: str) -> None:
        self._app = app
        self._first, self._names = first, [*pages, first]
        self._prefix = f"/{base.strip('/')}" if base.strip("/") else ""
        self._known = {f"{self._prefix}/{name}" for name in ("", *pages)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and an answer that is no stray page."""
        is_stray = False

        async def send_or_lead(message: Message) -> None:
            nonlocal is_stray
            if message["type"] == "http.response.start" and self._is_stray(scope, message):
                is_stray = True
                await self._lead(scope)(scope, receive, send)
            if not is_stray:
                await send(message)

        is_asked_for = scope["type"] == "http" and "text/html" in Headers(scope=scope).get(
            "accept", ""
        )  # by a person's browser; what a page loads for itself is asked for otherwise
        await self._app(scope, receive, send_or_lead if is_asked_for else send)

    def _is_stray(self, scope: Scope, start: Message) -> bool:
        kind = Headers(raw=start["headers"]).get("content-type", "")
        is_page = start["status"] == 200 and kind.startswith("text/html")
        return is_page and scope["path"] not in self._known

    def _lead(self, scope: Scope) -> RedirectResponse:
        """Give the way to the page whose name comes closest, or else to the first."""
        asked = scope["path"].removeprefix(self._prefix).strip("/")
        name = asked.partition("/")[0].lower()
        (closest,) = get_close_matches(name, self._names, 1) or [self._first]
        is_told = asked.lower() != closest  # or it was the page but for capitals
        told = urlencode({NO_PAGE: asked[:_MOST_LETTERS]}) if is_told else ""
        query = "&".join(filter(None, (scope["query_string"].decode("latin-1"), told)))
        place = f"{self._prefix}/{'' if closest == self._first else quote(closest)}"
        return RedirectResponse(
            f"{place}?{query}" if query else place, 302, {"Cache-Control": "no-store"}
        )
