"""The lecture's windows of context and its first run, step by step.

All its figures are checked in `test_experiments.py`.
"""

import pytest
import torch

from makemore import (
    MLP,
    Examples,
    ModelConfig,
    TrainConfig,
    Trainer,
    Vocabulary,
    build_examples,
    split_words,
)

FIRST_TWO = [
    *(19.136564, 13.381081, 9.382592, 6.925556, 4.832304),
    *(3.437414, 2.392893, 1.488807, 0.909629, 0.612997),
]
TEN_STEPS = TrainConfig(stages=((10, 0.1),), batch_size=None, eval_interval=None)


def examples_of(words: list[str], n_words: int | None, block_size: int = 3) -> Examples:
    return build_examples(words[:n_words], Vocabulary.from_words(words), block_size)


def test_the_first_two_names_give_12_examples(names: list[str]) -> None:
    examples = examples_of(names, 2)
    assert examples.x.shape == (12, 3)
    assert examples.y.shape == (12,)


@pytest.mark.parametrize(
    ("block_size", "expected"),
    [
        (2, "..→e .e→m em→m mm→a ma→."),
        (3, "...→e ..e→m .em→m emm→a mma→."),
        (5, ".....→e ....e→m ...em→m ..emm→a .emma→."),
    ],
)
def test_emma_gives_the_contexts_of_the_lecture(block_size: int, expected: str) -> None:
    vocabulary = Vocabulary.from_words(["emma"])
    examples = build_examples(["emma"], vocabulary, block_size)
    pairs = zip(examples.x.tolist(), examples.y.tolist(), strict=True)
    shown = [f"{vocabulary.decode(x)}→{vocabulary.decode([y])}" for x, y in pairs]
    assert " ".join(shown) == expected


def test_a_two_names_are_learnt_with_the_lectures_losses(names: list[str]) -> None:
    examples = examples_of(names, 2)
    model = MLP(ModelConfig(), torch.Generator().manual_seed(42))
    trainer = Trainer(model, examples, TEN_STEPS)
    assert trainer.advance(10).losses == pytest.approx(FIRST_TWO, rel=1e-5)
    right = model(examples.x).argmax(1) == examples.y
    assert right.sum() == 11  # "..." begins two names with different letters


def test_all_names_give_the_lectures_number_of_examples(lecture_words: list[str]) -> None:
    assert len(examples_of(lecture_words, None)) == 228_146


def test_the_lectures_distinct_contexts_are_few(lecture_words: list[str]) -> None:
    vocabulary = Vocabulary.from_words(lecture_words)
    examples = build_examples(split_words(lecture_words).train, vocabulary, 3)
    assert len(examples.distinct.contexts) == 5_438
