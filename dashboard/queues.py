"""Who may work at once, and who waits for whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from dashboard.jobs import Job, State


class Queue:
    """The jobs of one kind that wait until others have made room.

    Whoever has fewest jobs at work or ahead in the queue comes first; among these, whoever came
    first. So a person's twelfth job holds up nobody's first one, and nobody waits for ever.
    Jobs of nobody count as if each had a person of its own.

    Not safe to use from several threads at once: its runner holds a lock.

    Args:
        n_at_once: jobs that may work at once.
        n_per_person: of these, jobs of one person.
    """

    def __init__(self, n_at_once: int, n_per_person: int) -> None:
        self._n_at_once, self._n_per_person = n_at_once, n_per_person
        self._waiting: list[Job] = []  # in the order in which they came

    def has_room_for(self, job: Job, others: Iterable[Job]) -> bool:
        """Whether a job may work beside all others of its kind that are known."""
        n_at_work, n_own = _count(each for each in others if each is not job)
        return self._fits(job, n_at_work, n_own)

    def join(self, job: Job) -> None:
        """Take in a job that waits."""
        if job not in self._waiting:
            self._waiting.append(job)

    def call(self, known: Iterable[Job]) -> list[Job]:
        """Let those work for whom there is room, and give them; the others learn their place.

        Args:
            known: all jobs of this kind.
        """
        if not self._waiting:
            return []
        n_at_work, n_own = _count(known)
        called: list[Job] = []
        left: list[Job] = []
        for job in self._in_fair_order(n_own):
            if not self._fits(job, n_at_work, n_own):
                left.append(job)
            elif job.move(State.RUNNING, only_from=(State.WAITING,)):
                called.append(job)
                n_at_work, n_own[job.owner] = n_at_work + 1, n_own[job.owner] + 1
        self._tell_places(left)
        return called

    def _fits(self, job: Job, n_at_work: int, n_own: Counter[str]) -> bool:
        is_few = not job.owner or n_own[job.owner] < self._n_per_person
        return n_at_work < self._n_at_once and is_few

    def _in_fair_order(self, n_own: Counter[str]) -> list[Job]:
        ahead = n_own.copy()
        ranked: list[tuple[int, Job]] = []
        for job in self._waiting:
            if job.state is State.WAITING:
                ranked.append((ahead[job.owner] if job.owner else 0, job))
                ahead[job.owner] += 1
        return [job for _, job in sorted(ranked, key=lambda each: each[0])]  # stable

    def _tell_places(self, left: list[Job]) -> None:
        places = {job: place for place, job in enumerate(left, start=1)}
        for job in self._waiting:
            job.wait_at(places.get(job))
        self._waiting = [job for job in self._waiting if job in places]


def _count(jobs: Iterable[Job]) -> tuple[int, Counter[str]]:
    """Count the jobs at work, in all and of each person."""
    owners = [job.owner for job in jobs if job.state is State.RUNNING]
    return len(owners), Counter(owners)
