"""What the real server answers to addresses that somebody has typed."""

from __future__ import annotations

import pytest

from tests.browser.server import Server
from tests.server.client import ask

BROWSER = "text/html,application/xhtml+xml"


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("/nonsense", "/?no_page=nonsense"),
        ("/learn/init", "/learn?no_page=learn%2Finit"),
        ("/Lecture?run=x", "/lecture?run=x"),
        ("/train", "/"),
    ],
)
def test_an_address_that_names_no_page_leads_to_one(
    server: Server, typed: str, place: str
) -> None:
    answer = ask(server.port, typed, accept=BROWSER)
    assert (answer.status, answer.headers["location"]) == (302, place)
    page = ask(server.port, place, accept=BROWSER)
    assert page.status == 200
    assert "BACKEND_BASE_URL" in page.text  # our own first page


def test_what_is_no_page_is_no_stray_one_either(server: Server) -> None:
    answers = [ask(server.port, path, accept=BROWSER) for path in ("/_stcore/health", "/media/x")]
    assert [answer.status for answer in answers] == [200, 404]
