"""A model beside the count tables: what each loses on every split, and on names never seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from makemore.baselines import NGram, Smoothing, baseline_name
from makemore.dataset import Dataset, Split, build_examples
from makemore.loss import evaluate
from makemore.model import MLP

MODEL = "MLP"  # what a model's row is called


class Group(NamedTuple):
    """Words over which a loss is a mean.

    Args:
        name: what is said of them.
        n_words: how many they are, each as often as it stands there.
        n_characters: of all of them, end marks included: what the mean is over.
    """

    name: str
    n_words: int
    n_characters: int


class LossTable(NamedTuple):
    """Exact losses in nats per character.

    Args:
        groups: the splits, then the held-out words of each that do not stand in train.
        losses: of each group, by what predicts: the count tables by rising order, then `MODEL`.
    """

    groups: tuple[Group, ...]
    losses: Mapping[str, tuple[float, ...]]

    def loss(self, predictor: str, group: str) -> float:
        """Give one of the losses.

        Raises:
            ValueError: if there is no such predictor or group.
        """
        names = [each.name for each in self.groups]
        if predictor not in self.losses or group not in names:
            raise ValueError(
                f"a loss must be of {', '.join(self.losses)} and on {', '.join(names)}, got "
                f"{predictor!r} on {group!r}"
            )
        return self.losses[predictor][names.index(group)]


def words_by_group(split: Split) -> dict[str, list[str]]:
    """Give the splits, and the words of the held-out ones that do not stand in train.

    A model that knows names by heart gains nothing on those. Groups without a word are left out.
    """
    known = set(split.train)
    unseen = {
        f"{name}, unseen": [word for word in words if word not in known]
        for name, words in (("validation", split.val), ("test", split.test))
    }
    splits = {"train": split.train, "validation": split.val, "test": split.test}
    return {name: words for name, words in (splits | unseen).items() if words}


def table_losses(
    dataset: Dataset, max_order: int = 5, smoothing: Smoothing = "witten_bell"
) -> LossTable:
    """Give what count tables of the training words lose.

    Raises:
        ValueError: as `NGram.fit`.
    """
    vocabulary, words = dataset.vocabulary, words_by_group(dataset.split)
    highest = NGram.fit(dataset.split.train, vocabulary, max_order, smoothing)
    ladders = [highest.ladder(group, vocabulary) for group in words.values()]
    return LossTable(
        tuple(
            Group(name, len(group), sum(map(len, group)) + len(group))
            for name, group in words.items()
        ),
        {baseline_name(order): losses for order, losses in enumerate(zip(*ladders, strict=True))},
    )


def model_losses(model: MLP, dataset: Dataset) -> tuple[float, ...]:
    """Give what a model loses on each group of `words_by_group`.

    Raises:
        ValueError: if the model is not of the dataset's vocabulary.
    """
    if model.config.vocab_size != dataset.vocabulary.size:
        raise ValueError(
            f"the model must be of the words' {dataset.vocabulary.size} symbols, got one of "
            f"{model.config.vocab_size}; compare it on the words that it was trained on"
        )
    block_size = model.config.block_size
    splits = dict(zip(("train", "validation", "test"), dataset.examples(block_size), strict=True))
    return tuple(
        evaluate(model, splits.get(name) or build_examples(words, dataset.vocabulary, block_size))
        for name, words in words_by_group(dataset.split).items()
    )


def compare_with_tables(
    model: MLP,
    dataset: Dataset,
    max_order: int = 5,
    smoothing: Smoothing = "witten_bell",
) -> LossTable:
    """Give what a model and count tables of the same training words lose.

    Raises:
        ValueError: as `model_losses` and `NGram.fit`.
    """
    ours = model_losses(model, dataset)
    groups, losses = table_losses(dataset, max_order, smoothing)
    return LossTable(groups, {**losses, MODEL: ours})
