"""The Learn page: every chapter can be played with, and its code is true."""

import base64
import json
import math
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import stdev
from string import Template
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from dashboard.components.chapters import CHAPTERS
from dashboard.corpus import bundled_dataset
from dashboard.curve import LossCurve
from dashboard.figures.chapters import (
    RaceLook,
    plot_bars,
    plot_cells,
    plot_distribution,
    plot_race,
    plot_saturation,
)
from dashboard.figures.climb import plot_climb
from dashboard.figures.joining import plot_joining
from dashboard.jobs import State, TrainingJob
from dashboard.race_job import RaceJob, Racer
from dashboard.runner import Runner, shared_runner
from makemore import (
    MLP,
    RECIPES,
    Dataset,
    History,
    ModelConfig,
    TrainConfig,
    Trainer,
    build_examples,
    compare_with_tables,
    join_models,
    model_losses,
)
from makemore.loss_table import MODEL
from tests.dashboard.conftest import (
    AROUND_PAGES,
    PATIENCE_SECONDS,
    Until,
    assert_same_weights,
    press_back,
    run_with,
)

MAIN = Path(__file__).parents[2] / "dashboard" / "main.py"
SNIPPETS = sorted((MAIN.parent / "components" / "chapters" / "snippets").glob("*.py"))

SHOWN_GROUPS = ("train", "validation", "validation, unseen")

OpenChapter = Callable[..., AppTest]

# A control of each chapter, and another value for it.
TOUCHES = {
    "windows": ("slider", "windows_length", 5),
    "lookup": ("selectbox", "lookup_letter", "q"),
    "side_by_side": ("slider", "beside_size", 4),
    "hidden": ("slider", "layer_bias", 4.0),
    "probabilities": ("text_input", "probs_text", "qu"),
    "loss": ("text_input", "loss_logits", "1, 2, 3"),
    "overfit": ("slider", "overfit_names", 1),
    "batches": ("select_slider", "batch_few", 4),
    "rate": ("slider", "rate_mine", 0.0),
    "decay": ("slider", "decay_at", 2_000),
    "splits": ("slider", "splits_seed", 7),
    "larger_hidden": ("select_slider", "larger_hidden", 10),
    "embeddings": ("select_slider", "plane_steps", 300),
    "larger_embedding": ("select_slider", "larger_embedding", 30),
    "sampling": ("slider", "draw_seed", 7),
    "init": ("slider", "init_first", 5.0),
    "beyond": ("select_slider", "beyond_hidden", 25),
    "ensemble": ("slider", "joined_networks", 2),
}
RACES = (
    "embeddings",
    "overfit",
    "batches",
    "rate",
    "decay",
    "larger_hidden",
    "larger_embedding",
    "beyond",
    "ensemble",
)


@pytest.fixture
def open_chapter() -> Iterator[OpenChapter]:
    windows: list[AppTest] = []

    def open_one(slug: str, **address: str) -> AppTest:
        app = AppTest.from_file(str(MAIN), default_timeout=2 * PATIENCE_SECONDS)
        windows.append(app)
        for name, value in {"chapter": slug, **address}.items():
            app.query_params[name] = value
        return app.switch_page("app_pages/learn.py").run()

    yield open_one
    for app in windows:
        job = shared_runner().find(app.session_state.get("race") or "")
        if job is not None:
            shared_runner().stop(job)


def race_of(app: AppTest) -> RaceJob:
    job = shared_runner().find(app.session_state["race"])
    assert isinstance(job, RaceJob)
    return job


def chart_of(app: AppTest) -> Any:  # noqa: ANN401
    """Give the figure of the page's first chart."""
    components = [each.proto for each in app.get("bidi_component")]
    shown = [each for each in components if not each.component_name.endswith(AROUND_PAGES)]
    return json.loads(shown[0].json)["figure"]


def values(array: Any) -> Any:  # noqa: ANN401
    """Decode an array of a figure."""
    return np.frombuffer(base64.b64decode(array["bdata"]), array["dtype"])


def text_of(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.markdown, *app.caption])


def test_every_chapter_has_its_code_and_all_code_its_chapter() -> None:
    assert {file.stem for file in SNIPPETS} == set(CHAPTERS)


@pytest.mark.parametrize("file", SNIPPETS, ids=lambda file: file.stem)
def test_the_code_of_a_chapter_holds_what_it_asserts(file: Path) -> None:
    assert "assert" in file.read_text(encoding="utf-8")
    runpy.run_path(str(file))


def test_a_message_from_before_a_choice_does_not_take_it_back_but_back_does(
    open_chapter: OpenChapter,
) -> None:
    app = open_chapter("windows")
    app.selectbox(key="chapter").set_value("lookup").run()
    run_with(app, chapter="windows")
    assert app.query_params["chapter"] == app.selectbox(key="chapter").value == "lookup"
    press_back(app, chapter="windows")
    assert app.query_params["chapter"] == app.selectbox(key="chapter").value == "windows"


def touch(app: AppTest, slug: str) -> None:
    """Move one of a chapter's controls."""
    kind, key, value = TOUCHES[slug]
    getattr(app, kind)(key=key).set_value(value).run()


def picture_of(app: AppTest, slug: str) -> object:
    """Give what a chapter shows: the runs of a race, which draw as they go, or else a figure."""
    return race_of(app).racers if slug in RACES else chart_of(app)


def test_one_can_walk_through_all_chapters_and_back_and_a_touch_moves_each_picture(
    open_chapter: OpenChapter,
) -> None:
    slugs = list(CHAPTERS)
    app = open_chapter(slugs[0])
    assert app.button(key="chapter_back").disabled
    for slug in slugs:
        assert not app.exception
        assert not app.error
        assert app.query_params["chapter"] == app.selectbox(key="chapter").value == slug
        assert app.subheader[0].value.endswith(CHAPTERS[slug].title)
        assert chart_of(app)["data"]
        question = Template(CHAPTERS[slug].question).substitute(size=27, even="3.30")  # ln 27
        assert question in app.info[0].value
        assert app.code[0].value == CHAPTERS[slug].code.strip()
        before = picture_of(app, slug)
        touch(app, slug)
        assert picture_of(app, slug) != before, slug
        if slug != slugs[-1]:
            app.button(key="chapter_next").click().run()
    assert app.button(key="chapter_next").disabled
    app.button(key="chapter_back").click().run()
    assert app.selectbox(key="chapter").value == slugs[-2]


def test_an_unknown_chapter_in_the_address_does_no_harm(open_chapter: OpenChapter) -> None:
    app = open_chapter("nowhere")
    assert not app.exception
    assert app.selectbox(key="chapter").value == next(iter(CHAPTERS))


def test_the_windows_are_those_of_the_name(open_chapter: OpenChapter) -> None:
    app = open_chapter("windows", windows_length="2")
    texts = chart_of(app)["data"][0]["text"]
    assert ["".join(row) for row in texts] == ["..e", ".em", "emm", "mma", "ma."]
    app.text_input(key="windows_name").set_value("Ava").run()
    assert ["".join(row) for row in chart_of(app)["data"][0]["text"]] == [
        *("..a", ".av", "ava", "va.")
    ]


def test_a_name_with_other_signs_is_explained(open_chapter: OpenChapter) -> None:
    app = open_chapter("windows")
    for name in ("", "em ma", "ol1via", "<b>x</b>", "名"):
        app.text_input(key="windows_name").set_value(name).run()
        assert not app.exception
        assert app.error[0].value.startswith("No windows: ")


def test_three_ways_to_look_up_and_to_concatenate_are_shown_equal(
    open_chapter: OpenChapter,
) -> None:
    for slug in ("lookup", "side_by_side"):
        table = text_of(open_chapter(slug))
        assert table.count("| yes |") == 3
        assert "| no |" not in table
    assert "| yes | 0 |" in table  # the view copies nothing
    assert "| yes | 72 |" in table


def test_large_logits_overflow_by_hand_only(open_chapter: OpenChapter) -> None:
    app = open_chapter("loss")
    assert "| 100 | inf | nan | 1 |" in text_of(app)
    assert "by hand **NaN" in text_of(app)
    app.text_input(key="loss_logits").set_value("-2, -3, 0, 5").run()
    assert "| 5 | 148.4 | 0.9921 | 0.9921 |" in text_of(app)
    assert f"by hand **{-math.log(0.99208):.4f}**" in text_of(app)


def test_what_are_no_logits_is_explained(open_chapter: OpenChapter) -> None:
    app = open_chapter("loss")
    for text in ("", "1", "a, b", "1e400, 2", "nan, 1", ", ".join("1" * 13)):
        app.text_input(key="loss_logits").set_value(text).run()
        assert not app.exception
        assert app.error[0].value.startswith("Logits must be 2 to 12 numbers")


def test_probabilities_are_those_of_the_run_in_front_of_you(
    open_chapter: OpenChapter, until: Until
) -> None:
    app = open_chapter("probabilities")
    assert "A model that has learnt nothing" in text_of(app)
    app.switch_page("app_pages/train.py").run()
    job = shared_runner().find(app.query_params["run"])
    assert job is not None
    until(lambda: job.version > 0)
    shared_runner().stop(job)
    app.switch_page("app_pages/learn.py").run()
    app.selectbox(key="chapter").set_value("probabilities").run()
    assert "Your run after" in text_of(app)


def test_the_least_possible_loss_stands_below_the_overfit_run(
    open_chapter: OpenChapter, until: Until
) -> None:
    app = open_chapter("overfit", overfit_steps="1000")
    job = race_of(app)
    until(lambda: job.state.is_final)
    app.run()
    assert "below **0.1155** nats" in text_of(app)
    (lane,) = job.lanes
    assert 0.1155 < lane.curve.train[-1] < 0.13


def test_a_touched_widget_begins_other_runs_and_an_untouched_one_none(
    open_chapter: OpenChapter,
) -> None:
    app = open_chapter("rate")
    first = race_of(app)
    app.run()
    assert race_of(app) is first
    app.slider(key="rate_mine").set_value(-0.5).run()
    second = race_of(app)
    assert second is not first
    assert first.state.is_final
    assert second.racers[2].train.stages[0].lr == pytest.approx(10**-0.5)
    if not second.state.is_final:
        app.button(key="stop_race").click().run()
    assert second.state.is_final
    app.run()
    app.button(key="race_again").click().run()
    third = race_of(app)
    assert third is not second
    assert third.racers == second.racers
    assert not app.exception


def test_a_run_is_set_beside_the_count_tables_on_names_it_has_never_seen(
    open_chapter: OpenChapter, until: Until
) -> None:
    app = open_chapter("beyond", beyond_steps="300", beyond_hidden="25", beyond_length="3")
    job = race_of(app)
    until(lambda: job.state.is_final)
    app.run()
    dataset = bundled_dataset()
    expected = compare_with_tables(job.model(0), dataset)
    for name, row in (("5-gram", "5-gram"), (MODEL, "this run")):
        losses = [
            f"{expected.loss(name, group):.4f}"
            for group in ("train", "validation", "validation, unseen")
        ]
        assert f"| {row} | {' | '.join(losses)} |" in text_of(app)
    assert f"{expected.loss(MODEL, 'test'):.4f}" not in text_of(app)
    loss = expected.loss(MODEL, "validation")
    assert f"After 300 of 300 steps: **{loss:.4f}** nats, better than" in text_of(app)


def test_one_click_trains_the_recipe_that_goes_furthest(open_chapter: OpenChapter) -> None:
    app = open_chapter("beyond", beyond_steps="300", beyond_hidden="25", beyond_length="3")
    app.button(key="train_beyond").click().run()
    assert not app.exception
    assert app.selectbox(key="recipe").value == "beyond"
    job = shared_runner().find(app.query_params["run"])
    assert isinstance(job, TrainingJob)
    shared_runner().stop(job)
    assert job.model_config == RECIPES["beyond"].model
    links = [link.proto.label for link in app.get("page_link")]
    assert "See it on the Train page →" in links


def test_networks_as_one_are_set_beside_each_of_them_and_one_of_as_many_units(
    open_chapter: OpenChapter, until: Until
) -> None:
    app = open_chapter(
        "ensemble", joined_networks="2", joined_hidden="25", joined_steps="300", joined_seed="7"
    )
    job = race_of(app)
    assert [racer.train.seed for racer in job.racers] == [7, 8, 7]
    assert [racer.model.n_hidden for racer in job.racers] == [25, 25, 50]
    until(lambda: job.state.is_final)
    app.run()
    dataset = bundled_dataset()
    models = [job.model(number) for number in range(3)]
    joined = compare_with_tables(join_models(models[:2]), dataset)
    alone = [model_losses(model, dataset) for model in models]
    places = [[group.name for group in joined.groups].index(name) for name in SHOWN_GROUPS]
    rows = {
        "5-gram": [f"{joined.losses['5-gram'][place]:.4f}" for place in places],
        "one of 50 units": [f"{alone[2][place]:.4f}" for place in places],
        "each alone": [
            f"{(alone[0][n] + alone[1][n]) / 2:.4f} ± {stdev([alone[0][n], alone[1][n]]):.4f}"
            for n in places
        ],
        "the 2 as one": [f"{joined.losses[MODEL][place]:.4f}" for place in places],
    }
    for name, losses in rows.items():
        assert f"| {name} | {' | '.join(losses)} |" in text_of(app)
    assert f"{joined.loss(MODEL, 'test'):.4f}" not in text_of(app)
    figures = {metric.label: metric.value for metric in app.metric}
    val = joined.loss(MODEL, "validation")
    best = min(alone[0][places[1]], alone[1][places[1]])
    assert figures["As one"] == f"{val:.4f}"
    assert figures["The best alone"] == f"{best:.4f}"
    assert figures["Better than"] == f"{sum(val < each[places[1]] for each in alone[:2])} of 2"
    app.toggle(key="joined_beside_one").set_value(False).run()
    assert len(race_of(app).racers) == 2


def test_each_network_is_drawn_above_what_they_lose_as_one() -> None:
    figure = plot_joining([2.2, 2.3], [2.2, 2.1], {"bigram": 2.25, "far": 3.0}, {"one": 1.9})
    alone, joined = figure.data
    assert (list(alone.y), list(joined.y)) == ([2.2, 2.3], [2.2, 2.1])
    assert list(alone.x) == list(joined.x) == [1, 2]
    assert [each.text for each in figure.layout.annotations] == ["bigram 2.25", "one 1.90"]
    low, high = figure.layout.yaxis.range
    assert low < 1.9 < 2.3 < high < 3.0
    assert figure.layout.yaxis.title.text == "validation loss (nats per character)"
    assert not plot_joining([], [], {"bigram": 2.25}, {}).layout.annotations


def test_count_tables_are_marked_where_the_run_passes_them() -> None:
    steps, val = np.array([10, 20, 30], np.int32), np.array([3.0, 2.4, 2.1], np.float32)
    nothing = np.empty(0, np.float32)
    curve = LossCurve(nothing.astype(np.int32), *[nothing] * 3, steps, val, val)
    rungs = {"uniform": 3.3, "bigram": 2.45, "trigram": 2.2, "5-gram": 2.04}
    figure = plot_climb(curve, rungs, 30)
    assert [each.text for each in figure.layout.annotations] == [
        "uniform 3.3000, beaten by step 10",
        "bigram 2.4500, beaten by step 20",
        "trigram 2.2000, beaten by step 30",
        "5-gram 2.0400",
    ]
    colours = [each.line.color for each in figure.layout.shapes]
    assert len(set(colours[:3])) == 1
    assert colours[3] not in colours[:3]
    low, high = figure.layout.yaxis.range
    assert low < 2.04 < 3.3 < high
    empty = plot_climb(LossCurve.of(History()), rungs, 30)
    assert not any("beaten" in each.text for each in empty.layout.annotations)
    assert empty.layout.xaxis.range == figure.layout.xaxis.range  # nothing jumps while it trains


def race(n_steps: int = 40) -> tuple[Racer, ...]:
    plan = TrainConfig(((n_steps, 0.1),), eval_interval=10)
    return (
        Racer("all", ModelConfig(n_hidden=10), plan),
        Racer("three names", ModelConfig(n_hidden=10), plan, ("emma", "olivia", "ava")),
    )


@pytest.fixture
def small() -> Dataset:
    return Dataset(bundled_dataset().words[:600])


def test_each_run_of_a_race_is_what_it_is_alone(
    runner: Runner, until: Until, small: Dataset
) -> None:
    job = RaceJob(small, race())
    runner.start(job)
    until(lambda: job.state.is_final)
    assert job.state is State.DONE
    assert job.progress == 1
    three = build_examples(small.words[:3], small.vocabulary, 3)
    for number, examples in enumerate((small.examples(3).train, three)):
        racer = job.racers[number]
        alone = Trainer(
            RaceJob(small, race()).model(number), examples, racer.train, small.examples(3).val
        )
        event = alone.advance(40)
        lane = job.lanes[number]
        assert lane.step == 40
        np.testing.assert_allclose(lane.curve.mean, event.losses, rtol=1e-6)
        assert lane.curve.val.tolist() == pytest.approx(
            [each.val_loss for each in event.evaluations]
        )
        assert_same_weights(job.model(number), alone.model)


def test_a_diverging_run_leaves_the_other_alone(
    runner: Runner, until: Until, small: Dataset
) -> None:
    good, other = race()
    bad = other._replace(train=TrainConfig(((40, 1e30),), eval_interval=None))
    job = RaceJob(small, (good, bad))
    runner.start(job)
    until(lambda: job.state.is_final)
    assert job.state is State.DONE
    assert job.progress == 1
    first, second = job.lanes
    assert (first.step, first.message) == (40, None)
    assert second.message is not None
    assert "lower the rate" in second.message


def test_a_race_is_drawn_with_a_line_a_run(small: Dataset) -> None:
    job = RaceJob(small, race())
    while not job.state.is_final:
        job.run_slice()
    for kind, points in (("minibatch", 40), ("validation", 4)):
        figure = plot_race(job.lanes, RaceLook(kind, floor=("floor", 0.5)))  # type: ignore[arg-type]
        assert [trace.name for trace in figure.data] == ["all", "three names"]
        assert len(figure.data[0].y) == points
        assert figure.layout.annotations[0].text == "floor = 0.5000"
    assert len({trace.line.dash for trace in figure.data}) == 2
    assert not plot_race([], RaceLook()).data


def test_both_splits_of_a_race_are_told_apart(small: Dataset) -> None:
    job = RaceJob(small, race()[:1])
    while not job.state.is_final:
        job.run_slice()
    training, validation = plot_race(job.lanes, RaceLook("both splits")).data
    assert (training.name, validation.name) == ("all: training", "all: validation")
    assert list(training.y) == list(job.lanes[0].curve.train)
    assert list(validation.y) == list(job.lanes[0].curve.val)
    assert training.line.dash != validation.line.dash


def test_a_race_can_be_drawn_against_examples_and_seconds(small: Dataset) -> None:
    n_train = len(small.examples(3).train)
    few, every = (
        Racer(str(size), ModelConfig(n_hidden=10), TrainConfig(((40, 0.1),), size, 10))
        for size in (32, None)
    )
    job = RaceJob(small, (few, every))
    while not job.state.is_final:
        job.run_slice()
    by_examples = plot_race(job.lanes, RaceLook(against="examples")).data
    assert [trace.x[-1] for trace in by_examples] == [40 * 32, 40 * n_train]
    by_seconds = plot_race(job.lanes, RaceLook(against="seconds")).data
    paces = [lane.seconds_a_step for lane in job.lanes]
    assert all(pace > 0 for pace in paces)
    assert [trace.x[-1] for trace in by_seconds] == pytest.approx([40 * each for each in paces])


def test_a_name_is_drawn_by_the_run_in_front_of_you_a_row_a_letter(
    open_chapter: OpenChapter,
) -> None:
    app = open_chapter("sampling", draw_seed="3")
    (cells,) = chart_of(app)["data"]
    drawn = ["".join(row) for row in cells["text"]]
    name = "".join(drawn).rstrip(".")
    assert f"draws **{name}**" in text_of(app).replace("\\", "")
    contexts = [row.split(": ")[1] for row in cells["y"]]
    padded = f"...{name}"
    assert contexts == [padded[place : place + 3] for place in range(len(drawn))]


def test_the_lectures_untrained_table_is_what_0_steps_show(open_chapter: OpenChapter) -> None:
    app = open_chapter("embeddings", plane_steps="0")
    marks = [trace for trace in chart_of(app)["data"] if trace["mode"] == "markers"]
    shown = {
        letter: (x, y)
        for trace in marks
        for letter, x, y in zip(trace["text"], values(trace["x"]), values(trace["y"]), strict=True)
    }
    table = MLP(ModelConfig(), torch.Generator().manual_seed(42)).C
    for letter, row in zip(bundled_dataset().vocabulary.characters, table.tolist(), strict=True):
        assert shown[letter] == pytest.approx(tuple(row))


def test_where_the_rate_changes_a_race_says_so_and_a_floor_of_0_needs_no_logarithm(
    small: Dataset,
) -> None:
    falling = TrainConfig(((20, 0.1), (20, 0.01)), eval_interval=None)
    job = RaceJob(small, (Racer("falling", ModelConfig(n_hidden=10), falling),))
    figure = plot_race(job.lanes, RaceLook(is_log=True, floor=("least", 0.0)))
    (mark,) = figure.layout.annotations
    assert (mark.x, mark.text) == (20, "rate 0.01 from here")
    assert figure.layout.yaxis.type == "log"


def test_a_race_has_quiet_lines_of_the_count_tables_among_its_losses(small: Dataset) -> None:
    job = RaceJob(small, (Racer("run", ModelConfig(n_hidden=10), TrainConfig(((40, 0.1),))),))
    assert not plot_race(job.lanes, RaceLook(), {"bigram": 2.5}).layout.annotations
    while not job.state.is_final:
        job.run_slice()
    (line,) = plot_race(job.lanes, RaceLook()).data
    low, high = float(min(line.y)), float(max(line.y))
    rungs = {"uniform": (low + high) / 2, "bigram": low + 0.1, "far": low - 0.1, "over": high + 1}
    for is_log in (False, True):
        layout = plot_race(job.lanes, RaceLook(is_log=is_log), rungs).layout
        assert [each.text.split()[0] for each in layout.annotations] == ["uniform", "bigram"]
        assert [shape.y0 for shape in layout.shapes] == [rungs["uniform"], rungs["bigram"]]
        expected = math.log10(rungs["bigram"]) if is_log else rungs["bigram"]
        assert layout.annotations[1].y == pytest.approx(expected)
    with_floor = plot_race(job.lanes, RaceLook(floor=("ln 27", 3.3)), rungs)
    told = [each.text for each in with_floor.layout.annotations]
    assert told == ["ln 27 = 3.3000", f"bigram {rungs['bigram']:.2f}"]


def test_dead_units_are_marked_and_saturated_ones_seen() -> None:
    h = np.array([[0.99, 0.99, 0.1], [-0.98, 0.2, 0.0]])
    (cells,) = plot_saturation(h, 0.97).data
    assert cells.z.tolist() == [[-1, 1, 0], [-1, 0, 0]]
    assert plot_saturation(np.empty((0, 3)), 0.97).data


def test_the_training_loss_of_a_ladder_falls_on_where_the_validation_loss_turns(
    open_chapter: OpenChapter,
) -> None:
    app = open_chapter("splits")
    training, validation = chart_of(app)["data"]
    assert training["y"] == sorted(training["y"], reverse=True)
    assert min(validation["y"]) < validation["y"][-1]
    app.toggle(key="splits_test").set_value(True).run()
    assert [line["name"] for line in chart_of(app)["data"]] == ["training", "validation", "test"]
    before = chart_of(app)
    app.slider(key="splits_seed").set_value(7).run()
    assert chart_of(app) != before


def test_what_is_added_to_all_logits_changes_counts_and_no_probability(
    open_chapter: OpenChapter,
) -> None:
    heights = {}
    for shift in ("0", "3"):
        for stage in ("counts", "probabilities"):
            app = open_chapter("probabilities", probs_shift=shift, probs_stage=stage)
            heights[stage, shift] = values(chart_of(app)["data"][0]["y"])
    np.testing.assert_allclose(
        heights["counts", "3"], heights["counts", "0"] * math.exp(3), rtol=1e-4
    )
    np.testing.assert_allclose(
        heights["probabilities", "3"], heights["probabilities", "0"], rtol=1e-3, atol=1e-6
    )


def test_a_view_is_refused_where_the_numbers_lie_otherwise(open_chapter: OpenChapter) -> None:
    assert "**is refused**" in text_of(open_chapter("side_by_side"))
    assert "works." in text_of(open_chapter("side_by_side", beside_size="1"))


def test_pictures_show_the_numbers_they_are_given() -> None:
    values = np.array([[1.0, -2.0], [0.5, 0.25]])
    (cells,) = plot_cells(values, ["a", "b"], ["x", "y"]).data
    assert np.array_equal(cells.z, values)
    assert (cells.zmin, cells.zmax) == (-2, 2)
    assert cells.text[0][1] == "-2.00"
    (bars,) = plot_bars(["a", "b"], values[0], "name", "height", marked="b").data
    assert list(bars.y) == [1, -2]
    assert bars.marker.color[0] != bars.marker.color[1]
    (shares,) = plot_distribution(np.array([-0.99, 0.99, 0.985]), "x", (-1, 1)).data
    assert shares.y[0] == pytest.approx(1 / 3)
    assert shares.y[-1] == pytest.approx(2 / 3)
    assert plot_cells(np.empty((0, 0)), [], []).data
    assert sum(plot_distribution(np.empty(0), "x", (-1, 1)).data[0].y) == 0
