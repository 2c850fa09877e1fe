"""What stands around every page: margins, the steps of Back, the way to other pages on a phone."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

_STYLE = Path(__file__).with_suffix(".css")
_address = st.components.v2.component(
    "makemore_address",
    html="<span hidden></span>",
    js=Path(__file__).with_name("address.js").read_text(encoding="utf-8"),
)


def style_page() -> None:
    """Set the margins of the page."""
    st.html(_STYLE)


def keep_history_short() -> None:
    """Have the browser's Back step through pages, runs and chapters, and nowhere else."""
    with st.container(key="address"):
        _address(key="history", height=1)


def show_page_links(pages: Sequence[StreamlitPage]) -> None:
    """Show a link to each page where the screen is narrow.

    There Streamlit keeps its own navigation behind the button of the sidebar.
    """
    with st.container(key="page_links", horizontal=True, gap="small"):
        for page in pages:
            st.page_link(page)
