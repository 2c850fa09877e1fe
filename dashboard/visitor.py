"""Whose browser it is: a cookie that no script can read, and what is made of it.

Streamlit's sessions end with every reload; runs belong to a person for longer than that.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import TypeGuard

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "makemore_visitor"
_MAX_AGE_SECONDS = 365 * 86_400
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")


def new_token() -> str:
    """Make what a browser proves by that it is the same one as before: 192 random bits."""
    return secrets.token_urlsafe(24)


def is_token(text: object) -> TypeGuard[str]:
    """Whether this could have been made by `new_token`."""
    return isinstance(text, str) and _TOKEN.fullmatch(text) is not None


def person_of(token: str) -> str:
    """Give the name under which a browser's runs are kept; it does not betray the token."""
    return hashlib.sha256(token.encode()).hexdigest()[:32]


class VisitorCookie:
    """Middleware that gives each browser its cookie with the first page it asks for."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; add the cookie to a page's answer where it is missing."""
        is_new = scope["type"] == "http" and not is_token(_cookie_of(scope))

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("set-cookie", _set_cookie(scope.get("scheme") == "https"))
            await send(message)

        await self.app(scope, receive, send_with_cookie if is_new else send)


def _cookie_of(scope: Scope) -> str | None:
    return cookie_parser(Headers(scope=scope).get("cookie", "")).get(COOKIE)


def _set_cookie(is_secure: bool) -> str:
    # Lax: whoever follows a link from elsewhere is still themselves.
    parts = [f"{COOKIE}={new_token()}", "Path=/", f"Max-Age={_MAX_AGE_SECONDS}", "HttpOnly"]
    return "; ".join([*parts, "SameSite=Lax", *(["Secure"] if is_secure else [])])
