"""The embedding table of a run on a map, as it is now, was, and as the run moves on."""

from dataclasses import dataclass

import streamlit as st
import torch

from dashboard import state
from dashboard.components.choice import choose_one
from dashboard.components.film import Film, Focus, show_film
from dashboard.components.while_active import refreshed
from dashboard.figures.embedding import film_vectors, hover_texts, plot_embedding
from dashboard.jobs import TrainingJob
from dashboard.plain_text import as_text
from makemore import (
    DISTANCES,
    Frame,
    Projection,
    Vocabulary,
    align,
    functional_distances,
    losses_between,
    nearest_neighbours,
    picture_scores,
    project_embedding,
    table_distances,
)

N_HOVERED = 5  # neighbours that a mark names
_MOST_FILMED = 200  # characters whose neighbours are told at every moment, not at the last only
_MOST_FUNCTIONAL = 300  # characters that can be put in each other's place within a second
_MAX_COLUMN = 1_023
_MOST_DRAWN = 1e6  # a table of larger numbers is that of a model about to diverge
_VIEWS = {
    "main": ("Main axes", "the two directions of largest variance (PCA), or the table's only two"),
    "columns": ("Two columns", "any two numbers of each character"),
    "strip": ("One column", "a single one, on a line"),
}


@dataclass(frozen=True)
class MapSettings:
    """How the map is drawn."""

    view: str
    across: int
    up: int
    distance: str
    is_untrained_shown: bool
    isolated: str | None = None  # a character

    def columns(self, n_embd: int) -> tuple[int, ...] | None:
        """Give the columns of a table to draw, the last one for any beyond it."""
        chosen = {"main": (), "columns": (self.across, self.up), "strip": (self.across,)}
        return tuple(min(column, n_embd - 1) for column in chosen[self.view]) or None


def map_form(n_embd: int) -> MapSettings:
    """Ask how the map is drawn."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        view = choose_one(
            "Axes",
            list(_VIEWS),
            "map_view",
            lambda view: _VIEWS[view][0],
            help=" ".join(f"**{name}**: {words}." for name, words in _VIEWS.values()),
        )
        across = _column_input("Across", 0, "map_x", n_embd) if view != "main" else 0
        up = _column_input("Up", 1, "map_y", n_embd) if view == "columns" else 1
        distance = choose_one(
            "Neighbours by",
            list(DISTANCES),
            "distance",
            str.capitalize,
            help=" ".join(f"**{name.capitalize()}**: {said}." for name, said in DISTANCES.items()),
        )
        is_untrained_shown = st.toggle(
            "Untrained start beside it",
            key="untrained",
            help="The table as it was drawn at random, before the first step; on its own scale.",
            **state.IN_URL,
        )
    return MapSettings(view, across, up, distance, is_untrained_shown)


def _column_input(label: str, default: int, key: str, n_embd: int) -> int:
    column: int = st.number_input(
        label,
        0,
        _MAX_COLUMN,
        default,
        key=key,
        width=110,
        help=f"Column of the table, from 0 to {n_embd - 1}.",
        **state.IN_URL,
    )
    return column


def show_map(job: TrainingJob, settings: MapSettings) -> None:
    """Show the characters of a run's model on the map, and the film of how they got there."""
    refreshed(lambda shown: _show(shown, settings), job)


def distances_of(job: TrainingJob, distance: str) -> torch.Tensor:
    """Give the distances between the characters of a run as it is now.

    Raises:
        ValueError: if the model has diverged, or has too many characters for this distance.
    """
    if distance == "functional":
        n_characters = job.model_config.vocab_size
        if n_characters > _MOST_FUNCTIONAL:
            raise ValueError(
                f"the functional distance puts each character in the place of each other, of at "
                f"most {_MOST_FUNCTIONAL} characters here, and this list has {n_characters:,}; "
                "choose another distance"
            )
        return _functional_distances(job, job.id, job.step)
    return table_distances(shown_frames(job)[-1].table, distance)


@st.cache_data(max_entries=50, show_spinner=False)
def _functional_distances(_job: TrainingJob, _id: str, _step: int) -> torch.Tensor:
    val = _job.dataset.examples(_job.model_config.block_size).val
    return functional_distances(_job.model(), val)


def shown_frames(job: TrainingJob) -> list[Frame]:
    """Give the moments of a run that can be drawn.

    Raises:
        ValueError: if there is none, as the run has diverged at its first step.
    """
    frames = [frame for frame in job.frames if frame.table.abs().max() < _MOST_DRAWN]
    if not frames:
        raise ValueError("the run diverged before there was a table that could be drawn")
    return frames


def _show(job: TrainingJob, settings: MapSettings) -> None:
    try:
        frames = shown_frames(job)
    except ValueError as error:
        st.error(f"There is no map to draw: {as_text(str(error))}")
        return
    projection = project_embedding(frames[-1].table, settings.columns(job.model_config.n_embd))
    st.markdown(_caption(job, frames[-1], projection))
    show_film(
        _film_of(job, frames, projection, settings),
        key="map",
        run=job.id,
        view=str(projection.axes),
        summary=f"The {job.dataset.vocabulary.size} characters in the plane.",
        on_pick=lambda number: state.pick_character(job.dataset.vocabulary, int(number)),
    )
    if state.take_pick():
        st.rerun()  # what is said of a character stands in another fragment


def _caption(job: TrainingJob, last: Frame, projection: Projection) -> str:
    n_embd = job.model_config.n_embd
    ended = (
        f" The run diverged: {job.message}. Here is its last sound table."
        if job.divergence
        else ""
    )
    return (
        f"After **{last.step:,}** steps, {job.state.word}.{ended} "
        f"{_drawn(projection, n_embd)}{_quality(last, projection, n_embd)}"
    )


def _drawn(projection: Projection, n_embd: int) -> str:
    if projection.explained is not None:
        return (
            "The embeddings are drawn by their two directions of largest variance "
            f"(PCA of {n_embd} dimensions)."
        )
    if not projection.axes[1]:
        which = "as it has one number a character" if n_embd == 1 else projection.axes[0]
        return f"The embeddings are drawn on a line, {which}."
    if n_embd == 2:
        return "The embeddings are drawn as they are."
    return f"The embeddings are drawn by {' and '.join(projection.axes)} of {n_embd}."


def _quality(frame: Frame, projection: Projection, n_embd: int) -> str:
    """Say how well the picture keeps the neighbourhoods, where it leaves something out."""
    n_neighbours = min(5, (len(frame.table) - 1) // 2)
    n_shown = 2 if projection.axes[1] else 1
    if n_embd <= n_shown or n_neighbours < 1:
        return ""
    scores = picture_scores(frame.table, projection.points, n_neighbours)
    return (
        f" Of each character's {n_neighbours} nearest in all {n_embd} dimensions, "
        f"**{scores.kept:.0%}** are nearest here too; trustworthiness "
        f"**{scores.trustworthiness:.2f}** of 1."
    )


def _film_of(
    job: TrainingJob, frames: list[Frame], projection: Projection, settings: MapSettings
) -> Film:
    vocabulary = job.dataset.vocabulary
    pictures = align([projection.picture(frame.table) for frame in frames])
    places = torch.stack(pictures).numpy()  # (n_frames, vocab_size, 2)
    start = frames[0]
    beside = None
    if settings.is_untrained_shown and start.step == 0:
        untrained = project_embedding(start.table, settings.columns(job.model_config.n_embd))
        drawn = plot_embedding(untrained, vocabulary).update_layout(showlegend=False)
        beside = drawn, "Untrained start"
    steps = [frame.step for frame in frames]
    nearest = _nearest_at_each(job, frames, settings.distance, vocabulary)
    return Film(
        figure=plot_embedding(projection, vocabulary),
        vectors=film_vectors(places, vocabulary),
        steps=steps,
        losses=losses_between(job.history.losses, steps),
        hover=[_hover(each, vocabulary) for each in nearest],
        beside=beside,
        focus=_focus(settings.isolated, nearest, vocabulary),
    )


def _nearest_at_each(
    job: TrainingJob, frames: list[Frame], distance: str, vocabulary: Vocabulary
) -> list[list[list[int]]]:
    """Give the nearest neighbours of each character at each moment, none where they are not known.

    The functional distance needs the whole model, of which a frame holds only the table: for
    earlier moments nothing is said, nor of an alphabet so large that it would take too long.
    """
    if distance != "functional" and vocabulary.size <= _MOST_FILMED:
        return [_nearest(table_distances(frame.table, distance)) for frame in frames]
    silent: list[list[list[int]]] = [[] for _ in frames[:-1]]
    try:
        return [*silent, _nearest(distances_of(job, distance))]
    except ValueError:  # the model has diverged
        return [*silent, []]


def _nearest(distances: torch.Tensor) -> list[list[int]]:
    nearest: list[list[int]] = nearest_neighbours(distances, N_HOVERED).tolist()
    return nearest


def _hover(nearest: list[list[int]], vocabulary: Vocabulary) -> list[str]:
    if not nearest:
        return [""] * vocabulary.size
    return [f"nearest: {names}" for names in hover_texts(nearest, vocabulary)]


def _focus(
    isolated: str | None, nearest: list[list[list[int]]], vocabulary: Vocabulary
) -> Focus | None:
    if isolated is None:
        return None
    (chosen,) = vocabulary.encode(isolated)
    return Focus(chosen, [each[chosen] if each else [] for each in nearest])
