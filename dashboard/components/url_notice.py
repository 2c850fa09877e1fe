"""A word about what stood in the address and was of no use."""

from collections.abc import Mapping
from math import isinf

import streamlit as st

from dashboard import state
from dashboard.plain_text import as_text, shortened
from dashboard.stray_address import NO_PAGE

_ASKED = "asked_in_url"
_ELSEWHERE = ("run", "words", "embed", "embed_options")  # what is lost is spoken of elsewhere
_TEXTS = ("name", "prefix", "windows_name", "probs_text")  # where "inf" is a text like any other
_MAX_NAMED = 5


def note_address() -> None:
    """Note what the address asks for, when a visitor comes; before the first widget is made."""
    st.session_state.setdefault(_ASKED, st.query_params.to_dict())
    if NO_PAGE in st.query_params:
        del st.query_params[NO_PAGE]  # it is said once, and not to whom the link is passed on
    # Streamlit makes a whole number of it for a setting that is one, and fails.
    endless = [name for name in st.query_params if name not in _TEXTS and _is_endless_in_url(name)]
    for name in endless:
        del st.query_params[name]
    if endless:
        st.rerun()  # a setting begins with what the address said when the script began


def tell_what_was_ignored(title: str) -> None:
    """Say once which parts of the address were of no use; after the last widget was made.

    Args:
        title: of the page.
    """
    asked = st.session_state[_ASKED]
    no_page = asked.pop(NO_PAGE, None)
    if no_page is not None:
        st.toast(
            f"There is no page “{as_text(shortened(no_page))}” here. This is {title}; the others "
            "are named above.",
            icon="ℹ️",
            duration="infinite",
        )
    settings = st.session_state.to_dict()  # a name from outside may be no key at all
    ignored = {
        name: value
        for name, value in asked.items()
        if name not in _ELSEWHERE and not _is_taken(name, value, settings)
    }
    st.session_state[_ASKED] = {}
    if ignored:
        st.toast(_sentence(ignored), icon="ℹ️", duration="infinite")


def _is_endless_in_url(name: str) -> bool:
    return any(map(_is_endless, st.query_params.get_all(name)))


def _is_endless(value: str) -> bool:
    try:
        return isinf(float(value))
    except ValueError:
        return False


def _is_taken(name: str, asked: str, settings: Mapping[str, object]) -> bool:
    setting = settings.get(name)
    if isinstance(setting, bool):
        return asked == str(setting).lower()
    if isinstance(setting, int | float):
        try:
            return float(asked) == setting
        except ValueError:
            return False
    # A choice stands in the address by its label.
    return asked in (setting, state.label_of(name))


def _sentence(ignored: Mapping[str, str]) -> str:
    parts = [as_text(f"{shortened(name)} = {shortened(value)}") for name, value in ignored.items()]
    more = len(parts) - _MAX_NAMED
    if more > 0:
        parts[_MAX_NAMED:] = [f"and {more} more"]
    return f"Ignored in the address, as no setting here takes it: {', '.join(parts)}"
