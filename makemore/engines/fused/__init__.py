"""The fused engine, compiled by numba once on each machine and kept on disk.

Compiling takes some seconds. It happens in a process of its own, so that nothing waits for it;
until a kernel is there, the reference engine computes the same trajectory.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import TYPE_CHECKING, Literal, get_args

from makemore.config import ModelConfig

if TYPE_CHECKING:
    from makemore.config import TrainConfig
    from makemore.engines.fused.engine import FusedEngine
    from makemore.engines.fused.sampler import Sampler

Kernel = Literal["dense", "factorised", "sampler", "single"]
KERNELS: tuple[Kernel, ...] = get_args(Kernel)  # the one that most runs need first

_compiling: subprocess.Popen[bytes] | None = None
_importing, _starting = Lock(), Lock()  # around what is set for the whole process


def is_available() -> bool:
    """Say whether numba is installed, without importing it."""
    return importlib.util.find_spec("numba") is not None


def is_ready(*kernels: Kernel) -> bool:
    """Say whether these kernels, or else all, lie compiled on this machine's disk."""
    return is_available() and all(_marker(kernel).is_file() for kernel in kernels or KERNELS)


def kernel_for(config: ModelConfig, batch_size: int, train_config: TrainConfig) -> Kernel:
    """Choose the quickest of the kernels that train.

    The dense first layer costs as the batch times its weights; the factorised one as the
    vocabulary times its weights, and a look-up for each example and slot. One example by
    plain descent has a kernel of its own.
    """
    is_plain = not (train_config.moments or train_config.weight_decay or train_config.dropout)
    if batch_size == 1 and is_plain:
        return "single"
    is_large = batch_size > 2 * config.vocab_size and config.n_embd > 2
    return "factorised" if is_large else "dense"


def load() -> type[FusedEngine]:
    """Import the engine; its kernels come from the disk, or are compiled at their first call.

    Raises:
        ValueError: if numba is not installed.
    """
    engine: type[FusedEngine] = _import("engine").FusedEngine
    return engine


def load_sampler() -> type[Sampler]:
    """Import what draws words, as `load` imports the engine."""
    sampler: type[Sampler] = _import("sampler").Sampler
    return sampler


def _import(name: str) -> ModuleType:
    """Import a file of kernels, telling numba where to keep them."""
    if not is_available():
        raise ValueError(
            "the fused engine must have numba to compile its kernels, which is not installed; run "
            '"pip install numba", or choose the reference engine'
        )
    from numba import config

    with _importing:
        before = config.CACHE_DIR
        # numba looks only at the file of the function itself to see whether it has changed, so
        # the place depends on all of the engine's files.
        config.CACHE_DIR = str(_folder())
        try:
            return import_module(f"{__name__}.{name}")
        finally:
            config.CACHE_DIR = before


def compile_now() -> None:
    """Compile the kernels, unless they lie on the disk, and note of each that it does."""
    for kernel in KERNELS:
        warm_up(kernel)
        _marker(kernel).touch()


def warm_up(*kernels: Kernel) -> None:
    """Call these kernels, or else all, so that they are compiled or read from the disk."""
    for kernel in kernels or KERNELS:
        if kernel == "sampler":
            _draw_one_word()
        else:
            _train_no_step(kernel)


def _train_no_step(kernel: Kernel) -> None:
    import numpy as np
    import torch

    from makemore.config import TrainConfig
    from makemore.dataset import Examples
    from makemore.model import MLP
    from makemore.optimizer import Optimizer

    batch_size = {"single": 1, "dense": 2}.get(kernel, 1_000)
    model = MLP(ModelConfig(2, 1, 4, 1), torch.Generator().manual_seed(0))
    examples = Examples(torch.zeros(1, 1, dtype=torch.int64), torch.zeros(1, dtype=torch.int64))
    optimizer = Optimizer(model.config, TrainConfig())  # any: a kernel knows every rule
    nothing = torch.empty(0, batch_size, dtype=torch.int64)
    load()(model, examples, batch_size, optimizer).advance(np.empty(0), nothing)


def _draw_one_word() -> None:
    import numpy as np
    import torch

    from makemore.model import MLP

    for block_size in (1, 8):  # a table of 2 contexts; 256, which one word is not worth
        model = MLP(ModelConfig(2, block_size, 4, 1), torch.Generator().manual_seed(0))
        load_sampler()(model, [0] * block_size, 1, 1.0, None, np.uint64(0)).draw(0, 1, 1)


def compile_in_background() -> None:
    """Begin to compile in a process of its own, unless one is at it or the kernels are there."""
    global _compiling
    if not is_available() or is_ready():
        return
    with _starting:
        if _compiling is None:
            quiet = subprocess.DEVNULL
            _compiling = subprocess.Popen(
                [sys.executable, "-m", "makemore.engines.fused"],
                stdin=quiet,
                stdout=quiet,
                stderr=quiet,
                start_new_session=True,  # Ctrl-C is not meant for it
            )
        else:
            _compiling.poll()


def _marker(kernel: Kernel) -> Path:
    return _folder() / f"{kernel}.ready"


@cache
def _folder() -> Path:
    """Give the place of the kernels compiled from these very sources by this very numba."""
    sources = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        sources.update(file.read_bytes())
    for package in ("numba", "llvmlite"):
        sources.update(importlib.metadata.version(package).encode())
    sources.update(f"{sys.version} {_processor()}".encode())
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home / "makemore" / f"kernels-{sources.hexdigest()[:16]}"


def _processor() -> str:
    """Give what the kernels depend on: another processor may lack this one's instructions.

    numba's own variables choose a processor that has fewer.
    """
    from llvmlite import binding

    chosen = [os.environ.get(f"NUMBA_CPU_{name}") for name in ("NAME", "FEATURES")]
    return f"{binding.get_host_cpu_name()} {binding.get_host_cpu_features()} {chosen}"
