"""How a database is found and spoken to: SQLite with care, others as they are."""

import os
import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError

from makemore.store.errors import StoreError

_WAL_PAUSES = (0.01, 0.03, 0.1, 0.3)  # seconds, where somebody else makes the same new file
POOL_SIZE = 5  # connections that are kept; as many more come and go with the load


def default_path() -> Path:
    """Give the file that a store is in where nothing else is said."""
    home = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return home / "makemore" / "runs.sqlite"


def parse_place(place: str | Path | None) -> URL:
    """Give the URL of a file's path, or of a text that is a URL already.

    Raises:
        ValueError: if it is no URL of a database that lasts.
    """
    if place is None or isinstance(place, Path) or "://" not in place:
        file = default_path() if place is None else Path(place)
        return URL.create("sqlite", database=str(file.absolute()))
    try:
        url = make_url(place)
        url.get_dialect()
    except (ArgumentError, ValueError) as error:
        raise ValueError(
            "a store must be the path of a file or a URL that SQLAlchemy knows, such as "
            f"postgresql+psycopg://user@host/database, got another ({error})"
        ) from error
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise ValueError("a store must be in a file, got one in memory; name a path")
    return url


def connect(url: URL, wait_seconds: float) -> Engine:
    """Build the engine; the database is not asked anything yet.

    Raises:
        StoreError: if a folder or a driver is missing.
    """
    options: dict[str, Any] = {}
    is_sqlite = url.get_backend_name() == "sqlite"
    if is_sqlite:
        _make_folder(Path(str(url.database)))
        options["connect_args"] = {"timeout": wait_seconds}
    elif url.get_backend_name() == "postgresql" and url.get_driver_name().startswith("psycopg"):
        limit = f"-c lock_timeout={round(1000 * wait_seconds)}"
        options["connect_args"] = {
            "connect_timeout": max(1, round(wait_seconds)),
            "options": limit,
        }
    try:
        engine = create_engine(
            url,
            hide_parameters=True,  # ids are secrets, and weights no reading matter
            pool_pre_ping=True,  # a server may have been started anew
            pool_size=POOL_SIZE,
            max_overflow=POOL_SIZE,
            pool_timeout=2 * wait_seconds,
            **options,
        )
    except ImportError as error:
        raise StoreError(
            f"the store {name_of(url)} needs a driver that is not installed ({error}); install it"
        ) from error
    if is_sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def name_of(url: URL) -> str:
    """What a message calls a database: its file, or its URL without the password."""
    if url.get_backend_name() == "sqlite":
        return repr(url.database)
    return url.render_as_string(hide_password=True)


def _make_folder(file: Path) -> None:
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the store {str(file)!r} must be in a folder, but that cannot be made "
            f"({error.strerror}); check the path"
        ) from error


def _prepare_sqlite(connection: DBAPIConnection, _: object) -> None:
    cursor = connection.cursor()
    for seconds in (*_WAL_PAUSES, None):
        try:
            cursor.execute("PRAGMA journal_mode = WAL")  # who reads does not wait for who writes
            break
        except sqlite3.OperationalError:
            if seconds is None:
                raise
            time.sleep(seconds)  # for this alone SQLite does not wait by itself
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # Python's module begins none for DDL and for reading. A writer says so at once: one that began
    # as a reader is refused if another wrote meanwhile.
    is_writing = connection.get_execution_options().get("is_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")
