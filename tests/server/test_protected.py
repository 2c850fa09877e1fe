"""What the real server answers to those who mean no good: refusals, and rules for the browser."""

from __future__ import annotations

import re
import select
import socket
import tracemalloc
from importlib.resources import files

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from dashboard import live
from dashboard.protection import protective_headers
from tests.browser.server import Server
from tests.server.client import ask, opened, read_answer

INDEX = files("streamlit").joinpath("static", "index.html").read_text(encoding="utf-8")
SCRIPT = re.search(r'src="\.(/static/js/[^"]+)"', INDEX)[1]  # type: ignore[index]

# One address of every kind that there is, and how it is answered.
ROUTES = [
    ("GET", "/", 200),
    ("GET", "/lecture", 200),
    ("GET", "/no/such/page", 200),  # for whoever is no browser
    ("GET", SCRIPT, 200),
    ("GET", live.plotly_url(), 200),
    ("GET", "/_stcore/health", 200),
    ("GET", "/_stcore/host-config", 200),
    ("GET", "/live/nobody", 404),
    ("GET", "/live/nobody/name?text=em", 404),
    ("GET", "/media/nothing.csv", 404),
    ("GET", "/component/nothing/index.html", 404),
    ("GET", "/lecture/_stcore/health", 404),
    ("GET", "/../../etc/passwd", 400),
    ("GET", "/%2e%2e/%2e%2e/etc/passwd", 400),
    ("GET", "//evil.example/", 400),
    ("POST", "/", 405),
    ("POST", "/live/nobody", 405),
    ("PUT", "/_stcore/upload_file/session/file", 403),  # without a token
    ("DELETE", "/_stcore/upload_file/session/file", 403),
    ("OPTIONS", "/_stcore/upload_file/session/file", 204),
    ("POST", "/_stcore/agent/interact", 403),
]
FOREIGN = ("http://evil.example", "null", "http://localhost:1", "https://localhost.evil.example")


@pytest.mark.parametrize(("method", "path", "status"), ROUTES)
def test_every_answer_carries_the_rules_and_a_foreign_page_gets_none(
    server: Server, method: str, path: str, status: int
) -> None:
    answer = ask(server.port, path, method)
    assert answer.status == status
    refusal = ask(server.port, path, method, origin="http://evil.example")
    assert refusal.status == 403
    expected = {name.lower(): value for name, value in protective_headers(INDEX).items()}
    for headers in (answer.headers, refusal.headers):
        shown = {name: headers.get(name) for name in expected}
        scripts = "script-src 'self' blob: 'sha256-"
        assert scripts in str(shown.pop("content-security-policy"))
        assert shown == {k: v for k, v in expected.items() if k != "content-security-policy"}
    assert "root:x:" not in answer.text


def test_a_stream_has_the_rules_too_and_is_refused_to_other_pages_hosts_and_guesses(
    server: Server,
) -> None:
    with opened(server.port, "n_steps=100000000&batch_size=1024") as window:
        path = live.stream_url(window.run_id)
        answer = ask(server.port, path)
        assert answer.status == 200
        assert answer.text.startswith("id: ")
        assert "\ndata: {" in answer.text
        assert answer.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        for origin in FOREIGN:
            assert ask(server.port, path, origin=origin).status == 403
        assert ask(server.port, path, sec_fetch_site="cross-site").status == 403
        assert ask(server.port, path, host="evil.example").status == 403  # a name pointed here
        assert ask(server.port, path[:-1] + ("A" if path[-1] != "A" else "B")).status == 404


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_page_opens_no_websocket(server: Server, origin: str) -> None:
    with (
        pytest.raises(InvalidStatus) as refusal,
        connect(
            f"ws://localhost:{server.port}/_stcore/stream",
            origin=Origin(origin),
            subprotocols=[Subprotocol("streamlit")],
        ),
    ):
        pass
    assert refusal.value.response.status_code == 403


def token_of(server: Server) -> str:
    """Ask for what an upload has to prove itself by."""
    cookie = ask(server.port, "/_stcore/host-config").headers.get("set-cookie", "")
    cookie = cookie or ask(server.port, "/_stcore/health").headers.get("set-cookie", "")
    found = re.search(r"_streamlit_xsrf=([^;]+)", cookie)
    assert found is not None
    return found[1]


def multipart(content: bytes) -> bytes:
    head = b'--x\r\nContent-Disposition: form-data; name="f"; filename="../../run"\r\n\r\n'
    return head + content + b"\r\n--x--\r\n"


def test_an_upload_needs_a_token_a_session_and_a_size_within_the_limit(server: Server) -> None:
    token, kind = token_of(server), "multipart/form-data; boundary=x"
    with opened(server.port) as window:
        path = f"/_stcore/upload_file/{window.session_id}/one"

        def put(to: str, **headers: str | None) -> int:
            return ask(
                server.port, to, "PUT", multipart(b"a"), content_type=kind, **headers
            ).status

        proof = {"x_xsrftoken": token, "cookie": f"_streamlit_xsrf={token}"}
        assert put(path, **proof) == 204
        assert put(path, cookie=proof["cookie"]) == 403  # as another site's form would send it
        assert put(path, x_xsrftoken=token) == 403
        assert put(path, **proof | {"x_xsrftoken": "2|00|00|0"}) == 403
        assert put(path, origin="http://evil.example", **proof) == 403
        assert put("/_stcore/upload_file/nobody/one", **proof) == 400
        # A size that is told is refused before a byte of it was sent.
        assert put(path, content_length=str(21 * 2**20), **proof) == 413


def test_an_upload_that_hides_its_size_is_cut_off_on_the_way(server: Server) -> None:
    token = token_of(server)
    with opened(server.port) as window:
        head = (
            f"PUT /_stcore/upload_file/{window.session_id}/one HTTP/1.1\r\n"
            f"Host: localhost:{server.port}\r\nX-Xsrftoken: {token}\r\n"
            f"Cookie: _streamlit_xsrf={token}\r\nTransfer-Encoding: chunked\r\n"
            "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
        ).encode()
        piece = bytes(2**20)
        with socket.create_connection(("localhost", server.port), timeout=60) as connection:
            connection.sendall(head)
            send_chunk(connection, multipart(b"")[:-9])
            n_sent = 0
            while not has_answered(connection) and n_sent < 200:
                send_chunk(connection, piece)
                n_sent += 1
            assert read_answer(connection).status == 413
    assert n_sent < 60  # MiB of 200, what lies in buffers included


def has_answered(connection: socket.socket) -> bool:
    return bool(select.select([connection], [], [], 0)[0])


def send_chunk(connection: socket.socket, content: bytes) -> None:
    connection.sendall(f"{len(content):x}\r\n".encode() + content + b"\r\n")


def test_what_is_no_run_is_refused_by_its_head_and_takes_no_memory() -> None:
    from makemore import parse_run

    for head in (b"\x80\x04\x95", b"PK\x03\x04", b"\x7fELF", b"<html><script>", b"\x89PNG\r\n"):
        data = head + bytes(20 * 2**20)
        tracemalloc.start()
        with pytest.raises(ValueError, match="must be a whole safetensors file"):
            parse_run(data)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 100_000


def test_a_page_opened_by_its_own_address_says_where_its_server_is(server: Server) -> None:
    answer = ask(server.port, "/lecture?experiment=C")
    said = "<script>window.__streamlit = { BACKEND_BASE_URL: window.location.origin }</script>"
    assert answer.text.index(said) < answer.text.index('<script type="module"')
    assert answer.headers["content-type"].startswith("text/html")
    assert "makemore_visitor=" in answer.headers["set-cookie"]
