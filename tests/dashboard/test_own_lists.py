"""A list of one's own: brought on the Data page, used by every page, seen for what it is."""

from collections.abc import Iterator
from math import log
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.corpus import bundled_dataset
from dashboard.jobs import TrainingJob
from dashboard.library import shared_library
from dashboard.limits import Limits
from dashboard.runner import shared_runner
from dashboard.state import MAX_PASTED
from makemore import dump_run, read_word_list
from tests.dashboard.conftest import PATIENCE_SECONDS, NewRun, run_with

MAIN = Path(__file__).parents[2] / "dashboard" / "main.py"
PAGES = sorted(file.name for file in (MAIN.parent / "app_pages").glob("*.py"))
CHAPTERS_OF_LETTERS = ("windows", "lookup", "side_by_side", "hidden", "probabilities", "splits")
CYRILLIC = ["Анна", "Борис", "Вера", "Глеб", "Дарья", "Ева", "Жанна", "Зоя", "Анна", "Иван"]


class Window:
    """One window of a browser."""

    def __init__(self, page: str = "data.py", **address: str) -> None:
        self.app = AppTest.from_file(str(MAIN), default_timeout=2 * PATIENCE_SECONDS)
        for name, value in address.items():
            self.app.query_params[name] = value
        self.go_to(page)

    def go_to(self, page: str) -> None:
        self.app.switch_page(f"app_pages/{page}").run()
        assert not self.app.exception

    def bring(self, text: str, name: str = "", *, is_folded: bool = False) -> None:
        """Fill in the form and send it."""
        for text_input in (*self.app.text_area, *self.app.text_input):
            if text_input.key and text_input.key.startswith(("own_list_text", "own_list_name")):
                text_input.set_value(text if "text" in text_input.key else name)
        (fold,) = (each for each in self.app.toggle if str(each.key).startswith("own_list_fold"))
        fold.set_value(is_folded)
        (use,) = (each for each in self.app.button if each.label == "Use this list")
        use.click().run()
        assert not self.app.exception

    @property
    def run(self) -> TrainingJob:
        job = shared_runner().find(self.app.query_params["run"])
        assert isinstance(job, TrainingJob)
        return job

    @property
    def said(self) -> str:
        kinds = (self.app.markdown, self.app.caption, self.app.error, self.app.info)
        boxes = [each.label for each in self.app.expander] + [e.value for e in self.app.success]
        return "\n".join([*(each.value for kind in kinds for each in kind), *boxes])

    @property
    def metrics(self) -> dict[str, str]:
        return {metric.label: str(metric.value) for metric in self.app.metric}

    def close(self) -> None:
        for name in ("run", "race", "sweep"):
            job = shared_runner().find(str(self.app.session_state.get(name) or ""))
            if job is not None:
                shared_runner().stop(job)


@pytest.fixture
def windows() -> Iterator[list[Window]]:
    opened: list[Window] = []
    yield opened
    for window in opened:
        window.close()


@pytest.fixture
def window(windows: list[Window]) -> Window:
    windows.append(Window())
    return windows[0]


def test_a_pasted_list_is_taken_with_a_report_of_what_was_left_out(window: Window) -> None:
    window.bring("\n".join([*CYRILLIC, "Иван Грозный", "!"]), "Имена")
    assert window.metrics["Names"] == "10"
    assert window.metrics["Distinct"] == "9"
    assert "**10** words taken, **2** lines left out" in window.said
    report = window.app.main.dataframe[0].value
    assert set(report["left out for"]) == {"a space inside", "a sign that is no letter"}
    assert "line 11: \u2068Иван Грозный\u2069" in set(report["such as"])
    entry = shared_library().find(window.app.query_params["words"])
    assert entry is not None
    assert entry.name == "Имена"


def test_capitals_are_small_letters_if_somebody_says_so(window: Window) -> None:
    window.bring("Anna\nanna\nBo\nbo")
    assert window.metrics["Symbols"] == "7"
    window.bring("Anna\nanna\nBo\nbo", is_folded=True)
    assert window.metrics["Symbols"] == "5"
    assert "nothing left out, 2 × capitals made small" in window.said


def test_a_text_that_is_too_long_to_be_pasted_is_told_its_length(window: Window) -> None:
    (box,) = (each for each in window.app.text_area if each.label == "Paste words")
    assert not box.proto.max_chars  # beyond which the browser would drop it without a word
    window.bring("ab\n" * (MAX_PASTED // 3 + 1))
    assert f"at most {MAX_PASTED:,} characters, this one has {MAX_PASTED + 1:,}" in window.said
    assert "words" not in window.app.query_params


def test_of_many_letters_the_most_frequent_are_shown_and_it_is_said(window: Window) -> None:
    signs = [chr(each) for each in range(0x561, 0x587)] + [chr(each) for each in range(97, 123)]
    window.bring("\n".join([*signs, *signs[10:], "b" * 9]))
    assert f"The 40 most frequent of {len(signs)} characters." in window.said
    window.app.segmented_control(key="data_picture").set_value("Letters").run()
    assert f"The 40 most frequent of {len(signs)} characters." in window.said
    assert "most frequent" not in Window().said


@pytest.mark.parametrize("chapter", ["init", "loss", "overfit"])
def test_a_chapter_says_what_an_even_guess_costs_among_the_lists_symbols(
    window: Window, chapter: str
) -> None:
    assert log(9) == pytest.approx(2.20, abs=0.005)
    window.bring("abcd\nefgh\ndcba")
    window.app.query_params["chapter"] = chapter
    window.go_to("learn.py")
    assert "2.20" in window.said
    assert "3.30" not in window.said


@pytest.mark.parametrize("text", ["\n".join(CYRILLIC), "Ab\nbc\nca"], ids=["Cyrillic", "three"])
def test_every_page_works_on_the_list(windows: list[Window], text: str) -> None:
    windows.append(window := Window())
    window.bring(text)
    words = text.split("\n")
    list_id = window.app.query_params["words"]
    for page in PAGES:
        window.go_to(page)
        assert not window.app.error
        assert window.app.query_params["words"] == list_id
        if page not in ("data.py", "learn.py", "lecture.py", "learning_rate.py"):
            assert window.run.dataset.words == words


def test_chapters_work_on_a_list_of_three_words(window: Window) -> None:
    window.bring("Ab\nbc\nca")
    for chapter in CHAPTERS_OF_LETTERS:
        window.app.session_state["chapter"] = chapter
        window.go_to("learn.py")
        assert not window.app.error, chapter


def test_two_lists_of_one_name_are_told_apart(window: Window) -> None:
    for text in ("abc\nbca\ncab", "cab\nabc\nbcc"):
        window.bring(text)
    (words,) = (each for each in window.app.selectbox if each.label == "Words")
    assert words.options == [
        "The bundled names",
        "\u2068my list\u2069 (3)",
        "\u2068my list\u2069 (3), 2",
    ]
    latest = window.app.query_params["words"]
    words.select("\u2068my list\u2069 (3), 2").run()
    assert window.app.query_params["words"] != latest


@pytest.mark.parametrize("label", ["\u2068my list\u2069 (3), 2", "The bundled names"])
def test_a_message_from_before_a_list_was_chosen_does_not_take_it_back(
    window: Window, label: str
) -> None:
    for text in ("abc\nbca\ncab", "cab\nabc\nbcc"):
        window.bring(text)
    latest = window.app.query_params["words"]
    (words,) = (each for each in window.app.selectbox if each.label == "Words")
    words.select(label).run()
    chosen = window.app.query_params.get("words")
    assert chosen != latest
    run_with(window.app, words=latest)
    (words,) = (each for each in window.app.selectbox if each.label == "Words")
    assert words.value == (chosen or "")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "There is no list yet: paste words, or choose a file."),
        (" \n\t", "There is no list yet"),
        ("ab", "A list must hold at least 3 words"),
        ("a b\nc d\ne f\ng", "got 1 (3 left out: a space inside)"),
        ("\n".join(map(chr, range(0x4E00, 0x4E00 + 30))), "at most 20 different characters"),
        ("\n".join("ab" for _ in range(51)), "at most 50 words"),
    ],
)
def test_what_is_no_list_changes_nothing_and_is_told(
    window: Window, text: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_runner(), "limits", Limits(max_words=50, max_symbols=20))
    window.bring(text)
    assert problem in window.app.error[0].value.replace("\\", "")
    assert "words" not in window.app.query_params
    assert window.metrics["Names"] == f"{len(bundled_dataset().words):,}"


@pytest.mark.parametrize(
    ("data", "problem"),
    [(b"\x89PNG\0\0\0", "must be a text"), (b"a" * 200, "at most"), (b"a\nb\nc", None)],
)
def test_an_upload_is_looked_at_before_it_is_read(
    window: Window, data: bytes, problem: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_runner(), "limits", Limits(max_words=3))  # 150 bytes
    (upload,) = (e for e in window.app.file_uploader if str(e.key).startswith("own_list"))
    upload.set_value(("../../**bold** names.txt", data, "text/plain"))
    window.bring("")
    if problem is not None:
        assert problem in window.app.error[0].value
        return
    (entry,) = shared_library().of(shared_library().find(window.app.query_params["words"]).owner)  # type: ignore[union-attr]
    assert entry.name == "../../**bold** names"  # shown as text, and no path of anything
    window.go_to("data.py")
    assert "**bold**" not in window.said


def test_split_by_name_no_held_out_name_was_trained_on(window: Window) -> None:
    (toggle,) = (each for each in window.app.toggle if each.label == "Split by name")
    toggle.set_value(True).run()
    assert window.app.query_params["split"] == "by_name"
    assert "| 0 (0%) |" in window.said
    window.go_to("train.py")
    split = window.run.dataset.split
    assert not set(split.train) & {*split.val, *split.test}


def test_a_list_in_a_link_can_be_used_and_only_its_owner_deletes_it(
    window: Window, windows: list[Window]
) -> None:
    window.bring("\n".join(CYRILLIC), "Имена")
    list_id = window.app.query_params["words"]
    windows.append(guest := Window("data.py", words=list_id))
    assert guest.metrics["Names"] == "10"
    assert "Delete" not in [each.label for each in guest.app.button]
    window.app.button(key="delete_list").click().run()
    assert "words" not in window.app.query_params
    windows.append(late := Window("data.py", words=list_id))
    assert "list of words in this link is no longer on this server" in late.said
    assert late.metrics["Names"] == f"{len(bundled_dataset().words):,}"


def test_a_run_of_another_list_says_so_in_a_quiet_line(window: Window) -> None:
    window.go_to("train.py")
    assert "trained on" not in window.said
    window.go_to("data.py")
    window.bring("\n".join(CYRILLIC), "*Имена*")
    window.go_to("samples.py")
    quiet = "trained on \u2068bundled names\u2069; Train begins one on \u2068\\*Имена\\*\u2069"
    assert quiet in window.said
    window.app.segmented_control(key="samples_view").set_value("Letter by letter").run()
    assert not window.app.exception


def test_names_to_begin_with_are_of_the_list(window: Window) -> None:
    window.bring("\n".join(CYRILLIC))
    window.go_to("learn.py")
    assert window.app.text_input(key="windows_name").value == "Анна"
    window.go_to("samples.py")
    window.app.segmented_control(key="samples_view").set_value("Letter by letter").run()
    assert "Type a name" not in window.said
    assert "name" not in window.app.query_params


def test_a_run_from_a_file_brings_its_words(window: Window, new_run: NewRun) -> None:
    job = new_run(n_steps=5)
    job.dataset = bundled_dataset()
    data = dump_run(new_run(n_steps=5).run())
    window.go_to("train.py")
    window.app.file_uploader(key="run_upload").set_value(("run.safetensors", data, "")).run()
    assert not window.app.exception
    assert len(window.run.dataset.words) == 200


def test_a_run_whose_words_are_too_many_is_not_taken(
    window: Window, new_run: NewRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = dump_run(new_run(n_steps=5).run())
    window.go_to("train.py")
    before = window.run
    monkeypatch.setattr(shared_runner(), "limits", Limits(max_words=199))
    window.app.file_uploader(key="run_upload").set_value(("run.safetensors", data, "")).run()
    assert window.run is before
    assert any("at most 199 words" in each.value for each in window.app.toast)


def test_sweeps_and_races_of_another_list_are_not_taken_for_those_of_this_one(
    window: Window,
) -> None:
    same_letters = ["abc\nbca\ncab\nabca", "cab\nabc\nbca\nbcab"]
    sweeps = set()
    for text in same_letters:
        window.go_to("data.py")
        window.bring(text)
        window.go_to("learning_rate.py")
        sweeps.add(window.app.session_state["sweep"])
    assert len(sweeps) == 2


def test_words_are_compared_in_one_form(window: Window) -> None:
    window.bring("Zoe\u0308\nZoë\nAna\nBea")
    assert window.metrics["Distinct"] == "3"
    found = read_word_list("Zoe\u0308\nZoë\nAna\nBea")
    assert shared_library().find(window.app.query_params["words"]).digest == found.digest  # type: ignore[union-attr]
