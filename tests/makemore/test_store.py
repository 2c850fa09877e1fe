"""`makemore.store`: what is stored is found again, as it was, in SQLite and in PostgreSQL."""

import json
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from math import inf, nan
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, event, inspect, text

from makemore import (
    MLP,
    Dataset,
    Evaluation,
    History,
    ModelConfig,
    Run,
    Store,
    StoredRun,
    StoreError,
    TrainConfig,
    Trainer,
    dump_run,
)
from makemore.store import STATES, schema
from makemore.store.connection import default_path, parse_place

WORDS = ["ann", "anna", "bea", "ben", "nan", "abe", "eva", "zoé", "ab", "ba"]
NOW = schema.VERSION
ID, OTHER = "k3J9x0QmB2vT5w8Z", "another-id_00001"


@cache
def run_of(
    n_steps: int,
    lr: float = 0.5,
    seed: int = 5,
    *,
    has_words: bool = False,
    dropout: float = 0.0,
) -> Run:
    dataset = Dataset(WORDS, seed=3)
    config = ModelConfig(dataset.vocabulary.size, 2, 2, 3, "scaled")
    model = MLP(config, torch.Generator().manual_seed(1))
    train = TrainConfig(
        ((50, lr), (20, 0.05, "cosine")),
        batch_size=4,
        seed=seed,
        eval_interval=5,
        dropout=dropout,
    )
    examples = dataset.examples(2)
    trainer, history = Trainer(model, examples.train, train, examples.val), History()
    history.append(trainer.advance(n_steps))
    return Run.of(trainer, history, dataset.vocabulary, 3, dataset if has_words else None)


def contents(run: Run) -> str:
    """Give the checksum of all that a run says; its file orders its header as it likes."""
    data = dump_run(run)
    header = json.loads(data[8 : 8 + struct.unpack("<Q", data[:8])[0]])
    return str(header["__metadata__"]["sha256"])


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with Store(place) as store:
        yield store


def n_files(store: Store) -> int:
    with store._reader.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM makemore_files")).scalar_one())


def test_a_run_is_loaded_as_it_was_saved(store: Store) -> None:
    store.save(ID, run_of(26), "running")
    assert contents(store.load(ID)) == contents(run_of(26))


def test_what_was_stored_outlives_the_store(place: str) -> None:
    with Store(place) as store:
        store.save(ID, run_of(26), "paused", owner="me", title="three units")
    with Store(place) as store:
        assert [run.title for run in store.runs()] == ["three units"]
        assert contents(store.load(ID)) == contents(run_of(26))


def test_settings_and_figures_are_columns_that_can_be_queried(place: str) -> None:
    run = run_of(26, seed=2**63 - 1)
    with Store(place) as store:
        store.save(ID, run, "stopped", owner="me", title="title")
        store.save(OTHER, run_of(10, 0.1), "done")
    engine = create_engine(parse_place(place))
    with engine.connect() as connection:
        (row,) = connection.execute(
            text("SELECT * FROM makemore_runs WHERE n_hidden = 3 AND lr > 0.2 AND step < 30")
        ).mappings()
    engine.dispose()
    last = run.history.evaluations[-1]
    wanted = {
        "id": ID, "owner": "me", "title": "title", "state": "stopped", "message": None,
        "deleted": None, "step": 26, "n_steps": 70, "train_loss": last.train_loss,
        "val_loss": last.val_loss, "n_parameters": 69, "n_bytes": len(dump_run(run)),
        "vocab_size": 9, "block_size": 2, "n_embd": 2, "n_hidden": 3, "init": "scaled",
        "batch_size": 4, "seed": 2**63 - 1, "split_seed": 3,
        "data_digest": run.data_digest, "engine": "auto", "optimizer": "sgd",
        "momentum": 0.0, "weight_decay": 0.0, "lr": 0.5, "schedule": "constant", "n_stages": 2,
        "words_digest": None, "list_name": None, "dropout": 0.0,
    }  # fmt: skip
    assert {name: row[name] for name in row if name not in ("created", "updated")} == wanted


def test_a_run_that_diverged_has_no_loss_to_sort_by(store: Store) -> None:
    run = run_of(26, 1e38)
    assert run.divergence is not None
    last = Evaluation(run.step, inf, nan)
    run = replace(run, history=History.of(run.history.losses, run.history.lrs, [last]))
    stored = store.save(ID, run, "diverged", message=str(run.divergence))
    assert (stored.train_loss, stored.val_loss) == (None, None)
    assert store.runs()[0].message == str(run.divergence)
    assert str(store.load(ID).divergence) == str(run.divergence)


def test_saving_again_keeps_whose_and_what_it_is(store: Store) -> None:
    first = store.save(ID, run_of(10), "running", owner="me", title="one")
    store.rename(ID, "two")
    last = store.save(ID, run_of(20), "paused", owner="you", title="three")
    found = store.find(ID)
    assert found is not None
    assert (found.owner, found.title, found.state, found.step) == ("me", "two", "paused", 20)
    assert (last.owner, last.title, last.step) == ("me", "two", 20)
    assert found.created == first.created < found.updated == last.updated
    assert datetime.now(UTC) - found.updated < timedelta(minutes=1)
    assert store.load(ID).step == 20


def test_the_newest_run_stands_first_page_by_page(store: Store) -> None:
    ids = [f"run-of-number-{number:03}" for number in range(7)]
    for number, run_id in enumerate(ids):
        store.save(run_id, run_of(10), "done", owner="even" if number % 2 == 0 else "odd")
    store.save(ids[0], run_of(20), "done")  # saved again, but begun first
    pages = [store.runs(limit=3, offset=offset) for offset in (0, 3, 6, 9)]
    assert [[run.id for run in page] for page in pages] == [
        [ids[6], ids[5], ids[4]],
        [ids[3], ids[2], ids[1]],
        [ids[0]],
        [],
    ]
    assert [run.id for run in store.runs("odd")] == [ids[5], ids[3], ids[1]]
    assert (store.count(), store.count("even"), store.count("nobody")) == (7, 4, 0)


def test_listing_reads_no_bytes(store: Store) -> None:
    store.save(ID, run_of(10), "done")
    statements: list[str] = []
    event.listen(store._reader, "before_cursor_execute", lambda *args: statements.append(args[2]))
    assert len(store.runs()) == store.count() == 1
    assert store.find(ID) is not None
    assert len([one for one in statements if "makemore_runs" in one]) == 3
    assert not [one for one in statements if "makemore_files" in one]


def test_a_deleted_run_can_be_brought_back(store: Store) -> None:
    store.save(ID, run_of(10), "done", owner="me")
    store.save(OTHER, run_of(10), "done", owner="me")
    store.delete(ID)
    assert [run.id for run in store.runs("me")] == [OTHER]
    assert [run.id for run in store.runs("me", deleted=True)] == [ID]
    assert (store.count(), store.count(deleted=True)) == (1, 1)
    store.restore(ID)
    assert (store.count(), store.count(deleted=True)) == (2, 0)
    assert store.load(ID).step == 10


def test_a_save_does_not_bring_a_deleted_run_back(store: Store) -> None:
    store.save(ID, run_of(10), "running")
    store.delete(ID)
    store.save(ID, run_of(20), "stopped")
    assert store.runs() == []
    store.restore(ID)
    assert store.runs()[0].step == 20


def test_only_what_was_deleted_long_ago_is_purged(store: Store) -> None:
    for run_id in (ID, OTHER):
        store.save(run_id, run_of(10), "done")
    store.delete(ID)
    assert store.purge() == 0
    assert store.purge(timedelta(0)) == 1
    assert store.find(ID) is None
    with pytest.raises(StoreError, match="there is none of this id"):
        store.load(ID)
    assert n_files(store) == 1
    assert store.load(OTHER).step == 10


def test_runs_that_nobody_advances_any_more_are_interrupted(store: Store) -> None:
    for number, state in enumerate(STATES):
        store.save(f"run-of-number-{number:03}", run_of(10), state, message="why")
    before = {run.id: run.updated for run in store.runs()}
    assert store.mark_interrupted(idle=timedelta(minutes=1)) == 0
    assert store.mark_interrupted() == 2
    found = [(run.state, run.message) for run in reversed(store.runs())]
    assert (
        found[:2]
        == [("interrupted", "the server ended before the run did; it can go on from here")] * 2
    )
    assert found[2:] == [(state, "why") for state in STATES[2:]]
    assert {run.id: run.updated for run in store.runs()} == before


@pytest.mark.parametrize("act", ["load", "delete", "restore", "rename"])
def test_a_run_that_is_not_there_is_told(store: Store, act: str) -> None:
    arguments = ["title"] if act == "rename" else []
    with pytest.raises(
        StoreError, match="a run must be in the store, but there is none of this id"
    ):
        getattr(store, act)(ID, *arguments)


@pytest.mark.parametrize(
    "run_id", ["", "short", "x" * 65, "a" * 16 + "\n", "../" * 6, "é" * 16, 7]
)
def test_what_no_run_can_have_as_its_id_is_refused(store: Store, run_id: str) -> None:
    with pytest.raises(ValueError, match="must be 16 to 64 letters, digits, - and _"):
        store.save(run_id, run_of(10), "done")
    with pytest.raises(ValueError, match="must be 16 to 64 letters, digits, - and _"):
        store.load(run_id)
    assert store.find(run_id) is None


def test_wrong_arguments_are_refused(store: Store) -> None:
    with pytest.raises(ValueError, match=r"state must be one of 'running', .* got 'asleep'"):
        store.save(ID, run_of(10), "asleep")
    with pytest.raises(
        ValueError, match="title of a run must have at most 200 characters, got 201"
    ):
        store.save(ID, run_of(10), "done", title="x" * 201)
    with pytest.raises(ValueError, match="owner of a run must be a text, got 7"):
        store.save(ID, run_of(10), "done", owner=7)  # type: ignore[arg-type]
    with pytest.raises(
        ValueError, match="owner of a run must be of characters that can be stored"
    ):
        store.runs("\ud800")
    with pytest.raises(ValueError, match="limit must be"):
        store.runs(limit=0)
    with pytest.raises(ValueError, match="offset must be"):
        store.runs(offset=-1)
    assert store.count() == 0


def test_a_run_too_large_for_a_database_is_refused(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("makemore.store.store.MAX_RUN_BYTES", 100)
    with pytest.raises(ValueError, match=r"at most 100 bytes, got .*; download it as a file"):
        store.save(ID, run_of(10), "done")


ODD_TEXTS = [
    *("", " ", "NULL", "\\", "%s {0} :x ?", "'; DROP TABLE makemore_runs; --", "<b>&amp;</b>"),
    *("a\0b", "\ud800", "\r\n\t", "\x7f\x1b[31m", "\u202e", "e\u0301", "𝄞"),
]
TEXTS = st.sampled_from(ODD_TEXTS) | st.text(st.characters(exclude_categories=()), max_size=200)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(owner=TEXTS, title=TEXTS)
def test_any_text_is_stored_as_it_is_or_refused(store: Store, owner: str, title: str) -> None:
    is_storable = not any(c == "\0" or 0xD800 <= ord(c) <= 0xDFFF for c in owner + title)
    run_id = f"run-{hash((owner, title)) % 10**15:020}"
    if not is_storable:
        with pytest.raises(ValueError, match="must be of characters that can be stored, got"):
            store.save(run_id, run_of(10), "done", owner=owner, title=title)
        assert store.find(run_id) is None
        return
    store.save(run_id, run_of(10), "done", owner=owner, title="first")
    store.rename(run_id, title)
    found = store.find(run_id)
    assert found is not None
    assert (found.owner, found.title) == (owner, title)
    assert run_id in [run.id for run in store.runs(owner, limit=1000)]
    assert {run.owner for run in store.runs(owner)} == {owner}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(message=st.text(st.characters(exclude_categories=()), max_size=3_000))
def test_no_message_is_a_reason_to_lose_a_run(store: Store, message: str) -> None:
    store.save(ID, run_of(10), "failed", message=message)
    (found,) = store.runs()
    assert found.message is not None
    assert len(found.message) == min(len(message), 2_000)


def test_pages_read_whole_runs_while_a_runner_writes(place: str) -> None:
    runs = {step: contents(run_of(step)) for step in range(1, 61)}
    failures: list[BaseException] = []
    seen: set[int] = set()
    is_over = threading.Event()
    with Store(place) as store:
        store.save(ID, run_of(1), "running")

        def read() -> None:
            try:
                while not is_over.is_set():
                    run = store.load(ID)
                    (listed,) = [one for one in store.runs() if one.id == ID]
                    assert contents(run) == runs[run.step]
                    assert listed.step >= run.step
                    seen.add(run.step)
            except BaseException as error:
                failures.append(error)

        def write(run_id: str) -> None:
            try:
                for step in range(2, 61):
                    store.save(run_id, run_of(step), "running")
            except BaseException as error:
                failures.append(error)

        readers = [threading.Thread(target=read) for _ in range(4)]
        writers = [threading.Thread(target=write, args=[run_id]) for run_id in (ID, OTHER)]
        for thread in readers + writers:
            thread.start()
        for thread in writers:
            thread.join()
        is_over.set()
        for thread in readers:
            thread.join()
        assert failures == []
        assert len(seen) > 1
        assert [store.load(run_id).step for run_id in (ID, OTHER)] == [60, 60]


def test_two_stores_may_be_made_at_once(place: str) -> None:
    failures: list[BaseException] = []

    def make(number: int) -> None:
        try:
            with Store(place) as store:
                store.save(f"run-of-number-{number:03}", run_of(10), "done")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=make, args=[number]) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with Store(place) as store:
        assert store.count() == 5


def test_an_older_store_is_upgraded_and_keeps_its_runs(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store(place) as store:
        store.save(ID, run_of(10), "done", title="kept")

    def add_a_column(connection: Connection) -> None:
        connection.execute(text("ALTER TABLE makemore_runs ADD COLUMN stars INTEGER"))

    def fill_it(connection: Connection) -> None:
        connection.execute(text("UPDATE makemore_runs SET stars = 5"))

    monkeypatch.setattr(schema, "VERSION", NOW + 2)
    monkeypatch.setattr(schema, "UPGRADES", {NOW: add_a_column, NOW + 1: fill_it})
    for _ in range(2):  # the second time it is of this version
        with Store(place) as store:
            assert store.runs()[0].title == "kept"
            assert contents(store.load(ID)) == contents(run_of(10))
    engine = create_engine(parse_place(place))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version FROM makemore_schema")) == NOW + 2
        assert connection.scalar(text("SELECT stars FROM makemore_runs")) == 5
    engine.dispose()


def test_a_store_of_version_1_has_room_for_words_after_its_upgrade(place: str) -> None:
    with Store(place) as store:
        store.save(ID, run_of(10), "done", title="kept")
    engine = create_engine(parse_place(place))
    with engine.begin() as connection:
        for statement in (
            "DROP TABLE makemore_words",
            "DROP TABLE makemore_lists",
            "ALTER TABLE makemore_runs DROP COLUMN words_digest",
            "ALTER TABLE makemore_runs DROP COLUMN list_name",
            "ALTER TABLE makemore_runs DROP COLUMN dropout",
            "UPDATE makemore_schema SET version = 1",
        ):
            connection.execute(text(statement))
    engine.dispose()
    with Store(place) as store:
        assert contents(store.load(ID)) == contents(run_of(10))
        store.save(OTHER, run_of(10, has_words=True), "done")
        assert store.lists.save("me", "mine", WORDS).n_words == len(WORDS)
    with Store(place) as store:
        assert store.load(OTHER).dataset().words == WORDS


def test_runs_of_a_store_of_version_2_are_runs_without_dropout(place: str) -> None:
    with Store(place) as store:
        store.save(ID, run_of(10), "done", title="kept")
    engine = create_engine(parse_place(place))
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE makemore_runs DROP COLUMN dropout"))
        connection.execute(text("UPDATE makemore_schema SET version = 2"))
    with Store(place) as store:
        store.save(OTHER, run_of(10, dropout=0.25), "done")
        assert contents(store.load(ID)) == contents(run_of(10))
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT id, dropout FROM makemore_runs"))
        assert {row.id: row.dropout for row in rows} == {ID: 0.0, OTHER: 0.25}
    engine.dispose()


def test_an_upgrade_that_fails_changes_nothing(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store(place) as store:
        store.save(ID, run_of(10), "done")

    def break_off(connection: Connection) -> None:
        connection.execute(text("ALTER TABLE makemore_runs ADD COLUMN stars INTEGER"))
        connection.execute(text("DELETE FROM makemore_files"))
        connection.execute(text("UPDATE nowhere SET stars = 5"))

    with monkeypatch.context() as changed:
        changed.setattr(schema, "VERSION", NOW + 1)
        changed.setattr(schema, "UPGRADES", {NOW: break_off})
        with pytest.raises(StoreError, match="nowhere"):
            Store(place)
    with Store(place) as store:
        assert store.load(ID).step == 10
    engine = create_engine(parse_place(place))
    columns = [column["name"] for column in inspect(engine).get_columns("makemore_runs")]
    engine.dispose()
    assert "stars" not in columns


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (
            7,
            f"must be of version {NOW} or older, got 7; open it with the makemore that wrote it",
        ),
        (
            0,
            f"must be of a version that can become {NOW}, got 0; open it with an older",
        ),
    ],
)
def test_an_unknown_version_is_refused(place: str, version: int, message: str) -> None:
    with Store(place) as store:
        store.save(ID, run_of(10), "done")
    engine = create_engine(parse_place(place))
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE makemore_schema SET version = {version}"))
    with pytest.raises(StoreError, match=message):
        Store(place)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE makemore_schema SET version = {NOW}"))
    engine.dispose()
    with Store(place) as store:
        assert store.load(ID).step == 10


def test_tables_without_a_version_are_refused(place: str) -> None:
    Store(place).close()
    engine = create_engine(parse_place(place))
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM makemore_schema"))
    with pytest.raises(StoreError, match="got one of other tables or without a version"):
        Store(place)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE makemore_schema"))
    engine.dispose()
    with pytest.raises(StoreError, match="got one of other tables or without a version"):
        Store(place)


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "places.sqlite"
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE moz_places (url TEXT)"))
    with pytest.raises(StoreError, match="a store must be a database of makemore, got one of oth"):
        Store(file)
    assert inspect(engine).get_table_names() == ["moz_places"]
    engine.dispose()


def test_a_place_that_is_no_database_is_refused() -> None:
    for place in ("mongodb://host/x", "://", "postgresql://host:port/x"):
        with pytest.raises(ValueError, match="must be the path of a file or a URL that SQLAlchem"):
            Store(place)
    for place in ("sqlite://", "sqlite:///:memory:"):
        with pytest.raises(ValueError, match="must be in a file, got one in memory; name a path"):
            Store(place)


def test_a_missing_driver_is_named() -> None:
    with pytest.raises(StoreError, match=r"needs a driver that is not installed .*; install it"):
        Store("mysql+pymysql://me:secret@host/x")


def test_a_store_is_in_the_users_folder_unless_told_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with Store() as store:
        store.save(ID, run_of(10), "done")
    assert default_path() == tmp_path / "data" / "makemore" / "runs.sqlite"
    assert default_path().is_file()
    assert default_path().parent.stat().st_mode & 0o077 == 0
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_path() == tmp_path / ".local" / "share" / "makemore" / "runs.sqlite"


def test_importing_makemore_imports_no_database() -> None:
    code = (
        "import sys, makemore\n"
        "assert 'sqlalchemy' not in sys.modules\n"
        "assert makemore.Store.__module__ == 'makemore.store.store'\n"
        "assert not hasattr(makemore, 'Shop')"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


def test_what_is_known_of_a_run_is_of_one_kind(store: Store) -> None:
    assert isinstance(store.save(ID, run_of(10), "done"), StoredRun)
