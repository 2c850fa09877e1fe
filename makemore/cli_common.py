"""What the commands of the terminal viewer share."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from threading import Event
from typing import Annotated, ParamSpec

import typer
from rich.console import Console
from rich.text import Text

console = Console()

SavedRun = Annotated[Path, typer.Argument(help="Saved run, from `makemore train --out`.")]
Seed = Annotated[int, typer.Option(help="Makes the numbers repeatable.")]
Out = Annotated[Path | None, typer.Option(help="Save the run as a .safetensors file.")]

_Parameters = ParamSpec("_Parameters")


def explains_bad_input(command: Callable[_Parameters, None]) -> Callable[_Parameters, None]:
    """Turn bad input into a message and exit code 2, the code of wrong usage."""

    @wraps(command)
    def explained(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except (ValueError, OSError) as error:
            message = Text(f"Error: {error}", style="red")
            Console(stderr=True).print(message, soft_wrap=True)  # paths and commands stay whole
            raise typer.Exit(2) from error

    return explained


def check_out(out: Path | None, option: str = "--out") -> None:
    """Refuse, before anything is computed, a file that could not be written."""
    if out is not None and (out.is_dir() or not os.access(out.parent, os.W_OK)):
        raise ValueError(f"{option} must be a file in a folder that exists, got {str(out)!r}")


@contextmanager
def interruption() -> Iterator[Event]:
    """Note Ctrl-C instead of breaking off, so that no step is left half done."""
    interrupted = Event()
    before = signal.signal(signal.SIGINT, lambda *_: interrupted.set())
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)
