"""Databases for the tests of the store: a SQLite file, and a PostgreSQL of the tests' own."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest


class Postgres:
    """A server on loopback, with its files in a folder that goes when it goes."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs, self._folder = programs, folder
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = found.getsockname()[1]
        self.as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.as_user:  # the server refuses to run as root
            shutil.chown(folder, "postgres")
        self._run("initdb", "--username=test", "--auth=trust", "--encoding=UTF8", "--no-sync")

    def start(self) -> None:
        settings = (
            f"-c listen_addresses=127.0.0.1 -p {self.port} -k {self._folder} -c fsync=off "
            "-c max_connections=50"
        )
        self._run(
            "pg_ctl", "start", "--wait", "--silent", f"--log={self._folder}/log", "-o", settings
        )

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "--wait", "--silent", "--mode=immediate")

    def new_database(self) -> str:
        name = f"store_{secrets.token_hex(4)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def new_folder(self, name: str) -> Path:
        folder = self._folder / f"{name}-{secrets.token_hex(4)}"
        folder.mkdir()
        return folder

    def new_database_in(self, folder: Path) -> tuple[str, str]:
        """Make a database whose files are in `folder`; give its name and its URL."""
        files, name = folder / "files", f"store_{secrets.token_hex(4)}"
        files.mkdir()
        if self.as_user:
            shutil.chown(files, "postgres")
        self.execute(f"CREATE TABLESPACE {name} LOCATION '{files}'")
        self.execute(f"CREATE DATABASE {name} TABLESPACE {name}")
        return name, self.url(name)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://test@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str) -> None:
        url = self.url("postgres").replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement.encode())

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self.as_user, str(self._programs / program), "-D", str(self._folder / "data")]
        subprocess.run(
            [*command, *arguments], check=True, stdout=subprocess.DEVNULL, cwd=self._folder
        )


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Debian's PostgreSQL, started for these tests."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    # Not pytest's folder, which other users may not enter.
    with tempfile.TemporaryDirectory(prefix="makemore-postgres-") as folder:
        server = Postgres(found[-1].parent, Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return str(tmp_path / "runs.sqlite")
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database()
