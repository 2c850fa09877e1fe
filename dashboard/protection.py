"""What every request and every answer passes: a look at who asks, and rules for the browser.

Plain ASGI, so that it holds for Streamlit's pages, its websocket and the live streams alike.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = ("localhost", "127.0.0.1", "::1")

_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def content_policy(index_page: str) -> str:
    """Give the tightest Content-Security-Policy that Streamlit's pages run under.

    Decision 0020 says what stands in the way of a tighter one.

    Args:
        index_page: the HTML whose inline scripts may run; no other inline script may.
    """
    scripts = " ".join(f"'sha256-{_digest(each)}'" for each in _INLINE_SCRIPT.findall(index_page))
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' blob: {scripts}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def protective_headers(index_page: str) -> dict[str, str]:
    """Give the headers of every answer."""
    return {
        "Content-Security-Policy": content_policy(index_page),
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",  # a run's id stands in the address
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    }


class Protection:
    """Refuses foreign origins and unknown names of this server, and adds the headers.

    Args:
        app: what is protected.
        headers: of every answer; one that the answer has already is replaced.
        hosts: names by which this server may be addressed, `*.` before one for all below it; none:
            by any. A page of another site whose name was made to point here (DNS rebinding)
            speaks from the same origin, but by its own name.
        origins: of other sites that may use this server, such as `https://words.example.org`.
    """

    def __init__(
        self,
        app: ASGIApp,
        headers: dict[str, str],
        hosts: Sequence[str] = (),
        origins: Iterable[str] = (),
    ) -> None:
        self._app = app
        self._headers = headers
        self._hosts = [host.strip().lower().rstrip(".") for host in hosts]
        self._origins = {origin.strip().lower().rstrip("/") for origin in origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        reason = self._objection(Headers(scope=scope))
        if reason is None:
            await self._app(scope, receive, self._adding_headers(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": reason})
        else:
            answer = PlainTextResponse(reason, status_code=403)
            await answer(scope, receive, self._adding_headers(send))

    def _adding_headers(self, send: Send) -> Send:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        return send_with_headers

    def _objection(self, headers: Headers) -> str | None:
        """Say why a request is refused, if it is."""
        host = headers.get("host", "")
        if self._hosts and not any(_is_named(host, known) for known in self._hosts):
            return "this server is not known by that name"
        origin = headers.get("origin")
        if origin is not None:
            is_own = _is_same_host(origin, host) or origin.lower() in self._origins
            return None if is_own else "only pages of this server may ask"
        site = headers.get("sec-fetch-site", "none")
        is_link = headers.get("sec-fetch-mode") == "navigate"
        is_own = site in ("same-origin", "none") or is_link
        return None if is_own else "only pages of this server may ask"


def _is_same_host(origin: str, host: str) -> bool:
    scheme, _, place = origin.lower().partition("://")
    return scheme in ("http", "https") and place == host.lower() != ""


def _is_named(host: str, known: str) -> bool:
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:  # no name at all
        return False
    return known in ("*", name) or (known.startswith("*.") and name.endswith(known[1:]))


def hosts_of(address: str | None, allowed: Sequence[str]) -> Iterator[str]:
    """Give the names by which a server may be addressed; none where it may be by any.

    Args:
        address: on which it listens.
        allowed: names that were set on purpose.
    """
    yield from allowed
    if not allowed and address in LOOPBACK:
        yield from LOOPBACK
