"""How surprising a word is to a model, symbol by symbol, and what in the context mattered."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from makemore.baselines import NGram
from makemore.dataset import Examples
from makemore.model import MLP
from makemore.threads import single_threaded
from makemore.vocabulary import END, Vocabulary

MAX_STAND_INS = 64  # symbols that a slot is tried with: all of an alphabet, not all of Chinese

Floats = npt.NDArray[np.float64]


def word_surprise(model: MLP, vocabulary: Vocabulary, word: str) -> Floats:
    """Give the negative log-probability of each letter of `word` and of its end mark.

    Returns:
        Nats, (len(word) + 1,); their mean is the model's loss on the word.

    Raises:
        ValueError: if a letter is not in the vocabulary, or the model has diverged.
    """
    contexts, symbols = word_windows(vocabulary, word, model.config.block_size)
    with single_threaded():
        nats: Floats = -_log_probs(model, contexts, symbols).numpy()
    return nats


def ngram_surprise(table: NGram, vocabulary: Vocabulary, word: str) -> Floats:
    """Give the same of a count table.

    Raises:
        ValueError: if a letter is not in the vocabulary.
    """
    contexts, symbols = word_windows(vocabulary, word, max(1, table.order - 1))
    return table.nats(contexts.numpy(), symbols.numpy())


def slot_effects(model: MLP, vocabulary: Vocabulary, word: str, stand_ins: Tensor) -> Floats:
    """Say how much the symbol in each slot of the context did for the symbol that came.

    The effect is log p(symbol | context) less the logarithm of the same probability averaged
    over what may stand in the slot, the other slots being as they are: above 0 what stood there
    made the symbol that came more likely, below 0 less.

    Args:
        model: predicts.
        vocabulary: of its words.
        word: whose symbols came.
        stand_ins: (block_size, vocab_size), what stands in each slot how often; see
            `slot_distributions`. Of more than `MAX_STAND_INS` the most frequent are tried.

    Returns:
        Nats, (len(word) + 1, block_size), the slot farthest back first.

    Raises:
        ValueError: if a letter is not in the vocabulary, or the model has diverged.

    Source: the prediction difference of Robnik-Šikonja and Kononenko 2008, "Explaining
    classifications for individual instances", with every slot's marginal distribution.
    """
    contexts, symbols = word_windows(vocabulary, word, model.config.block_size)
    with single_threaded():
        actual = _log_probs(model, contexts, symbols)
        effects = [
            actual - _averaged(model, contexts, symbols, slot, weights)
            for slot, weights in enumerate(stand_ins)
        ]
    return torch.stack(effects, dim=1).numpy()


def slot_distributions(examples: Examples, vocab_size: int) -> Tensor:
    """Give how often each symbol stands in each slot of the contexts of `examples`.

    Returns:
        (block_size, vocab_size), float64, rows sum to 1.
    """
    counts = [torch.bincount(slot, minlength=vocab_size) for slot in examples.x.T]
    return torch.stack(counts).double() / len(examples)


def word_windows(vocabulary: Vocabulary, word: str, block_size: int) -> tuple[Tensor, Tensor]:
    """Give the contexts (len(word) + 1, block_size) and symbols of one word, also an empty one.

    Raises:
        ValueError: if it holds `.` or a letter that is not in the vocabulary.
    """
    if END in word:
        raise ValueError(f"a word must not hold {END!r}, which ends it, got {word!r}")
    line = torch.tensor([0] * block_size + vocabulary.encode(word) + [0])
    return line.unfold(0, block_size, 1)[:-1].contiguous(), line[block_size:]


@torch.no_grad()
def _log_probs(model: MLP, contexts: Tensor, symbols: Tensor) -> Tensor:
    """Give log p(symbol | context) of each row, in double."""
    logits = model(contexts)
    if not torch.isfinite(logits).all():
        raise ValueError(
            "a model must have finite logits to judge a word, got infinite or NaN; it has "
            "diverged, so train again with a lower learning rate"
        )
    picked = F.log_softmax(logits.double(), dim=1).gather(1, symbols[:, None])
    return picked[:, 0]


def _averaged(model: MLP, contexts: Tensor, symbols: Tensor, slot: int, weights: Tensor) -> Tensor:
    """Give the logarithm of p(symbol | context), averaged over what may stand in one slot."""
    weights, tried = weights.topk(min(MAX_STAND_INS, len(weights)))
    tried, weights = tried[weights > 0], weights[weights > 0]
    changed = contexts.repeat_interleave(len(tried), dim=0)  # (rows · tried, block_size)
    changed[:, slot] = tried.repeat(len(contexts))
    log_probs = _log_probs(model, changed, symbols.repeat_interleave(len(tried)))
    shares = (weights / weights.sum()).log()
    return (log_probs.view(len(contexts), len(tried)) + shares).logsumexp(1)
