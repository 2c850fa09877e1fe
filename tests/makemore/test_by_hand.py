"""`makemore.by_hand`: the lecture's numbers, its overflow, and why a loss cannot reach 0."""

from collections import Counter, defaultdict
from math import log

import pytest
import torch

from makemore import MLP, Dataset, ModelConfig, TrainConfig, Trainer, build_examples
from makemore.by_hand import lowest_loss, probs_by_hand, probs_shifted

SMALL = torch.tensor([-2.0, -3.0, 0.0, 5.0])
LARGE = torch.tensor([-100.0, -3.0, 0.0, 100.0])
PROBS = [9.0466e-04, 3.3281e-04, 6.6846e-03, 9.9208e-01]  # the lecture's


def test_small_logits_give_the_lectures_probabilities_either_way() -> None:
    assert probs_by_hand(SMALL).tolist() == pytest.approx(PROBS, rel=1e-4)
    assert probs_shifted(SMALL).tolist() == pytest.approx(PROBS, rel=1e-4)


def test_large_logits_overflow_by_hand_and_do_not_when_shifted() -> None:
    assert probs_by_hand(LARGE)[3].isnan()
    assert torch.equal(probs_shifted(LARGE), torch.softmax(LARGE, 0))
    assert probs_shifted(LARGE).sum() == 1


def test_rows_are_apart(rng: torch.Generator) -> None:
    logits = torch.randn(7, 5, generator=rng)
    for probs in (probs_by_hand(logits), probs_shifted(logits)):
        torch.testing.assert_close(probs, logits.softmax(1))


def test_the_lowest_loss_is_that_of_the_shares_in_the_data(dataset: Dataset) -> None:
    examples = build_examples(dataset.words, dataset.vocabulary, 2)
    following: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
    for x, y in zip(examples.x.tolist(), examples.y.tolist(), strict=True):
        following[tuple(x)][y] += 1
    total = sum(
        -log(n / symbols.total()) * n for symbols in following.values() for n in symbols.values()
    )
    assert lowest_loss(examples) == pytest.approx(total / len(examples), rel=1e-12)


def test_a_model_comes_close_to_the_lowest_loss_and_never_below(names: list[str]) -> None:
    dataset = Dataset(names)
    examples = build_examples(names[:2], dataset.vocabulary, 3)
    model = MLP(ModelConfig(), torch.Generator().manual_seed(42))
    trainer = Trainer(model, examples, TrainConfig(((1_000, 0.1),), None, eval_interval=None))
    loss = trainer.advance(1_000).losses[-1]
    assert lowest_loss(examples) < loss < lowest_loss(examples) + 0.01
