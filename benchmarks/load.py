"""How the dashboard serves a room: many visitors, each with a run that trains.

    python benchmarks/load.py [--visitors 1 8 30 60] [--come-and-go 300] [--peer 30] [--browser]
                              [--at-rest 30]

Starts the real server. Visitors speak Streamlit's protocol and follow their run's live stream
(`visitor.py`); all of them live in one process of lower priority than the server's, on the same
machine, so what they cost is part of what is measured. Each clicks Pause and, at the answer,
Resume, once in ten seconds, at a moment of its own. The steps of all runs together are compared
with those of the engine alone, which is measured before and after while every run is paused.
`--peer` measures `thread_per_session.py` in the same way: its buttons, and how often it draws.
`--at-rest` measures what pages cost that show a run that is over: Embeddings, of which a browser
follows the stream, as the run may go on.
Memory and threads are read from /proc: Linux only.
"""

import argparse
import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from page_load import BROWSER_FLAGS, free_port
from visitor import Visitor

ROOT = Path(__file__).parents[1]
WINDOW_SECONDS = 20.0
CLICK_SECONDS = 10.0
ENGINE_SECONDS = 4.0
RUN = "n_steps=10000000&n_hidden=200"  # as many steps as a server allows, not over in three rounds
RUN_AT_REST = "n_steps=200&n_hidden=10"
ENGINE_ALONE = f"""
import sys, time, torch
from makemore import MLP, Dataset, ModelConfig, TrainConfig, Trainer, load_words
dataset = Dataset(load_words())
examples = dataset.examples(3)
model = MLP(ModelConfig(dataset.vocabulary.size, n_hidden=200), torch.Generator().manual_seed(42))
config = TrainConfig(((100_000_000, 0.1),), eval_interval=50_000)  # as the page sets it
trainer = Trainer(model, examples.train, config, examples.val)
while trainer.is_waiting_for_kernels or trainer.step < 20_000:
    trainer.advance(2_000)
for _ in sys.stdin:
    first, start = trainer.step, time.perf_counter()
    while time.perf_counter() < start + {ENGINE_SECONDS}:
        trainer.advance(2_000)
    print((trainer.step - first) / (time.perf_counter() - start), flush=True)
"""


@dataclass(frozen=True)
class Server:
    """A server under load."""

    port: int
    pid: int

    def _status(self, name: str) -> int:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))

    @property
    def megabytes(self) -> float:
        """Memory that is resident, MB."""
        return self._status("VmRSS") / 1024

    @property
    def n_threads(self) -> int:
        """Threads of the process."""
        return self._status("Threads")

    @property
    def cpu_seconds(self) -> float:
        """Time that all of its threads have computed."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def served(script: str) -> Iterator[Server]:
    """Run a script of Streamlit's until the end."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port)]
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder) / "runs.sqlite"  # not those of whoever measures
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | {"MAKEMORE_DATABASE_URL": str(runs), "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
        )
        try:
            wait_for(port)
            yield Server(port, process.pid)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:  # the peer's threads leave it no time to end
                process.kill()


def wait_for(port: int) -> None:
    """Wait until a server answers."""
    while True:
        try:
            urllib.request.urlopen(f"http://localhost:{port}/_stcore/health").close()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
        else:
            return


class Engine:
    """The engine in a process of its own, which computes only when it is asked."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", ENGINE_ALONE],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.steps_per_second()  # and is ready from now on

    def steps_per_second(self) -> float:
        """Measure its speed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def close(self) -> None:
        """End its process."""
        self._process.kill()
        self._process.wait()


async def click_now_and_then(visitor: Visitor, delay: float, until: float) -> list[float]:
    """Pause and resume a run every so often; give the seconds that each click took."""
    seconds = []
    next_click = time.perf_counter() + delay
    while next_click < until:
        await asyncio.sleep(max(0.0, next_click - time.perf_counter()))
        seconds += [await visitor.run_script("pause"), await visitor.run_script("resume")]
        next_click += CLICK_SECONDS
    return seconds


async def click_all(visitors: list[Visitor], key: str) -> None:
    """Have everybody click the same button."""
    await asyncio.gather(*(visitor.run_script(key) for visitor in visitors))


async def clicks_of(visitors: list[Visitor]) -> list[float]:
    """Let everybody look and click for a while; give the seconds of every click."""
    until = time.perf_counter() + WINDOW_SECONDS
    step = min(CLICK_SECONDS, WINDOW_SECONDS) / len(visitors)
    clicks = await asyncio.gather(
        *(click_now_and_then(each, (n + 0.5) * step, until) for n, each in enumerate(visitors)),
        asyncio.sleep(WINDOW_SECONDS, []),
    )
    return [seconds for of_one in clicks for seconds in of_one]


@asynccontextmanager
async def room(
    server: Server, n_visitors: int, query: str = RUN, page: str = ""
) -> AsyncIterator[list[Visitor]]:
    """Let visitors come in one after the other; they leave together."""
    async with AsyncExitStack() as stack:
        visitors = []
        for _ in range(n_visitors):
            visitor = await stack.enter_async_context(Visitor(server.port, query, page))
            await visitor.run_script()
            visitors.append(visitor)
        yield visitors


async def measure(server: Server, engine: Engine, n_visitors: int, n_rounds: int) -> None:
    """Measure with so many visitors, and print a line for each round."""
    empty = server.megabytes
    async with room(server, n_visitors) as visitors:
        for visitor in visitors:
            visitor.watch()
        await asyncio.sleep(3)
        for _ in range(n_rounds):
            await measure_once(server, engine, visitors, empty)
        for visitor in visitors:
            await visitor.run_script("stop")


async def measure_once(
    server: Server, engine: Engine, visitors: list[Visitor], empty: float
) -> None:
    """Measure the engine alone, then the room, then the engine alone."""
    await click_all(visitors, "pause")
    alone = [await asyncio.to_thread(engine.steps_per_second)]
    await click_all(visitors, "resume")
    await asyncio.sleep(1)
    start = time.perf_counter()
    steps, updates = [each.step for each in visitors], [each.n_updates for each in visitors]
    clicks = await clicks_of(visitors)
    seconds = time.perf_counter() - start
    taken = sum(each.step for each in visitors) - sum(steps)
    told = [(each.n_updates - n) / seconds for each, n in zip(visitors, updates, strict=True)]
    await click_all(visitors, "pause")
    alone.append(await asyncio.to_thread(engine.steps_per_second))
    await click_all(visitors, "resume")
    print(
        f"{len(visitors):3} visitors: click {describe(clicks)}; updates/s least {min(told):.1f}, "
        f"median {statistics.median(told):.1f}; {taken / seconds:,.0f} steps/s, "
        f"{taken / seconds / statistics.mean(alone):.2f} of the engine alone; "
        f"{(server.megabytes - empty) / len(visitors):.1f} MB each; "
        f"{server.n_threads} threads; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def describe(clicks: list[float]) -> str:
    """Give median and 95th percentile in words."""
    p95 = statistics.quantiles(clicks, n=20)[-1]
    return f"median {statistics.median(clicks) * 1e3:.0f} ms, p95 {p95 * 1e3:.0f} ms"


async def come_and_go(server: Server, n_visitors: int, at_once: int) -> None:
    """Let visitors come, train, and leave again, a roomful at a time; watch the memory."""
    for n_gone in range(at_once, n_visitors + 1, at_once):
        async with room(server, at_once) as visitors:
            for visitor in visitors:
                visitor.watch()
            await asyncio.sleep(2)
            for visitor in visitors:
                await visitor.run_script("stop")
        await asyncio.sleep(1)
        print(
            f"after {n_gone:4} sessions: {server.megabytes:.0f} MB, {server.n_threads} threads",
            flush=True,
        )


async def measure_at_rest(server: Server, n_visitors: int) -> None:
    """Let visitors look at runs that are over, and print what that costs."""
    async with room(server, n_visitors, RUN_AT_REST, "embeddings") as visitors:
        await asyncio.sleep(5)  # the last run ends
        for visitor in visitors:
            await visitor.run_script()
        for watches in (True, False):
            for visitor in visitors:
                visitor.watch(watches)
            await asyncio.sleep(3)
            start, used = time.perf_counter(), server.cpu_seconds
            runs = sum(each.n_fragment_runs for each in visitors)
            await asyncio.sleep(WINDOW_SECONDS)
            share = (server.cpu_seconds - used) / (time.perf_counter() - start)
            runs = sum(each.n_fragment_runs for each in visitors) - runs
            print(
                f"{n_visitors:3} pages at rest, {'with' if watches else 'without'} their streams: "
                f"{share:.2%} of a core, {runs / WINDOW_SECONDS:.1f} script runs/s; "
                f"load {os.getloadavg()[0]:.1f}",
                flush=True,
            )


async def measure_peer(engine: str, n_visitors: int, every: float) -> None:
    """Measure clicks where every session trains in a thread of its own."""
    with served("benchmarks/thread_per_session.py") as server:
        async with room(server, n_visitors, f"engine={engine}&every={every}") as visitors:
            start, runs = time.perf_counter(), [each.n_fragment_runs for each in visitors]
            clicks = await clicks_of(visitors)
            seconds = time.perf_counter() - start
            told = [
                (each.n_fragment_runs - n) / seconds
                for each, n in zip(visitors, runs, strict=True)
            ]
            print(
                f"{n_visitors:3} visitors, a thread each, {engine} engine, drawn every {every} s: "
                f"click {describe(clicks)} ({len(clicks)}); updates/s least {min(told):.1f}, "
                f"median {statistics.median(told):.1f}; load {os.getloadavg()[0]:.1f}",
                flush=True,
            )


@contextmanager
def browser_at(server: Server) -> Iterator[None]:
    """Keep a real browser open on a run of its own."""
    chromium = shutil.which("chromium")
    assert chromium is not None, "--browser needs the system's Chromium"
    with tempfile.TemporaryDirectory() as profile:
        address = f"http://localhost:{server.port}/?{RUN}"
        flags = [*BROWSER_FLAGS, "--headless", f"--user-data-dir={profile}"]
        process = subprocess.Popen(
            [chromium, *flags, "--remote-debugging-port=0", address], stderr=subprocess.DEVNULL
        )
        time.sleep(8)
        try:
            yield
        finally:
            process.terminate()
            process.wait(20)


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="The dashboard under load.")
    parser.add_argument("--visitors", type=int, nargs="*", default=[1, 8, 30, 60])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--come-and-go", type=int, default=0)
    parser.add_argument("--peer", type=int, default=0, help="visitors with a thread each")
    parser.add_argument("--peer-seconds", type=float, default=5.0, help="between its drawings")
    parser.add_argument("--at-rest", type=int, default=0, help="visitors whose run is over")
    parser.add_argument("--browser", action="store_true", help="one real browser beside them")
    options = parser.parse_args()
    with served("dashboard/app.py") as server, closing(Engine()) as engine:
        os.nice(5)  # only now: server and engine keep their priority
        for n_visitors in options.visitors:
            if options.browser:
                with browser_at(server):
                    await measure(server, engine, n_visitors, options.rounds)
            else:
                await measure(server, engine, n_visitors, options.rounds)
        if options.at_rest:
            await measure_at_rest(server, options.at_rest)
        if options.come_and_go:
            await come_and_go(server, options.come_and_go, min(30, options.come_and_go))
    if options.peer:
        for engine in ("reference", "fused"):
            await measure_peer(engine, options.peer, options.peer_seconds)


if __name__ == "__main__":
    asyncio.run(main())
