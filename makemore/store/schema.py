"""What the tables hold, and how older ones become these."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import ClassVar

from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Double,
    Index,
    LargeBinary,
    String,
    Text,
    TypeDecorator,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from makemore.store.errors import StoreError

MAX_TITLE = 200  # characters, of an owner too
MAX_MESSAGE = 2_000

VERSION = 3
_LOCK = 0x6D616B65  # of PostgreSQL: one process at a time makes the tables


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, kept in UTC by databases that know time zones and by those that do not."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Take the zone off."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Put the zone on."""
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """The tables of a store."""

    type_annotation_map: ClassVar = {float: Double}


class Schema(Base):
    """One row: of which version the tables are."""

    __tablename__ = "makemore_schema"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class StoredRun(Base):
    """What is known of a stored run without reading its bytes."""

    __tablename__ = "makemore_runs"
    __table_args__ = (Index("makemore_runs_by_owner", "owner", "created"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(String(MAX_TITLE))
    title: Mapped[str] = mapped_column(String(MAX_TITLE))
    state: Mapped[str] = mapped_column(String(20))  # one of `STATES`
    message: Mapped[str | None] = mapped_column(Text)  # why it ended
    created: Mapped[datetime] = mapped_column(UtcDateTime)  # first saved
    updated: Mapped[datetime] = mapped_column(UtcDateTime)  # last saved
    deleted: Mapped[datetime | None] = mapped_column(UtcDateTime)

    step: Mapped[int]
    n_steps: Mapped[int]
    train_loss: Mapped[float | None]  # the last over the whole split, nats per character
    val_loss: Mapped[float | None]
    n_parameters: Mapped[int]
    n_bytes: Mapped[int]  # of the run as a file

    vocab_size: Mapped[int]
    block_size: Mapped[int]
    n_embd: Mapped[int]
    n_hidden: Mapped[int]
    init: Mapped[str] = mapped_column(String(20))
    batch_size: Mapped[int | None]  # None: all examples
    seed: Mapped[int] = mapped_column(BigInteger)
    split_seed: Mapped[int] = mapped_column(BigInteger)
    data_digest: Mapped[str] = mapped_column(String(64))
    engine: Mapped[str] = mapped_column(String(20))
    optimizer: Mapped[str] = mapped_column(String(20))
    momentum: Mapped[float]
    weight_decay: Mapped[float]
    dropout: Mapped[float]
    lr: Mapped[float]  # of the first stage
    schedule: Mapped[str] = mapped_column(String(20))  # of the first stage
    n_stages: Mapped[int]
    words_digest: Mapped[str | None] = mapped_column(String(64))  # None: not the run's own
    list_name: Mapped[str | None] = mapped_column(String(MAX_TITLE))


class RunFile(Base):
    """The bytes of a run, apart from what changes without them."""

    __tablename__ = "makemore_files"

    run_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary(2**32 - 1))  # so long a type in MySQL


class StoredWords(Base):
    """The words of lists and of runs, each list once, one word a line."""

    __tablename__ = "makemore_words"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256 of the data
    data: Mapped[bytes] = mapped_column(LargeBinary(2**32 - 1))


class StoredList(Base):
    """What is known of somebody's list of words without reading it."""

    __tablename__ = "makemore_lists"
    __table_args__ = (Index("makemore_lists_by_owner", "owner", "used"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(String(MAX_TITLE))
    name: Mapped[str] = mapped_column(String(MAX_TITLE))
    digest: Mapped[str] = mapped_column(String(64))
    n_words: Mapped[int]
    used: Mapped[datetime] = mapped_column(UtcDateTime)  # saved last


def _add_words(connection: Connection) -> None:
    """Make room for lists of words, and for which one a run was trained on."""
    tables = [Base.metadata.tables[each.__tablename__] for each in (StoredWords, StoredList)]
    Base.metadata.create_all(connection, tables=tables)
    for column in ("words_digest VARCHAR(64)", f"list_name VARCHAR({MAX_TITLE})"):
        connection.execute(text(f"ALTER TABLE {StoredRun.__tablename__} ADD COLUMN {column}"))


def _add_dropout(connection: Connection) -> None:
    """Say of each run what share of its hidden units a step left out: none, so far."""
    column = "dropout DOUBLE PRECISION NOT NULL DEFAULT 0"
    connection.execute(text(f"ALTER TABLE {StoredRun.__tablename__} ADD COLUMN {column}"))


# What makes the tables of version n + 1 out of those of version n, by n.
UPGRADES: dict[int, Callable[[Connection], None]] = {1: _add_words, 2: _add_dropout}


def stored_version(connection: Connection) -> int | None:
    """Give the version of the tables; nothing if there are none.

    Raises:
        StoreError: if they cannot be a store's.
    """
    tables = set(inspect(connection).get_table_names())
    ours = tables & Base.metadata.tables.keys()
    if not ours and not (tables and connection.dialect.name == "sqlite"):
        return None
    versions = []
    if Schema.__tablename__ in tables:
        versions = list(connection.scalars(select(Schema.version)))
    if len(versions) != 1:
        raise StoreError(
            "a store must be a database of makemore, got one of other tables or without "
            "a version; name another file or database"
        )
    return int(versions[0])


def prepare(connection: Connection) -> None:
    """Make the tables, or bring older ones to this version; all of it or nothing.

    Raises:
        StoreError: if the tables are of an unknown version.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    found = stored_version(connection)
    if found is None:
        Base.metadata.create_all(connection)
        connection.execute(insert(Schema).values(version=VERSION))
        return
    _check_version(found)
    for version in range(found, VERSION):
        UPGRADES[version](connection)
    connection.execute(update(Schema).values(version=VERSION))


def _check_version(found: int) -> None:
    """Refuse tables that are newer than these, or older than any upgrade."""
    if found > VERSION:
        raise StoreError(
            f"a store must be of version {VERSION} or older, got {found}; open it with the "
            "makemore that wrote it, or a newer one"
        )
    if any(version not in UPGRADES for version in range(found, VERSION)):
        raise StoreError(
            f"a store must be of a version that can become {VERSION}, got {found}; open it with "
            "an older makemore first"
        )
