"""`dashboard.figures`: each draws the very numbers it was given, and nothing else happens."""

import html
from collections.abc import Callable
from math import exp, log

import numpy as np
import plotly.graph_objects as go
import pytest
import torch

from dashboard.curve import LossCurve
from dashboard.figures.embedding import plot_embedding, spread_labels
from dashboard.figures.losses import MAX_MARKS, loss_traces, mark_rate_changes, plot_losses
from dashboard.figures.novelty import plot_origins
from dashboard.figures.theme import LINE_LABEL
from dashboard.units import LOSS_UNITS
from makemore import (
    Evaluation,
    History,
    OriginCounts,
    Projection,
    Vocabulary,
    project_embedding,
)

LETTERS = Vocabulary.from_words(["abcdefghijklmnopqrstuvwxyz"])
NO_HISTORY = History()
ORIGIN_COUNTS = [OriginCounts(10, 6, 2, 2, 5), OriginCounts(10, 2, 1, 7, 0)]


def history() -> History:
    losses = np.array([3.3, 3.1, 2.9, 2.8, 2.6], np.float32)
    evaluations = [Evaluation(2, 3.0, 3.2), Evaluation(5, 2.7, 2.75)]
    return History.of(losses, np.full(5, 0.1, np.float32), evaluations)


def table(n_embd: int, vocabulary: Vocabulary = LETTERS) -> torch.Tensor:
    return torch.randn(vocabulary.size, n_embd, generator=torch.Generator().manual_seed(3))


def projection(n_embd: int = 2) -> Projection:
    return project_embedding(table(n_embd))


def named(figure: go.Figure, name: str) -> go.Scatter:
    (trace,) = (trace for trace in figure.data if trace.name == name)
    return trace


def legend(figure: go.Figure) -> list[str]:
    return [trace.name for trace in figure.data if trace.showlegend is not False]


def titles(figure: go.Figure) -> tuple[str, str]:
    return figure.layout.xaxis.title.text, figure.layout.yaxis.title.text


FIGURES: dict[str, Callable[[], go.Figure]] = {
    "losses": lambda: plot_losses(LossCurve.of(history()), 27),
    "losses, empty": lambda: plot_losses(LossCurve.of(NO_HISTORY), 27),
    "origins": lambda: plot_origins([0.5, 1.0], ORIGIN_COUNTS, 1.0),
    "origins, empty": lambda: plot_origins([], [], 1.0),
    "embedding": lambda: plot_embedding(projection(), LETTERS),
    "embedding, 10 dimensions": lambda: plot_embedding(projection(10), LETTERS),
}


@pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES.keys())
def test_a_figure_is_valid_and_the_same_every_time(draw: Callable[[], go.Figure]) -> None:
    figure = draw()
    assert figure.to_json() == draw().to_json()
    go.Figure(figure.to_dict())  # plotly checks every word of it


@pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES.keys())
def test_a_figure_has_named_axes_and_keeps_a_zoom(draw: Callable[[], go.Figure]) -> None:
    figure = draw()
    assert all(titles(figure))
    assert figure.layout.uirevision == "kept"
    assert all(trace.name for trace in figure.data)


def test_the_loss_figure_draws_every_step_and_every_evaluation() -> None:
    figure = plot_losses(LossCurve.of(history()), 27)
    np.testing.assert_array_equal(named(figure, "minibatch").x, [1, 2, 3, 4, 5])
    np.testing.assert_array_equal(named(figure, "minibatch").y, history().losses)
    np.testing.assert_array_equal(named(figure, "training split").x, [2, 5])
    np.testing.assert_array_equal(
        named(figure, "training split").y, np.array([3.0, 2.7], np.float32)
    )
    np.testing.assert_array_equal(
        named(figure, "validation split").y, np.array([3.2, 2.75], np.float32)
    )
    assert titles(figure) == ("step", "loss (nats per character)")


def test_the_band_goes_along_the_highest_losses_and_back_along_the_lowest() -> None:
    losses = np.random.default_rng(0).normal(2.5, 0.2, 1_500).astype(np.float32)
    curve = LossCurve.of(History.of(losses, losses, []))
    band = named(plot_losses(curve, 27), "minibatch range")
    np.testing.assert_array_equal(band.x, [*curve.steps, *curve.steps[::-1]])
    np.testing.assert_array_equal(band.y, [*curve.high, *curve.low[::-1]])


def test_the_live_traces_are_those_of_the_figure_by_name_and_order() -> None:
    curve = LossCurve.of(history())
    live, figure = loss_traces(curve), plot_losses(curve, 27)
    assert list(live) == [trace.name for trace in figure.data]
    for trace in figure.data:
        x, y = live[trace.name]
        np.testing.assert_array_equal(trace.x, x)
        np.testing.assert_array_equal(trace.y, y)


def test_the_loss_figure_shows_what_a_uniform_guess_would_cost() -> None:
    figure = plot_losses(LossCurve.of(NO_HISTORY), 27)
    assert figure.layout.shapes[0].y0 == figure.layout.shapes[0].y1 == log(27)
    assert figure.layout.annotations[0].text == "uniform guess, ln 27 = 3.30"
    assert "ln 40 = 3.69" in plot_losses(LossCurve.of(history()), 40).layout.annotations[0].text


def test_the_loss_axis_stays_within_the_range_of_the_curve() -> None:
    curve = LossCurve.of(history())
    limits = plot_losses(curve, 27).layout.yaxis.autorangeoptions
    assert (limits.clipmin, limits.clipmax) == curve.loss_range


LADDER = {"unigram": 2.82, "bigram": 2.45, "4-gram": 2.08, "5-gram": 2.04}


def test_baselines_are_labelled_lines_and_labels_of_lines_may_be_written_side_by_side() -> None:
    figure = plot_losses(LossCurve.of(history()), 27, baselines=LADDER)
    assert [line.y0 for line in figure.layout.shapes] == [log(27), *LADDER.values()]
    labels = figure.layout.annotations[1:]
    assert [label.text for label in labels] == [f"{name} {y:.2f}" for name, y in LADDER.items()]
    assert {label.name for label in figure.layout.annotations} == {LINE_LABEL}
    without = plot_losses(LossCurve.of(history()), 27)
    assert figure.layout.yaxis == without.layout.yaxis  # the curve keeps its room


def test_every_loss_of_the_figure_is_in_the_unit_that_was_asked_for() -> None:
    nats, bits, perplexity = (
        plot_losses(LossCurve.of(history()), 27, {"run 2": LossCurve.of(history())}, LADDER, unit)
        for unit in LOSS_UNITS
    )
    for plain, *converted in zip(nats.data, bits.data, perplexity.data, strict=True):
        np.testing.assert_allclose(converted[0].y, plain.y / log(2), rtol=1e-6)
        np.testing.assert_allclose(converted[1].y, np.exp(plain.y), rtol=1e-5)
    for plain, *converted in zip(
        nats.layout.shapes, bits.layout.shapes, perplexity.layout.shapes, strict=True
    ):
        assert [line.y0 for line in converted] == pytest.approx([plain.y0 / log(2), exp(plain.y0)])
    texts = [figure.layout.annotations[0].text for figure in (bits, perplexity)]
    assert texts == ["uniform guess, 4.75", "uniform guess, 27.00"]
    clips = [figure.layout.yaxis.autorangeoptions.clipmax for figure in (nats, bits, perplexity)]
    assert clips[1:] == pytest.approx([clips[0] / log(2), exp(clips[0])])
    assert titles(bits)[1] == "loss (bits per character)"


def test_a_zoom_of_the_loss_axis_holds_for_one_unit() -> None:
    kept = {
        plot_losses(LossCurve.of(history()), 27, unit=u).layout.yaxis.uirevision
        for u in LOSS_UNITS
    }
    assert kept == set(LOSS_UNITS)


def test_shares_of_drawn_names_are_drawn_by_temperature() -> None:
    figure = plot_origins([0.5, 1.0], ORIGIN_COUNTS, 0.7)
    assert named(figure, "new").y == (0.2, 0.7)
    assert named(figure, "in the training names").y == (0.6, 0.2)
    assert named(figure, "held out").y == (0.2, 0.1)
    assert named(figure, "drawn before").y == (0.5, 0.0)
    assert figure.layout.shapes[0].x0 == 0.7
    assert titles(figure) == ("temperature", "share of 10 names")


def test_a_perplexity_beyond_what_can_be_drawn_is_drawn_as_the_largest() -> None:
    losses = np.array([3.0, 1e30], np.float32)
    figure = plot_losses(LossCurve.of(History.of(losses, losses, [])), 27, unit="perplexity")
    assert np.isfinite(named(figure, "minibatch").y).all()


def test_a_run_without_steps_draws_empty_axes() -> None:
    figure = plot_losses(LossCurve.of(NO_HISTORY), 27)
    assert [len(trace.x) for trace in figure.data] == [0] * len(figure.data)
    assert figure.layout.yaxis.autorangeoptions.clipmax is None


def test_a_diverged_run_is_drawn() -> None:
    losses = np.array([3.0, 9.0, np.nan], np.float32)
    curve = LossCurve.of(History.of(losses, losses, [Evaluation(2, float("nan"), None)]))
    figure = plot_losses(curve, 27)
    assert "NaN" not in figure.to_json()
    assert figure.layout.yaxis.autorangeoptions.clipmax < 10


def test_each_character_is_marked_at_its_place_and_written_once() -> None:
    shown = projection()
    figure = plot_embedding(shown, LETTERS)
    places = {
        character: (x, y)
        for trace in figure.data
        if trace.mode == "markers"
        for character, x, y in zip(trace.text, trace.x, trace.y, strict=True)
    }
    points = shown.points.double().tolist()
    assert places == {
        character: tuple(point)
        for character, point in zip(LETTERS.characters, points, strict=True)
    }
    written = [text for trace in figure.data if trace.mode == "text" for text in trace.text]
    expected = {f"<b>{letter}</b>" for letter in LETTERS.characters[1:]} | {"<b>end</b>"}
    assert len(written) == 27
    assert set(written) == expected


def test_vowels_consonants_and_the_end_mark_differ_in_colour_and_shape() -> None:
    figure = plot_embedding(projection(), LETTERS)
    assert legend(figure) == ["vowel", "consonant", "end mark"]
    kinds = [named(figure, name) for name in legend(figure)]
    assert "".join(kinds[0].text) == "aeiouy"
    assert list(kinds[2].text) == ["."]
    assert len({kind.marker.symbol for kind in kinds}) == 3
    assert len({kind.marker.color for kind in kinds}) == 3


def test_axes_name_columns_or_principal_components_with_their_variance() -> None:
    assert titles(plot_embedding(projection(2), LETTERS)) == ("column 0", "column 1")
    x, y = titles(plot_embedding(projection(10), LETTERS))
    assert x.startswith("PC 1: ")
    assert y.startswith("PC 2: ")
    assert all(title.endswith("% of the variance") for title in (x, y))


def test_a_distance_means_the_same_in_both_directions() -> None:
    assert plot_embedding(projection(), LETTERS).layout.yaxis.scaleanchor == "x"


def test_one_number_a_character_is_drawn_on_a_line() -> None:
    figure = plot_embedding(projection(1), LETTERS)
    places = [y for trace in figure.data if trace.mode == "markers" for y in trace.y]
    assert places == [0.0] * 27
    assert figure.layout.xaxis.title.text == "column 0"


@pytest.mark.parametrize("words", [["émile", "zoë"], ["анна", "юлия"], ["ja"], ["b"]])
def test_letters_of_other_alphabets_are_drawn(words: list[str]) -> None:
    vocabulary = Vocabulary.from_words(words)
    figure = plot_embedding(project_embedding(table(2, vocabulary)), vocabulary)
    shown = [letter for trace in figure.data if trace.mode == "markers" for letter in trace.text]
    assert sorted(shown) == sorted(vocabulary.characters)


def room_of(points: np.ndarray) -> float:
    """Give the room of a letter when the larger side of the plane is some 400 pixels."""
    return 21 * float(np.ptp(points, axis=0).max()) / 400


@pytest.mark.parametrize("seed", range(5))
def test_letters_are_kept_apart_and_near_their_marks(seed: int) -> None:
    points = np.random.default_rng(seed).normal(size=(27, 2))
    points[:9] = points[0] + 0.01 * points[:9]  # a crowd
    labels = spread_labels(points)
    distances = np.linalg.norm(labels[:, None] - labels[None], axis=2)
    distances[np.diag_indices(27)] = np.inf
    room = room_of(points)
    assert distances.min() > 0.7 * room  # letters touch at most
    assert np.linalg.norm(labels - points, axis=1).max() < 4 * room
    assert np.isfinite(labels).all()


def test_a_letter_that_is_alone_stands_just_above_its_mark() -> None:
    points = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    offsets = spread_labels(points) - points
    room = room_of(points)
    np.testing.assert_allclose(offsets[:, 0], 0, atol=0.05 * room)
    assert (offsets[:, 1] > 0.4 * room).all()
    assert (offsets[:, 1] < room).all()


def test_letters_of_one_and_the_same_place_part() -> None:
    labels = spread_labels(np.zeros((5, 2)))
    assert np.isfinite(labels).all()
    assert len({tuple(label) for label in labels.round(9).tolist()}) == 5


@pytest.mark.parametrize("n", [0, 1])
def test_no_letter_and_a_single_one_need_no_room(n: int) -> None:
    labels = spread_labels(np.ones((n, 2)))
    assert labels.shape == (n, 2)
    np.testing.assert_allclose(labels, 1, atol=0.02)


def test_spreading_letters_leaves_the_points_alone() -> None:
    points = np.random.default_rng(1).normal(size=(27, 2))
    before = points.copy()
    spread_labels(points)
    np.testing.assert_array_equal(points, before)


def test_changes_of_the_rate_are_marked_where_they_happened() -> None:
    marks = mark_rate_changes([(100, 0.01), (2_000, 0.00123456)])
    assert [(line["x0"], line["x1"], line["y0"], line["y1"]) for line in marks["shapes"]] == [
        (100, 100, 0, 1),
        (2_000, 2_000, 0, 1),
    ]
    assert [word["text"] for word in marks["annotations"]] == ["lr 0.01", "lr 0.00123"]
    figure = go.Figure(layout=marks)  # which Plotly takes
    assert len(figure.layout.shapes) == 2


def test_of_many_changes_the_latest_are_marked() -> None:
    marks = mark_rate_changes([(step, 0.1) for step in range(1, 1_000)])
    assert [line["x0"] for line in marks["shapes"]] == list(range(1_000 - MAX_MARKS, 1_000))
    assert mark_rate_changes([]) == {"shapes": [], "annotations": []}


def test_a_name_with_tags_is_drawn_as_text() -> None:
    name = 'run <a href="//e">1</a> & <b>2</b>'
    curve = LossCurve.of(History())
    (other,) = [trace for trace in plot_losses(curve, 27, {name: curve}).data[4:]]
    assert "<" not in other.name
    assert html.unescape(other.name) == name
