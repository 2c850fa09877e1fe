"""The kernels for narrower vectors, on a processor that has wide ones too."""

import os
import subprocess
import sys
from hashlib import sha256

import numpy as np
import pytest
import torch

pytest.importorskip("numba", reason="the fused engine needs numba")

from makemore import MLP, Examples, ModelConfig, TrainConfig
from makemore.engines import fused
from makemore.optimizer import Optimizer

AVX2 = {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": "+avx,+avx2,+fma"}
SIZES = [(3, 2, 100, 32), (3, 10, 37, 7), (2, 3, 50, 100)]  # block_size, n_embd, n_hidden, batch


def digest() -> str:
    """Give a hash of some models' weights after a few steps by either kernel."""
    weights = sha256()
    for block_size, n_embd, n_hidden, batch_size in SIZES:
        rng = torch.Generator().manual_seed(1)
        model = MLP(ModelConfig(27, block_size, n_embd, n_hidden, "scaled"), rng)
        x = torch.randint(27, (500, block_size), generator=rng)
        examples = Examples(x, torch.randint(27, (500,), generator=rng))
        optimizer = Optimizer(model.config, TrainConfig())
        engine = fused.load()(model, examples, batch_size, optimizer)
        batches = torch.randint(500, (20, batch_size), generator=rng)
        weights.update(engine.advance(np.full(20, 0.1), batches).tobytes())
        for weight in model.weights().values():
            weights.update(weight.numpy().tobytes())
    return weights.hexdigest()


@pytest.mark.slow
def test_narrower_vectors_take_the_same_steps_bit_for_bit() -> None:
    if "+avx2" not in host_features():
        pytest.skip("this processor has no AVX2")
    told = subprocess.run(
        [sys.executable, "-c", f"from {__name__} import digest; print(digest())"],
        env=os.environ | AVX2 | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.stdout.strip() == digest(), told.stderr


def host_features() -> str:
    import llvmlite.binding

    return str(llvmlite.binding.get_host_cpu_features().flatten())
