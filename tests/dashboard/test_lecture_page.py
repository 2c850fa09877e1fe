"""The Lecture page, its job and its figures: each experiment one click, theirs beside ours."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.corpus import bundled_dataset
from dashboard.experiment_job import ExperimentJob
from dashboard.figures.experiments import INTERVAL, OURS, THEIRS, plot_spread, plot_steps
from dashboard.jobs import State
from dashboard.runner import Runner, shared_runner
from dashboard.studies import Study
from makemore import EXPERIMENTS, Comparison, Dataset, Experiment, Spread, Stage, run_experiment
from makemore.experiments import Figure, Training
from tests.dashboard.conftest import PATIENCE_SECONDS, Until

MAIN = Path(__file__).parents[2] / "dashboard" / "main.py"

OpenLecture = Callable[..., AppTest]

SMALL = Experiment(
    *("G", "Small", "Sixty steps.", "nowhere"),
    parts=(Training((Figure(2.5, "all", 60),), (Stage(60, 0.1),), ("all",)),),
)


@pytest.fixture
def open_lecture() -> Iterator[OpenLecture]:
    windows: list[AppTest] = []

    def open_one(**address: str) -> AppTest:
        app = AppTest.from_file(str(MAIN), default_timeout=2 * PATIENCE_SECONDS)
        windows.append(app)
        for name, value in address.items():
            app.query_params[name] = value
        return app.switch_page("app_pages/lecture.py").run()

    yield open_one
    for app in windows:
        for job in jobs_of(app).values():
            shared_runner().stop(job)


def jobs_of(app: AppTest) -> dict[str, ExperimentJob]:
    ids = app.session_state.get("experiment_jobs") or {}
    found = {name: shared_runner().find(job_id) for name, job_id in ids.items()}
    return {name: job for name, job in found.items() if isinstance(job, ExperimentJob)}


def text_of(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.markdown, *app.caption, *app.info])


def test_a_job_gives_what_the_package_gives(runner: Runner, until: Until) -> None:
    words = bundled_dataset().words[:200]
    job = ExperimentJob(SMALL, Dataset(words), (1, 2))
    assert job.result.comparisons[0].verdict == "open"
    runner.start(job)
    until(lambda: job.state.is_final)
    assert job.state is State.DONE
    assert job.progress == 1
    expected = run_experiment(SMALL, words, (1, 2))
    assert job.result.comparisons == expected.comparisons


def test_a_stopped_job_keeps_what_it_has_found(runner: Runner, until: Until) -> None:
    (part,) = SMALL.parts
    assert isinstance(part, Training)
    long = replace(part, stages=(Stage(60, 0.1), Stage(90_000_000, 0.1)), data=("all", "all"))
    job = ExperimentJob(replace(SMALL, parts=(long,)), Dataset(bundled_dataset().words[:200]), [1])
    runner.start(job)
    until(lambda: job.result.comparisons[0].ours.values)
    runner.stop(job)
    assert job.state is State.STOPPED
    assert 0 < job.progress < 1
    assert len(job.result.comparisons[0].ours.values) == 1


def test_opening_the_page_meets_the_lectures_first_figures(
    open_lecture: OpenLecture, until: Until
) -> None:
    app = open_lecture()
    until(lambda: jobs_of(app)["A"].state is State.DONE)
    app.run()
    assert not app.exception
    shown = text_of(app)
    assert "| loss of step 1 | 19.136564 | 19.1365" in shown
    assert shown.count("✓ met |") == 10
    assert "32,178 names" in shown


def test_the_letter_of_an_experiment_that_is_over_at_once_says_so(
    open_lecture: OpenLecture, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = shared_runner().start

    def start_and_wait(job: ExperimentJob) -> None:
        start(job)
        until(lambda: job.state.is_final)

    monkeypatch.setattr(shared_runner(), "start", start_and_wait)
    assert open_lecture().segmented_control(key="experiment").options[0] == "A ✓"


def test_every_experiment_can_be_looked_at(open_lecture: OpenLecture) -> None:
    app = open_lecture()
    for name, experiment in EXPERIMENTS.items():
        app.segmented_control(key="experiment").set_value(name).run()
        assert not app.exception
        assert app.subheader[0].value == f"{name}. {experiment.title}"
        assert experiment.slip in text_of(app)


def test_a_long_experiment_waits_for_a_click_and_can_be_stopped(
    open_lecture: OpenLecture, until: Until
) -> None:
    app = open_lecture(experiment="K", experiment_seeds="3")
    assert jobs_of(app) == {}
    app.button(key="run_experiment").click().run()
    job = jobs_of(app)["K"]
    until(lambda: job.progress > 0)
    assert job.result.seeds == (42, 43, 44)
    app.button(key="stop_experiment").click().run()
    assert job.state is State.STOPPED
    assert not app.exception
    assert app.button(key="run_experiment").label == "Run again"


def test_all_can_be_begun_and_stopped_at_once(open_lecture: OpenLecture) -> None:
    app = open_lecture(experiment="L")
    app.button(key="run_all").click().run()
    assert list(jobs_of(app)) == list(EXPERIMENTS)
    app.button(key="stop_all").click().run()
    assert all(job.state.is_final for job in jobs_of(app).values())
    assert not app.exception


class Endless(Study):
    """Holds a place that others wait for."""

    progress = 0.0

    def _advance(self, n_steps: int) -> None:
        time.sleep(0.001)


def test_an_experiment_that_waits_for_others_says_its_place(
    open_lecture: OpenLecture, until: Until
) -> None:
    others = [Endless() for _ in range(shared_runner().limits.max_studies)]
    for study in others:
        shared_runner().start(study)
    try:
        app = open_lecture()
        assert jobs_of(app)["A"].state is State.WAITING
        told = app.get("progress")[0].proto.text
        assert told == "Waiting for others to finish: place 1 in the queue"
        app.button(key="stop_experiment").click().run()
        assert jobs_of(app)["A"].state is State.STOPPED
        assert "Stopped at 0%." in text_of(app)
        app.button(key="run_experiment").click().run()
        shared_runner().stop(others[0])
        until(lambda: jobs_of(app)["A"].state is State.DONE)
    finally:
        for study in others:
            shared_runner().discard(study)


def test_another_experiment_in_the_address_is_shown(open_lecture: OpenLecture) -> None:
    assert open_lecture(experiment="C").subheader[0].value == "C. Three splits"
    assert not open_lecture(experiment="Z").exception


def comparison(value: float, *ours: float, step: int = 1) -> Comparison:
    return Comparison("", Figure(value, "minibatch", step), Spread(ours), "inside")


def test_steps_are_drawn_as_they_are() -> None:
    figure = plot_steps([comparison(19.1, 19.2), comparison(13.4, 13.5, step=2), comparison(9, 9)])
    ours, theirs = figure.data
    assert list(ours.y) == [19.2, 13.5, 9]
    assert list(theirs.y) == [19.1, 13.4, 9]
    assert figure.layout.yaxis.title.text == "loss (nats per character)"


def test_a_row_holds_dots_bar_and_mark() -> None:
    first, second = comparison(2.5, 2.4, 2.5, 2.6), comparison(2.3, 2.2, step=9)
    figure = plot_spread([first, second])
    traces = {trace.name: trace for trace in figure.data}
    assert list(traces[OURS].x) == [2.4, 2.5, 2.6, 2.2]
    assert list(traces[OURS].y) == ["minibatch at 1"] * 3 + ["minibatch at 9"]
    assert list(traces[THEIRS].x) == [2.5, 2.3]
    assert first.ours.interval is not None
    assert list(traces[INTERVAL].x) == [*first.ours.interval, None]  # one seed has no bar
    assert list(figure.layout.yaxis.categoryarray) == ["minibatch at 9", "minibatch at 1"]


def test_rates_are_drawn_on_a_log_axis_and_nothing_gives_empty_axes() -> None:
    rates = Comparison("", Figure(0.1, "lr"), Spread((0.1, 0.2), is_log=True), "inside")
    assert plot_spread([rates]).layout.xaxis.type == "log"
    assert len(plot_spread([]).data) == 3
    assert len(plot_steps([]).data) == 2


def test_all_experiments_stand_in_one_table_with_their_verdicts(
    open_lecture: OpenLecture, until: Until
) -> None:
    app = open_lecture(experiment="A")
    assert "| G. At the chosen rate |  |  | not run yet |" in text_of(app)
    until(lambda: jobs_of(app)["A"].state.is_final)
    app.run()
    assert "| A. Overfit two names | 0.612997 | 0.612997 | ✓ 10 met |" in text_of(app)
    app.button(key="run_all").click().run()
    app.button(key="stop_all").click().run()
    assert "| stopped |" in text_of(app)
    assert "not run yet" not in text_of(app)
    assert not app.exception
