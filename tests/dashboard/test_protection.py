"""`dashboard.protection`: who may ask this server, and what every answer says to the browser."""

import re
from pathlib import Path
from typing import Any

import pytest
import streamlit
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send

from dashboard.protection import Protection, content_policy, hosts_of, protective_headers
from tests.dashboard.coroutines import result_of

HOST = "words.example.org:8501"
INDEX = Path(streamlit.__file__).parent / "static" / "index.html"
HEADERS = protective_headers("<script>\n  let a = 1\n</script>")


async def greet(scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer anybody."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-own", b"1")]})
    await send({"type": "http.response.body", "body": b"hello"})


def ask(
    headers: dict[str, str],
    kind: str = "http",
    **settings: Any,  # noqa: ANN401
) -> dict[str, Any]:
    """Give the first message of the answer."""
    sent: list[Any] = []

    async def send(message: Any) -> None:  # noqa: ANN401
        sent.append(message)

    async def receive() -> Any:  # noqa: ANN401
        return {"type": f"{kind}.connect"}

    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    scope = {"type": kind, "method": "GET", "path": "/", "headers": raw}
    result_of(Protection(greet, HEADERS, **settings)(scope, receive, send))
    first: dict[str, Any] = sent[0]
    return first


def is_let_in(headers: dict[str, str], **settings: Any) -> bool:  # noqa: ANN401
    """Say whether a request is answered, as a page and as a websocket alike."""
    page = ask(headers, **settings)["status"]
    socket = ask(headers, "websocket", **settings)["type"]
    assert (page, socket) in ((200, "websocket.accept"), (403, "websocket.close"))
    return bool(page == 200)


@pytest.mark.parametrize(
    ("origin", "is_own"),
    [
        (None, True),  # no browser, which has nobody to be protected from
        (f"http://{HOST}", True),
        (f"https://{HOST}", True),  # behind a proxy that speaks TLS
        (f"HTTP://{HOST.upper()}", True),
        ("http://words.example.org", False),
        ("http://localhost:3000", False),
        ("http://evil.example", False),
        (f"http://{HOST}.evil.example", False),
        (f"http://evil.example/http://{HOST}", False),
        (f"http://{HOST}@evil.example", False),
        ("null", False),  # a sandboxed frame, a file
        ("", False),
    ],
)
def test_other_origins_are_refused(origin: str | None, is_own: bool) -> None:
    headers = {"host": HOST} | ({} if origin is None else {"origin": origin})
    assert is_let_in(headers) == is_own


def test_an_origin_that_was_allowed_on_purpose_is_let_in() -> None:
    headers = {"host": HOST, "origin": "https://school.example"}
    assert is_let_in(headers, origins=["https://school.example/"])
    assert not is_let_in(headers, origins=["https://other.example"])


@pytest.mark.parametrize(
    ("site", "mode", "is_own"),
    [
        ("same-origin", "cors", True),
        ("none", "navigate", True),
        ("cross-site", "navigate", True),  # a link to a run
        ("cross-site", "no-cors", False),
        ("same-site", "cors", False),
    ],
)
def test_other_sites_may_link_to_a_page_but_not_load_it(
    site: str, mode: str, is_own: bool
) -> None:
    headers = {"host": HOST, "sec-fetch-site": site, "sec-fetch-mode": mode}
    assert is_let_in(headers) == is_own


@pytest.mark.parametrize(
    ("host", "is_known"),
    [
        ("localhost:8501", True),
        ("LOCALHOST.:8501", True),
        ("127.0.0.1", True),
        ("[::1]:8501", True),
        ("evil.example:8501", False),
        ("localhost.evil.example", False),
        ("localhost@evil.example", False),
        ("[", False),
        ("", False),
    ],
)
def test_a_server_on_loopback_answers_to_no_other_name(host: str, is_known: bool) -> None:
    hosts = list(hosts_of("localhost", []))
    assert is_let_in({"host": host}, hosts=hosts) == is_known
    assert is_let_in({"host": host})  # where no name was agreed upon


def test_names_set_on_purpose_replace_those_of_loopback() -> None:
    hosts = list(hosts_of("localhost", ["*.example.org", "words.test"]))
    names = ("a.example.org", "words.test:80", "localhost", "badexample.org", "example.org")
    assert [is_let_in({"host": name}, hosts=hosts) for name in names] == [True, True, *[False] * 3]
    assert list(hosts_of("0.0.0.0", [])) == []  # a room has any address


@given(
    st.dictionaries(
        st.sampled_from(["host", "origin", "sec-fetch-site", "sec-fetch-mode"]),
        st.text(st.characters(max_codepoint=255)) | st.sampled_from(["[", "http://[", "a:b"]),
    )
)
def test_whatever_the_headers_say_a_request_is_let_in_or_refused(headers: dict[str, str]) -> None:
    is_let_in(headers, hosts=["localhost"])
    is_let_in(headers)


@pytest.mark.parametrize("origin", [f"http://{HOST}", "http://evil.example"])
def test_every_answer_has_the_headers_and_keeps_its_own(origin: str) -> None:
    answer = ask({"host": HOST, "origin": origin})
    headers = {name.decode(): value.decode() for name, value in answer["headers"]}
    assert {name: headers[name.lower()] for name in HEADERS} == HEADERS
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert ("x-own" in headers) == (answer["status"] == 200)


def test_the_policy_lets_only_the_scripts_of_this_server_run() -> None:
    policy = dict(
        directive.split(" ", 1) for directive in content_policy(INDEX.read_text()).split("; ")
    )
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    assert policy["connect-src"] == "'self'"
    assert re.fullmatch(r"'self' blob:( 'sha256-[\w+/=]+')+", policy["script-src"])
    for value in policy.values():
        assert set(re.findall(r"[\w.]+:", value)) <= {"data:", "blob:"}  # no other site


def test_an_inline_script_is_known_by_its_digest() -> None:
    # printf 'a' | openssl dgst -sha256 -binary | base64
    digest = "ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs="
    assert f"'sha256-{digest}'" in content_policy("<head><script>a</script></head>")
