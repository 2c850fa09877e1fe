"""A visitor's runs: listed, renamed, deleted and brought back."""

from collections.abc import Iterable

import streamlit as st

from dashboard.jobs import TrainingJob
from dashboard.keeper import shared_keeper
from dashboard.plain_text import as_text
from dashboard.runner import shared_runner
from dashboard.state.controls import stop_run
from dashboard.state.people import is_own, person
from makemore import StoredRun, dump_run

_DELETED = "deleted"


def own_runs() -> list[TrainingJob]:
    """Give this visitor's runs in the order in which they began, but for deleted ones."""
    return [job for job in all_own_runs() if not job.is_deleted]


def all_own_runs() -> list[TrainingJob]:
    """Give this visitor's runs, those too that were deleted and can still be brought back."""
    me = person()
    return [job for job in shared_runner().training_jobs() if job.owner == me]


def earlier_runs() -> list[StoredRun]:
    """List this visitor's stored runs that are not among those at hand, the last first."""
    keeper = shared_keeper()
    return keeper.earlier_runs(person()) if keeper is not None else []


def rename_run(job: TrainingJob, key: str) -> None:
    """Give a run the title that stands in a widget."""
    title = " ".join(st.session_state[key].split())
    if not title or not is_own(job):
        return
    try:
        if (keeper := shared_keeper()) is not None:
            keeper.rename(job, title)
        else:
            job.title = title
    except ValueError as error:
        st.toast(as_text(str(error)))


def delete_runs(jobs: Iterable[TrainingJob]) -> None:
    """Stop runs and take them out of all lists, until `restore_runs` or for good."""
    deleted = [job for job in jobs if is_own(job)]
    for job in deleted:
        stop_run(job)
        if (keeper := shared_keeper()) is not None:
            keeper.delete(job)
        else:
            job.is_deleted = True
    st.session_state[_DELETED] = [job.id for job in deleted]


def deleted_runs() -> list[TrainingJob]:
    """Give the runs that were deleted last, if they can be brought back."""
    found = [shared_runner().find(run_id) for run_id in st.session_state.get(_DELETED, [])]
    return [job for job in found if isinstance(job, TrainingJob) and job.is_deleted]


def restore_runs() -> None:
    """Bring the runs back that were deleted last."""
    for job in deleted_runs():
        if (keeper := shared_keeper()) is not None:
            keeper.restore(job)
        else:
            job.is_deleted = False


def run_file(job: TrainingJob) -> bytes:
    """Give a run as the bytes of one file."""
    return dump_run(job.run())


def store_trouble() -> str | None:
    """Say why runs are not being stored, if they are not."""
    keeper = shared_keeper()
    return keeper.trouble if keeper is not None else None
