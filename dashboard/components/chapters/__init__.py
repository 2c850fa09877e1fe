"""The chapters, in the lecture's order: each to be touched, with its code and a question."""

from collections.abc import Mapping
from types import MappingProxyType

from dashboard.components.chapters import (
    batches,
    beyond,
    decay,
    embeddings,
    ensemble,
    hidden,
    init,
    lookup,
    loss,
    overfit,
    probabilities,
    rate,
    sampling,
    side_by_side,
    sizes,
    splits,
    windows,
)
from dashboard.components.chapters.chapter import Chapter

_ALL = (
    windows.CHAPTER,
    lookup.CHAPTER,
    side_by_side.CHAPTER,
    hidden.CHAPTER,
    probabilities.CHAPTER,
    loss.CHAPTER,
    overfit.CHAPTER,
    batches.CHAPTER,
    rate.CHAPTER,
    decay.CHAPTER,
    splits.CHAPTER,
    sizes.HIDDEN,
    embeddings.CHAPTER,
    sizes.EMBEDDING,
    sampling.CHAPTER,
    init.CHAPTER,
    beyond.CHAPTER,
    ensemble.CHAPTER,
)
CHAPTERS: Mapping[str, Chapter] = MappingProxyType({each.slug: each for each in _ALL})
