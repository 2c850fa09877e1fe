"""People's own lists of words, in the store where there is one, else in memory."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from threading import Lock
from typing import TypeVar

from dashboard.corpus import shared_dataset
from makemore import Dataset, Store, StoredList, StoreError, WordList

MAX_KNOWN = 100  # lists that are at hand without asking the store
MAX_REPORTS = 100  # what was left out of the lists that came last

T = TypeVar("T")

logger = logging.getLogger(__name__)


class Library:
    """Keeps lists, and gives the dataset of each. Any thread may use it.

    Args:
        store: where the lists are kept; `None`: in memory only.
    """

    def __init__(self, store: Store | None = None) -> None:
        self._store = store
        self._known: dict[str, StoredList] = {}  # by id, those used last at the end
        self._words: dict[str, list[str]] = {}  # by digest, of those that no store keeps
        self._reports: dict[str, WordList] = {}  # by id
        self._changing = Lock()

    def add(self, owner: str, name: str, found: WordList, max_lists: int) -> StoredList:
        """Keep a list of somebody; one of the same words that they have gets the new name.

        Raises:
            ValueError: if they have so many already, or the name cannot be stored.
        """
        own = self.of(owner)
        if len(own) >= max_lists and found.digest not in (each.digest for each in own):
            raise ValueError(
                f"One person may keep at most {max_lists} lists on this server; delete one first."
            )
        words = list(found.words)
        entry = self._asked(lambda store: store.lists.save(owner, name, words))
        with self._changing:
            if entry is None:
                entry = self._keep_in_memory(owner, name, found)
            self._note(entry)
            self._reports.pop(entry.id, None)
            self._reports[entry.id] = WordList((), found.left_out, found.changed)
            _forget_first(self._reports, MAX_REPORTS)
        return entry

    def of(self, owner: str) -> list[StoredList]:
        """List somebody's, those saved last first."""
        stored = self._asked(lambda store: store.lists.of(owner)) or []
        with self._changing:
            known = [each for each in self._known.values() if each.owner == owner]
        in_memory = [each for each in known if each.digest in self._words]
        return sorted([*in_memory, *stored], key=lambda each: each.used, reverse=True)

    def find(self, list_id: str) -> StoredList | None:
        """Give a list by its id; whoever knows that was given it."""
        with self._changing:
            entry = self._known.get(list_id)
        if entry is None:
            entry = self._asked(lambda store: store.lists.find(list_id))
            if entry is not None:
                with self._changing:
                    self._note(entry)
        return entry

    def report(self, entry: StoredList) -> WordList | None:
        """Say what was left out of a list, as long as that is known: no words, only the rest."""
        return self._reports.get(entry.id)

    def dataset(self, entry: StoredList, *, by_name: bool) -> Dataset:
        """Give the words of a list, split.

        Raises:
            ValueError: if they cannot be split, or the store cannot be read.
        """
        return shared_dataset(
            entry.digest, lambda: self._read(entry), name=entry.name, by_name=by_name
        )

    def delete(self, entry: StoredList) -> None:
        """Let go of a list; runs that were trained on it keep its words."""
        with self._changing:
            self._known.pop(entry.id, None)
            self._reports.pop(entry.id, None)
            if entry.digest not in (each.digest for each in self._known.values()):
                self._words.pop(entry.digest, None)
        self._asked(lambda store: store.lists.delete(entry.id))

    def _read(self, entry: StoredList) -> list[str]:
        words = self._words.get(entry.digest)
        if words is None:
            words = self._asked(lambda store: store.lists.words(entry.digest))
        if words is None:
            raise ValueError(f"the words of the list {entry.name!r} cannot be read any more")
        return words

    def _keep_in_memory(self, owner: str, name: str, found: WordList) -> StoredList:
        """Keep a list that no store keeps; with the lock held."""
        self._words[found.digest] = list(found.words)
        is_same = (
            each
            for each in self._known.values()
            if (each.owner, each.digest) == (owner, found.digest)
        )
        before = next(is_same, None)
        return StoredList(
            id=before.id if before is not None else secrets.token_urlsafe(16),
            owner=owner,
            name=name,
            digest=found.digest,
            n_words=len(found),
            used=datetime.now(UTC),
        )

    def _note(self, entry: StoredList) -> None:
        self._known.pop(entry.id, None)
        self._known[entry.id] = entry
        for gone in _forget_first(self._known, MAX_KNOWN):
            if gone.digest not in (each.digest for each in self._known.values()):
                self._words.pop(gone.digest, None)

    def _asked(self, ask: Callable[[Store], T]) -> T | None:
        if self._store is None:
            return None
        try:
            return ask(self._store)
        except StoreError as error:
            logger.warning("lists of words are kept in memory only: %s", error)
            return None


def _forget_first(kept: dict[str, T], n: int) -> list[T]:
    """Leave the last `n`; give the others."""
    return [kept.pop(key) for key in list(kept)[: max(0, len(kept) - n)]]


_shared: Library | None = None


def share(library: Library | None) -> None:
    """Make a library the one of this process; the server does so at its start."""
    global _shared
    _shared = library


@cache
def _in_memory() -> Library:
    return Library()


def shared_library() -> Library:
    """Give the library of this process; one in memory where no server is, as in a test."""
    return _shared or _in_memory()
