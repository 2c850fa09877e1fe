"""Figures of the Embeddings page: the map's film, distances, kinds over training, slots."""

from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import torch

from dashboard.components.film import Film, _data
from dashboard.figures.embedding import film_vectors, hover_texts, plot_embedding, spread_labels
from dashboard.figures.neighbours import (
    plot_distances,
    plot_kind_shares,
    plot_silhouette,
    plot_slots,
)
from dashboard.figures.signs import shown_character
from makemore import KindScores, Projection, Vocabulary, project_embedding

LETTERS = Vocabulary.from_words(["abcdefghijklmnopqrstuvwxyz"])


def projection() -> Projection:
    return project_embedding(torch.randn(27, 2, generator=torch.Generator().manual_seed(3)))


def room_of(points: np.ndarray) -> float:
    """Give the room of a letter when the larger side of the plane is some 400 pixels."""
    return 21 * float(np.ptp(points, axis=0).max()) / 400


def test_the_letters_of_a_film_are_spread_in_each_frame_as_if_it_were_alone() -> None:
    scales = np.array([1.0, 5.0, 0.1, 0.0])[:, None, None]
    frames = np.random.default_rng(1).normal(size=(4, 27, 2)) * scales
    alone = np.stack([spread_labels(frame) for frame in frames])
    np.testing.assert_allclose(spread_labels(frames), alone, atol=1e-6)


def test_a_letter_leaves_the_mark_above_it_in_sight() -> None:
    points = np.array([[0.0, 0.0], [0.0, 1.0], [20.0, 0.0]])  # the second where a letter would be
    labels = spread_labels(points)
    room = room_of(points)
    assert room == 1.05
    assert np.linalg.norm(labels[0] - points[1]) > 0.6 * room


def test_letters_of_a_very_large_alphabet_stay_at_their_marks() -> None:
    points = np.random.default_rng(1).normal(size=(2, 1_000, 2))
    np.testing.assert_array_equal(spread_labels(points), points)


def test_signs_of_no_known_script_are_marked_apart_where_there_are_some() -> None:
    def kinds(words: list[str]) -> list[str]:
        vocabulary = Vocabulary.from_words(words)
        drawn = project_embedding(torch.randn(vocabulary.size, 2))
        figure = plot_embedding(drawn, vocabulary)
        return list(dict.fromkeys(trace.legendgroup for trace in figure.data))

    assert kinds(["abc"]) == ["vowel", "consonant", "end mark"]
    assert kinds(["ab7", "אב"]) == ["vowel", "consonant", "other sign", "end mark"]


def test_an_accent_and_a_joiner_can_be_seen_alone() -> None:
    assert [shown_character(each) for each in (".", "a", "\u0301", "\u200c")] == [
        "end",
        "a",
        "◌\u0301",
        "ZWNJ",
    ]


def test_a_frame_of_a_film_is_the_figure_of_that_moment() -> None:
    pictures = np.random.default_rng(1).normal(size=(3, 27, 2))
    vectors = film_vectors(pictures, LETTERS)
    assert vectors.dtype == np.float32
    for picture, vector in zip(pictures, vectors, strict=True):
        shown = replace(projection(), points=torch.from_numpy(picture))
        traces = plot_embedding(shown, LETTERS).data
        coordinates = [values for trace in traces for values in (trace.x, trace.y)]
        np.testing.assert_allclose(vector, np.concatenate(coordinates), rtol=1e-5, atol=1e-6)


def test_each_mark_carries_its_characters_number_for_a_click() -> None:
    traces = plot_embedding(projection(), LETTERS).data
    for trace in (trace for trace in traces if trace.mode == "markers"):
        assert [LETTERS.characters[number] for number in trace.customdata] == list(trace.text)


def test_hiding_a_kind_hides_its_letters_and_leaders_too() -> None:
    groups: dict[str, set[str]] = {}
    for trace in plot_embedding(projection(), LETTERS).data:
        groups.setdefault(trace.legendgroup, set()).add(trace.mode)
    kinds = ("vowel", "consonant", "end mark")
    assert groups == {kind: {"lines", "markers", "text"} for kind in kinds}


def test_neighbours_are_named_and_the_end_mark_is_a_word() -> None:
    assert hover_texts([[1, 0], []], LETTERS) == ["a, end", ""]


def test_distances_are_drawn_in_the_order_given_and_say_whose_row_it_is() -> None:
    distances = np.arange(9.0).reshape(3, 3)
    figure = plot_distances(distances, [2, 0, 1], Vocabulary.from_words(["ab"]), "nats")
    (heat,) = figure.data
    assert list(heat.x) == list(heat.y) == ["b", "end", "a"]
    np.testing.assert_array_equal(heat.z, [[8, 6, 7], [2, 0, 1], [5, 3, 4]])
    assert heat.customdata[0] == [2, 2, 2]
    assert figure.layout.yaxis.scaleanchor == "x"
    # Below its neighbours, which it would run into.
    assert list(figure.layout.xaxis.ticktext) == ["b", "<br>end", "a"]


def test_rows_of_distances_are_all_named_only_if_the_names_can_be_read() -> None:
    for n, is_every in ((27, True), (46, False), (300, False)):
        signs = Vocabulary.from_words(["".join(map(chr, range(0x4E00, 0x4E00 + n - 1)))])
        layout = plot_distances(np.zeros((n, n)), range(n), signs, "nats").layout
        assert (layout.xaxis.tickmode, layout.yaxis.tickmode) == (
            ("array", "linear") if is_every else ("auto", "auto")
        )


SCORES = [KindScores(0.2, 0.6, 0.25, 0.65, 0.0), KindScores(0.9, 0.95, 0.25, 0.65, 0.5)]


def levels(figure: go.Figure) -> list[str]:
    return [each.text for each in figure.layout.annotations]


def test_shares_of_kinds_are_drawn_beside_chance_and_the_untrained_table() -> None:
    figure = plot_kind_shares([0, 100], SCORES)
    assert [(trace.name, list(trace.x), list(trace.y)) for trace in figure.data] == [
        ("vowels", [0, 100], [0.2, 0.9]),  # the axis has no 0, the table has
        ("all letters", [0, 100], [0.6, 0.95]),
    ]
    assert levels(figure) == [
        "vowels: chance 25%",
        "untrained 20%",
        "all letters: chance 65%",
        "untrained 60%",
    ]
    assert [line.y0 for line in figure.layout.shapes] == [0.25, 0.2, 0.65, 0.6]


def test_a_run_whose_start_is_not_known_has_no_untrained_level() -> None:
    assert levels(plot_kind_shares([64, 100], SCORES)) == [
        "vowels: chance 25%",
        "all letters: chance 65%",
    ]
    assert levels(plot_silhouette([64, 100], SCORES)) == ["no grouping"]


def test_the_silhouette_is_drawn_beside_0_and_the_untrained_table() -> None:
    figure = plot_silhouette([0, 100], SCORES)
    assert list(figure.data[0].y) == [0.0, 0.5]
    assert levels(figure) == ["no grouping", "untrained 0.00"]


def test_without_scores_there_are_empty_axes() -> None:
    for figure in (plot_kind_shares([], []), plot_silhouette([], [])):
        assert all(len(trace.x) == 0 for trace in figure.data)


def test_slots_are_named_from_the_furthest_to_the_last_with_their_shares() -> None:
    (bars,) = plot_slots(np.array([1.0, 1.0, 2.0])).data
    assert list(bars.x) == ["3 before", "2 before", "just before"]
    assert list(bars.y) == [1, 1, 2]
    assert list(bars.text) == ["25%", "25%", "50%"]
    assert list(plot_slots(np.zeros(1)).data[0].text) == ["0%"]


def test_a_film_of_a_run_that_ran_away_says_nothing_of_losses_without_end() -> None:
    film = Film(
        go.Figure(), np.zeros((3, 0), np.float32), [0, 1, 2], np.array([1, np.inf, np.nan]), []
    )
    assert _data(film, "run", "view", "")["losses"] == [1, None, None]
