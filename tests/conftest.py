"""What several test files need: one thread, and lists of names of three sizes."""

from pathlib import Path

import pytest
import torch
from hypothesis import settings

from makemore import Dataset, load_words
from makemore.engines import fused

torch.set_num_threads(1)  # for tensors of this size one thread is the fastest

# The same examples in every run, and no clock: a busy machine is no reason to fail.
settings.register_profile("steady", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("steady")

if fused.is_available():
    fused.compile_now()  # so that no run changes its engine on the way

LECTURE_NAMES = Path(__file__).parents[2] / "shared" / "lecture" / "names.txt"


@pytest.fixture(scope="session")
def names() -> list[str]:
    """The bundled list."""
    return load_words()


@pytest.fixture(scope="session")
def dataset(names: list[str]) -> Dataset:
    """The first 200 names of the bundled list, split."""
    return Dataset(names[:200])


@pytest.fixture(scope="session")
def lecture_words() -> list[str]:
    """The lecture's own list, which is not part of the project."""
    if not LECTURE_NAMES.is_file():
        pytest.skip(f"the lecture's own list is not at {LECTURE_NAMES}")
    return load_words(LECTURE_NAMES)


@pytest.fixture
def rng() -> torch.Generator:
    """A generator of one test's own."""
    return torch.Generator().manual_seed(1)
