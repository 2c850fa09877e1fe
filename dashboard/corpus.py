"""The list of names that the dashboard trains on, read once for the whole process."""

from functools import cache, lru_cache

from makemore import Dataset, NGram, Novelty, load_words, ngram_losses


@cache
def bundled_dataset() -> Dataset:
    """Give the bundled names with their vocabulary and split."""
    return Dataset(load_words())


@lru_cache(maxsize=16)
def baselines(dataset: Dataset) -> dict[str, float]:
    """Give the validation loss of each count table by name, in nats per character."""
    ladder = ngram_losses(dataset.split, dataset.vocabulary)
    return {name: losses.val for name, losses in ladder.items()}


@lru_cache(maxsize=16)
def count_table(dataset: Dataset, order: int) -> NGram:
    """Give the count table of the training words."""
    return NGram.fit(dataset.split.train, dataset.vocabulary, order)


@lru_cache(maxsize=16)
def novelty(dataset: Dataset) -> Novelty:
    """Tell the words of the dataset's splits from new ones."""
    return Novelty(dataset.split)
