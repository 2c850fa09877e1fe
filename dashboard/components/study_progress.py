"""How far a study is, or for how many others it waits."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.jobs import State
from dashboard.studies import Study


def show_progress(study: Study, of_what: str, where: DeltaGenerator | None = None) -> None:
    """Show a bar with words.

    Args:
        study: one that is not over.
        of_what: what `Study.progress` is the share of, such as `"of the steps"`.
        where: an empty place for it, if it is to take no new one.
    """
    told = told_progress(study)
    is_waiting = study.state is State.WAITING
    (where or st).progress(study.progress, told if is_waiting else f"{told} {of_what}")


def told_progress(study: Study) -> str:
    """Say in a few words how far a study is that is not over."""
    if study.state is not State.WAITING:
        return f"{study.progress:.0%}"
    place = "" if study.place is None else f": place {study.place} in the queue"
    return f"Waiting for others to finish{place}"


def told_stop(study: Study) -> str:
    """Say how far a study was when it was stopped, and why if nobody did it."""
    why = "" if study.note is None else f", as {study.note}"
    return f"Stopped at {study.progress:.0%}{why}."
