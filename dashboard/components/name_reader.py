"""A name, letter by letter: what comes next at every keystroke, and what each letter cost."""

import csv
import io
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit import config

from dashboard import live, state
from dashboard.components.while_active import refreshed
from dashboard.jobs import TrainingJob
from dashboard.readings import read_name

_KEY = "reader"

_folder = Path(__file__).parent
_reader = st.components.v2.component(
    "makemore_name_reader",
    html=(_folder / "name_reader.html").read_text(encoding="utf-8"),
    css=(_folder / "name_reader.css").read_text(encoding="utf-8"),
    js=(_folder / "name_reader.js").read_text(encoding="utf-8"),
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
    if "problem" not in reading:
        st.download_button(
            "Download as CSV",
            _csv(reading),
            f"{reading['word'] or 'empty'}.csv",
            "text/csv",
            on_click="ignore",
        )


def _csv(reading: dict[str, Any]) -> str:
    """Write a row for each letter: its cost by predictor, and the effect of each slot."""
    nats, effects = reading["nats"], reading["effects"]
    n_slots = len(effects[0]) if effects else 0
    slots = [f"effect of {back} before" for back in range(n_slots, 0, -1)]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["symbol", *(f"nats {name}" for name in nats), *slots])
    for place, symbol in enumerate([*reading["word"], "."]):
        costs = [each[place] for each in nats.values()]
        writer.writerow([symbol, *costs, *(effects[place] if effects else [])])
    return text.getvalue()
