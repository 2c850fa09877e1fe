"""What can go wrong with a database, in words that say what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError


class StoreError(Exception):
    """A store that cannot be opened, read or written; nothing stored before has changed."""


_LOCKED = "must be free, but another program holds it ({}); wait, or end that program"
_FULL = "must have room on its disk, but that is full ({}); free some space"
_READ_ONLY = "must be writable, but is not ({}); check who may write there"
_DAMAGED = (
    "must be a whole makemore database, but is damaged or another file ({}); keep a copy of it, "
    "then restore a backup, or move it away to begin anew"
)
_UNREACHABLE = "must be reachable, but is not ({}); check its address, and that it runs"
_NO_FILE = (
    "must be a file in a folder that can be read and written, but cannot be opened ({}); check "
    "the path"
)
_BAD_DISK = "must be on a disk that can be read and written, but is not ({}); check the disk"
_OTHER = "must do as it is asked, but does not ({}); see the log of the database"

_BY_SQLITE_CODE = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_ERROR: _DAMAGED,  # e.g. a table that is not there: the statements are ours
    sqlite3.SQLITE_CANTOPEN: _NO_FILE,
    sqlite3.SQLITE_IOERR: _BAD_DISK,
}
_BY_SQLSTATE = {  # https://www.postgresql.org/docs/current/errcodes-appendix.html
    "08": _UNREACHABLE,
    "25006": _READ_ONLY,
    "42501": _READ_ONLY,
    "42P01": _DAMAGED,
    "53100": _FULL,
    "55P03": _LOCKED,
    "57P": _UNREACHABLE,
    "58030": _BAD_DISK,
    "XX": _DAMAGED,
}


@contextmanager
def telling(place: str) -> Iterator[None]:
    """Turn whatever goes wrong with the database inside into a `StoreError`.

    Args:
        place: what a message calls the database.
    """
    try:
        yield
    except SQLAlchemyError as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        words = _words(cause).format(_first_line(cause))
        raise StoreError(f"the store {place} {words}") from error
    except (ValueError, TypeError) as error:  # a column that holds what was never written there
        words = _DAMAGED.format(_first_line(error))
        raise StoreError(f"the store {place} {words}") from error


def _words(cause: BaseException | None) -> str:
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        return _BY_SQLITE_CODE.get(code & 0xFF, _OTHER)  # the low byte is the kind
    if isinstance(cause, sqlite3.Error):  # from Python's module, e.g. a text that is no UTF-8
        return _DAMAGED
    state = getattr(cause, "sqlstate", None)
    if state is None:
        return _UNREACHABLE if isinstance(cause, Exception) and _is_lost(cause) else _OTHER
    return next(
        (words for start, words in _BY_SQLSTATE.items() if state.startswith(start)), _OTHER
    )


def _is_lost(cause: Exception) -> bool:
    """Whether a driver says, without a code, that there is no connection."""
    return type(cause).__name__ in ("OperationalError", "InterfaceError", "ConnectionTimeout")


def _first_line(cause: BaseException | None) -> str:
    """Give the first line of a message, which for a database is the one that matters."""
    return str(cause).strip().split("\n", maxsplit=1)[0] or type(cause).__name__
