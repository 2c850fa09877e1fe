"""Who is near whom: distances between characters, in the table and in what the model does."""

from collections.abc import Mapping
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor

from makemore.checks import MAX_SEED, check_choice, check_integer
from makemore.dataset import Examples
from makemore.model import MLP, check_contexts
from makemore.threads import single_threaded

DISTANCES: Final[Mapping[str, str]] = {
    "euclidean": "how far apart two rows of the table are",
    "cosine": "1 - the cosine of the angle between two rows; their lengths do not count",
    "functional": "how much the next-character distribution changes when one character takes the "
    "other's place in real contexts (mean Jensen-Shannon divergence, nats)",
}

_CHUNK_FLOATS = 4_000_000  # 16 MB at a time


def table_distances(table: Tensor, distance: str = "euclidean") -> Tensor:
    """Give the distance of each character to each in the whole table, however it is drawn.

    Args:
        table: (vocab_size, n_embd).
        distance: euclidean or cosine; see `DISTANCES`. A row of zeros is at cosine distance 1
            from every other.

    Returns:
        Double (vocab_size, vocab_size), symmetric, zeros on the diagonal.

    Raises:
        ValueError: if there is no such distance.
    """
    check_choice("distance", distance, ("euclidean", "cosine"))
    rows = table.detach().double()
    with single_threaded():
        if distance == "cosine":
            rows = F.normalize(rows, dim=1)
            distances = (1 - rows @ rows.T).clamp(0, 2)
        else:
            distances = torch.cdist(rows, rows, compute_mode="donot_use_mm_for_euclid_dist")
    return distances.fill_diagonal_(0)


@torch.no_grad()
def functional_distances(
    model: MLP, examples: Examples, max_replacements: int = 100_000, seed: int = 0
) -> Tensor:
    """Give how differently the model goes on when one character takes the other's place.

    For characters a and b: in every slot of a context of `examples` that holds a, b is put
    instead; the Jensen-Shannon divergence between the two distributions of the next symbol is
    averaged over all of these, each context counting as often as it occurs. The distance is the
    mean of that and of the same with a and b changed about. Padding counts as the end mark.

    Args:
        model: predicts.
        examples: where the contexts come from; the validation split is what no training has seen.
        max_replacements: how many replacements may be computed. Of a character that stands in
            more contexts than its equal share allows, so many are drawn, with replacement and
            by how often each occurs; for the others the mean is exact.
        seed: of that draw.

    Returns:
        Double (vocab_size, vocab_size), nats from 0 to ln 2, symmetric, zeros on the diagonal;
        NaN between two characters that both stand in no context.

    Raises:
        ValueError: if the examples are not the model's, a number is out of range, or the model
            has diverged.
    """
    check_contexts(examples.x, model.config)
    check_integer("max_replacements", max_replacements, 1, 10**9)
    rng = torch.Generator().manual_seed(check_integer("seed", seed, 0, MAX_SEED))
    vocab_size = model.config.vocab_size
    contexts, counts = _counted_contexts(examples)
    most = max(1, max_replacements // vocab_size**2)
    sums = torch.zeros(vocab_size, vocab_size, dtype=torch.float64)
    with single_threaded():
        for character in range(vocab_size):
            rows, slots = (contexts == character).nonzero(as_tuple=True)
            weights = counts[rows].double()
            if len(rows) > most:
                drawn = torch.multinomial(weights, most, replacement=True, generator=rng)
                rows, slots, weights = rows[drawn], slots[drawn], torch.ones(most).double()
            changes = _changes(model, contexts[rows], slots)  # (len(rows), vocab_size)
            sums[character] = weights @ changes / weights.sum()  # NaN where there is no context
    if not torch.isfinite(sums[sums.isnan().logical_not()]).all():
        raise _divergence()
    return torch.stack([sums, sums.T]).nanmean(0).fill_diagonal_(0)


def _divergence() -> ValueError:
    return ValueError(
        "a model must have finite logits for its distributions to be compared, got infinite or "
        "NaN; it has diverged, so train again with a lower learning rate"
    )


def _counted_contexts(examples: Examples) -> tuple[Tensor, Tensor]:
    """Give the distinct contexts, and how often each occurs."""
    contexts, rows, _, counts = examples.distinct
    return contexts, torch.zeros(len(contexts), dtype=torch.int64).index_add_(0, rows, counts)


def _changes(model: MLP, contexts: Tensor, slots: Tensor) -> Tensor:
    """Give the divergence from the model's answer for every character in one slot of each context.

    Args:
        model: predicts.
        contexts: (R, block_size).
        slots: which slot of each is replaced, (R,).

    Returns:
        Double (R, vocab_size), nats.
    """
    config = model.config
    floats = config.vocab_size * (config.n_hidden + 4 * config.vocab_size)
    chunk = max(1, _CHUNK_FLOATS // floats)
    parts = [
        _changes_at_once(model, *part)
        for part in zip(contexts.split(chunk), slots.split(chunk), strict=True)
    ]
    return torch.cat(parts)


def _changes_at_once(model: MLP, contexts: Tensor, slots: Tensor) -> Tensor:
    config = model.config
    blocks = model.W1.view(config.block_size, config.n_embd, config.n_hidden)
    sent = model.C @ blocks  # (block_size, vocab_size, n_hidden): by each character in each slot
    here = torch.arange(config.block_size)
    without = (
        model.b1
        + sent[here, contexts].sum(1)
        - sent[slots, contexts[torch.arange(len(slots)), slots]]
    )
    h = torch.tanh(without[:, None] + sent[slots])  # (R, vocab_size, n_hidden)
    log_probs = F.log_softmax((h @ model.W2 + model.b2), dim=2)
    if not torch.isfinite(log_probs).all():
        raise _divergence()
    originals = contexts[torch.arange(len(slots)), slots]
    return _jensen_shannon(log_probs[torch.arange(len(slots)), originals][:, None], log_probs)


def _jensen_shannon(log_p: Tensor, log_q: Tensor) -> Tensor:
    """Compute the Jensen-Shannon divergence along the last axis, nats, double.

    Source:
        Lin, "Divergence measures based on the Shannon entropy", 1991.
    """
    p, q = log_p.exp(), log_q.exp()
    log_middle = ((p + q) / 2).clamp_min(torch.finfo(torch.float32).tiny).log()
    both = p * (log_p - log_middle) + q * (log_q - log_middle)
    return both.double().sum(-1).clamp_min(0) / 2


def nearest_neighbours(distances: Tensor, n_neighbours: int = 5) -> Tensor:
    """Give the numbers of the nearest others of each character, the nearest first.

    Args:
        distances: (n, n); of equally near ones the first comes first, unknown ones (NaN) last.
        n_neighbours: how many; fewer where there are no more others.

    Returns:
        int64 (n, min(n_neighbours, n - 1)).

    Raises:
        ValueError: if `n_neighbours` is below 1.
    """
    check_integer("n_neighbours", n_neighbours, 1, 65_536)
    to_others = distances.nan_to_num(nan=torch.finfo(torch.float64).max).clone()
    order = to_others.fill_diagonal_(torch.inf).argsort(dim=1, stable=True)
    return order[:, : min(n_neighbours, len(distances) - 1)]


def similarity_order(distances: Tensor) -> list[int]:
    """Order characters so that those near each other come one after the other.

    The two nearest groups join again and again (average linkage), each turned so that the ends
    that meet are as near as they can be.

    Args:
        distances: (n, n), symmetric; unknown ones (NaN) count as the largest.

    Returns:
        Each of the n numbers once; the end nearer to number 0 comes first.

    Source:
        Sokal and Michener, "A statistical method for evaluating systematic relationships", 1958.
    """
    known = distances[~distances.isnan()]
    between = distances.double().nan_to_num(nan=float(known.max()) if len(known) else 0.0)
    groups = [[number] for number in range(len(between))]
    means = between.clone().fill_diagonal_(torch.inf)  # between groups; inf where one is gone
    for _ in range(len(groups) - 1):
        one, other = sorted(divmod(int(means.argmin()), len(means)))
        sizes = len(groups[one]), len(groups[other])
        joined = (means[one] * sizes[0] + means[other] * sizes[1]) / sum(sizes)
        groups[one] = _join(groups[one], groups[other], between)
        means[one], means[:, one] = joined, joined
        means[other], means[:, other], means[one, one] = torch.inf, torch.inf, torch.inf
    order = groups[0]
    return order if order.index(0) < len(order) / 2 else order[::-1]


def _join(one: list[int], other: list[int], distances: Tensor) -> list[int]:
    """Put two rows end to end, turned so that the ends that meet are nearest."""
    turns = [(left, right) for left in (one, one[::-1]) for right in (other, other[::-1])]
    left, right = min(turns, key=lambda pair: float(distances[pair[0][-1], pair[1][0]]))
    return left + right
