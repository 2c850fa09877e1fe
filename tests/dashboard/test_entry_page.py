"""`dashboard.entry_page`: what a page is told before its first script runs."""

import pytest

from dashboard.entry_page import routes, with_server_address

PAGE = "<head><title>x</title><script>a()</script><script src='b'></script></head>"


@pytest.mark.parametrize(
    ("base", "address"),
    [
        ("", "window.location.origin"),
        ("/", "window.location.origin"),
        ("room/", "window.location.origin + '/room'"),
        ("/a/b", "window.location.origin + '/a/b'"),
    ],
)
def test_the_server_is_named_before_any_script_looks_for_it(base: str, address: str) -> None:
    told = with_server_address(PAGE, base)
    before, _, after = told.partition("<script>a()")
    assert f"BACKEND_BASE_URL: {address} }}" in before
    assert "b" in after
    assert told.replace(told[told.index("<script>w") : told.index("<script>a")], "") == PAGE


def test_a_page_without_scripts_stays_as_it_is() -> None:
    assert with_server_address("<p>", "") == "<p>"


@pytest.mark.parametrize(("base", "path"), [("", "/lecture"), ("/room/", "/room/lecture")])
def test_each_page_has_its_address_below_the_base(base: str, path: str) -> None:
    assert [route.path for route in routes(PAGE, ["lecture", "data"], base)] == [
        path.replace("lecture", "data"),
        path,
    ]
