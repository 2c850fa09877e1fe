"""The one scheduler of the process: all jobs take turns on worker threads of its own."""

from __future__ import annotations

import atexit
import logging
import os
import sys
import threading
import time
from collections import deque
from functools import cache

from dashboard.attendance import Attendance
from dashboard.jobs import ALIVE, SLICE_SECONDS, Job, State, TrainingJob
from dashboard.limits import Limits
from dashboard.queues import Queue
from dashboard.studies import Study
from makemore.side_by_side import n_cores

ROUND_SECONDS = 0.15  # in which each running job has its turn: more than five points a second
LEAST_SLICE_SECONDS = 0.004  # below it more goes into the change of turns than into the steps
PAUSE_SECONDS = 0.0002  # between two slices, so that pages get the interpreter
CAN_YIELD = sys.platform == "linux"  # elsewhere a priority is that of the whole process
NICENESS = 5  # of a worker, above its process: who clicks comes first
MAX_KEPT = 300  # jobs that can be looked at; of the ended ones the oldest goes first

logger = logging.getLogger(__name__)


class Runner:
    """Gives each running job a slice in turn. Jobs are found again by their id.

    Where as many runs train as the limits allow, the next ones wait in a queue, and so do studies
    in one of their own. What belongs to somebody who has gone is stopped. However many studies
    there are, every second turn is a run's if one waits for it.

    The more jobs are at work, the shorter their turns, so that each is seen to move several times
    a second.

    Args:
        limits: how many runs train at once, and for how long.
        n_workers: threads; by default as many as there are processors where a thread can yield
            to those that answer clicks, and otherwise one fewer.
    """

    def __init__(self, limits: Limits | None = None, n_workers: int | None = None) -> None:
        self.limits = limits or Limits()
        self.attendance = Attendance(self.limits.grace_seconds)
        self._jobs: dict[str, Job] = {}
        self._turns: deque[Job] = deque()
        self._at_work: set[Job] = set()  # those whose turn it is
        self._was_study = False  # whether the last turn was a study's
        self._queues: dict[type[TrainingJob | Study], Queue] = {
            TrainingJob: Queue(self.limits.max_runs, self.limits.max_runs_per_person),
            Study: Queue(self.limits.max_studies, self.limits.max_studies_per_person),
        }
        self._changed = threading.Condition()
        self._is_closed = False
        n_workers = n_workers or (n_cores() if CAN_YIELD else max(1, n_cores() - 1))
        self._workers = [
            threading.Thread(target=self._work, name=f"runner {number}", daemon=True)
            for number in range(n_workers)
        ]
        for worker in self._workers:
            worker.start()

    def start(self, job: Job) -> None:
        """Take a job in; its first slice comes as soon as the others had theirs.

        Raises:
            RuntimeError: if the runner was closed.
        """
        with self._changed:
            if self._is_closed:
                raise RuntimeError("the runner is closed")
            self._jobs[job.id] = job
            self._forget_old_jobs()
            self._admit(job)

    def find(self, job_id: str) -> Job | None:
        """Give the job of this id, if it is known."""
        job = self._jobs.get(job_id)
        if job is not None:
            job.wanted_at = time.monotonic()
        return job

    def training_jobs(self) -> list[TrainingJob]:
        """Give all training runs that are known."""
        with self._changed:
            return [job for job in self._jobs.values() if isinstance(job, TrainingJob)]

    def forget(self, job: Job) -> None:
        """Let go of a job that has ended."""
        with self._changed:
            if job.state.is_final:
                self._jobs.pop(job.id, None)

    def pause(self, job: Job) -> None:
        """Let a running or waiting job miss its turns until it is resumed."""
        job.move(State.PAUSED, only_from=(State.RUNNING, State.WAITING))
        job.limit(None)
        self._let_waiting_in()

    def resume(self, job: Job, n_steps: int | None = None) -> None:
        """Let a paused job take its turns again, until it has taken `n_steps` if that is given.

        One that is at such steps already takes so many more.
        """
        with self._changed:
            job = self._jobs.setdefault(job.id, job)  # it may have been forgotten meanwhile
            if job.state is State.PAUSED or job.is_stepping:
                job.limit(n_steps)
                self._go_on(job, State.PAUSED)

    def revive(self, job: Job) -> None:
        """Let a job go on that was stopped or interrupted, or is done but was extended since."""
        with self._changed:
            job = self._jobs.setdefault(job.id, job)
            job.limit(None)
            self._go_on(job, State.STOPPED, State.INTERRUPTED, State.DONE)

    def _go_on(self, job: Job, *only_from: State) -> None:
        if job.move(State.RUNNING, only_from=only_from):
            self._admit(job)

    def stop(self, job: Job) -> None:
        """End a job; what it has shown and learnt stays."""
        job.move(State.STOPPED, only_from=ALIVE)
        self._let_waiting_in()

    def discard(self, job: Job) -> None:
        """End a job that nobody will look at any more, and let go of it."""
        self.stop(job)
        self.forget(job)

    def end_absent(self) -> list[TrainingJob]:
        """Stop what belongs to those who have gone, and let go of their studies.

        Returns:
            their runs that nobody else has looked at for a while.
        """
        with self._changed:
            absent = [job for job in self._jobs.values() if self.attendance.is_gone(job.owner)]
        for job in absent:
            if isinstance(job, TrainingJob):
                self.stop(job)
            else:
                self.discard(job)
        latest = time.monotonic() - self.limits.grace_seconds
        runs = (job for job in absent if isinstance(job, TrainingJob))
        return [run for run in runs if run.wanted_at <= latest]

    def close(self) -> None:
        """End the workers after the slices under way and wait for them.

        A PyTorch thread that still computes while the interpreter exits aborts the process.
        """
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        for worker in self._workers:
            worker.join()

    def _line_up(self, job: Job) -> None:
        """Give a running job its one place among the turns."""
        if job.state is not State.RUNNING or job in self._at_work:
            return
        if job not in self._turns:
            self._turns.append(job)
            self._changed.notify()

    def _admit(self, job: Job) -> None:
        """Let a job take its turns, or wait if there is no room for it."""
        if isinstance(job, TrainingJob | Study) and self.limits.max_minutes:
            job.allow(60.0 * self.limits.max_minutes)
        for kind, queue in self._queues.items():
            if (
                isinstance(job, kind)
                and not queue.has_room_for(job, self._known(kind))
                and job.move(State.WAITING, only_from=(State.RUNNING,))
            ):
                queue.join(job)
                self._let_waiting_in()
        self._line_up(job)

    def _let_waiting_in(self) -> None:
        """Let those work for whom there is room now; the others move up."""
        with self._changed:
            for kind, queue in self._queues.items():
                for job in queue.call(self._known(kind)):
                    self._line_up(job)

    def _known(self, kind: type[Job]) -> list[Job]:
        return [job for job in self._jobs.values() if isinstance(job, kind)]

    def _forget_old_jobs(self) -> None:
        ended = [job.id for job in self._jobs.values() if job.state.is_final]
        for job_id in ended[: max(0, len(self._jobs) - MAX_KEPT)]:
            del self._jobs[job_id]

    def _work(self) -> None:
        yield_to_others()
        while (job := self._next_job()) is not None:
            try:
                job.run_slice(self._slice_seconds())
            except Exception as error:  # one job's failure ends that job alone
                logger.exception("job %s failed", job.id[:6])
                job.fail(error)
            with self._changed:
                self._at_work.remove(job)
                self._line_up(job)
                if job.state is not State.RUNNING:
                    self._let_waiting_in()
            time.sleep(PAUSE_SECONDS)

    def _next_job(self) -> Job | None:
        """Wait for a job whose turn it is; None once the runner is closed."""
        with self._changed:
            while not self._is_closed:
                while self._turns:
                    job = self._take_turn()
                    if self.attendance.is_gone(job.owner):
                        self.stop(job)
                    if job.state is State.RUNNING:
                        self._at_work.add(job)
                        return job
                self._changed.wait()
            return None

    def _take_turn(self) -> Job:
        """Take the job that has waited longest; after a study a run, if there is one."""
        job = self._turns[0]
        if self._was_study:
            job = next((each for each in self._turns if isinstance(each, TrainingJob)), job)
        self._turns.remove(job)
        self._was_study = isinstance(job, Study)
        return job

    def _slice_seconds(self) -> float:
        """Give the length of a turn with which a round of all jobs is short enough."""
        n_jobs = len(self._turns) + len(self._at_work)
        in_a_round = ROUND_SECONDS * len(self._workers) / n_jobs
        return min(SLICE_SECONDS, max(LEAST_SLICE_SECONDS, in_a_round))


def yield_to_others() -> None:
    """Give the present thread less of the processor than those that answer clicks."""
    if CAN_YIELD:
        thread = threading.get_native_id()
        niceness = os.getpriority(os.PRIO_PROCESS, thread) + NICENESS
        os.setpriority(os.PRIO_PROCESS, thread, niceness)


@cache
def shared_runner() -> Runner:
    """Give the runner of this process, started on first use and closed at exit."""
    runner = Runner(Limits.from_environment())
    atexit.register(runner.close)
    return runner
