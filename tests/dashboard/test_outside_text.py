"""What comes from outside: any address leaves the page standing, and any text is shown as text."""

import html
import string
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from streamlit.testing.v1 import AppTest

from dashboard.jobs import TrainingJob
from dashboard.plain_text import as_text, shortened
from dashboard.runner import shared_runner
from makemore import ModelConfig, TrainConfig
from tests.dashboard.conftest import PATIENCE_SECONDS

MAIN = Path(__file__).parents[2] / "dashboard" / "main.py"
PAGES = sorted(path.name for path in (MAIN.parent / "app_pages").glob("*.py"))
SETTINGS = (
    *("recipe", "block_size", "n_embd", "n_hidden", "init", "lr", "n_steps", "batch_size", "seed"),
    *("optimizer", "schedule", "momentum", "weight_decay", "decay", "dropout"),
    *("lr_min", "lr_max", "sweep_steps", "sweep_axis"),
    *("n_names", "prefix", "temperature", "top_k", "sample_seed"),
)
NOT_SETTINGS = ("run", "train", "stop", "losses", "settings", "runs", "lr_exponent", "compared")
NONSENSE = (
    *("", "0", "-1", "1e400", "nan", "inf", "9" * 50, "2.5", "true", "null", "[]", "\x00", "%00"),
    *("<script>alert(1)</script>", "![x](http://evil.example/x.png)", "../../etc/passwd", "'; --"),
    *("adamw", "all", "quick", "scaled", "one_cycle", "exponent", "em", "64", "7", "0.5"),
)
ADDRESSES = st.dictionaries(
    st.sampled_from(SETTINGS) | st.sampled_from(NOT_SETTINGS) | st.text(max_size=9),
    st.sampled_from(NONSENSE) | st.text(max_size=30) | st.integers().map(str),
    min_size=6,
    max_size=24,
)


@contextmanager
def opened(page: str, address: Mapping[str, str]) -> Iterator[AppTest]:
    """Open a page as a visitor who comes by a link; at the end what was begun is stopped."""
    app = AppTest.from_file(str(MAIN), default_timeout=2 * PATIENCE_SECONDS)
    for name, value in address.items():
        app.query_params[name] = value
    if page != "train.py":
        app.switch_page(f"app_pages/{page}")
    yield app.run()
    for job_id in (app.session_state.get("run"), app.session_state.get("sweep")):
        job = shared_runner().find(job_id) if job_id else None
        if job is not None:
            shared_runner().stop(job)


def said(app: AppTest) -> list[str]:
    return [toast.value.replace("\\", "") for toast in app.toast]


@settings(max_examples=20, phases=[Phase.generate])  # to shrink would take minutes
@given(page=st.sampled_from(PAGES), address=ADDRESSES)
def test_no_address_brings_a_page_down(page: str, address: dict[str, str]) -> None:
    with opened(page, address) as app:
        assert not app.exception
        assert len(app.title) == 1
        assert not any("Traceback" in error.value for error in app.error)
        unknown = [name for name in address if name not in (*SETTINGS, "run")]
        assert bool(unknown) <= bool(said(app))


@pytest.mark.parametrize("page", PAGES)
def test_empty_settings_are_as_none_at_all(page: str) -> None:
    with opened(page, dict.fromkeys(SETTINGS, "")) as app:
        assert not app.exception
        job = shared_runner().find(app.query_params.get("run", ""))
        if isinstance(job, TrainingJob):
            assert job.model_config == ModelConfig()
            assert job.train_config == TrainConfig(((100_000, 0.1),), eval_interval=2_000)


def test_what_the_address_asked_in_vain_is_named() -> None:
    with opened("train.py", {"n_hidden": "99999", "seed": "7", "depht": "3"}) as app:
        (word,) = said(app)
        assert "n_hidden = 99999, depht = 3" in word
        assert "seed" not in word
        assert app.number_input(key="seed").value == 7
        assert not app.run().toast  # it is said once


def test_an_address_that_named_no_page_is_named_once() -> None:
    with opened("data.py", {"no_page": "![x](//e)", "seed": "7"}) as app:
        (word,) = said(app)
        assert (
            word == "There is no page “![x](//e)” here. This is Data; the others are named above."
        )
        assert r"\!\[x\]\(" in app.toast[0].value
        assert "no_page" not in app.query_params
        assert not app.run().toast


def test_an_address_that_is_followed_needs_no_word() -> None:
    address = {"n_hidden": "50", "lr": "0.10", "batch_size": "all", "init": "scaled", "seed": "7"}
    with opened("train.py", address) as app:
        assert not app.toast
    with opened("samples.py", {"prefix": "em", "top_k": "5", "temperature": "0.5"}) as app:
        assert not app.toast


def test_of_a_long_address_no_more_is_named_than_fits() -> None:
    with opened("train.py", {f"a{n}": "x" * 99 for n in range(9)}) as app:
        (word,) = said(app)
        assert "and 4 more" in word
        assert "x" * 41 not in word


def test_a_prefix_that_is_refused_is_shown_as_text() -> None:
    picture = "![x](//e/x.png)<b>"
    with opened("samples.py", {"prefix": picture, "n_steps": "5"}) as app:
        (error,) = app.error
        shown = html.unescape(MarkdownIt("commonmark").renderInline(error.value))
        assert shown == error.value.replace("\\", "")


@given(st.text() | st.text(string.punctuation + " ax\n"))
def test_text_from_outside_is_shown_as_it_is(text: str) -> None:
    shown = html.unescape(MarkdownIt("js-default").renderInline(as_text(text)))
    assert shown == " ".join(text.split()).replace("\0", "\ufffd")


@pytest.mark.parametrize("length", [1, 4, 10])
def test_a_text_that_is_cut_shows_it(length: int) -> None:
    assert shortened("abcd", length) == "abcd"[: length - (length < 4)] + "…" * (length < 4)
