"""`dashboard.stray_address`: whoever asks for no page is led to one, and nobody else."""

import pytest
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from dashboard.stray_address import StrayAddresses
from tests.dashboard.coroutines import result_of

BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"


def ask(
    path: str,
    query: str = "",
    base: str = "",
    accept: str = BROWSER,
    kind: str = "text/html; charset=utf-8",
    status: int = 200,
) -> str | None:
    """Ask a server that has an answer for everything; give where one is led, if one is."""
    sent: list[Message] = []

    async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
        raw = [(b"content-type", kind.encode())]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": b"answer"})

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    request: Scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": query.encode(),
        "headers": [(b"accept", accept.encode())],
    }
    app = StrayAddresses(answer, ["data", "learning_rate"], "train", base)
    result_of(app(request, receive, send))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    if sent[0]["status"] == 302:
        assert not sent[1]["body"]
        return Headers(raw=sent[0]["headers"])["location"]
    assert (sent[0]["status"], sent[1]["body"]) == (status, b"answer")
    return None


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/nonsense", "/?no_page=nonsense"),
        ("/learning-rate", "/learning_rate?no_page=learning-rate"),
        ("/dta", "/data?no_page=dta"),
        ("/data/more", "/data?no_page=data%2Fmore"),
        ("/Data", "/data"),
        ("/train", "/"),
        ("/index.html", "/?no_page=index.html"),
        ("/é&run=x", "/?no_page=%C3%A9%26run%3Dx"),
        ("/" + "x" * 1_000, "/?no_page=" + "x" * 100),
    ],
)
def test_a_mistyped_address_leads_to_the_page_that_comes_closest(path: str, place: str) -> None:
    assert ask(path) == place


def test_the_settings_of_a_mistyped_address_are_kept() -> None:
    assert ask("/dta", "run=a%20b&lr=1") == "/data?run=a%20b&lr=1&no_page=dta"
    assert ask("/train", "run=a") == "/?run=a"


def test_all_of_it_holds_below_a_base() -> None:
    assert ask("/room/dta", base="/room/") == "/room/data?no_page=dta"
    assert ask("/room/train", base="room") == "/room/"
    assert ask("/room/data", base="room") is None


def test_pages_and_all_that_is_no_page_are_answered_as_they_are() -> None:
    for page in ("/", "/data", "/learning_rate"):
        assert ask(page) is None
    assert ask("/static/gone.js", accept="*/*") is None
    assert ask("/_stcore/health", kind="text/plain") is None
    assert ask("/media/gone", status=404) is None
