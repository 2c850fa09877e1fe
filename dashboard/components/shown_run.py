"""The run that a page shows: named in the sidebar, and changed there for another one."""

import streamlit as st

from dashboard import state
from dashboard.components.while_active import notice_if_it_goes_on
from dashboard.descriptions import describe_settings
from dashboard.plain_text import as_text

_KEY = "shown_run"


def name_shown_run() -> None:
    """Say in the sidebar which run the page shows, and follow it; let another take its place."""
    job = state.run_or_first()
    titles = state.titles_of_runs()
    st.markdown("**Run shown**")
    if titles.keys() - {job.id}:
        st.session_state[_KEY] = job.id
        st.selectbox(
            "Run shown",
            list(titles),
            format_func=titles.__getitem__,
            key=_KEY,
            on_change=state.open_run_of,
            args=(_KEY,),
            label_visibility="collapsed",
        )
    else:
        st.markdown(as_text(job.title))
    st.caption(f"{describe_settings(job.model_config, job.train_config)}.")
    notice_if_it_goes_on(job)
