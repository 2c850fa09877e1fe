"""The dashboard's server as its own process, started as a person would start it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parents[2]
START_SECONDS = 180.0
END_SECONDS = 20.0


class Server:
    """`streamlit run dashboard/app.py` on a free port, from `with` until its end.

    Args:
        folder: of its log and of the runs that it keeps.
    """

    def __init__(self, folder: Path) -> None:
        self.port = _free_port()
        self.url = f"http://localhost:{self.port}"
        self._log_file = folder / "log"
        self._database = folder / "runs.sqlite"
        self._process: subprocess.Popen[bytes]

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "streamlit", "run", "dashboard/app.py"]
        with self._log_file.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, "--server.port", str(self.port)],
                cwd=ROOT,
                env=os.environ | {"MAKEMORE_DATABASE_URL": str(self._database)},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self._wait_until_healthy()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            try:
                self.interrupt()
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def interrupt(self) -> int:
        """Press Ctrl-C, so to speak, and give the exit code."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(timeout=END_SECONDS)

    def kill(self) -> None:
        """End it without a word, as a power cut does."""
        self._process.kill()
        self._process.wait()

    def log(self) -> str:
        """Read what the server has said so far."""
        return self._log_file.read_text(encoding="utf-8", errors="replace")

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._is_healthy():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start; it said:\n{self.log()}")
            time.sleep(0.1)

    def _is_healthy(self) -> bool:
        connection = HTTPConnection("localhost", self.port, timeout=2)
        try:
            connection.request("GET", "/_stcore/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port: int = probe.getsockname()[1]
        return port
