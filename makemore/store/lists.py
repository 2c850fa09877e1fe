"""Lists of words in a store: each is somebody's, and the same words are kept once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from makemore.dataset import words_to_bytes
from makemore.store.schema import StoredList, StoredRun, StoredWords
from makemore.store.values import check_text, is_id
from makemore.vocabulary import check_words

Opening = Callable[[], AbstractContextManager[Session]]


class Lists:
    """The lists of a store. Every method raises `StoreError` if the database fails.

    Args:
        writing: opens a transaction to write in.
        reading: opens one to read in.
    """

    def __init__(self, writing: Opening, reading: Opening) -> None:
        self._writing, self._reading = writing, reading

    def save(self, owner: str, name: str, words: Sequence[str]) -> StoredList:
        """Keep a list; one of the same words of the same owner gets the new name.

        Raises:
            ValueError: if there is no word, or owner or name is no text that can be stored.
        """
        data = words_to_bytes(check_words(words))
        digest = hashlib.sha256(data).hexdigest()
        owner = check_text("owner", owner, "a list")
        name = check_text("name", name, "a list")
        with self._writing() as session:
            keep_words(session, digest, data)
            is_same = (StoredList.owner == owner, StoredList.digest == digest)
            stored = session.scalar(select(StoredList).where(*is_same))
            if stored is None:
                stored = StoredList(
                    id=secrets.token_urlsafe(16),
                    owner=owner,
                    digest=digest,
                    n_words=len(words),
                )
                session.add(stored)
            stored.name, stored.used = name, datetime.now(UTC)
        return stored

    def of(self, owner: str) -> list[StoredList]:
        """List somebody's, those saved last first, without reading their words."""
        order = (StoredList.used.desc(), StoredList.id)
        query = select(StoredList).where(StoredList.owner == check_text("owner", owner, "a list"))
        with self._reading() as session:
            return list(session.scalars(query.order_by(*order)))

    def find(self, list_id: str) -> StoredList | None:
        """Give what is known of a list; nothing for any other text."""
        if not is_id(list_id):
            return None
        with self._reading() as session:
            return session.get(StoredList, list_id)

    def words(self, digest: str) -> list[str] | None:
        """Read the words of this digest, if they are kept."""
        with self._reading() as session:
            data = session.scalar(select(StoredWords.data).where(StoredWords.digest == digest))
        return None if data is None else data.decode().split("\n")

    def delete(self, list_id: str) -> None:
        """Let go of a list; runs that were trained on it keep its words."""
        if is_id(list_id):
            with self._writing() as session:
                session.execute(delete(StoredList).where(StoredList.id == list_id))


def keep_words(session: Session, digest: str, data: bytes) -> None:
    """Put words where their digest finds them, unless they are there."""
    n_kept = select(func.count()).select_from(StoredWords).where(StoredWords.digest == digest)
    if not session.scalar(n_kept):
        session.execute(insert(StoredWords).values(digest=digest, data=data))


def purge_words(session: Session) -> None:
    """Remove the words that no run and no list refers to."""
    in_runs: Any = select(StoredRun.words_digest).where(StoredRun.words_digest.is_not(None))
    in_lists: Any = select(StoredList.digest)
    unused = (StoredWords.digest.not_in(in_runs), StoredWords.digest.not_in(in_lists))
    session.execute(delete(StoredWords).where(*unused))
