"""The Data and the Inside page: the numbers of the list and of the run in front of you."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.corpus import bundled_dataset
from dashboard.jobs import TrainingJob
from dashboard.runner import shared_runner
from makemore import Activations, Examples, overlaps, tensor_health
from tests.dashboard.conftest import AROUND_PAGES, PATIENCE_SECONDS, NewRun, Until, let_turns_pass

MAIN = Path(__file__).parents[2] / "dashboard" / "main.py"

OpenPage = Callable[..., AppTest]


@pytest.fixture
def open_page() -> Iterator[OpenPage]:
    windows: list[AppTest] = []

    def open_one(page: str, **address: str) -> AppTest:
        app = AppTest.from_file(str(MAIN), default_timeout=2 * PATIENCE_SECONDS)
        windows.append(app)
        for name, value in address.items():
            app.query_params[name] = value
        return app.switch_page(f"app_pages/{page}").run()

    yield open_one
    for app in windows:
        job = shared_runner().find(app.query_params.get("run") or "")
        if job is not None:
            shared_runner().stop(job)


def trace_of(app: AppTest) -> Any:  # noqa: ANN401
    components = [each.proto for each in app.get("bidi_component")]
    (shown,) = [each for each in components if not each.component_name.endswith(AROUND_PAGES)]
    return json.loads(shown.json)["figure"]["data"][0]


def numbers(array: Any) -> np.ndarray:  # noqa: ANN401
    """Give an array of a figure as NumPy has it."""
    if isinstance(array, dict):
        values = np.frombuffer(base64.b64decode(array["bdata"]), array["dtype"])
        return (
            values.reshape([int(n) for n in array["shape"].split(",")])
            if "shape" in array
            else values
        )
    return np.array(array)


def text_of(app: AppTest) -> str:
    return "\n".join(element.value for element in app.main.markdown)


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: str(metric.value) for metric in app.metric}


def test_the_data_page_counts_the_names(open_page: OpenPage) -> None:
    app = open_page("data.py")
    words = bundled_dataset().words
    assert not app.exception
    assert metrics(app) == {
        "Names": f"{len(words):,}",
        "Distinct": f"{len(set(words)):,}",
        "Repeated": f"{len(words) - len(set(words)):,}",
        "Symbols": "27",
        "Examples": f"{sum(map(len, words)) + len(words):,}",
    }
    validation = overlaps(bundled_dataset().split)["validation"]
    assert f"| {validation.n_known:,} ({validation.share:.0%}) |" in text_of(app)


def test_every_picture_of_the_data_can_be_looked_at(open_page: OpenPage) -> None:
    app = open_page("data.py")
    shares = numbers(trace_of(app)["z"])
    np.testing.assert_allclose(shares.sum(1), 1)
    app.segmented_control(key="data_picture").set_value("Letters").run()
    words = bundled_dataset().words
    assert numbers(trace_of(app)["y"])[0] == sum(word.count("a") for word in words)
    app.segmented_control(key="data_picture").set_value("Lengths").run()
    assert numbers(trace_of(app)["y"]).sum() == len(words)
    assert not app.exception


def test_inside_shows_the_model_of_the_run(open_page: OpenPage, until: Until) -> None:
    app = open_page("inside.py", n_hidden="50")
    job = shared_runner().find(app.query_params["run"])
    assert isinstance(job, TrainingJob)
    until(lambda: job.step > 0)
    shared_runner().stop(job)
    let_turns_pass(shared_runner(), until)
    app.run()
    assert not app.exception
    val = job.dataset.examples(3).val
    some = Examples(val.x[:1_000], val.y[:1_000])
    inside = Activations.of(job.model(), some)
    assert metrics(app) == {
        "First loss": f"{job.history.losses[0]:.2f}",
        "ln 27": "3.30",
        "Loss now": f"{inside.loss:.2f}",
        "Saturated": f"{inside.saturated:.0%}",
        "Dead units": f"{inside.dead_units:,}",
    }
    for each in tensor_health(job.model(), some, job.snapshot().lr):
        assert f"| `{each.name}` | {each.std:.4f} |" in text_of(app)


def test_inside_says_of_a_run_that_it_has_diverged(
    open_page: OpenPage, new_run: NewRun, until: Until
) -> None:
    job = new_run(lr=1e38)
    shared_runner().start(job)
    until(lambda: job.state.is_final)
    app = open_page("inside.py", run=job.id)
    assert not app.exception
    (said,) = app.error
    assert "The run diverged: the loss is" in said.value
