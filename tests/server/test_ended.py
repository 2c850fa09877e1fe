"""The real server's end by Ctrl-C, while runs train, wait, rest and are watched."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
import torch

from dashboard import live
from dashboard.corpus import bundled_dataset
from makemore import MLP, Run, Store, Trainer
from tests.browser.server import Server
from tests.server.client import opened

SETTINGS = "n_steps=100000000&seed={seed}"
USUAL_CODES = (0, 1)  # 1 is how Streamlit's command ends after Ctrl-C; a crash has another one


def test_ctrl_c_ends_the_server_and_every_run_goes_on_from_there_bit_for_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAKEMORE_MAX_RUNS", "2")
    with Server(tmp_path) as server, ExitStack() as windows:
        ids = [
            windows.enter_context(opened(server.port, SETTINGS.format(seed=seed))).run_id
            for seed in range(3)
        ]
        for run_id in ids[:2]:
            wait_for_steps(server.port, run_id, windows)  # and go on watching
        assert server.interrupt() in USUAL_CODES  # or it would not have ended in time
    assert "Traceback" not in server.log()
    with Store(tmp_path / "runs.sqlite") as store:
        assert {run.id: run.state for run in store.runs()} == dict(
            zip(ids, ("running", "running", "paused"), strict=True)
        )
        for seed, run_id in enumerate(ids):
            assert_goes_on_as_if_never_interrupted(store.load(run_id), seed)


def wait_for_steps(port: int, run_id: str, windows: ExitStack) -> None:
    """Follow a run's stream until it has taken steps; the stream stays open."""
    connection = socket.create_connection(("localhost", port), timeout=60)
    windows.callback(connection.close)
    request = f"GET {live.stream_url(run_id)} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"
    connection.sendall(request.encode())
    with connection.makefile("rb") as lines:
        while not (line := lines.readline()).startswith(b"data: ") or b'"step": 0,' in line:
            assert line, "the stream has ended"


def assert_goes_on_as_if_never_interrupted(run: Run, seed: int) -> None:
    assert run.train_config.seed == seed
    examples = bundled_dataset().examples(run.model_config.block_size)
    further = run.trainer(examples.train)
    event = further.advance(200)
    model = MLP(run.model_config, torch.Generator().manual_seed(seed))
    fresh = Trainer(model, examples.train, run.train_config)
    losses = fresh.advance(run.step + 200).losses
    np.testing.assert_array_equal(np.concatenate([run.history.losses, event.losses]), losses)
    for name, weights in fresh.model.weights().items():
        assert torch.equal(weights, further.model.weights()[name]), name
