"""`dashboard.visitor`: a browser is known again, by a cookie that nobody else can have."""

import pytest
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from dashboard.visitor import COOKIE, VisitorCookie, is_token, new_token, person_of
from tests.dashboard.coroutines import result_of


def ask(
    cookie: str | None = None, kind: str = "text/html; charset=utf-8", scheme: str = "http"
) -> Headers:
    """Ask for something with a cookie, and give the headers of the answer."""
    sent: list[Message] = []

    async def page(_scope: Scope, _receive: Receive, send: Send) -> None:
        raw = [(b"content-type", kind.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [] if cookie is None else [(b"cookie", cookie.encode("latin-1"))]
    request: Scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "scheme": scheme,
        "headers": raw,
    }
    result_of(VisitorCookie(page)(request, receive, send))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    return Headers(raw=sent[0]["headers"])


def given_token(headers: Headers) -> str:
    name, token = headers["set-cookie"].split(";")[0].split("=")
    assert name == COOKIE
    return token


def test_a_browser_gets_its_cookie_with_the_first_page_and_keeps_it() -> None:
    token = given_token(ask())
    assert is_token(token)
    assert "set-cookie" not in ask(f"other=1; {COOKIE}={token}")


def test_two_browsers_are_two_people() -> None:
    assert given_token(ask()) != given_token(ask())


def test_no_script_and_no_other_site_gets_at_the_cookie() -> None:
    plain = ask()["set-cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert "Secure" not in plain
    assert "Secure" in ask(scheme="https")["set-cookie"]


def test_only_pages_bring_it() -> None:
    assert "set-cookie" not in ask(kind="application/json")


@pytest.mark.parametrize("value", ["short", "x" * 33, "<script>", "a b", ""])
def test_a_cookie_that_was_not_given_here_is_replaced(value: str) -> None:
    assert is_token(given_token(ask(f"{COOKIE}={value}")))


def test_another_program_s_strange_cookie_does_no_harm() -> None:
    token = new_token()
    assert is_token(given_token(ask("a[b]=c; =; \x01")))
    assert "set-cookie" not in ask(f"a[b]=c; {COOKIE}={token}")


def test_the_name_of_a_person_does_not_betray_the_token() -> None:
    token = new_token()
    assert person_of(token) == person_of(token) != person_of(new_token())
    assert token not in person_of(token)
