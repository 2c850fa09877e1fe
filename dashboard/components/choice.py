"""A choice of one among a few, in the URL."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import streamlit as st

from dashboard import state

_Option = TypeVar("_Option")


def choose_one(
    label: str,
    options: Sequence[_Option],
    key: str,
    format_func: Callable[[Any], str] = str,
    **looks: Any,  # noqa: ANN401  # whatever a segmented control may be told
) -> _Option:
    """Ask for one of some options; the first one where the URL names none, or an empty one."""
    chosen: _Option | None = st.segmented_control(
        label,
        options,
        default=options[0],
        required=True,
        format_func=format_func,
        key=key,
        **looks,
        **state.IN_URL,
    )
    taken = options[0] if chosen is None else chosen
    state.note_label(key, format_func(taken))
    return taken
