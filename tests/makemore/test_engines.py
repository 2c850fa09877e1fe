"""`makemore.engines`: which engine trains; the result does not depend on it."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from makemore import MLP, Dataset, ModelConfig, TrainConfig, Trainer
from makemore.engines import fused

pytest.importorskip("numba", reason="the fused engine needs numba")

SGD = TrainConfig()


def new_trainer(dataset: Dataset, engine: str, n_steps: int = 200) -> Trainer:
    examples = dataset.examples(3)
    config = ModelConfig(dataset.vocabulary.size, n_hidden=20, init="scaled")
    model = MLP(config, torch.Generator().manual_seed(3))
    train = TrainConfig(((n_steps, 0.1),), engine=engine, eval_interval=100)  # type: ignore[arg-type]
    return Trainer(model, examples.train, train, examples.val)


@pytest.fixture
def empty_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine that never compiled the kernels."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(fused, "_compiling", None)
    fused._folder.cache_clear()
    yield
    if fused._compiling is not None:
        fused._compiling.kill()  # what it has yet to compile nobody will use
        fused._compiling.wait(120)
    monkeypatch.undo()
    fused._folder.cache_clear()


def test_auto_is_the_fused_engine_once_it_is_compiled(dataset: Dataset) -> None:
    trainer = new_trainer(dataset, "auto")
    trainer.advance(50)
    assert trainer.engine == "fused"
    assert trainer.steps_by_engine == {"fused": 50}


def test_all_engines_take_the_same_trajectory(dataset: Dataset) -> None:
    ours, theirs = new_trainer(dataset, "fused"), new_trainer(dataset, "reference")
    event, expected = ours.advance(200), theirs.advance(200)
    np.testing.assert_allclose(event.losses, expected.losses, rtol=1e-5)
    for name, weight in theirs.model.weights().items():
        assert float((ours.model.weights()[name] - weight).abs().max()) < 1e-5
    for got, wanted in zip(event.evaluations, expected.evaluations, strict=True):
        assert got.train_loss == pytest.approx(wanted.train_loss, rel=1e-6)


def test_a_run_saved_and_continued_on_the_fused_engine_ends_in_the_same_bits(
    dataset: Dataset,
) -> None:
    whole, first, second = (new_trainer(dataset, "fused") for _ in range(3))
    whole.advance(200)
    first.advance(77)
    second.load_state_dict(first.state_dict())
    second.advance(200)
    for name, weight in whole.model.weights().items():
        assert torch.equal(second.model.weights()[name], weight)


def test_the_fused_engine_without_numba_says_what_to_do(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fused, "is_available", lambda: False)
    with pytest.raises(ValueError, match=r"must have numba.*pip install numba.*reference engine"):
        new_trainer(dataset, "fused")
    assert new_trainer(dataset, "auto").engine == "reference"


@pytest.mark.slow
@pytest.mark.usefixtures("empty_disk")
def test_a_new_machine_trains_at_once_and_changes_engine_when_the_kernels_are_ready(
    dataset: Dataset,
) -> None:
    trainer, expected = new_trainer(dataset, "auto"), new_trainer(dataset, "reference")
    start = time.monotonic()
    losses = [trainer.advance(50).losses]
    assert trainer.engine == "reference"
    while not fused.is_ready("dense") and time.monotonic() - start < 120:
        time.sleep(0.1)
    assert fused.KERNELS[0] == "dense"  # compiled first, and no other is waited for
    losses.append(trainer.advance(150).losses)
    assert trainer.steps_by_engine == {"reference": 50, "fused": 150}
    np.testing.assert_allclose(np.concatenate(losses), expected.advance(200).losses, rtol=1e-5)


@pytest.mark.usefixtures("empty_disk")
def test_any_number_of_threads_begin_to_compile_once(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []

    def start(*_: object, **__: object) -> subprocess.Popen[bytes]:
        time.sleep(0.05)  # long enough for another thread to come by
        started.append(popen([sys.executable, "-c", ""]))
        return started[-1]

    popen = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", start)
    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(fused.compile_in_background) for _ in range(8)]:
            future.result()
    assert len(started) == 1


def test_large_batches_of_large_embeddings_are_worth_the_factorised_kernel() -> None:
    small, large = ModelConfig(), ModelConfig(block_size=8, n_embd=24, n_hidden=512)
    assert fused.kernel_for(small, 1_000, SGD) == fused.kernel_for(large, 32, SGD) == "dense"
    assert fused.kernel_for(large, 256, SGD) == "factorised"


def test_one_example_has_a_kernel_of_its_own_where_it_moves_each_weight_at_once() -> None:
    assert fused.kernel_for(ModelConfig(), 1, SGD) == "single"
    for other in (
        TrainConfig(momentum=0.9),
        TrainConfig(weight_decay=0.01),
        TrainConfig(dropout=0.1),
        TrainConfig(optimizer="adamw"),
    ):
        assert fused.kernel_for(ModelConfig(), 1, other) == "dense"


def test_compiled_kernels_are_read_from_the_disk_by_another_process() -> None:
    code = (
        "from makemore.engines import fused; fused.warm_up()\n"
        "from makemore.engines.fused import dense, factorised, single\n"
        "for kernel in (dense.take_steps, factorised.take_steps, single.take_steps):\n"
        "    assert kernel.stats.cache_hits and not kernel.stats.cache_misses, kernel.stats"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
