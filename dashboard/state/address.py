"""How widgets stand in the address, and what a page shows of what the address says."""

from collections.abc import Collection
from typing import Final, Literal, TypedDict

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.units import LOSS_UNITS, LossUnit
from makemore import Dataset, Vocabulary

_POLLING = "polling"
_LOSS_UNIT = "loss_unit"
_LARGE_TYPE = "large_type"
_NAME, _VIEW = "name", "samples_view"
_IS_PICKED = "is_picked"
_FILM, _MOST_DIGITS = "film", 12

SAMPLE_VIEWS: Final = ("Names", "Letter by letter", "As it learnt", "Two runs")


class _InUrl(TypedDict):
    bind: Literal["query-params"]
    persist_state: Literal["session"]


class _Kept(TypedDict):
    persist_state: Literal["session"]


# How a widget is made whose value outlives a change of page, but whose labels are no address.
KEPT: Final = _Kept(persist_state="session")

# How a setting's widget is made: its value stands in the URL and outlives a change of page.
IN_URL: Final = _InUrl(bind="query-params", persist_state="session")


def news_in_url(key: str, chosen: str | None = None) -> str | None:
    """Give what the URL says of a choice, if that is news: in a link, and after Back and Forward.

    Otherwise the session knows better. A message that the browser sent before it heard of the
    latest choice still names the one before, and there is one every second while a run trains.

    Args:
        key: of the choice in the URL.
        chosen: under which the session keeps it, if not under the same.
    """
    is_known = (chosen or key) in st.session_state
    return st.query_params.get(key) if is_step_in_history() or not is_known else None


def is_step_in_history() -> bool:
    """Say whether this script run is for the browser's Back or Forward."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def adopt_choice(key: str, choices: Collection[str]) -> None:
    """Let a widget that is about to be made take the choice that the URL names, if that is news.

    Streamlit binds a widget by its labels; here the URL holds the value.
    """
    named = news_in_url(key, _published(key))
    if named in choices:
        st.session_state[key] = named


def publish_choice(key: str) -> None:
    """Put a widget's value into the URL."""
    value = st.session_state[_published(key)] = st.session_state[key]
    if st.query_params.get(key) != value:
        st.query_params[key] = value


def choose(key: str, value: str) -> None:
    """Set a widget to another value; from a callback."""
    st.session_state[key] = value
    publish_choice(key)  # now, as the address that came with the click is about to be adopted


def _published(key: str) -> str:
    return f"{key}_in_url"


def note_label(key: str, label: str) -> None:
    """Note how a choice is called, as the URL has it."""
    st.session_state[_label_key(key)] = label


def label_of(key: str) -> str | None:
    """Say how what a widget has chosen is called, if that was noted."""
    label: str | None = st.session_state.get(_label_key(key))
    return label


def _label_key(key: str) -> str:
    return f"{key}_label"


def is_polling() -> bool:
    """Say whether the live stream does not reach this browser."""
    return bool(st.session_state.get(_POLLING, False))


def start_polling() -> None:
    """Do without the live stream for the rest of the session."""
    st.session_state[_POLLING] = True


def loss_unit() -> LossUnit:
    """Give the unit that losses are shown in: what the URL says, or else was chosen last."""
    wanted = news_in_url(_LOSS_UNIT) or st.session_state.get(_LOSS_UNIT)
    unit: LossUnit = next((unit for unit in LOSS_UNITS if unit == wanted), "nats")
    use_loss_unit(unit)
    return unit


def use_loss_unit(unit: LossUnit) -> None:
    """Show losses in a unit from now on."""
    st.session_state[_LOSS_UNIT] = unit
    if st.query_params.get(_LOSS_UNIT, "nats") != unit:
        st.query_params[_LOSS_UNIT] = unit


def is_large_type() -> bool:
    """Say whether type is large: what the URL says, or else was chosen last."""
    told = {"true": True, "false": False}.get(news_in_url(_LARGE_TYPE) or "")
    is_large: bool = st.session_state.get(_LARGE_TYPE, False) if told is None else told
    use_large_type(is_large)
    return is_large


def use_large_type(is_large: bool) -> None:
    """Write in large type from now on, or no longer."""
    st.session_state[_LARGE_TYPE] = is_large
    if is_large:
        st.query_params[_LARGE_TYPE] = "true"
    else:
        st.query_params.pop(_LARGE_TYPE, None)


def example_name(words: Dataset) -> str:
    """Give letters to begin with: the first two of the list's first name ("em" of the bundled)."""
    return words.words[0][:2]


def typed_name(words: Dataset) -> str:
    """Give the name that is read letter by letter: what the URL says, or was typed last.

    Args:
        words: of the run that reads it; where nobody has typed, the name begins as one of these.
    """
    told = news_in_url(_NAME)
    name: str | None = st.session_state.get(_NAME) if told is None else told
    if name is None:
        return example_name(words)
    type_name(name)
    return name


def type_name(name: str) -> None:
    """Read a name letter by letter from now on."""
    st.session_state[_NAME] = name
    if st.query_params.get(_NAME) != name:
        st.query_params[_NAME] = name


def look_at(name: str) -> None:
    """Show a name letter by letter; to be called before the choice of the view is made."""
    type_name(name)
    st.session_state[_VIEW] = SAMPLE_VIEWS[1]


def look_at_diary() -> None:
    """Show what the run wrote on its way; to be called before the choice of the view is made."""
    st.session_state[_VIEW] = SAMPLE_VIEWS[2]


def film_moment() -> int | None:
    """Give the step at which the URL says that the film was stopped, if it does."""
    told = st.query_params.get(_FILM, "")
    is_step = told.isascii() and told.isdecimal() and len(told) <= _MOST_DIGITS
    note_label(_FILM, told if is_step else "")
    return int(told) if is_step else None


def stop_film_at(step: int) -> None:
    """Put the step at which the film was stopped into the URL; one below 0 means its end."""
    if step < 0:
        st.query_params.pop(_FILM, None)
    else:
        st.query_params[_FILM] = str(step)


def pick_character(vocabulary: Vocabulary, number: int) -> None:
    """Look at the neighbours of a character; before the widget that names it is made."""
    st.session_state["character"] = vocabulary.characters[number]
    st.session_state["look"] = "neighbours"
    st.session_state[_IS_PICKED] = True


def take_pick() -> bool:
    """Say once whether a character was picked since this was asked last."""
    return bool(st.session_state.pop(_IS_PICKED, False))
