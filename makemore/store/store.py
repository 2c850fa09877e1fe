"""The store: runs are saved whole, found again, listed, renamed, and deleted with a way back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from sqlalchemy import CursorResult, Delete, Select, Update, delete, func, insert, select, update
from sqlalchemy.orm import Session, sessionmaker

from makemore.checks import check_choice, check_integer, check_positive
from makemore.run import Run
from makemore.run_file import dump_run, parse_run
from makemore.store import schema
from makemore.store.connection import connect, name_of, parse_place
from makemore.store.errors import StoreError, telling
from makemore.store.lists import Lists, keep_words, purge_words
from makemore.store.schema import RunFile, StoredRun, StoredWords
from makemore.store.values import check_id, check_text, facts_of, fit_message, is_id

STATES = ("running", "paused", "stopped", "done", "diverged", "failed", "interrupted")
MAX_RUN_BYTES = 400_000_000  # a value of SQLite or PostgreSQL holds 1 GB, on its way in hex
MAX_LISTED = 1_000
_Query = TypeVar("_Query", bound=Select[Any])
_INTERRUPTED = "the server ended before the run did; it can go on from here"


class Store:
    """Runs in a database, and lists of words in `lists`.

    Any thread may use it; each call is one short transaction.

    Every method raises `StoreError` if the database cannot do as it is asked, and `ValueError`
    if an argument is wrong; what was stored before is unchanged then.

    Args:
        place: path of a SQLite file, made on first use, or a URL of any database that SQLAlchemy
            knows; by default a file in the user's data folder.
        wait_seconds: for how long another program's lock is waited for.

    Raises:
        ValueError: if `place` is no such path or URL.
        StoreError: if the database cannot be opened, or is of an unknown version.

    Example:
        >>> store = Store("runs.sqlite")  # doctest: +SKIP
        >>> store.save("k3J9x0QmB2vT5w8Z", run, "running", title="small")  # doctest: +SKIP
        >>> store.load("k3J9x0QmB2vT5w8Z").trainer(examples)  # doctest: +SKIP
    """

    def __init__(self, place: str | Path | None = None, wait_seconds: float = 5.0) -> None:
        url = parse_place(place)
        self.name = name_of(url)
        self._reader = connect(url, check_positive("wait_seconds", wait_seconds))
        self._writer = self._reader.execution_options(is_writing=True)  # the same connections
        self.lists = Lists(self._writing, self._reading)
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        """Give the store, to be closed at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let go of the database. A call after this opens it again."""
        self._reader.dispose()

    def save(
        self,
        run_id: str,
        run: Run,
        state: str,
        *,
        owner: str = "",
        title: str = "",
        message: str | None = None,
    ) -> StoredRun:
        """Write a run, whole or not at all, in the place of what it was before.

        The time that it takes grows with the history: 9 ms at 100,000 steps, 42 at a million, half
        a minute at fifty million. The next save should wait for many times as long as this took.

        Args:
            run_id: 16 to 64 letters, digits, `-` and `_`; whoever knows it can have the run.
            run: as `Run.of` gives it.
            state: one of `STATES`.
            owner: who began it; taken at the first save only.
            title: what a person calls it; taken at the first save only, then `rename` changes it.
            message: why it ended; shortened if it is long.
        """
        state = check_choice("state", state, STATES)
        values = {"state": str(state), "message": fit_message(message), **facts_of(run)}
        first = {"owner": check_text("owner", owner), "title": check_text("title", title)}
        check_id(run_id)
        data = dump_run(run, with_words=False)  # many runs share a list
        words = (run.words and run.words.words) or b""
        if len(data) > MAX_RUN_BYTES:
            raise ValueError(
                f"a stored run must have at most {MAX_RUN_BYTES:,} bytes, got {len(data):,}; "
                "download it as a file instead"
            )
        now = datetime.now(UTC)
        values |= {"updated": now, "n_bytes": len(data) + len(words)}
        with self._writing() as session:
            stored = session.get(StoredRun, run_id)
            if stored is None:
                stored = StoredRun(id=run_id, created=now, deleted=None, **first)
                session.add(stored)
            for name, value in values.items():
                setattr(stored, name, value)
            is_this = RunFile.run_id == run_id
            if not _n_rows(session, update(RunFile).where(is_this).values(data=data)):
                session.execute(insert(RunFile).values(run_id=run_id, data=data))
            if run.words is not None and words:
                keep_words(session, run.words.digest, words)
        return stored

    def load(self, run_id: str) -> Run:
        """Read a run as it was last saved.

        Raises:
            StoreError: if there is none of this id, or its bytes are no longer what was saved.
        """
        check_id(run_id)
        query = (
            select(RunFile.data, StoredWords.data)
            .join(StoredRun, StoredRun.id == RunFile.run_id)
            .outerjoin(StoredWords, StoredWords.digest == StoredRun.words_digest)
        )
        with self._reading() as session:
            found = session.execute(query.where(RunFile.run_id == run_id)).one_or_none()
        if found is None:
            raise _missing()
        data, words = found
        try:
            run = parse_run(data)
            return run if words is None else run.with_words(words)
        except (ValueError, TypeError) as error:
            raise StoreError(
                f"a run must be stored as it was saved, but is not: {error}"
            ) from error

    def find(self, run_id: str) -> StoredRun | None:
        """Give what is known of a run, of a deleted one too; nothing for any other text."""
        if not is_id(run_id):
            return None
        with self._reading() as session:
            return session.get(StoredRun, run_id)

    def runs(
        self,
        owner: str | None = None,
        *,
        limit: int = 50,
        offset: int = 0,
        deleted: bool = False,
    ) -> list[StoredRun]:
        """List runs, those begun last first, without reading their bytes.

        Args:
            owner: whose; `None`: everybody's.
            limit: how many at most.
            offset: how many are passed over.
            deleted: those that were deleted instead of those that were not.
        """
        limit = check_integer("limit", limit, 1, MAX_LISTED)
        offset = check_integer("offset", offset, 0, 2**31)
        chosen = _chosen(select(StoredRun), owner, deleted=deleted)
        order = chosen.order_by(StoredRun.created.desc(), StoredRun.id)
        with self._reading() as session:
            return list(session.scalars(order.limit(limit).offset(offset)))

    def count(self, owner: str | None = None, *, deleted: bool = False) -> int:
        """Give how many runs `runs` would list without a limit."""
        chosen = _chosen(select(func.count(StoredRun.id)), owner, deleted=deleted)
        with self._reading() as session:
            return int(session.scalars(chosen).one())

    def rename(self, run_id: str, title: str) -> None:
        """Give a run another title."""
        self._change(run_id, title=check_text("title", title))

    def delete(self, run_id: str) -> None:
        """Take a run out of the list; `restore` brings it back until it is purged."""
        self._change(run_id, deleted=datetime.now(UTC))

    def restore(self, run_id: str) -> None:
        """Bring a deleted run back."""
        self._change(run_id, deleted=None)

    def purge(self, older_than: timedelta = timedelta(days=30)) -> int:
        """Remove for good what was deleted longer ago; give how many runs that were."""
        old = StoredRun.deleted <= datetime.now(UTC) - older_than
        with self._writing() as session:
            n_purged = _n_rows(session, delete(StoredRun).where(old))
            known = select(StoredRun.id)
            session.execute(delete(RunFile).where(RunFile.run_id.not_in(known)))
            purge_words(session)
        return n_purged

    def mark_interrupted(self, idle: timedelta = timedelta(0)) -> int:
        """Say of runs that nobody advances any more that they were interrupted.

        To be called at the start, when whoever advanced them is dead.

        Args:
            idle: runs that were saved less long ago are left alone; above the interval of saving
                where other processes share the database.
        """
        is_open = StoredRun.state.in_(("running", "paused"))
        is_idle = StoredRun.updated <= datetime.now(UTC) - idle
        interrupted = {"state": "interrupted", "message": _INTERRUPTED}
        with self._writing() as session:
            return _n_rows(session, update(StoredRun).where(is_open, is_idle).values(interrupted))

    def _change(self, run_id: str, **values: object) -> None:
        check_id(run_id)
        with self._writing() as session:
            change = update(StoredRun).where(StoredRun.id == run_id).values(values)
            if not _n_rows(session, change):
                raise _missing()

    def _prepare(self) -> None:
        """Make the tables where there are none, and upgrade older ones."""
        with telling(self.name):
            with self._reader.begin() as connection:
                found = schema.stored_version(connection)
            if found == schema.VERSION:
                return  # so that a store can be opened while somebody else writes
            with self._writer.begin() as connection:
                schema.prepare(connection)

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        """Open a transaction that is committed at the end, or has never been."""
        sessions = sessionmaker(self._writer, expire_on_commit=False)
        with telling(self.name), sessions.begin() as session:
            yield session

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        with telling(self.name), Session(self._reader, expire_on_commit=False) as session:
            yield session


def _chosen(query: _Query, owner: str | None, *, deleted: bool) -> _Query:
    is_chosen = StoredRun.deleted.is_not(None) if deleted else StoredRun.deleted.is_(None)
    query = query.where(is_chosen)
    return query if owner is None else query.where(StoredRun.owner == check_text("owner", owner))


def _n_rows(session: Session, change: Update | Delete) -> int:
    result = session.execute(change, execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", result).rowcount


def _missing() -> StoreError:
    return StoreError(
        "a run must be in the store, but there is none of this id; choose one of the list"
    )
