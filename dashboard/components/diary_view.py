"""How a run's names changed while it learnt, all from the same noise."""

from pathlib import Path

import streamlit as st

from dashboard.components.while_active import refreshed
from dashboard.corpus import novelty
from dashboard.jobs import TrainingJob

_SMOOTHED = 50  # steps whose minibatch losses are averaged

_folder = Path(__file__).parent
_diary = st.components.v2.component(
    "makemore_diary",
    html='<ol class="diary"></ol>',
    css=(_folder / "diary.css").read_text(encoding="utf-8"),
    js=(_folder / "diary.js").read_text(encoding="utf-8"),
)


def show_diary(job: TrainingJob) -> None:
    """Show what the run wrote at each of its marked steps, the latest on top."""
    refreshed(_show, job)


def _show(job: TrainingJob) -> None:
    st.markdown(
        f"After **{job.step:,}** steps, {job.state.word}. The same random numbers at every line: "
        "only the model makes a difference. A dotted line below a name: it stands in the training "
        "names; a full one: it was held out."
    )
    origin = novelty(job.dataset).origin
    _diary(
        key="diary",
        data=[
            {
                "step": entry.step,
                "loss": _loss_at(job, entry.step),
                "names": [[name, origin(name)] for name in entry.names],
            }
            for entry in reversed(job.history.diary)
        ],
    )


def _loss_at(job: TrainingJob, step: int) -> float | None:
    """Give the mean minibatch loss of the steps before, in nats."""
    losses = job.history.losses[max(0, step - _SMOOTHED) : step]
    return float(losses.mean()) if len(losses) else None
