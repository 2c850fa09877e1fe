"""A process killed in the middle of a run costs nothing but the steps since the last save."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import torch

from makemore import Store
from tests.makemore.trained_until_killed import ID, SETTINGS, begin

ROOT = Path(__file__).parents[2]
N_KILLS = 8
MAX_SECONDS = 0.2  # of training before a kill


def last_told(file: Path) -> int:
    """Give the step of the last save that the killed process knew of."""
    lines = file.read_text().split("\n")[:-1] if file.exists() else []
    return int(lines[-1]) if lines else 0


def wait_for_save(told: Path, before: int) -> None:
    """Wait until there is a save after step `before`, if any is left to come."""
    deadline = time.monotonic() + 60
    while last_told(told) == before < SETTINGS.n_steps:
        assert time.monotonic() < deadline, "it does not save"
        time.sleep(0.005)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes are forked")
def test_a_run_killed_at_any_moment_goes_on_to_the_same_weights(
    place: str, tmp_path: Path
) -> None:
    moments, told = random.Random(11), tmp_path / "told"
    command = [sys.executable, str(ROOT / "tests/makemore/trained_until_killed.py"), place, told]
    n_killed_between_saves = 0
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as forks:
        assert forks.stdin is not None
        assert forks.stdout is not None
        for number in range(N_KILLS):
            before = last_told(told)
            forks.stdin.write("begin\n")
            forks.stdin.flush()
            child = int(forks.stdout.readline())
            if number % 2:  # on a slow machine too, some are killed when they have saved
                wait_for_save(told, before)
            time.sleep(moments.uniform(0, MAX_SECONDS))
            os.kill(child, signal.SIGKILL)
            killed_at = datetime.now(UTC)
            assert forks.stdout.readline() == "dead\n"
            time.sleep(0.1)  # a server may still be reading what the dead process sent
            with Store(place) as store:
                was_running = store.mark_interrupted()
                found = store.find(ID)
                if found is None:  # killed before its first save
                    assert last_told(told) == 0
                    continue
                assert found.state == "interrupted"
                assert [run.id for run in store.runs()] == [ID]
                assert found.step >= last_told(told)
                assert store.load(ID).step == found.step
                if was_running:  # it has saved before it was killed
                    assert killed_at - found.updated < timedelta(seconds=60)
                    n_killed_between_saves += found.step < found.n_steps
        forks.stdin.close()
    assert n_killed_between_saves >= 3

    with Store(place) as store:
        stored = store.load(ID)
    whole, history, dataset = begin()
    examples = dataset.examples(3)
    trainer = stored.trainer(examples.train, examples.val)
    stored.history.append(trainer.advance(trainer.n_steps))
    history.append(whole.advance(whole.n_steps))
    assert trainer.step == whole.step == whole.n_steps
    for name, weights in whole.model.weights().items():
        assert torch.equal(trainer.model.weights()[name], weights), name
    assert stored.history.losses.tobytes() == history.losses.tobytes()
    assert stored.history.evaluations == history.evaluations
