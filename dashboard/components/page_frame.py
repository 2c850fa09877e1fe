"""What stands around every page: its margins, and the way to other pages on a phone."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

_STYLE = Path(__file__).with_suffix(".css")


def style_page() -> None:
    """Set the margins of the page."""
    st.html(_STYLE)


def show_page_links(pages: Sequence[StreamlitPage]) -> None:
    """Show a link to each page where the screen is narrow.

    There Streamlit keeps its own navigation behind the button of the sidebar.
    """
    with st.container(key="page_links", horizontal=True, gap="small"):
        for page in pages:
            st.page_link(page)
