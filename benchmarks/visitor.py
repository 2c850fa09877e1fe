"""One visitor of the server without a browser: Streamlit's protocol, and a run's live stream."""

import asyncio
import re
import secrets
import time
from collections.abc import Coroutine, Iterator
from typing import Any, Self

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection

PATIENCE_SECONDS = 180.0
_STEP = re.compile(rb'"step": (\d+)')


class Visitor:
    """A window on a page, from `async with` until its end.

    Args:
        port: of the server on this machine.
        query: the settings in the address.
        page: as the address names it; empty: the first.
    """

    def __init__(self, port: int, query: str, page: str = "") -> None:
        self._port = port
        self._query = query
        self._page_name = page
        self._page = ""
        self._known: dict[str, ForwardMsg] = {}  # what the server sends once and then refers to
        self._buttons: dict[str, tuple[str, str]] = {}  # id of widget and of its fragment by key
        self._socket: ClientConnection
        self._ends: asyncio.Queue[ForwardMsg.ScriptFinishedStatus] = asyncio.Queue()
        self._tasks: dict[str, asyncio.Task[None]] = {}  # by what they are for
        self.n_updates = 0
        self.n_fragment_runs = 0
        self.step = 0

    async def __aenter__(self) -> Self:
        self._socket = await websockets.connect(
            f"ws://localhost:{self._port}/_stcore/stream",
            subprotocols=[websockets.Subprotocol("streamlit")],
            origin=websockets.Origin(f"http://localhost:{self._port}"),
            max_size=None,
            additional_headers={"Cookie": f"makemore_visitor={secrets.token_urlsafe(24)}"},
            open_timeout=PATIENCE_SECONDS,
            ping_interval=None,
            close_timeout=1,
        )
        self._start("read", self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks.values():
            task.cancel()
        await self._socket.close()

    @property
    def run_id(self) -> str:
        """The run that the address names."""
        found = re.search(r"run=([\w-]+)", self._query)
        assert found is not None, "the page has begun no run"
        return found[1]

    def has(self, key: str) -> bool:
        """Say whether the page has shown a button."""
        return key in self._buttons

    async def run_script(self, key: str | None = None) -> float:
        """Open the page, or click a button; give the seconds until the script has run."""
        message = self._rerun()
        if key is not None:
            state = message.rerun_script.widget_states.widgets.add()
            state.id, message.rerun_script.fragment_id = self._buttons[key]
            state.trigger_value = True
        wanted = _finished(message.rerun_script.fragment_id)
        while not self._ends.empty():
            self._ends.get_nowait()
        if not message.rerun_script.fragment_id:
            self._forget_fragments()
        start = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self._ends.get() not in wanted:
                pass
        return time.perf_counter() - start

    def _rerun(self) -> BackMsg:
        message = BackMsg()
        message.rerun_script.query_string = self._query
        message.rerun_script.page_script_hash = self._page
        message.rerun_script.page_name = self._page_name
        return message

    async def _read(self) -> None:
        while True:
            message = await self._receive()
            self._note(message)
            if message.WhichOneof("type") == "script_finished":
                self._ends.put_nowait(message.script_finished)

    async def _receive(self) -> ForwardMsg:
        data = await self._socket.recv()
        assert isinstance(data, bytes)
        message = ForwardMsg.FromString(data)
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            return self._known[message.ref_hash]
        if message.metadata.cacheable:
            self._known[message.hash] = message
        return message

    def _note(self, message: ForwardMsg) -> None:
        """Remember what a message tells, and do what a browser would."""
        kind = message.WhichOneof("type")
        if kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
        elif kind == "navigation":
            self._page = message.navigation.page_script_hash
        elif kind == "delta":
            self._buttons |= dict(_buttons(message.delta))
        elif kind == "auto_rerun":
            again = self._run_again(message.auto_rerun.fragment_id, message.auto_rerun.interval)
            self._start(f"rerun {message.auto_rerun.fragment_id}", again)
        elif kind == "script_finished":
            is_fragment = message.script_finished == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY
            self.n_fragment_runs += is_fragment

    def _start(self, purpose: str, work: Coroutine[Any, Any, None]) -> None:
        if purpose in self._tasks:
            self._tasks[purpose].cancel()
        self._tasks[purpose] = asyncio.create_task(work)

    def _forget_fragments(self) -> None:
        """Let nothing repeat itself that a run of the whole script will tell of anew."""
        for purpose in [each for each in self._tasks if each.startswith("rerun ")]:
            self._tasks.pop(purpose).cancel()

    async def _run_again(self, fragment_id: str, seconds: float) -> None:
        """Have a fragment run every so often, as a browser would."""
        message = self._rerun()
        message.rerun_script.fragment_id = fragment_id
        message.rerun_script.is_auto_rerun = True
        while True:
            await asyncio.sleep(seconds)
            await self._socket.send(message.SerializeToString())

    def watch(self, watches: bool = True) -> None:
        """Follow the run's live stream until the end, or no longer."""
        self._start("follow", self._follow() if watches else asyncio.sleep(0))

    async def _follow(self) -> None:
        reader, writer = await asyncio.open_connection("localhost", self._port, limit=2**20)
        address = f"GET /live/{self.run_id} HTTP/1.1\r\nHost: localhost:{self._port}\r\n\r\n"
        try:
            writer.write(address.encode())
            while line := await reader.readline():
                if line.startswith(b"data: {"):
                    self.n_updates += 1
                    found = _STEP.search(line, 0, 100)  # near the beginning
                    assert found is not None
                    self.step = int(found[1])
        finally:
            writer.close()


def _finished(fragment_id: str) -> tuple[ForwardMsg.ScriptFinishedStatus, ...]:
    """Say how the script may end that was asked for: a whole one also by that of a fragment."""
    if fragment_id:
        return (ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,)
    return ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_EARLY_FOR_RERUN


def _buttons(delta: Delta) -> Iterator[tuple[str, tuple[str, str]]]:
    """Give key and ids of the button in a delta, if it holds one."""
    if delta.new_element.WhichOneof("type") == "button":
        widget_id = delta.new_element.button.id
        yield widget_id.split("-", 2)[-1], (widget_id, delta.fragment_id)  # $$ID-hash-key
