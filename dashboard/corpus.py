"""The list of names that the dashboard trains on, read once for the whole process."""

from functools import cache

from makemore import Dataset, load_words


@cache
def bundled_dataset() -> Dataset:
    """Give the bundled names with their vocabulary and split."""
    return Dataset(load_words())
