"""What the map does not show: neighbours in the whole table, kinds over training, slots."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import streamlit as st
from torch import Tensor

from dashboard import state
from dashboard.components.chart import Columns, show_chart
from dashboard.components.choice import choose_one
from dashboard.components.embedding_view import N_HOVERED, distances_of, shown_frames
from dashboard.components.large_type import sized_key
from dashboard.components.while_active import refreshed
from dashboard.figures.neighbours import (
    plot_distances,
    plot_kind_shares,
    plot_silhouette,
    plot_slots,
)
from dashboard.figures.signs import shown_character
from dashboard.jobs import TrainingJob
from dashboard.plain_text import as_text
from makemore import (
    DISTANCES,
    character_kind,
    kind_scores,
    nearest_neighbours,
    projector_tsv,
    similarity_order,
    slot_norms,
    table_distances,
)

N_NEIGHBOURS = 8  # of one character, in the table
N_SAME_KIND = 3  # nearest letters that are asked for their kind
_MAX_HEAT = 80  # characters; a map of more could not be read
_STYLE = Path(__file__).with_suffix(".css")

_UNITS = {"euclidean": "Euclidean", "cosine": "cosine", "functional": "nats"}


class Closer(NamedTuple):
    """What to look at more closely."""

    look: str
    isolated: str | None  # the character that stands out on the map, if one is to


def details_form(job: TrainingJob) -> Closer:
    """Ask what to look at more closely."""
    look = choose_one(
        "Look closer",
        list(_LOOKS),
        "look",
        lambda look: _LOOKS[look][0],
        label_visibility="collapsed",
    )
    if look != "neighbours":
        return Closer(look, None)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        character = _character_input(job)
        is_isolated = st.toggle(
            "Isolate it on the map",
            key="isolated",
            help=f"Only this character and its {N_HOVERED} nearest, at every moment of the film, "
            "stand out; the others are faint.",
            **state.IN_URL,
        )
    return Closer(look, character if is_isolated else None)


def show_details(job: TrainingJob, look: str, distance: str) -> None:
    """Show what was asked for."""
    st.html(_STYLE)
    refreshed(lambda shown: _show(_LOOKS[look][1], shown, distance), job)
    _offer_vectors(job)


def _offer_vectors(job: TrainingJob) -> None:
    """Offer the table as TensorBoard's projector reads it, as it is when it is asked for."""

    def write(part: int) -> Callable[[], str]:
        characters = job.dataset.vocabulary.characters
        return lambda: projector_tsv(job.model().C, characters)[part]

    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("For TensorBoard's projector", width="content")
        for part, name in enumerate(("vectors.tsv", "metadata.tsv")):
            st.download_button(
                f"⤓ {name}",
                write(part),
                name,
                "text/tab-separated-values",
                on_click="ignore",
                type="tertiary",
            )


def _show(look: Callable[[TrainingJob, str], None], job: TrainingJob, distance: str) -> None:
    try:
        look(job, distance)
    except ValueError as error:
        st.error(f"There is nothing to show: {as_text(str(error))}")


def _character_input(job: TrainingJob) -> str:
    characters = job.dataset.vocabulary.characters
    character: str = st.selectbox(
        "Character",
        characters,
        index=min(1, len(characters) - 1),
        format_func=shown_character,
        key="character",
        width=130,
        help="Or click a character on the map, or a row of the distances.",
        **state.IN_URL,
    )
    state.note_label("character", shown_character(character))
    return character


def _show_neighbours(job: TrainingJob, distance: str) -> None:
    vocabulary = job.dataset.vocabulary
    distances = distances_of(job, distance)
    order = similarity_order(distances) if vocabulary.size <= _MAX_HEAT else []
    left, right = st.columns([2, 3], gap="medium")
    with left:
        _show_nearest(job, distances, distance)
    if not order:
        return
    with right.container(key="heat_map"):
        show_chart(
            plot_distances(distances.numpy(), order, vocabulary, _UNITS[distance]),
            key="distances",
            summary=f"{distance.capitalize()} distance of each character to each.",
            on_pick=lambda number: state.pick_character(vocabulary, int(number)),
        )


def _show_nearest(job: TrainingJob, distances: Tensor, distance: str) -> None:
    vocabulary = job.dataset.vocabulary
    chosen = vocabulary.encode(st.session_state["character"])[0]
    nearest = nearest_neighbours(distances, N_NEIGHBOURS)[chosen].tolist()
    characters = [vocabulary.characters[other] for other in nearest]
    st.markdown(f"Nearest to **{shown_character(vocabulary.characters[chosen])}**, {distance}")
    st.dataframe(
        {
            "character": [shown_character(character) for character in characters],
            "kind": [character_kind(character) for character in characters],
            "distance": [float(distances[chosen, other]) for other in nearest],
        },
        key=sized_key("nearest"),
        column_config={
            "distance": st.column_config.ProgressColumn(
                format="%.3f", min_value=0, max_value=float(distances.nan_to_num().max()) or 1.0
            )
        },
    )
    st.caption(f"By {distance} distance: {DISTANCES[distance]}.")


def _show_gathering(job: TrainingJob, distance: str) -> None:
    metric = "euclidean" if distance == "functional" else distance
    characters = job.dataset.vocabulary.characters
    frames = shown_frames(job)
    found = [
        kind_scores(table_distances(frame.table, metric), characters, N_SAME_KIND)
        for frame in frames
    ]
    scores = [each for each in found if each is not None]
    if not scores:
        st.info("It takes two vowels and two consonants to see whether they gather.")
        return
    steps, now = [frame.step for frame in frames], scores[-1]
    untrained = f", untrained {scores[0].vowels:.0%}" if steps[0] == 0 else ""
    st.markdown(
        f"Of a vowel's {N_SAME_KIND} nearest letters, **{now.vowels:.0%}** are vowels{untrained}, "
        f"by chance {now.vowels_by_chance:.0%}. Mean silhouette **{now.silhouette:.2f}**."
    )
    left, right = st.columns(2, gap="medium")
    with left:
        show_chart(
            plot_kind_shares(steps, scores),
            key="kind_shares",
            summary=f"Share of the {N_SAME_KIND} nearest letters that are of the same kind.",
            columns=_columns("vowels", "all letters"),
        )
    with right:
        show_chart(
            plot_silhouette(steps, scores),
            key="silhouette",
            summary="Mean silhouette of vowels and consonants.",
            columns=_columns("silhouette"),
        )
    st.caption(
        f"Letters only, by {metric} distance in the whole table"
        f"{', as frames keep no more than the table' if metric != distance else ''}. Silhouette: "
        "how much nearer a letter is to its own kind than to the other (Rousseeuw 1987). Chance: "
        "kinds dealt out at random."
    )


def _columns(*lines: str) -> Columns:
    return [("step", [lines[0]], "x"), *((line, [line], "y") for line in lines)]


def _show_slots(job: TrainingJob, _: str) -> None:
    norms = slot_norms(job.model()).numpy()
    with st.container(key="slots"):
        show_chart(
            plot_slots(norms),
            key="slot_norms",
            summary="Norm of each context slot's block of W1.",
            columns=[("slot", ["slots"], "x"), ("norm", ["slots"], "y")],
        )
    st.caption(
        "Each character of the context is multiplied by its slot's own block of `W1`. The larger "
        "the block's norm, the more that place can say; at the start all are alike."
    )


_LOOKS: dict[str, tuple[str, Callable[[TrainingJob, str], None]]] = {
    "neighbours": ("Neighbours", _show_neighbours),
    "kinds": ("Do vowels gather?", _show_gathering),
    "slots": ("Context slots", _show_slots),
}
