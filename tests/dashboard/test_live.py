"""`dashboard.live`: what a browser hears of a run, told by the server's own routes."""

import asyncio
import base64
import gzip
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

import numpy as np
import plotly
import pytest
from plotly.offline import get_plotlyjs
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect

from dashboard import jobs, live
from dashboard.curve import LossCurve
from dashboard.figures.losses import loss_traces
from dashboard.jobs import Job, Snapshot, State, TrainingJob
from dashboard.keeper import Keeper, share
from dashboard.runner import shared_runner
from dashboard.sweep_jobs import SweepJob
from makemore import Dataset, ModelConfig, Store, SweepSettings, TrainConfig
from tests.dashboard.conftest import PATIENCE_SECONDS, NewRun
from tests.dashboard.coroutines import result_of

QUIET_SECONDS = 0.15  # many updates long

Publish = Callable[[Job], str]


class Viewer:
    """One request to the server, as long as it lasts."""

    def __init__(
        self, path: str, headers: dict[str, str] | None = None, base: str = "", asgi: str = "2.3"
    ) -> None:
        self._app = Starlette(routes=live.routes(base))
        self._scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": asgi},
            "http_version": "1.1",
            "method": "GET",
            "path": path,
            "root_path": "",
            "query_string": b"",
            "headers": [(k.encode(), v.encode()) for k, v in (headers or {}).items()],
        }
        self._answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._has_asked, self._has_left = False, asyncio.Event()
        # Before 2.4, as on Streamlit's server, what is sent after the end is lost in silence.
        self._tells_of_leaving = asgi >= "2.4"
        self.is_slow = False  # takes in nothing more
        self.status = 0
        self.headers: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        self.task = asyncio.create_task(self._app(self._scope, self._receive, self._send))
        start = await self._answer()
        self.status = start["status"]
        self.headers = {k.decode(): v.decode() for k, v in start["headers"]}
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.leave()

    def vanish(self) -> None:
        """Close the connection."""
        self._has_left.set()

    async def leave(self) -> None:
        """Close the connection, and wait until the server has noticed."""
        self.vanish()
        await asyncio.wait([self.task], timeout=PATIENCE_SECONDS)
        assert self.task.done()
        error = self.task.exception()
        assert error is None or (self._tells_of_leaving and isinstance(error, ClientDisconnect))

    async def body(self) -> bytes:
        """Take in all that comes until the answer ends."""
        parts = []
        while (answer := await self._answer()).get("more_body"):
            parts.append(answer["body"])
        return b"".join([*parts, answer["body"]])

    async def event(self) -> str:
        """Wait for the next piece of a stream."""
        return str((await self._answer())["body"].decode())

    async def news(self) -> dict[str, Any]:
        """Wait for the next snapshot of a stream."""
        event = await self.event()
        name, _, data = event.partition("\n")
        assert name.startswith("id: ")
        assert data.startswith("data: ")
        assert data.endswith("\n\n")
        return strict_json(data.removeprefix("data: "))

    async def hears_nothing(self) -> bool:
        """Say whether nothing comes for a good while."""
        await asyncio.sleep(QUIET_SECONDS)
        return self._answers.empty()

    async def _answer(self) -> dict[str, Any]:
        return await asyncio.wait_for(self._answers.get(), PATIENCE_SECONDS)

    async def _receive(self) -> dict[str, Any]:
        if not self._has_asked:
            self._has_asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._has_left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        if self.is_slow:
            await asyncio.sleep(PATIENCE_SECONDS)
        if not self._has_left.is_set():
            await self._answers.put(message)
        elif self._tells_of_leaving:
            raise OSError("the connection is closed")


def strict_json(text: str) -> dict[str, Any]:
    """Read JSON as a browser does, which knows neither NaN nor Infinity."""

    def refuse(token: str) -> NoReturn:
        raise AssertionError(f"{token} is not JSON")

    parsed: dict[str, Any] = json.loads(text, parse_constant=refuse)
    return parsed


def decoded(array: dict[str, str]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(array["bdata"]), np.dtype(f"<{array['dtype']}"))


def run(scene: Callable[[], Awaitable[None]]) -> None:
    async def play() -> None:
        await asyncio.wait_for(scene(), 2 * PATIENCE_SECONDS)

    result_of(play())


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let news come a hundred times a second, and open the streams again afterwards."""
    monkeypatch.setattr(live, "UPDATE_SECONDS", 0.01)
    yield
    live._is_closing.clear()


@pytest.fixture
def publish() -> Iterator[Publish]:
    """Have the server know a job that rests, so that a test itself takes its slices."""
    jobs: list[Job] = []

    def start(job: Job) -> str:
        job.move(State.PAUSED, only_from=(State.RUNNING,))
        shared_runner().start(job)
        jobs.append(job)
        return live.stream_url(job.id)

    yield start
    for job in jobs:
        shared_runner().stop(job)


def rested(job: TrainingJob) -> TrainingJob:
    return job


def advanced(job: TrainingJob) -> TrainingJob:
    for _ in range(3):
        job.run_slice()
    return job


def ended(job: TrainingJob) -> TrainingJob:
    while not job.state.is_final:
        job.run_slice()
    return job


def paused(job: TrainingJob) -> TrainingJob:
    advanced(job).move(State.PAUSED, only_from=(State.RUNNING,))
    return job


def failed(job: TrainingJob) -> TrainingJob:
    advanced(job).fail(RuntimeError("nothing works"))
    return job


def stopped(job: TrainingJob) -> TrainingJob:
    advanced(job).move(State.STOPPED, only_from=(State.RUNNING,))
    return job


SCENES = [
    (rested, 0.1, State.RUNNING),
    (advanced, 0.1, State.RUNNING),
    (paused, 0.1, State.PAUSED),
    (stopped, 0.1, State.STOPPED),
    (failed, 0.1, State.FAILED),
    (ended, 0.1, State.DONE),
    (ended, 1e38, State.DIVERGED),
]


@pytest.mark.parametrize(("act", "lr", "state"), SCENES)
def test_a_snapshot_is_strict_json_that_decodes_to_the_same_arrays(
    new_run: NewRun, act: Callable[[TrainingJob], TrainingJob], lr: float, state: State
) -> None:
    job = act(new_run(n_steps=1_200, lr=lr))
    snapshot = job.snapshot()
    told = strict_json(json.dumps(live.encode_snapshot(snapshot)))
    assert told["state"] == state.value == snapshot.state
    assert (told["step"], told["n_steps"], told["lr"]) == (job.step, 1_200, lr)
    assert told["message"] == snapshot.message
    assert (told["message"] is None) == (state not in (State.FAILED, State.DIVERGED))
    traces = loss_traces(snapshot.curve)
    assert list(told["traces"]) == list(traces)
    for name, (x, y) in traces.items():
        np.testing.assert_array_equal(decoded(told["traces"][name]["x"]), x)
        np.testing.assert_array_equal(decoded(told["traces"][name]["y"]), y)


def test_the_latest_losses_are_told_as_numbers(new_run: NewRun) -> None:
    job = ended(new_run(n_steps=250))
    told, last = live.encode_snapshot(job.snapshot()), job.history.evaluations[-1]
    assert told["minibatch_loss"] == pytest.approx(float(job.history.losses[-1]))
    assert told["train_loss"] == pytest.approx(last.train_loss, rel=1e-6)
    assert told["val_loss"] == pytest.approx(last.val_loss, rel=1e-6)
    assert told["loss_range"] == LossCurve.of(job.history).loss_range
    assert told["steps_per_second"] > 0


def test_what_is_not_known_is_told_as_null(new_run: NewRun) -> None:
    told = live.encode_snapshot(new_run().snapshot())
    unknown = ("minibatch_loss", "train_loss", "val_loss", "loss_range", "steps_per_second")
    assert [told[name] for name in unknown] == [None] * 5


def test_the_first_news_comes_at_once_and_further_news_when_something_happens(
    new_run: NewRun, publish: Publish
) -> None:
    job = new_run()

    async def scene() -> None:
        async with Viewer(publish(job)) as viewer:
            assert viewer.status == 200
            assert viewer.headers["content-type"].startswith("text/event-stream")
            assert viewer.headers["cache-control"] == "no-store"
            first = await viewer.news()
            assert (first["state"], first["step"]) == ("paused", 0)
            assert await viewer.hears_nothing()
            job.run_slice()
            assert (await viewer.news())["step"] == job.step == 1
            assert await viewer.hears_nothing()

    run(scene)


def test_the_final_state_is_told_and_then_the_end(new_run: NewRun, publish: Publish) -> None:
    job = new_run()

    async def scene() -> None:
        async with Viewer(publish(job)) as viewer:
            await viewer.news()
            job.fail(RuntimeError("nothing works"))
            assert (await viewer.news())["state"] == "failed"
            assert await viewer.event() == "event: end\ndata:\n\n"
            assert await viewer.body() == b""  # and the answer is over

    run(scene)


def test_whoever_comes_after_the_end_sees_the_result_and_what_is_added_to_it(
    new_run: NewRun, publish: Publish
) -> None:
    job = ended(new_run(n_steps=20))

    async def scene() -> None:
        async with Viewer(publish(job)) as viewer:
            told = await viewer.news()
            assert (told["state"], told["step"]) == ("done", 20)
            assert await viewer.hears_nothing()
            job.extend(10)  # in another window
            assert (await viewer.news())["n_steps"] == 30

    run(scene)


def test_a_run_that_is_back_from_the_store_is_followed_in_its_new_life(
    new_run: NewRun, publish: Publish, dataset: Dataset
) -> None:
    first = advanced(new_run())

    async def scene() -> None:
        async with Viewer(publish(first)) as viewer:
            before = await viewer.news()
            shared_runner().discard(first)
            assert (await viewer.hears_nothing()) or (await viewer.news())["state"] == "stopped"
            second = TrainingJob.of(dataset, first.run())
            second.bring_back(first.id, State.INTERRUPTED, None, "", "")
            publish(second)
            after = await viewer.news()
            assert (after["state"], after["step"]) == ("interrupted", before["step"])
            assert after["life"] != before["life"]
            second.move(State.RUNNING, only_from=(State.INTERRUPTED,))
            assert (await viewer.news())["state"] == "running"

    run(scene)


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    """The keeper of a server that has just begun."""
    keeper = Keeper(shared_runner(), Store(tmp_path / "runs.sqlite"))
    share(keeper)
    yield keeper
    share(None)
    keeper.close()


def test_a_run_that_is_only_in_the_store_streams_as_soon_as_somebody_goes_on_with_it(
    new_run: NewRun, keeper: Keeper, dataset: Dataset
) -> None:
    first = advanced(new_run(n_steps=10**7))
    shared_runner().start(first)
    shared_runner().stop(first)
    keeper.save_all()
    shared_runner().forget(first)

    async def scene() -> None:
        async with Viewer(live.stream_url(first.id)) as viewer:
            assert viewer.status == 200
            assert await viewer.event() == "event: rest\ndata:\n\n"  # at once
            assert await viewer.hears_nothing()
            second = keeper.find(first.id)  # in another window
            assert second is not None
            assert (await viewer.news())["state"] == "stopped"
            shared_runner().revive(second)
            while (told := await viewer.news())["step"] <= first.step:
                pass
            assert told["state"] == "running"
            shared_runner().stop(second)

    run(scene)


def test_a_run_that_the_store_does_not_know_or_that_was_deleted_has_no_stream(
    new_run: NewRun, keeper: Keeper
) -> None:
    job = advanced(new_run())
    shared_runner().start(job)
    keeper.save_all()
    keeper.delete(job)
    shared_runner().discard(job)

    async def scene() -> None:
        for run_id in (job.id, "x" * 22, "..%2f", "a" * 5_000):
            async with Viewer(live.stream_url(run_id)) as viewer:
                assert viewer.status == 404

    run(scene)


def test_a_run_that_trains_is_followed_to_its_last_step(
    new_run: NewRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "MAX_STEPS_PER_SLICE", 2)  # long enough to be followed anywhere
    job = new_run(n_steps=1_000)

    async def scene() -> None:
        shared_runner().start(job)
        steps = []
        async with Viewer(live.stream_url(job.id)) as viewer:
            while (told := await viewer.news())["state"] != "done":
                steps.append(told["step"])
        steps.append(told["step"])
        assert steps == sorted(steps)
        assert len(set(steps)) > 3
        assert steps[-1] == 1_000

    run(scene)


def test_a_silent_stream_shows_that_it_is_alive(
    new_run: NewRun, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.05)

    async def scene() -> None:
        async with Viewer(publish(new_run())) as viewer:
            await viewer.news()
            for _ in range(2):
                assert await viewer.event() == ": still here\n\n"  # a comment: no news

    run(scene)


def test_an_unknown_run_is_not_found(new_run: NewRun, publish: Publish) -> None:
    url = publish(new_run())

    async def scene() -> None:
        for path in ("/live/nobody", "/live/", url[:-1], f"{url}x", f"{url}/x"):
            async with Viewer(path) as viewer:
                assert viewer.status == 404

    run(scene)


def test_a_sweep_has_no_stream(dataset: Dataset, publish: Publish) -> None:
    config = ModelConfig(dataset.vocabulary.size, 3, 2, 10)
    url = publish(SweepJob(dataset, SweepSettings(config, TrainConfig(), 1e-3, 1.0, 100, 1)))

    async def scene() -> None:
        async with Viewer(url) as viewer:
            assert viewer.status == 404
            assert await viewer.body() == b"no such run"

    run(scene)


@pytest.mark.parametrize(
    ("site", "status"),
    [(None, 200), ("same-origin", 200), ("none", 200), ("same-site", 403), ("cross-site", 403)],
)
def test_pages_of_other_sites_may_not_watch(
    new_run: NewRun, publish: Publish, site: str | None, status: int
) -> None:
    url = publish(new_run())

    async def scene() -> None:
        async with Viewer(url, {"sec-fetch-site": site} if site else None) as viewer:
            assert viewer.status == status

    run(scene)


def test_the_number_of_viewers_is_bounded_and_falls_when_they_leave(
    new_run: NewRun, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MAX_STREAMS", 2)
    url = publish(new_run())

    async def scene() -> None:
        async with Viewer(url) as first, Viewer(url) as second:
            for viewer in (first, second):
                assert viewer.status == 200
                await viewer.news()
            async with Viewer(url) as third:
                assert third.status == 503
                assert b"too many viewers" in await third.body()
            await first.leave()
            async with Viewer(url) as fourth:
                assert fourth.status == 200
                await fourth.news()
        async with Viewer(url) as viewer:
            assert viewer.status == 200

    run(scene)


@pytest.mark.parametrize(("asgi", "is_slow"), [("2.3", False), ("2.3", True), ("2.4", False)])
def test_a_viewer_that_vanishes_in_mid_news_is_counted_no_more(
    new_run: NewRun,
    publish: Publish,
    monkeypatch: pytest.MonkeyPatch,
    asgi: str,
    is_slow: bool,
) -> None:
    monkeypatch.setattr(live, "MAX_STREAMS", 1)
    monkeypatch.setattr(live, "UPDATE_SECONDS", 0)  # sent before the server hears of its leaving
    job = new_run(n_steps=10**6)
    url = publish(job)

    async def scene() -> None:
        async with Viewer(url, asgi=asgi) as viewer:
            await viewer.news()
            viewer.is_slow = is_slow
            if is_slow:
                job.run_slice()
                assert await viewer.hears_nothing()  # the news are on their way
            viewer.vanish()
            job.run_slice()
        async with Viewer(url) as following:
            assert following.status == 200

    run(scene)


def test_closing_ends_every_stream(new_run: NewRun, publish: Publish) -> None:
    url = publish(new_run())

    async def scene() -> None:
        async with Viewer(url) as first, Viewer(url) as second:
            for viewer in (first, second):
                await viewer.news()
            live.close_streams()
            for viewer in (first, second):
                assert await viewer.body() == b""  # no "end": the run is not over
        async with Viewer(url) as late:
            assert await late.body() == b""

    run(scene)


class Counted(TrainingJob):
    """Counts how often it is looked at."""

    n_looks = 0

    def snapshot(self) -> Snapshot:
        """Say where the run stands."""
        self.n_looks += 1
        return super().snapshot()


def test_news_are_made_once_however_many_watch(dataset: Dataset, publish: Publish) -> None:
    config = ModelConfig(dataset.vocabulary.size, 3, 2, 10)
    job = Counted.begin(dataset, config, TrainConfig(((100, 0.1),)))
    url = publish(job)

    async def scene() -> None:
        async with Viewer(url) as first, Viewer(url) as second, Viewer(url) as third:
            viewers = (first, second, third)
            assert len({await viewer.event() for viewer in viewers}) == 1
            assert job.n_looks == 1
            job.run_slice()
            assert len({await viewer.event() for viewer in viewers}) == 1
            assert job.n_looks == 2

    run(scene)


def test_viewers_of_two_runs_each_see_their_own(new_run: NewRun, publish: Publish) -> None:
    urls = [publish(new_run(n_steps=n_steps)) for n_steps in (11, 22)]

    async def scene() -> None:
        async with Viewer(urls[0]) as first, Viewer(urls[1]) as second:
            assert (await first.news())["n_steps"] == 11
            assert (await second.news())["n_steps"] == 22

    run(scene)


@pytest.mark.parametrize("encoding", ["gzip, deflate, br", "identity", None])
def test_plotly_is_the_installed_one_compressed_for_those_who_can_read_it(
    encoding: str | None,
) -> None:
    async def scene() -> None:
        async with Viewer(
            live.plotly_url(), {"accept-encoding": encoding} if encoding else None
        ) as viewer:
            assert viewer.status == 200
            assert viewer.headers["content-type"].startswith("text/javascript")
            assert "immutable" in viewer.headers["cache-control"]
            body = await viewer.body()
        is_compressed = viewer.headers.get("content-encoding") == "gzip"
        assert is_compressed == (encoding is not None and "gzip" in encoding)
        assert (gzip.decompress(body) if is_compressed else body).decode() == get_plotlyjs()

    run(scene)


def test_another_version_of_plotly_has_another_address() -> None:
    assert plotly.__version__ in live.plotly_url()


@pytest.mark.parametrize(
    ("base", "prefix"),
    [("", ""), ("/", ""), ("room", "/room"), ("/room/", "/room"), ("a/b", "/a/b")],
)
def test_addresses_are_below_the_base_path_and_served_there(
    new_run: NewRun, publish: Publish, base: str, prefix: str
) -> None:
    job = new_run()
    publish(job)
    assert live.stream_url(job.id, base) == f"{prefix}/live/{job.id}"
    assert live.plotly_url(base) == prefix + live.plotly_url()

    async def scene() -> None:
        for path in (live.stream_url(job.id, base), live.plotly_url(base)):
            async with Viewer(path, base=base) as viewer:
                assert viewer.status == 200

    run(scene)
