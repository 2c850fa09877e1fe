"""What goes wrong with a database is made to happen: it is told, and nothing stored is lost."""

import os
import random
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from sqlalchemy import create_engine, text

from makemore import (
    MLP,
    Dataset,
    History,
    ModelConfig,
    Run,
    Store,
    StoreError,
    TrainConfig,
    Trainer,
)
from makemore.store.connection import parse_place
from tests.makemore.conftest import Postgres

WORDS = ["ann", "anna", "bea", "ben", "nan", "abe", "eva", "zoé", "ab", "ba"]
ID = "k3J9x0QmB2vT5w8Z"
MIB = 2**20


@cache
def run_of(n_steps: int, n_hidden: int = 3) -> Run:
    dataset = Dataset(WORDS, seed=3)
    config = ModelConfig(dataset.vocabulary.size, 2, 2, n_hidden, "scaled")
    model = MLP(config, torch.Generator().manual_seed(1))
    examples = dataset.examples(2)
    settings = TrainConfig(((200, 0.1),), batch_size=4, seed=5, engine="reference")
    trainer, history = Trainer(model, examples.train, settings, examples.val), History()
    history.append(trainer.advance(n_steps))
    return Run.of(trainer, history, dataset.vocabulary, 3)


def run_id(number: int) -> str:
    return f"run-of-number-{number:05}"


def assert_equal(one: Run, other: Run) -> None:
    assert one.step == other.step
    assert one.history.losses.tobytes() == other.history.losses.tobytes()
    assert all(torch.equal(one.weights[name], other.weights[name]) for name in one.weights)


def assert_whole(store: Store, steps: dict[str, int], n_hidden: int = 3) -> None:
    """Look at every run that was ever saved."""
    assert {run.id: run.step for run in store.runs(limit=1000)} == steps
    for stored_id, step in steps.items():
        assert_equal(store.load(stored_id), run_of(step, n_hidden))


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """Mount something on `folder`; skip where that is not allowed."""
    if shutil.which("mount") is None:
        pytest.skip("there is no mount")
    done = subprocess.run(["mount", *options, str(folder)], capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"a folder cannot be mounted here: {done.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        # Lazily: a test that fails may still have a file open there.
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


FULL = r"must have room on its disk, but that is full \(.*\); free some space"


def save_many(store: Store, ids: Iterable[str], n_hidden: int, steps: dict[str, int]) -> None:
    """Save runs one after the other, noting the step of each that was saved."""
    for stored_id in ids:
        step = steps.get(stored_id, 9) + 1
        store.save(stored_id, run_of(step, n_hidden), "done")
        steps[stored_id] = step


def test_a_full_disk_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    with mounted(tmp_path, "-t", "tmpfs", "-o", "size=3m", "tmpfs"):
        (tmp_path / "ballast").write_bytes(bytes(MIB))
        steps: dict[str, int] = {}
        with Store(tmp_path / "runs.sqlite") as store:
            with pytest.raises(StoreError, match=FULL):
                save_many(store, map(run_id, range(1000)), 3000, steps)
            assert steps
            assert_whole(store, steps, 3000)
            for stored_id in list(steps):  # nor is anything torn that is saved again
                with pytest.raises(StoreError, match=FULL):
                    save_many(store, [stored_id] * 50, 3000, steps)
            assert_whole(store, steps, 3000)
        with Store(tmp_path / "runs.sqlite") as store:
            assert_whole(store, steps, 3000)
            (tmp_path / "ballast").unlink()
            store.save(ID, run_of(10, 3000), "done")
            assert_whole(store, {**steps, ID: 10}, 3000)


def test_a_full_disk_of_a_server_is_told_and_nothing_is_lost(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with ExitStack() as ends:
        folder = postgres.new_folder("small")
        ends.enter_context(mounted(folder, "-t", "tmpfs", "-o", "size=24m", "tmpfs"))
        (folder / "ballast").write_bytes(bytes(4 * MIB))
        space, url = postgres.new_database_in(folder)
        ends.callback(postgres.execute, f"DROP TABLESPACE {space}")
        ends.callback(postgres.execute, f"DROP DATABASE {space}")
        with Store(url) as store:
            steps: dict[str, int] = {}
            with pytest.raises(StoreError, match=FULL):
                save_many(store, map(run_id, range(1000)), 10_000, steps)
            assert steps
            assert_whole(store, steps, 10_000)
            (folder / "ballast").unlink()
            store.save(ID, run_of(10, 10_000), "done")
            assert_whole(store, {**steps, ID: 10}, 10_000)


def test_files_that_may_not_grow_are_told_and_nothing_is_lost(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Store(tmp_path / "runs.sqlite") as store:
        store.save(ID, run_of(10), "done")
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, most))
            with pytest.raises(StoreError, match="must be on a disk that can be read and written"):
                store.save(ID, run_of(20, 3000), "done")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))
        assert_whole(store, {ID: 10})
        store.save(ID, run_of(20), "done")
        assert_whole(store, {ID: 20})


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let nobody write to `folder`, not even the superuser."""
    if os.geteuid() != 0:
        folder.chmod(0o555)
        try:
            yield
        finally:
            folder.chmod(0o755)
        return
    with mounted(folder, "--bind", str(folder)):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
        yield


def test_a_read_only_folder_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with read_only(folder):
        for file in (folder / "runs.sqlite", folder / "deeper" / "runs.sqlite"):
            with pytest.raises(StoreError, match=f"the store '{re.escape(str(file))}' must be"):
                Store(file)
    with Store(folder / "runs.sqlite") as store:
        store.save(ID, run_of(10), "done")
    with read_only(folder), pytest.raises(StoreError, match=r"check (the path|who may write)"):
        Store(folder / "runs.sqlite")
    with Store(folder / "runs.sqlite") as store:
        assert_whole(store, {ID: 10})


def test_a_read_only_database_of_a_server_is_told(postgres: Postgres) -> None:
    url = postgres.new_database()
    with Store(url) as store:
        store.save(ID, run_of(10), "done")
    name = url.rsplit("/", maxsplit=1)[1]
    postgres.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with Store(url) as store:
        with pytest.raises(
            StoreError, match=r"must be writable, but is not \(.*\); check who may"
        ):
            store.save(ID, run_of(20), "done")
        assert_whole(store, {ID: 10})


def test_a_path_that_cannot_be_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("emma")
    with pytest.raises(StoreError, match="must be in a folder, but that cannot be made"):
        Store(tmp_path / "file" / "runs.sqlite")
    with pytest.raises(StoreError, match="must be a file in a folder that can be read and writt"):
        Store(tmp_path)


@contextmanager
def locked(place: str) -> Iterator[None]:
    """Hold what a writer needs, as another program might."""
    engine = create_engine(parse_place(place))
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN EXCLUSIVE")
        else:
            connection.execute(text("LOCK TABLE makemore_runs IN EXCLUSIVE MODE"))
        yield
        connection.rollback()
    engine.dispose()


def test_a_locked_database_is_told_and_can_still_be_read(place: str) -> None:
    with Store(place, wait_seconds=0.2) as store:
        store.save(ID, run_of(10), "done")
        acts: list[Callable[[], Any]] = [
            lambda: store.save(ID, run_of(20), "done"),
            lambda: store.rename(ID, "other"),
            lambda: store.delete(ID),
            store.mark_interrupted,
        ]
        with locked(place):
            for act in acts:
                with pytest.raises(
                    StoreError, match=r"must be free, but another program holds it"
                ):
                    act()
            assert_whole(store, {ID: 10})
            with Store(place, wait_seconds=0.2) as other:
                assert_whole(other, {ID: 10})
        store.save(ID, run_of(20), "done")
        assert_whole(store, {ID: 20})


def test_a_server_that_is_gone_is_told_and_found_again(postgres: Postgres) -> None:
    with Store(postgres.new_database(), wait_seconds=2) as store:
        store.save(ID, run_of(10), "done")
        postgres.stop()
        try:
            with pytest.raises(StoreError, match=r"must be reachable, but is not"):
                store.save(ID, run_of(20), "done")
        finally:
            postgres.start()
        assert_whole(store, {ID: 10})
        store.save(ID, run_of(20), "done")


def test_a_server_started_anew_meanwhile_is_not_noticed(postgres: Postgres) -> None:
    with Store(postgres.new_database()) as store:
        store.save(ID, run_of(10), "done")
        postgres.stop()
        postgres.start()
        store.save(ID, run_of(20), "done")
        assert_whole(store, {ID: 20})


def test_no_message_tells_a_password() -> None:
    with pytest.raises(StoreError, match="must be reachable, but is not") as caught:
        Store("postgresql+psycopg://me:secret@127.0.0.1:1/runs", wait_seconds=1)
    assert "postgresql+psycopg://me:***@127.0.0.1:1/runs" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "data", [b"emma\nolivia\n" * 500, b"SQLite format 3\0" + b"\xff" * 5000, bytes(8192)]
)
def test_a_file_that_is_no_database_is_told_and_left_as_it_is(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "runs.sqlite"
    file.write_bytes(data)
    with pytest.raises(StoreError, match=r"whole makemore database, but is damaged or another fi"):
        Store(file)
    assert file.read_bytes() == data


@pytest.fixture(scope="module")
def whole_file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a database of twelve runs."""
    file = tmp_path_factory.mktemp("whole") / "runs.sqlite"
    with Store(file) as store:
        for number in range(12):
            store.save(run_id(number), run_of(10 + number), "done", title=f"title {number}")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file.read_bytes()


def acts_on(store: Store) -> Iterator[Callable[[], Any]]:
    """Give everything that can be asked of a store."""
    yield lambda: store.runs()
    yield lambda: store.count()
    for number in range(12):
        yield lambda number=number: store.find(run_id(number))
        yield lambda number=number: assert_equal(store.load(run_id(number)), run_of(10 + number))
        yield lambda number=number: store.rename(run_id(number), "other")
    yield lambda: store.save(ID, run_of(20), "done")
    yield lambda: store.mark_interrupted()
    yield lambda: store.purge()


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_file_is_told_and_never_taken_for_another_run(
    tmp_path: Path, whole_file: bytes, seed: int
) -> None:
    draws = random.Random(seed)
    damaged = bytearray(whole_file)
    for _ in range(draws.choice([1, 3, 30])):
        size = draws.choice([1, 16, 4096])
        at = draws.randrange(len(damaged) - size)
        damaged[at : at + size] = draws.randbytes(size)
    if seed % 5 == 0:
        del damaged[draws.randrange(len(damaged)) :]
    file = tmp_path / "runs.sqlite"
    file.write_bytes(damaged)
    n_told = 0
    try:
        store = Store(file)
    except StoreError:
        return
    with store:
        for act in acts_on(store):
            try:
                act()
            except StoreError:
                n_told += 1
    if seed % 5 == 0:
        assert n_told
