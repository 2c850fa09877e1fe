"""A client that says what it likes: requests with any headers, and a window without a browser."""

from __future__ import annotations

import http.client
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

PATIENCE_SECONDS = 60.0


class Answer(NamedTuple):
    """The beginning of an answer, and what followed within a moment."""

    status: int
    headers: dict[str, str]
    text: str


def ask(
    port: int, path: str, method: str = "GET", body: bytes = b"", **headers: str | None
) -> Answer:
    """Send a request as it stands, whatever a browser would make of its path.

    A header's name has `_` for `-`; `None` leaves out one that is usually sent.
    """
    usual = {"Host": f"localhost:{port}", "Content-Length": str(len(body)), "Connection": "close"}
    given = {name.replace("_", "-").title(): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in (usual | given).items() if value is not None]
    head = "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode()
    with socket.create_connection(("localhost", port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(head + body)
        return read_answer(connection)


def read_answer(connection: socket.socket) -> Answer:
    """Read an answer; of a stream the first piece."""
    response = http.client.HTTPResponse(connection)
    response.begin()
    is_stream = "event-stream" in (response.getheader("content-type") or "")
    content = response.read1(2**16) if is_stream else response.read()
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, content.decode("utf-8", "replace"))


class Opened:
    """A window on the first page, after its first script run.

    Args:
        socket: by which it speaks to the server.
        query: the settings in the address.
    """

    def __init__(self, socket: ClientConnection, query: str) -> None:
        self._socket, self._query = socket, query
        self.session_id = ""
        message = BackMsg()
        message.rerun_script.query_string = query
        self._socket.send(message.SerializeToString())
        self._take_in_script_run()

    @property
    def run_id(self) -> str:
        """The run that the address names."""
        return next(part[4:] for part in self._query.split("&") if part.startswith("run="))

    def _take_in_script_run(self) -> None:
        kind = None
        while kind != "script_finished":
            data = self._socket.recv(timeout=PATIENCE_SECONDS)
            assert isinstance(data, bytes)
            message = ForwardMsg.FromString(data)
            kind = message.WhichOneof("type")
            if kind == "page_info_changed":
                self._query = message.page_info_changed.query_string
            elif kind == "new_session":
                self.session_id = message.new_session.initialize.session_id


@contextmanager
def opened(port: int, query: str = "") -> Iterator[Opened]:
    """Open a window of somebody new."""
    with connect(
        f"ws://localhost:{port}/_stcore/stream",
        origin=Origin(f"http://localhost:{port}"),
        subprotocols=[Subprotocol("streamlit")],
        additional_headers={"Cookie": f"makemore_visitor={secrets.token_urlsafe(24)}"},
        max_size=None,
        open_timeout=PATIENCE_SECONDS,
    ) as socket:
        yield Opened(socket, query)
