"""The words that are trained on: each list read and split once for the whole process."""

from collections.abc import Callable
from functools import cache, lru_cache
from threading import Lock
from typing import NamedTuple
from weakref import WeakValueDictionary

from makemore import (
    Dataset,
    LossTable,
    NGram,
    Novelty,
    Run,
    bigram_counts,
    length_counts,
    load_words,
    ngram_losses,
    overlaps,
    repeated_words,
    table_losses,
)
from makemore.baselines import baseline_name, highest_order
from makemore.word_statistics import Counts, Overlap

_LATEST = 4  # datasets that stay although nothing trains on them

_shared: WeakValueDictionary[tuple[str, str, int, bool], Dataset] = WeakValueDictionary()
_latest: list[Dataset] = []
_sharing = Lock()


@cache
def bundled_dataset() -> Dataset:
    """Give the bundled names with their vocabulary and split."""
    return Dataset(load_words())


def shared_dataset(
    digest: str,
    read: Callable[[], list[str]],
    *,
    name: str = "",
    by_name: bool = False,
    split_seed: int = 42,
) -> Dataset:
    """Give the one dataset of these words, so that examples and tables are made once for all.

    Args:
        digest: of the words.
        read: gives them, if they are not at hand.
        name: what their owner calls them.
        by_name: as in `split_words`.
        split_seed: as in `split_words`.

    Raises:
        ValueError: if they cannot be split.
    """
    bundled = bundled_dataset()
    if (digest, by_name, split_seed) == (bundled.digest, False, bundled.seed):
        return bundled
    key = (digest, name, split_seed, by_name)
    with _sharing:
        dataset = _shared.get(key)
        if dataset is None:
            words = bundled.words if digest == bundled.digest else read()
            dataset = _shared[key] = Dataset(words, split_seed, by_name, name)
        if dataset in _latest:
            _latest.remove(dataset)
        _latest.append(dataset)
        del _latest[:-_LATEST]
    return dataset


def dataset_of(run: Run, otherwise: Dataset | None = None) -> Dataset:
    """Give the words that a run was trained on.

    Args:
        run: as it was stored or opened.
        otherwise: the words of a run that does not say which; none: the bundled names.

    Raises:
        ValueError: if the run does not bring its words.
    """
    if run.words is None:
        return otherwise or bundled_dataset()
    return shared_dataset(
        run.words.digest,
        lambda: run.dataset().words,
        name=run.words.name,
        by_name=run.words.by_name,
        split_seed=run.split_seed,
    )


class Facts(NamedTuple):
    """What can be counted in a list of words."""

    n_distinct: int
    repeats: dict[str, int]
    bigrams: Counts
    lengths: Counts
    overlaps: dict[str, Overlap]


@lru_cache(maxsize=8)
def facts(dataset: Dataset) -> Facts:
    """Count what the Data page shows; half a second for 200,000 words."""
    words = dataset.words
    return Facts(
        len(set(words)),
        repeated_words(words),
        bigram_counts(words, dataset.vocabulary),
        length_counts(words),
        overlaps(dataset.split),
    )


@lru_cache(maxsize=16)
def baselines(dataset: Dataset) -> dict[str, float]:
    """Give the validation loss of each count table by name, in nats per character."""
    size = dataset.vocabulary.size
    ladder = ngram_losses(dataset.split, dataset.vocabulary, highest_order(size))
    return {name: losses.val for name, losses in ladder.items()}


def count_baselines(dataset: Dataset) -> dict[str, float]:
    """Give those of `baselines` that count: of very many symbols, not all orders."""
    return {name: loss for name, loss in baselines(dataset).items() if name != baseline_name(0)}


@lru_cache(maxsize=16)
def loss_ladder(dataset: Dataset) -> LossTable:
    """Give what each count table loses on every split, and on names held out and never seen."""
    return table_losses(dataset, highest_order(dataset.vocabulary.size))


@lru_cache(maxsize=16)
def count_table(dataset: Dataset, order: int) -> NGram:
    """Give the count table of the training words."""
    return NGram.fit(dataset.split.train, dataset.vocabulary, order)


@lru_cache(maxsize=16)
def novelty(dataset: Dataset) -> Novelty:
    """Tell the words of the dataset's splits from new ones."""
    return Novelty(dataset.split)
