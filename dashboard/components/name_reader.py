"""A name, letter by letter: what comes next at every keystroke, and what each letter cost."""

from pathlib import Path

import streamlit as st
from streamlit import config

from dashboard import live, state
from dashboard.components.drawing_script import drawing_script, drawing_style
from dashboard.components.while_active import refreshed
from dashboard.jobs import TrainingJob
from dashboard.readings import read_name

_KEY = "reader"

_folder = Path(__file__).parent
_reader = st.components.v2.component(
    "makemore_name_reader",
    html=(_folder / "name_reader.html").read_text(encoding="utf-8"),
    css=drawing_style("name_reader.css"),
    js=drawing_script("name_reader.js", shared=("foot.js",)),
)


def show_name_reader(job: TrainingJob) -> None:
    """Ask for a name, and show what the run's model makes of it as it is typed."""
    refreshed(_show, job)


def _show(job: TrainingJob) -> None:
    name = state.typed_name(job.dataset)
    reading = read_name(job, name)
    _reader(
        key=_KEY,
        data={
            "url": live.reading_url(job.id, config.get_option("server.baseUrlPath")),
            "characters": list(job.dataset.vocabulary.characters),
            "text": name,
            "reading": reading,
        },
        on_text_change=lambda: state.type_name(st.session_state[_KEY].text),
    )
    st.caption(
        f"After {job.step:,} steps, {job.state.word}. The cells of a slot: how many nats likelier "
        "what stands in it made the letter that came, compared with what usually stands there "
        "(the letter's probability averaged over all symbols, each as often as the training names "
        "have it in that slot). Blue helped, orange hindered."
    )
