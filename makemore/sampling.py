"""Names drawn from a model, one character after the other (lecture: "sampling")."""

from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from makemore.checks import check_integer, check_positive
from makemore.config import MAX_VOCAB_SIZE
from makemore.engines import fused
from makemore.engines.fused.uniforms import uniform
from makemore.model import MLP
from makemore.threads import single_threaded
from makemore.vocabulary import END, Vocabulary

MAX_SAMPLES = 1_000_000
MAX_WORD_LENGTH = 1_000
_CHUNK_SYMBOLS = 1_000_000  # room for the words of one call, 2 MB
_LOCKSTEP_FLOATS = 4_000_000  # of a step of words side by side in PyTorch, 16 MB
_KERNEL_FLOATS = 20_000_000  # of the kernels' look-up tables, 80 MB


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

    The distribution is that of the lecture's loop, `torch.multinomial` on the softmax of the
    logits; the numbers drawn are others. One number from `rng` is the key of all uniform numbers,
    and with it each word depends on its place alone: of 1,000 words the first 20 are, rounding
    aside, those that asking for 20 would have given, compiled kernels or not.

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
    if not n:
        return []
    key = np.uint64(torch.randint(2**63 - 1, (), generator=rng).item())
    context = ([0] * config.block_size + start)[-config.block_size :]
    max_new = max_length - len(start)
    chunk = max(1, _CHUNK_SYMBOLS // max_new)
    words: list[str] = []
    with single_threaded():
        sampler = _build_sampler(model, context, n, temperature, top_k, key)
        for first in range(0, n, chunk):
            drawn = sampler.draw(first, min(chunk, n - first), max_new)
            if drawn is None:
                raise _divergence()
            words += vocabulary.decode_rows(drawn)
    return [prefix + word for word in words] if prefix else words


class Sampler(Protocol):
    """Draws the symbols that follow one context."""

    def draw(self, first: int, n: int, max_length: int) -> npt.NDArray[np.uint16] | None:
        """Draw for the words from number `first` on; see `LockstepSampler.draw`."""
        ...


class LockstepSampler:
    """All words grow together, a character a step: the readable truth for the faster kernels.

    Args:
        model: predicts.
        context: of the first symbol, block_size indices.
        temperature: divides the logits.
        top_k: how many of the likeliest symbols are drawn among; `None`: all.
        key: of the uniform numbers.
    """

    def __init__(
        self,
        model: MLP,
        context: list[int],
        temperature: float,
        top_k: int | None,
        key: np.uint64,
    ) -> None:
        self._model, self._context = model, torch.tensor(context)
        self._temperature, self._top_k, self._key = temperature, top_k, key
        config = model.config
        floats = config.fan_in + config.n_hidden + 4 * config.vocab_size
        self._n_rows = max(1, _LOCKSTEP_FLOATS // floats)

    @torch.no_grad()
    def draw(self, first: int, n: int, max_length: int) -> npt.NDArray[np.uint16] | None:
        """Draw the symbols of `n` words from number `first` on.

        Returns:
            (n, max_length), each row filled up with end marks; `None` if a logit is not finite.
        """
        drawn = np.zeros((n, max_length), np.uint16)
        for start in range(0, n, self._n_rows):
            if not self._fill(first + start, drawn[start : start + self._n_rows]):
                return None
        return drawn

    def _fill(self, first: int, drawn: npt.NDArray[np.uint16]) -> bool:
        """Draw the words of a few rows; say whether all logits were finite."""
        rows = np.arange(len(drawn))  # the words still growing
        contexts = self._context.repeat(len(rows), 1)  # (rows, block_size)
        for position in range(drawn.shape[1]):
            logits = self._model.logits(contexts)
            if not torch.isfinite(logits).all():
                return False
            # The first symbol whose cumulative probability is above the uniform number.
            cumulative = _probs(logits, self._temperature, self._top_k).cumsum(1).numpy()
            words, place = (first + rows).astype(np.uint64), np.array([position], np.uint64)
            numbers = uniform(self._key, words, place)
            targets = numbers[:, None] * cumulative[:, -1:]
            symbols = (cumulative <= targets).sum(1)  # (rows,)
            drawn[rows, position] = symbols
            is_growing = symbols != 0
            rows = rows[is_growing]
            if not len(rows):
                break
            contexts = torch.cat([contexts, torch.from_numpy(symbols)[:, None]], dim=1)
            contexts = contexts[torch.from_numpy(is_growing), 1:]
        return True


def _build_sampler(
    model: MLP,
    context: list[int],
    n: int,
    temperature: float,
    top_k: int | None,
    key: np.uint64,
) -> Sampler:
    """Give the compiled kernels if they are ready and the model is not too large for them."""
    config = model.config
    look_ups = config.block_size * config.vocab_size * config.n_hidden
    if look_ups <= _KERNEL_FLOATS and fused.is_ready("sampler"):
        return fused.load_sampler()(model, context, n, temperature, top_k, key)
    return LockstepSampler(model, context, temperature, top_k, key)


@torch.no_grad()
def next_probs(
    model: MLP, contexts: Tensor, temperature: float = 1.0, top_k: int | None = None
) -> Tensor:
    """Give the distribution of the next symbol.

    Args:
        model: predicts.
        contexts: int64 (B, block_size).
        temperature: divides the logits.
        top_k: all but the `top_k` likeliest symbols get probability 0; of equally likely ones
            the first are kept.

    Returns:
        (B, vocab_size), rows sum to 1.

    Raises:
        ValueError: if the contexts do not fit the model, `temperature` or `top_k` is out of
            range, or the model has diverged.
    """
    _check_drawing(temperature, top_k)
    logits = model(contexts)  # (B, vocab_size)
    if not torch.isfinite(logits).all():
        raise _divergence()
    return _probs(logits, temperature, top_k).float()


def _probs(logits: Tensor, temperature: float, top_k: int | None) -> Tensor:
    """Compute the softmax in double, for finite logits (B, vocab_size)."""
    # Relative to the maximum and in double, so that no temperature overflows.
    scaled = (logits - logits.amax(1, keepdim=True)).double() / temperature
    if top_k is not None and top_k < logits.shape[1]:
        order = scaled.argsort(dim=1, descending=True, stable=True)
        scaled = scaled.scatter(1, order[:, top_k:], -torch.inf)
    return F.softmax(scaled, dim=1)


def _divergence() -> ValueError:
    return ValueError(
        "a model must have finite logits to be sampled, got infinite or NaN; it has diverged, "
        "so train again with a lower learning rate"
    )


def _check_drawing(temperature: float, top_k: int | None) -> None:
    check_positive("temperature", temperature)
    if top_k is not None:
        check_integer("top_k", top_k, 1, MAX_VOCAB_SIZE)
