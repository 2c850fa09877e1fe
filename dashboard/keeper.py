"""Puts every run into the store every few seconds, and finds there what the runner has not."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from dashboard.corpus import dataset_of
from dashboard.jobs import State, TrainingJob
from dashboard.runner import Runner, yield_to_others
from makemore import Store, StoredRun, StoreError

SAVE_SECONDS = 3.0  # how much a killed server may lose
TICK_SECONDS = 0.5  # how soon a pause or an end is saved
MAX_SHARE = 0.05  # of a core for saving: many runs and long histories are saved less often
MAX_EARLIER = 100  # stored runs in a list
LIST_SECONDS = 5.0  # for how long a list is shown again, as every click of its owner asks for it
_NEVER = -1  # no job is of this version
DATABASE_VARIABLE = "MAKEMORE_DATABASE_URL"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Saved:
    version: int
    state: State
    next_at: float  # not before, unless the state changes


@dataclass(frozen=True)
class _Listed:
    until: float
    at_hand: frozenset[str]  # runs that were left out
    stored: list[StoredRun]


class Keeper:
    """Saves the runs of a runner, in a thread of its own.

    Where the store fails, training goes on in memory, `trouble` says why, and saving is tried
    again and again.

    Args:
        runner: whose runs.
        store: where to; `None` keeps nothing.
        trouble: why there is no store, if there is none.
    """

    def __init__(self, runner: Runner, store: Store | None, trouble: str | None = None) -> None:
        self.trouble = trouble
        self._runner, self._store = runner, store
        self._saved: dict[str, _Saved] = {}
        self._listed: dict[str, _Listed] = {}  # by owner
        self._is_closed = threading.Event()
        self._loading = threading.Lock()  # so that a run is not built twice
        self._thread = threading.Thread(target=self._work, name="keeper", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, runner: Runner) -> Keeper:
        """Open the store that the environment names, or the usual one.

        Whatever it says of runs that still train is of a server that is no more.
        """
        try:
            store = Store(os.environ.get(DATABASE_VARIABLE) or None)
            store.mark_interrupted()
            store.purge()
        except (StoreError, ValueError) as error:
            logger.warning("runs are kept in memory only: %s", error)
            return cls(runner, None, str(error))
        return cls(runner, store)

    @property
    def store(self) -> Store | None:
        """Where runs are kept, if anywhere."""
        return self._store

    def find(self, run_id: str) -> TrainingJob | None:
        """Give a run of the runner, or bring it there from the store, with its own words.

        Args:
            run_id: any text.
        """
        with self._loading:
            job = self._runner.find(run_id)
            if job is None and self._store is not None:
                job = self._load(self._store, run_id)
        return job if isinstance(job, TrainingJob) else None

    def _load(self, store: Store, run_id: str) -> TrainingJob | None:
        try:
            stored = store.find(run_id)
            if stored is None or stored.deleted is not None:
                return None
            run = store.load(run_id)
            job = TrainingJob.of(dataset_of(run), run)
        except (StoreError, ValueError) as error:
            logger.warning("a stored run cannot be shown: %s", error)
            return None
        left = State(stored.state)
        why = stored.message if left is State.FAILED else None
        now = left if left.is_final else State.INTERRUPTED
        job.bring_back(run_id, now, why, stored.owner, stored.title)
        self._saved[run_id] = _Saved(job.version, job.state, 0.0)
        self._runner.start(job)
        return job

    def knows(self, run_id: str) -> bool:
        """Whether a run stands in the store."""
        try:
            stored = self._store.find(run_id) if self._store is not None else None
        except (StoreError, ValueError):
            return False
        return stored is not None and stored.deleted is None

    def earlier_runs(self, owner: str) -> list[StoredRun]:
        """List the stored runs of a person that the runner does not have, the last first.

        What another server has stored meanwhile is there within `LIST_SECONDS`.
        """
        if self._store is None:
            return []
        at_hand = frozenset(job.id for job in self._runner.training_jobs() if job.owner == owner)
        listed = self._listed.get(owner)
        if listed is None or time.monotonic() >= listed.until or listed.at_hand - at_hand:
            listed = self._list(self._store, owner, at_hand)
        return [run for run in listed.stored if run.id not in at_hand]

    def _list(self, store: Store, owner: str, at_hand: frozenset[str]) -> _Listed:
        stored: list[StoredRun] = []
        try:
            stored = store.runs(owner, limit=MAX_EARLIER)
        except StoreError as error:
            logger.warning("stored runs cannot be listed: %s", error)
        listed = _Listed(time.monotonic() + LIST_SECONDS, at_hand, stored)
        self._listed[owner] = listed
        return listed

    def _forget_lists(self) -> None:
        now = time.monotonic()
        for owner, listed in list(self._listed.items()):
            if now >= listed.until:
                self._listed.pop(owner, None)

    def rename(self, job: TrainingJob, title: str) -> None:
        """Give a run another title, here and in the store.

        Raises:
            ValueError: if no store could keep it.
        """
        self._change(job, lambda store: store.rename(job.id, title))
        job.title = title

    def delete(self, job: TrainingJob) -> None:
        """Take a run out of all lists, for a while; `restore` brings it back."""
        job.is_deleted = True
        self._change(job, lambda store: store.delete(job.id))

    def restore(self, job: TrainingJob) -> None:
        """Bring a deleted run back."""
        job.is_deleted = False
        self._change(job, lambda store: store.restore(job.id))

    def _change(self, job: TrainingJob, change: Callable[[Store], None]) -> None:
        """Change what the store says of a run; one that it cannot have yet is put there first."""
        if self._store is None:
            return
        if job.id not in self._saved:
            self._save(job)
        self._listed.pop(job.owner, None)
        try:
            change(self._store)
        except StoreError as error:
            self.trouble = str(error)

    def save_all(self) -> None:
        """Save every run that has changed, at once."""
        for job in self._runner.training_jobs():
            saved = self._saved.get(job.id)
            if saved is None or saved.version != job.version:
                self._save(job)

    def close(self) -> None:
        """Save what has changed and end the thread."""
        self._is_closed.set()
        self._thread.join()
        self.save_all()
        if self._store is not None:
            self._store.close()

    def _work(self) -> None:
        yield_to_others()
        while not self._is_closed.wait(TICK_SECONDS):
            jobs = self._runner.training_jobs()
            for job in jobs:
                if self._is_due(job):
                    self._save(job)
            self._forget_lists()
            known = {job.id for job in jobs}
            for run_id in set(list(self._saved)) - known:
                del self._saved[run_id]  # the runner has forgotten it
            for job in self._runner.end_absent():
                if self._is_stored(job):
                    self._runner.forget(job)  # a link still finds it, in the store

    def _is_stored(self, job: TrainingJob) -> bool:
        saved = self._saved.get(job.id)
        return self._store is not None and saved is not None and saved.version == job.version

    def _is_due(self, job: TrainingJob) -> bool:
        saved = self._saved.get(job.id)
        if saved is None:
            return True
        if saved.version == job.version:
            return False
        return saved.state is not job.state or time.monotonic() >= saved.next_at

    def _save(self, job: TrainingJob) -> None:
        if self._store is None:
            return
        start = time.monotonic()
        version, state = job.version, job.state  # before the run: what comes later is saved later
        try:
            message = job.message
            stored = "paused" if state is State.WAITING else state.value
            self._store.save(
                job.id, job.run(), stored, owner=job.owner, title=job.title, message=message
            )
            self.trouble = None
        except Exception as error:  # whatever it is, the other runs are saved all the same
            if self.trouble is None:
                is_known = isinstance(error, StoreError | ValueError)
                logger.warning("a run cannot be saved: %s", error, exc_info=not is_known)
            self.trouble = str(error) or type(error).__name__
        end = time.monotonic()
        n_runs = sum(each.state is State.RUNNING for each in self._runner.training_jobs())
        pause = max(SAVE_SECONDS, max(1, n_runs) * (end - start) / MAX_SHARE)
        saved_version = version if self.trouble is None else _NEVER
        self._saved[job.id] = _Saved(saved_version, state, end + pause)


_shared: Keeper | None = None


def share(keeper: Keeper | None) -> None:
    """Make a keeper the one of this process; the server does so at its start."""
    global _shared
    _shared = keeper


def shared_keeper() -> Keeper | None:
    """Give the keeper of this process; none where no server is, as in a test of a page."""
    return _shared
