"""The pages under their own content policy, which the other journeys go without."""

from collections.abc import Callable

from tests.browser.window import Window

PAGES = ("Learning rate", "Embeddings", "Samples", "Train")


def test_every_page_keeps_to_the_content_policy(open_window: Callable[..., Window]) -> None:
    window = open_window(bypass_csp=False)
    window.open_trained(n_steps=2_000)
    for page in PAGES:
        window.go_to(page)
        if page == "Samples":
            window.page.locator(".names li").first.wait_for()
        else:
            window.plot.locator(".main-svg").first.wait_for()
    assert window.went_wrong == []  # what the policy forbids is an error in the console
