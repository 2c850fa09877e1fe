"""Probabilities and losses as the lecture first writes them, by hand, and what they run into."""

import torch
from torch import Tensor

from makemore.dataset import Examples


def probs_by_hand(logits: Tensor) -> Tensor:
    """Give exp(logits) ÷ their sum, along the last axis; NaN where float32 overflows.

    e^89 is above the largest float32, so a logit of 100 becomes infinite.
    """
    counts = logits.exp()
    return counts / counts.sum(-1, keepdim=True)


def probs_shifted(logits: Tensor) -> Tensor:
    """Give the same probabilities from logits less their maximum, which cannot overflow.

    A common factor e^-max cancels. This is what `torch.softmax` does.
    """
    return probs_by_hand(logits - logits.max(-1, keepdim=True).values)


def lowest_loss(examples: Examples) -> float:
    """Compute the least loss that any model of these contexts can have, in nats per character.

    Where one context is followed by different symbols, no model can be sure: the best gives each
    symbol the share of the examples that it has. What is left is the conditional entropy.

    Example:
        >>> import makemore
        >>> words = ["emma", "olivia"]
        >>> vocabulary = makemore.Vocabulary.from_words(words)
        >>> round(lowest_loss(makemore.build_examples(words, vocabulary, 3)), 4)  # 2 · ln 2 ÷ 12
        0.1155
        >>> lowest_loss(makemore.build_examples(["emma"], vocabulary, 3))  # one letter a context
        0.0
    """
    _, rows, _, counts = examples.distinct
    of_context = torch.zeros(int(rows.max()) + 1, dtype=torch.int64).index_add_(0, rows, counts)
    shares = counts.double() / of_context[rows]
    return float((counts * shares.reciprocal().log()).sum()) / len(examples)
