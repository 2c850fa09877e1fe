"""The server's own promises, seen from outside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from makemore import Store
from tests.browser.server import Server
from tests.browser.window import ENDLESS, Window

if TYPE_CHECKING:
    from playwright.sync_api import Browser

expect = pytest.importorskip("playwright.sync_api").expect


def test_who_mistypes_an_address_is_on_the_page_that_was_meant_and_told_so(
    window: Window,
) -> None:
    window.open("embeding", n_steps=100)
    expect(window.page.get_by_role("heading", level=1)).to_contain_text("Embeddings")
    expect(window.page.get_by_test_id("stToast")).to_contain_text(
        "There is no page “embeding” here. This is Embeddings"
    )
    assert "no_page" not in window.query
    window.open("learn/init")
    expect(window.page.get_by_role("heading", level=1)).to_contain_text("Learn")


def is_saved(run_id: str, folder: Path) -> bool:
    with Store(folder / "runs.sqlite") as store:
        return any(run.id == run_id and run.step > 0 for run in store.runs())


def test_a_run_outlives_a_killed_server_and_goes_on(chromium: Browser, tmp_path: Path) -> None:
    server = Server(tmp_path)
    person = chromium.new_context(bypass_csp=True)
    with server:
        window = Window(person.new_page(), server.url)
        window.open(**ENDLESS)
        window.wait_for_step(above=0)
        window.wait_until(lambda: is_saved(window.run_id, tmp_path))
        run_id = window.run_id
        server.kill()
    window.page.close()
    with server:
        window = Window(person.new_page(), server.url)
        window.open(run=run_id)
        expect(window.status).to_have_text("■ interrupted")
        assert window.run_id == run_id
        assert window.step > 0
        window.button("Continue").click()
        window.wait_for_step(above=window.step)
        expect(window.status).to_have_text("● training")
        window.page.context.close()
