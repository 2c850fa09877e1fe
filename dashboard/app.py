"""The server: Streamlit's pages, the live stream beside them, start-up and end.

streamlit run dashboard/app.py
"""

import gc
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import streamlit as st
import typer
from starlette.middleware import Middleware
from streamlit import config, net_util
from streamlit.web.server import server_util

from dashboard import entry_page, library, live
from dashboard.corpus import baselines, bundled_dataset
from dashboard.keeper import Keeper, share
from dashboard.limits import Limits
from dashboard.protection import Protection, hosts_of, protective_headers
from dashboard.runner import shared_runner
from dashboard.stray_address import StrayAddresses
from dashboard.visitor import VisitorCookie
from makemore import engines

# A script run hands some sixty messages to the event loop, and waits each time for the
# interpreter's lock: for so long, if another thread computes. With Python's own 5 ms a click in
# a full room took several times longer.
SWITCH_SECONDS = 0.0005
FIRST_PAGE = "train"  # whose address is the server's own


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Be ready before the first visitor, and leave nothing running after the last."""
    sys.setswitchinterval(SWITCH_SECONDS)
    engines.prepare()
    baselines(bundled_dataset())
    runner = shared_runner()
    keeper = Keeper.open(runner)
    share(keeper)
    library.share(library.Library(keeper.store))
    # What was imported by now never becomes garbage, so no collection need look at it again.
    gc.collect()
    gc.freeze()
    _end_streams_on_signals()
    _tell_addresses()
    try:
        yield
    finally:  # Ctrl-C cancels instead of returning
        live.close_streams()
        runner.close()
        keeper.close()


def _tell_addresses() -> None:
    """Print where the pages are, now that they are ready; nobody outside is asked for it."""
    address = config.get_option("server.address")
    is_open = address in (None, "", "0.0.0.0", "::")
    places = {"on this machine": "localhost" if is_open else address}
    if is_open and (own := net_util.get_internal_ip()) is not None:
        places["on the network"] = own
    typer.echo("\n  makemore is ready. Open it:\n")
    for where, host in places.items():
        typer.echo(f"  {where + ':':<17}{server_util.get_url(host)}")
    typer.echo("\n  Ctrl-C ends it.\n")


def _end_streams_on_signals() -> None:
    """End the live streams first: the server waits for open answers before it stops."""
    for number in (signal.SIGINT, signal.SIGTERM):
        before = signal.getsignal(number)
        if callable(before):
            signal.signal(number, _after_streams(before))


def _after_streams(
    handler: Callable[[int, FrameType | None], Any],
) -> Callable[[int, FrameType | None], Any]:
    def handle(number: int, frame: FrameType | None) -> Any:  # noqa: ANN401
        live.close_streams()
        return handler(number, frame)

    return handle


def _protection(index_page: str) -> Middleware:
    return Middleware(
        Protection,
        headers=protective_headers(index_page),
        hosts=list(
            hosts_of(config.get_option("server.address"), config.get_option("server.allowedHosts"))
        ),
        origins=config.get_option("server.corsAllowedOrigins"),
    )


st.secrets.load_if_toml_exists()  # what it holds is put into the environment too
try:
    Limits.from_environment()
except ValueError as error:  # before the server starts, where it would be a traceback
    raise SystemExit(f"makemore does not start: {error}") from None
base = config.get_option("server.baseUrlPath")
index_page = entry_page.with_first_scripts(
    (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8"),
    base,
    config.get_option("theme.baseFontSize"),
)
files = (Path(__file__).parent / "app_pages").glob("*.py")
pages = [file.stem for file in files if file.stem != FIRST_PAGE]
app = st.App(
    "main.py",
    routes=[*live.routes(base), *entry_page.routes(index_page, pages, base)],
    middleware=[
        _protection(index_page),
        Middleware(StrayAddresses, pages=pages, first=FIRST_PAGE, base=base),
        Middleware(VisitorCookie),
    ],
    lifespan=lifespan,
)
