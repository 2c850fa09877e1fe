"""A journey with a list of one's own: pasted, trained on, and there after a reload."""

from __future__ import annotations

from tests.browser.window import Window

WORDS = ["Анна", "Борис", "Вера", "Žofie", "José", "Łucja", "Ольга", "Zoë"]
PASTED = "\n".join([*WORDS, "two words", "a.b"])

IS_UPRIGHT = "gd._fullLayout.yaxis.range[0] < gd._fullLayout.yaxis.range[1]"
# Pairs of labels on the plot that lie on each other.
HIDDEN = """(() => {
    const labels = [...gd.querySelectorAll(".annotation-text")];
    const boxes = labels.map(each => each.getBoundingClientRect());
    return boxes.flatMap((one, n) => boxes.slice(n + 1).filter(other =>
        one.left < other.right && other.left < one.right &&
        one.top < other.bottom - 1 && other.top < one.bottom - 1)).length;
})()"""


def paste(window: Window, text: str) -> None:
    window.page.get_by_text("Bring your own list").click()
    window.page.get_by_role("textbox", name="Paste words").fill(text)
    window.button("Use this list").click()


def test_a_pasted_list_is_reported_on_trained_on_sampled_from_and_outlives_a_reload(
    window: Window,
) -> None:
    window.open(n_steps=200, n_hidden=10)
    window.go_to("Data")
    paste(window, PASTED)
    window.page.get_by_text("8 words taken, 2 lines left out").wait_for()
    window.by_key("data_picture").get_by_role("radio", name="Letters").click()
    window.wait_until(lambda: window.ask_plot("gd.data[0].type") == "bar")
    window.wait_until(lambda: window.ask_plot(IS_UPRIGHT))  # the heat map's first row is on top

    window.button("Train on it").click()
    window.wait_for_page("Train")
    window.page.locator(".chart-state[data-state=done]").wait_for()
    assert window.query["n_hidden"] == "10"
    window.page.locator(".annotation-text").first.wait_for()
    window.wait_until(lambda: window.ask_plot(HIDDEN) == 0)
    run, words = window.run_id, window.query["words"]

    window.go_to("Samples")
    names = window.page.locator(".names li button")
    names.first.wait_for()
    assert set("".join(names.all_inner_texts())) <= set("".join(WORDS))

    window.page.reload()
    window.wait_for_page("Samples")
    names.first.wait_for()
    assert (window.run_id, window.query["words"]) == (run, words)
    window.go_to("Data")
    window.page.get_by_text("8 words taken, 2 lines left out").wait_for()
    window.button("Train on it").wait_for()
