"""Words drawn by compiled kernels: in lockstep, or from a table of every context.

As in `factorised`, the first layer is a sum of look-ups:

    h = tanh(Σ t[s, x[s]])                (rows, hidden), the bias within t[0]
    z = h W2                              (rows, symbols)
    c = cumulative sum of exp((z + b2 − highest) / temperature)
    next symbol: the first whose c is above uniform · (last c)

In lockstep each row is at work on a word of its own. When that ends, the row begins another, so
that the product has work for every row until the last words. Where all contexts are fewer than the
symbols to draw, their c are computed once and a word is a walk through the table. Both ways have
each c from the same function, so they draw the same words, bit for bit.
"""

from math import isfinite, nan
from sys import float_info
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from makemore.config import ModelConfig
from makemore.engines.fused.approximations import exp, tanh
from makemore.engines.fused.matmul import Matrix, multiply, padded
from makemore.engines.fused.uniforms import uniform
from makemore.engines.fused.vectors import LANES, kernel, load, part, store
from makemore.model import MLP

MAX_ROWS = 60  # words in lockstep, so that activations stay in the cache
MAX_TABLE = 4_000_000  # numbers in the table of all contexts, 32 MB
DRAWS_PER_WORD = 7  # six letters and the end: what a first name has, to weigh the table's cost

_ONE = np.float32(1)

DIVERGED = -1  # given instead of a length

_uniform = part(uniform)


class Network(NamedTuple):
    """A model's weights."""

    t: Matrix  # (block_size · vocab_size, n_hidden): C @ W1[s], padded to whole vectors
    W2: Matrix  # (n_hidden, vocab_size), the same
    b2: npt.NDArray[np.float32]  # (vocab_size,)
    n_hidden: int


class Rule(NamedTuple):
    """How words are drawn."""

    start: npt.NDArray[np.int64]  # (block_size,), the context of the first symbol
    sharpness: float  # 1 / temperature
    top_k: int
    key: np.uint64


class Room(NamedTuple):
    """Room for words in lockstep, a row each."""

    words: npt.NDArray[np.int64]  # which word the row is at work on
    positions: npt.NDArray[np.int64]  # which of its symbols comes next
    contexts: npt.NDArray[np.int64]  # (rows, block_size)
    h: Matrix  # (rows, n_hidden)
    z: Matrix  # (rows, vocab_size)
    c: npt.NDArray[np.float64]  # (rows, vocab_size), the last NaN if a logit is not finite


class Sampler:
    """Draws words from a model as it is now.

    Args:
        model: predicts.
        context: of the first symbol, block_size indices.
        n: how many words will be drawn, all calls together.
        temperature: divides the logits.
        top_k: how many of the likeliest symbols are drawn among; `None`: all.
        key: of the uniform numbers.
    """

    def __init__(
        self,
        model: MLP,
        context: list[int],
        n: int,
        temperature: float,
        top_k: int | None,
        key: np.uint64,
    ) -> None:
        config = model.config
        self._network = _build_network(model)
        sharpness = min(1 / temperature, float_info.max)  # so that 0 · sharpness is 0
        self._rule = Rule(np.array(context), sharpness, top_k or config.vocab_size, key)
        n_contexts = config.vocab_size**config.block_size
        has_table = n_contexts <= min(n * DRAWS_PER_WORD, MAX_TABLE // config.vocab_size)
        self._room = _build_room(config, n_contexts if has_table else n)
        self._table: npt.NDArray[np.float64] | None = None
        if has_table:
            self._table = np.empty((n_contexts, config.vocab_size))
            tabulate(self._network, self._rule, self._room, self._table)

    def draw(self, first: int, n: int, max_length: int) -> npt.NDArray[np.uint16] | None:
        """Draw the symbols of `n` words from number `first` on.

        Returns:
            (n, width), each row filled up with end marks; `None` if a logit is not finite.
        """
        drawn = np.zeros((n, max_length), np.uint16)
        if self._table is None:
            longest = draw_in_lockstep(self._network, self._rule, self._room, first, drawn)
        else:
            longest = draw_from_table(self._table, self._rule, first, drawn)
        return None if longest == DIVERGED else drawn[:, :longest]


def _build_network(model: MLP) -> Network:
    config, weights = model.config, model.weights()
    slots = weights["W1"].view(config.block_size, config.n_embd, config.n_hidden)
    shares = torch.matmul(weights["C"], slots)  # (block_size, vocab_size, n_hidden)
    shares[0] += weights["b1"]
    n_shares = config.block_size * config.vocab_size
    t = padded(n_shares, config.n_hidden)[:n_shares]
    t[:, : config.n_hidden] = shares.flatten(0, 1).numpy()
    W2 = padded(config.n_hidden, config.vocab_size)
    W2[: config.n_hidden, : config.vocab_size] = weights["W2"].numpy()
    return Network(t, W2, weights["b2"].numpy(), config.n_hidden)


def _build_room(config: ModelConfig, n: int) -> Room:
    h = padded(min(n, MAX_ROWS), config.n_hidden)
    n_rows = len(h)
    return Room(
        words=np.empty(n_rows, np.int64),
        positions=np.empty(n_rows, np.int64),
        contexts=np.zeros((n_rows, config.block_size), np.int64),
        h=h,
        z=padded(n_rows, config.vocab_size),
        c=np.empty((n_rows, config.vocab_size)),
    )


@kernel
def draw_in_lockstep(network, rule, room, first, drawn):
    """Draw the words from number `first` on into the rows of `drawn`, which hold zeros.

    Returns:
        The length of the longest word, or `DIVERGED`.
    """
    n_words, max_length = drawn.shape
    n_rows = min(len(room.h), n_words)
    for row in range(n_rows):
        _begin(rule, room, row, row)
    n_begun, longest = n_rows, 0
    while n_rows:
        _accumulate(network, rule, room, n_rows, room.c)
        for row in range(n_rows - 1, -1, -1):
            word, position = room.words[row], room.positions[row]
            symbol = _pick(room.c[row], rule, first + word, position)
            if symbol == DIVERGED:
                return DIVERGED
            if symbol:
                drawn[word, position] = symbol
                context = room.contexts[row]
                _copy(context, context[1:])
                context[-1] = symbol
                room.positions[row] = position = position + 1
                longest = max(longest, position)
            if symbol and position < max_length:
                continue
            if n_begun < n_words:
                _begin(rule, room, row, n_begun)
                n_begun += 1
            else:  # the last row, which has had its turn, takes this one's place
                n_rows -= 1
                room.words[row] = room.words[n_rows]
                room.positions[row] = room.positions[n_rows]
                _copy(room.contexts[row], room.contexts[n_rows])
    return longest


@kernel
def tabulate(network, rule, room, table):
    """Compute the cumulative weights of every context, whose symbols are its number's digits."""
    n_contexts, n_symbols = table.shape
    for first in range(0, n_contexts, len(room.h)):
        n_rows = min(len(room.h), n_contexts - first)
        for row in range(n_rows):
            number = first + row
            for slot in range(room.contexts.shape[1] - 1, -1, -1):
                room.contexts[row, slot] = number % n_symbols
                number //= n_symbols
        _accumulate(network, rule, room, n_rows, table[first : first + n_rows])


@kernel
def draw_from_table(table, rule, first, drawn):
    """Do what `draw_in_lockstep` does, by walking from context to context."""
    n_contexts, n_symbols = table.shape
    start = 0
    for symbol in rule.start:
        start = start * n_symbols + symbol
    longest = 0
    for word in range(len(drawn)):
        context = start
        for position in range(drawn.shape[1]):
            symbol = _pick(table[context], rule, first + word, position)
            if symbol == DIVERGED:
                return DIVERGED
            if not symbol:
                break
            drawn[word, position] = symbol
            longest = max(longest, position + 1)
            context = (context * n_symbols + symbol) % n_contexts
    return longest


@part
def _begin(rule, room, row, word):
    """Let a row begin a word."""
    room.words[row], room.positions[row] = word, 0
    _copy(room.contexts[row], rule.start)


@part
def _copy(numbers, others):
    """Overwrite numbers; a slice on the left instead would take numba seconds to compile."""
    for i in range(len(others)):
        numbers[i] = others[i]


@part
def _accumulate(network, rule, room, n_rows, c):
    """Compute the cumulative weights of the symbols that may follow each context."""
    for row in range(n_rows):
        _look_up(network.t, room.contexts[row], room.h, row)
    n_symbols, n_hidden = len(network.b2), network.n_hidden
    multiply(room.z, room.h, network.W2, n_rows, n_symbols, n_hidden, _ONE, False)
    for row in range(n_rows):
        _accumulate_row(network.b2, rule, room.z, row, c[row])


@part
def _look_up(t, context, h, row):
    """Compute h = tanh(Σ t[s, context[s]])."""
    n_symbols = len(t) // len(context)
    for column in range(0, h.shape[1], LANES):
        total = load(t, context[0], column)
        for slot in range(1, len(context)):
            total = total + load(t, slot * n_symbols + context[slot], column)
        store(h, row, column, tanh(total))


@part
def _accumulate_row(b2, rule, z, row, c):
    """Turn a row of products into cumulative weights, the highest weight being 1."""
    logits, n_symbols = z[row], len(b2)
    highest = -np.float32(np.inf)
    for symbol in range(n_symbols):
        logits[symbol] += b2[symbol]
        if not isfinite(logits[symbol]):
            c[-1] = nan
            return
        highest = max(highest, logits[symbol])
    if rule.top_k < n_symbols:
        _keep_likeliest(logits, rule.top_k, c)
    for symbol in range(n_symbols):
        logits[symbol] = (np.float64(logits[symbol]) - highest) * rule.sharpness
    for column in range(0, z.shape[1], LANES):
        store(z, row, column, exp(load(z, row, column)))
    total = 0.0
    for symbol in range(n_symbols):
        total += logits[symbol]
        c[symbol] = total


@part
def _keep_likeliest(logits, top_k, kept):
    """Set all but the `top_k` highest logits to −∞; among equal ones the first is higher.

    Their exp is 0, which no uniform number can hit.
    """
    for symbol in range(len(kept)):
        kept[symbol] = -np.inf
    for _ in range(top_k):
        best = -1
        for symbol in range(len(kept)):
            is_left = kept[symbol] == -np.inf
            if is_left and (best < 0 or logits[symbol] > logits[best]):
                best = symbol
        kept[best] = logits[best]
    for symbol in range(len(kept)):
        logits[symbol] = kept[symbol]


@part
def _pick(c, rule, word, position):
    """Give the first symbol whose cumulative weight is above a uniform share of the last."""
    if not isfinite(c[-1]):
        return DIVERGED
    target = _uniform(rule.key, np.uint64(word), np.uint64(position)) * c[-1]
    symbol = 0
    for weight in c:
        symbol += weight <= target
    return symbol
