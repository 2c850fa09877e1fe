"""The list of words that a run was trained on, as the run keeps it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache

from makemore.dataset import Dataset, load_words

MAX_LIST_NAME = 200  # characters
_DIGEST = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile("[^\0\ud800-\udfff]*")  # no database's text holds the others


@dataclass(frozen=True, eq=False)
class RunWords:
    """Which list a run was trained on, how it was split, and the words if they are its own.

    The bundled list is known by its digest, and not kept with every run.

    Args:
        name: what a person calls the list; "" for the bundled one.
        digest: SHA-256 of the words in their order.
        by_name: as in `split_words`.
        words: UTF-8, one a line; `None`: of the bundled list, or kept elsewhere by their digest.

    Raises:
        ValueError: if the words are not those of the digest, or one of the others is no such
            thing.
    """

    name: str
    digest: str
    by_name: bool = False
    words: bytes | None = None

    def __post_init__(self) -> None:
        """Check that it can be stored, and that the words are what they should be."""
        is_text = isinstance(self.name, str) and _NAME.fullmatch(self.name)
        if not is_text or len(self.name) > MAX_LIST_NAME:
            raise ValueError(
                f"the name of a list must be a text of at most {MAX_LIST_NAME} characters, got "
                f"{self.name!r:.50}; give it another"
            )
        if not isinstance(self.digest, str) or not _DIGEST.fullmatch(self.digest):
            raise ValueError(f"the digest of a list must be a SHA-256, got {self.digest!r:.80}")
        if not isinstance(self.by_name, bool):
            raise ValueError(f"by_name must be true or false, got {self.by_name!r:.50}")
        if self.words is not None and hashlib.sha256(self.words).hexdigest() != self.digest:
            raise ValueError("the words of a run must be those of its list, got others")

    @classmethod
    def of(cls, dataset: Dataset) -> RunWords:
        """Note which words a dataset has, and keep them if they are not the bundled ones."""
        is_bundled = dataset.digest == bundled_digest()
        words = None if is_bundled else dataset.as_bytes
        return cls(dataset.name, dataset.digest, dataset.by_name, words)

    @property
    def is_bundled(self) -> bool:
        """Whether it is the list that comes with the package."""
        return self.digest == bundled_digest()

    def dataset(self, split_seed: int) -> Dataset:
        """Split the words as they were split for the run.

        Raises:
            ValueError: if the words are not kept here.
        """
        if self.words is not None:
            words = self.words.decode().split("\n")
        elif self.is_bundled:
            words = load_words()
        else:
            raise ValueError(
                f"the words of a run must be at hand, but it was trained on the list "
                f"{self.name!r}, which is not in this file; load the same list of words"
            )
        return Dataset(words, split_seed, self.by_name, self.name)


@cache
def bundled_digest() -> str:
    """Give the digest of the list that comes with the package."""
    return Dataset(load_words()).digest
