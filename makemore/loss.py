"""How well a model predicts: mean negative log-likelihood (lecture: "the loss")."""

import math

import torch
import torch.nn.functional as F

from makemore.dataset import Examples
from makemore.model import MLP, check_contexts, check_indices
from makemore.threads import single_threaded

_CHUNK_FLOATS = 4_000_000  # 16 MB of float32 at a time, whatever the model and the data


@torch.no_grad()
def evaluate(model: MLP, examples: Examples) -> float:
    """Compute the exact loss over all `examples`, in nats per character.

    Each distinct context goes through the network once and counts as often as it occurs, which
    gives the mean cross-entropy over every example at a fraction of the work.

    Returns:
        The mean; NaN if the model has diverged.

    Raises:
        ValueError: if the examples are not of the model's block size and vocabulary.
    """
    config = model.config
    contexts, rows, targets, counts = examples.distinct
    check_contexts(contexts, config)
    check_indices("targets", targets, config.vocab_size)
    floats_per_context = config.fan_in + config.n_hidden + 2 * config.vocab_size
    chunk = max(1, _CHUNK_FLOATS // floats_per_context)
    total_nats = 0.0
    with single_threaded():
        for start in range(0, len(contexts), chunk):
            log_probs = F.log_softmax(model.logits(contexts[start : start + chunk]), dim=1)
            bounds = torch.searchsorted(rows, torch.tensor([start, start + chunk]))
            pairs = slice(*bounds.tolist())
            picked = log_probs[rows[pairs] - start, targets[pairs]]
            total_nats -= float(picked.double() @ counts[pairs].double())
    return total_nats / len(examples)


def nats_to_bits(nats: float) -> float:
    """Convert a loss from nats to bits per character (divide by ln 2).

    Example:
        >>> round(nats_to_bits(math.log(27)), 3)  # a uniform guess over 27 symbols
        4.755
    """
    return nats / math.log(2)


def nats_to_perplexity(nats: float) -> float:
    """Convert a loss to its perplexity: as uncertain as among so many equally likely symbols.

    Example:
        >>> round(nats_to_perplexity(math.log(27)), 3)
        27.0
    """
    return math.exp(nats)
