"""`dashboard.entry_page`: what a page is told before its first script runs."""

import pytest

from dashboard.entry_page import routes, with_first_scripts

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
def test_the_server_is_named_and_back_is_settled_before_any_other_script_runs(
    base: str, address: str
) -> None:
    before, _, after = with_first_scripts(PAGE, base, 15).partition("<script>a()")
    assert f"BACKEND_BASE_URL: {address} }}" in before
    assert "history.pushState = " in before  # what it does is seen in a browser
    assert "usualTypeSize = 15" in before
    assert "sizeType(true)" in before  # so does this
    assert before.startswith(PAGE.partition("<script>")[0])
    assert PAGE.endswith(after)


def test_a_page_without_scripts_stays_as_it_is() -> None:
    assert with_first_scripts("<p>", "", 15) == "<p>"


@pytest.mark.parametrize(("base", "prefix"), [("", "/"), ("/room/", "/room/")])
def test_each_page_has_its_address_below_the_base(base: str, prefix: str) -> None:
    paths = [route.path for route in routes(PAGE, ["lecture", "data"], base)]
    assert paths == [prefix, f"{prefix}data", f"{prefix}lecture"]
