"""Who is here, and what is theirs."""

import streamlit as st

from dashboard.jobs import Job
from dashboard.runner import shared_runner
from dashboard.visitor import COOKIE, is_token, new_token, person_of

_TOKEN = "token"


def person() -> str:
    """Give the name under which this visitor's runs are kept: the browser's, or the session's."""
    token = st.context.cookies.get(COOKIE)
    if not is_token(token):  # cookies are refused, or there is no browser
        token = st.session_state.setdefault(_TOKEN, new_token())
    return person_of(token)


def attend() -> None:
    """Note that somebody is here, until their window is closed."""
    _attend_as(person())


def _leave(who: str) -> None:
    shared_runner().attendance.leave(who)


@st.cache_resource(scope="session", show_spinner=False, on_release=_leave)
def _attend_as(who: str) -> str:
    shared_runner().attendance.enter(who)
    return who


def is_own(job: Job) -> bool:
    """Say whether this visitor may control a job; one that belongs to nobody is everybody's."""
    return job.owner in ("", person())
