"""The switch to large type, for a room that looks at a projector."""

from pathlib import Path

import streamlit as st

from dashboard import state

_KEY = "type_switch"
_BUTTON = (
    '<button type="button" aria-label="Large type" aria-keyshortcuts="l" '
    'title="Large type, for a projector (key L)"><small>A</small>A</button>'
)
_script = Path(__file__).with_suffix(".js")
_switch = st.components.v2.component(
    "makemore_large_type",
    html=_BUTTON,
    css=_script.with_suffix(".css").read_text(encoding="utf-8"),
    js=_script.read_text(encoding="utf-8"),
)


def large_type_switch() -> None:
    """Offer large type in the head of every page; what is chosen stands in the URL."""
    with st.container(key="large_type"):
        _switch(
            key=_KEY,
            data={"is_large": state.is_large_type()},
            on_large_change=lambda: state.use_large_type(st.session_state[_KEY].large),
        )


def sized_key(key: str) -> str:
    """Give the key of a table as large as the page's type: it measures only once, when made.

    A table that is chosen from starts without ticks when the type changes.
    """
    return f"{key}_large" if state.is_large_type() else key
