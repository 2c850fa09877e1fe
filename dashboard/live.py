"""The stream of a run's snapshots, answers about a typed name, and Plotly's own script.

Server-sent events: one long answer, no script run and no question asked while a run trains. A
stream's address holds the run's id, which cannot be guessed. It follows the id: a run at rest, and
one that is only in the store, may go on in another window.
"""

import asyncio
import base64
import gzip
import json
import threading
from collections.abc import AsyncIterator
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import plotly
from plotly.offline import get_plotlyjs
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from dashboard.figures.losses import loss_traces, mark_rate_changes
from dashboard.jobs import Snapshot, TrainingJob
from dashboard.keeper import shared_keeper
from dashboard.readings import read_name
from dashboard.runner import shared_runner

UPDATE_SECONDS = 0.1
HEARTBEAT_SECONDS = 15.0  # keeps proxies from closing a stream on which nothing happens
MAX_STREAMS = 500

STREAM_PATH = "/live/{run_id}"
READING_PATH = "/live/{run_id}/name"
PLOTLY_PATH = f"/assets/plotly-{plotly.__version__}.min.js"

_payloads: WeakKeyDictionary[TrainingJob, tuple[str, str]] = WeakKeyDictionary()
_is_closing = threading.Event()
_n_streams = 0


def stream_url(run_id: str, base: str = "") -> str:
    """Give the address of a run's stream, below the server's base path."""
    return f"{_prefix(base)}{STREAM_PATH.format(run_id=run_id)}"


def reading_url(run_id: str, base: str = "") -> str:
    """Give the address that says what a run's model makes of `?text=…`."""
    return f"{_prefix(base)}{READING_PATH.format(run_id=run_id)}"


def plotly_url(base: str = "") -> str:
    """Give the address of Plotly's script, below the server's base path."""
    return f"{_prefix(base)}{PLOTLY_PATH}"


def news_id(job: TrainingJob) -> str:
    """Name what a run shows now; what it shows later is called otherwise."""
    return f"{job.life}.{job.version}"


def routes(base: str = "") -> list[Route]:
    """Give the routes of this module, to be served beside the pages."""
    return [
        Route(f"{_prefix(base)}{STREAM_PATH}", _stream, methods=["GET"]),
        Route(f"{_prefix(base)}{READING_PATH}", _reading, methods=["GET"]),
        Route(plotly_url(base), _plotly_script, methods=["GET"]),
    ]


def close_streams() -> None:
    """End every stream, so that the server need not wait for its viewers."""
    _is_closing.set()


def encode_snapshot(snapshot: Snapshot) -> dict[str, Any]:
    """Give a snapshot as JSON that Plotly draws: arrays as base64 of their bytes."""
    curve = snapshot.curve
    return {
        "life": snapshot.life,
        "state": snapshot.state.value,
        "step": snapshot.step,
        "n_steps": snapshot.n_steps,
        "lr": snapshot.lr,
        "steps_per_second": snapshot.steps_per_second,
        "engine": snapshot.engine,
        "is_compiling": snapshot.is_compiling,
        "place": snapshot.place,
        "minibatch_loss": _last(curve.mean),
        "train_loss": _last(curve.train),
        "val_loss": _last(curve.val),
        "message": snapshot.message,
        "loss_range": curve.loss_range,
        "marks": mark_rate_changes(snapshot.rate_changes),
        "traces": {
            name: {"x": _encode(x), "y": _encode(y)} for name, (x, y) in loss_traces(curve).items()
        },
    }


def _encode(values: np.ndarray) -> dict[str, str]:
    kind = {"int32": "i4", "float32": "f4"}[values.dtype.name]
    return {"dtype": kind, "bdata": base64.b64encode(values.tobytes()).decode()}


def _last(values: np.ndarray) -> float | None:
    return float(values[-1]) if len(values) and np.isfinite(values[-1]) else None


def _payload(job: TrainingJob) -> str:
    """Give the event for what the run shows now; made once, however many watch."""
    news = news_id(job)  # before the snapshot: an old label on newer news does no harm
    made_for, payload = _payloads.get(job, ("", ""))
    if made_for != news:
        payload = f"id: {news}\ndata: {json.dumps(encode_snapshot(job.snapshot()))}\n\n"
        _payloads[job] = (news, payload)
    return payload


async def _events(run_id: str) -> AsyncIterator[str]:
    """Yield a run's snapshot whenever it has changed, until it is over for good.

    At first it is said if the run is not in memory, as silence would mean a broken stream.
    """
    seen, silent_seconds = "", 0.0
    if _find(run_id) is None:
        yield "event: rest\ndata:\n\n"
    while not _is_closing.is_set():
        if (job := _find(run_id)) is not None:
            is_over = job.is_over
            if (news := news_id(job)) != seen:
                seen, silent_seconds = news, 0.0
                yield _payload(job)
            if is_over:
                yield "event: end\ndata:\n\n"
                return
            del job  # nobody keeps it in memory while waiting
        await asyncio.sleep(UPDATE_SECONDS)
        silent_seconds += UPDATE_SECONDS
        if silent_seconds > HEARTBEAT_SECONDS:
            silent_seconds = 0.0
            yield ": still here\n\n"


class _CountedStream(StreamingResponse):
    """Counted for as long as it lasts, even if its viewer vanishes while news are being sent."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        global _n_streams
        _n_streams += 1
        try:
            await super().__call__(scope, receive, send)
        finally:
            _n_streams -= 1


async def _stream(request: Request) -> Response:
    run_id = request.path_params["run_id"]
    if _find(run_id) is None and not await run_in_threadpool(_is_stored, run_id):
        return _no_such_run()
    if _is_foreign(request):
        return _only_own_pages()
    if _n_streams >= MAX_STREAMS:
        return PlainTextResponse("too many viewers; try again later", status_code=503)
    return _CountedStream(
        _events(run_id),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _reading(request: Request) -> Response:
    """Answer in a thread of the server's own, as the model has to compute."""
    job = _find(request.path_params["run_id"])
    if job is None:
        return _no_such_run()
    if _is_foreign(request):
        return _only_own_pages()
    reading = read_name(job, request.query_params.get("text", ""))
    return JSONResponse(reading, headers={"Cache-Control": "no-store"})


def _find(run_id: str) -> TrainingJob | None:
    job = shared_runner().find(run_id)
    return job if isinstance(job, TrainingJob) else None


def _is_stored(run_id: str) -> bool:
    keeper = shared_keeper()
    return keeper is not None and keeper.knows(run_id)


def _no_such_run() -> Response:
    return PlainTextResponse("no such run", status_code=404)


def _is_foreign(request: Request) -> bool:
    return request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")


def _only_own_pages() -> Response:
    return PlainTextResponse("only pages of this server may watch", status_code=403)


@cache
def _compressed_plotly() -> bytes:
    return gzip.compress(get_plotlyjs().encode(), compresslevel=6)


async def _plotly_script(request: Request) -> Response:
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return Response(_compressed_plotly(), media_type="text/javascript", headers=headers)
    return Response(get_plotlyjs(), media_type="text/javascript", headers=headers)


def _prefix(base: str) -> str:
    return f"/{base.strip('/')}" if base.strip("/") else ""
