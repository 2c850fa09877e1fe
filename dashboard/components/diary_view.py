"""How a run's names changed while it learnt, all from the same noise."""

import streamlit as st

from dashboard.components.drawing_script import drawing_script, drawing_style
from dashboard.components.while_active import refreshed
from dashboard.corpus import novelty
from dashboard.jobs import TrainingJob
from makemore.diary import Diary, continued

_SMOOTHED = 50  # steps whose minibatch losses are averaged

_diary = st.components.v2.component(
    "makemore_diary",
    html='<ol class="diary"></ol><div class="foot"></div>',
    css=drawing_style("diary.css"),
    js=drawing_script("diary.js", shared=("foot.js",)),
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
    entries = [
        {
            "step": entry.step,
            "loss": _loss_at(job, entry.step),
            "names": [[name, origin(name)] for name in entry.names],
        }
        for entry in reversed(_up_to_now(job))
    ]
    _diary(
        key="diary", data={"name": f"diary-of-{job.title}".replace(" ", "-"), "entries": entries}
    )


def _up_to_now(job: TrainingJob) -> Diary:
    """Give the diary, and what the run writes now if that is later than its last entry."""
    diary, step = job.history.diary, job.step
    if diary and diary[-1].step >= step:
        return diary
    return continued(diary, step, job.model(), job.dataset.vocabulary)


def _loss_at(job: TrainingJob, step: int) -> float | None:
    """Give the mean minibatch loss of the steps before, in nats."""
    losses = job.history.losses[max(0, step - _SMOOTHED) : step]
    return float(losses.mean()) if len(losses) else None
