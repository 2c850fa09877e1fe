"""Names drawn from a model, one character after the other (lecture: "sampling")."""

import torch
import torch.nn.functional as F
from torch import Tensor

from makemore.checks import check_integer, check_positive
from makemore.config import MAX_VOCAB_SIZE
from makemore.model import MLP
from makemore.threads import single_threaded
from makemore.vocabulary import END, Vocabulary

MAX_SAMPLES = 1_000_000
MAX_WORD_LENGTH = 1_000
_LOCKSTEP_FLOATS = 2_000_000  # logits of the names drawn side by side, 16 MB as doubles


@torch.no_grad()
def sample_words(
    model: MLP,
    vocabulary: Vocabulary,
    n: int,
    rng: torch.Generator,
    temperature: float = 1.0,
    top_k: int | None = None,
    prefix: str = "",
    max_length: int = 100,
) -> list[str]:
    """Draw `n` words, each until its end mark.

    All words grow in lockstep, so a hundred cost little more than one. For `n` of 1 the numbers
    drawn are those of the lecture's loop, `torch.multinomial` on the softmax of the logits.

    Args:
        model: predicts the next character.
        vocabulary: of the words that the model was trained on.
        n: how many words; 0 gives none.
        rng: source of all randomness.
        temperature: divides the logits; below 1 bolder guesses win more often, above 1 less.
        top_k: draw among the `top_k` likeliest characters only; 1 is greedy. `None`: all.
        prefix: what every word begins with.
        max_length: characters after which a word is cut off.

    Returns:
        The words with their prefix, without the end mark.

    Raises:
        ValueError: if an argument is out of range, the vocabulary is not the model's, the prefix
            holds `.` or an unknown letter, or the model has diverged.
    """
    config = model.config
    check_integer("n", n, 0, MAX_SAMPLES)
    _check_drawing(temperature, top_k)
    check_integer("max_length", max_length, 1, MAX_WORD_LENGTH)
    if vocabulary.size != config.vocab_size:
        raise ValueError(
            f"the vocabulary must be the model's, of {config.vocab_size} symbols, got one of "
            f"{vocabulary.size}"
        )
    if END in prefix:
        raise ValueError(f"a prefix must not hold {END!r}, which ends a word, got {prefix!r}")
    start = vocabulary.encode(prefix)
    if len(start) >= max_length:
        raise ValueError(
            f"a prefix must be shorter than max_length={max_length}, got {len(start)} characters"
        )
    lockstep = max(1, _LOCKSTEP_FLOATS // vocabulary.size)
    words: list[str] = []
    with single_threaded():
        while len(words) < n:
            rows = min(lockstep, n - len(words))
            drawn = _draw(model, start, rows, rng, temperature, top_k, max_length - len(start))
            words += [prefix + vocabulary.decode(ids) for ids in drawn]
    return words


def _draw(
    model: MLP,
    start: list[int],
    n: int,
    rng: torch.Generator,
    temperature: float,
    top_k: int | None,
    max_new: int,
) -> list[list[int]]:
    """Draw the characters that follow `start`, for `n` words in lockstep."""
    block_size = model.config.block_size
    padded = [0] * block_size + start
    context = torch.tensor(padded[-block_size:]).repeat(n, 1)  # (rows, block_size)
    rows = torch.arange(n)  # the words still growing
    drawn = torch.zeros(n, max_new, dtype=torch.int64)  # 0 is the end mark
    for position in range(max_new):
        probs = next_probs(model, context, temperature, top_k)
        following = torch.multinomial(probs, 1, generator=rng)  # (rows, 1)
        drawn[rows, position] = following[:, 0]
        is_growing = following[:, 0] != 0
        rows = rows[is_growing]
        if not len(rows):
            break
        context = torch.cat([context, following], dim=1)[is_growing, 1:]
    lengths = (drawn != 0).sum(1).tolist()
    return [ids[:length] for ids, length in zip(drawn.tolist(), lengths, strict=True)]


@torch.no_grad()
def next_probs(
    model: MLP, contexts: Tensor, temperature: float = 1.0, top_k: int | None = None
) -> Tensor:
    """Give the distribution of the next symbol.

    Args:
        model: predicts.
        contexts: int64 (B, block_size).
        temperature: divides the logits.
        top_k: all but the `top_k` likeliest symbols get probability 0.

    Returns:
        (B, vocab_size), rows sum to 1.

    Raises:
        ValueError: if the contexts do not fit the model, `temperature` or `top_k` is out of
            range, or the model has diverged.
    """
    _check_drawing(temperature, top_k)
    logits = model(contexts)  # (B, vocab_size)
    if not torch.isfinite(logits).all():
        raise ValueError(
            "a model must have finite logits to be sampled, got infinite or NaN; it has diverged, "
            "so train again with a lower learning rate"
        )
    # Relative to the maximum and in double, so that no temperature overflows.
    scaled = (logits - logits.amax(1, keepdim=True)).double() / temperature
    if top_k is not None and top_k < logits.shape[1]:
        kept = scaled.topk(top_k, dim=1)
        scaled = torch.full_like(scaled, -torch.inf).scatter(1, kept.indices, kept.values)
    return F.softmax(scaled, dim=1).float()


def _check_drawing(temperature: float, top_k: int | None) -> None:
    check_positive("temperature", temperature)
    if top_k is not None:
        check_integer("top_k", top_k, 1, MAX_VOCAB_SIZE)
