"""What sweeps, bake-offs, races and experiments have in common."""

from __future__ import annotations

import time
from abc import abstractmethod
from math import inf

from dashboard.jobs import SLICE_SECONDS, Job, State


class Study(Job):
    """Work that compares: it ends with a result of its own and not with a run to go on with.

    It is in no store, so it is lost with the server, and once its owner has gone.
    """

    def __init__(self) -> None:
        super().__init__()
        self.note: str | None = None  # why it was stopped, if nobody did
        self._seconds, self._stop_at = 0.0, inf

    @property
    @abstractmethod
    def progress(self) -> float:
        """Share of the work done, from 0 to 1."""

    def allow(self, seconds: float) -> None:
        """Let it compute for so long from now on; then it is stopped."""
        self.note, self._stop_at = None, self._seconds + seconds

    def run_slice(self, slice_seconds: float = SLICE_SECONDS) -> None:
        """Work for about so long."""
        start = time.perf_counter()
        super().run_slice(slice_seconds)
        self._seconds += time.perf_counter() - start
        if self._seconds >= self._stop_at and self.state is State.RUNNING:
            self.note = "its time on this server is over"
            self.move(State.STOPPED, only_from=(State.RUNNING,))
        if self.state is State.DONE:
            self._let_go_of_tools()

    def _let_go_of_tools(self) -> None:
        """Drop what only further work would need: it may be far larger than the result."""
