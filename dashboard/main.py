"""What Streamlit runs: the pages, and what all of them share."""

import streamlit as st

from dashboard import state
from dashboard.components.large_type import large_type_switch
from dashboard.components.page_frame import show_page_links, style_page
from dashboard.components.settings_form import settings_form
from dashboard.components.shown_run import name_shown_run
from dashboard.components.url_notice import note_address, tell_what_was_ignored
from dashboard.plain_text import as_text

st.set_page_config(
    page_title="makemore",
    page_icon="🔤",
    layout="wide",
    initial_sidebar_state="auto",
)
state.attend()
pages = [
    st.Page("app_pages/train.py", title="Train", default=True),
    st.Page("app_pages/learning_rate.py", title="Learning rate"),
    st.Page("app_pages/embeddings.py", title="Embeddings"),
    st.Page("app_pages/samples.py", title="Samples"),
    st.Page("app_pages/inside.py", title="Inside"),
    st.Page("app_pages/data.py", title="Data"),
    st.Page("app_pages/learn.py", title="Learn"),
    st.Page("app_pages/lecture.py", title="Lecture"),
]
page = st.navigation(pages, position="top")
style_page()
show_page_links(pages)
note_address()
large_type_switch()
heading = st.sidebar.container()
# Here and not in the pages: what a page binds to the URL is unbound when it is left.
state.use_settings(*settings_form(page.title))
state.current_run()  # puts the run back into the URL, which a change of page empties
if state.is_run_lost():
    st.info(
        "The run in this link is no longer on this server. The settings in the link still stand: "
        "Train begins a new run with them."
    )
if state.is_list_lost():
    st.info(
        "The list of words in this link is no longer on this server. The bundled names take its "
        "place; on the Data page you can give a list of your own."
    )
if (trouble := state.store_trouble()) is not None:
    st.warning(f"Runs are kept in memory only, until the server ends: {as_text(trouble)}")
page.run()
if page.title in ("Embeddings", "Samples", "Inside"):
    with heading:  # now, as the page may have begun the run that it shows
        name_shown_run()
tell_what_was_ignored(page.title)
