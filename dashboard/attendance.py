"""Who is here: whose windows are open, and who has been gone for so long that they have left."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable

FORGOTTEN_AFTER_SECONDS = 86_400.0  # whoever comes back later is as good as new


class Attendance:
    """Counts the open windows of each person.

    A reload closes one window and opens another, a moment later; a laptop that sleeps closes all.
    So nobody is gone before a while has passed.

    Args:
        grace_seconds: that while.
        clock: gives the time in seconds.
    """

    def __init__(self, grace_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._grace_seconds, self._clock = grace_seconds, clock
        self._windows: Counter[str] = Counter()
        self._left_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def enter(self, person: str) -> None:
        """Count a window more."""
        with self._lock:
            self._windows[person] += 1
            self._left_at.pop(person, None)

    def leave(self, person: str) -> None:
        """Count a window less."""
        with self._lock:
            self._windows[person] -= 1
            if self._windows[person] <= 0:
                del self._windows[person]
                self._left_at[person] = self._clock()
            self._forget()

    def is_gone(self, person: str) -> bool:
        """Whether somebody was here and has left for good; never of who was not seen."""
        left_at = self._left_at.get(person)
        return left_at is not None and self._clock() - left_at >= self._grace_seconds

    def _forget(self) -> None:
        """Drop those who left long ago; they are in the order in which they left."""
        oldest = self._clock() - FORGOTTEN_AFTER_SECONDS
        for person in [who for who, left_at in self._left_at.items() if left_at < oldest]:
            del self._left_at[person]
