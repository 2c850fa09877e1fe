"""What a run's model makes of a typed name, as JSON: what comes next, what each letter cost."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from dashboard.corpus import count_table, novelty
from dashboard.jobs import TrainingJob
from makemore import (
    MLP,
    Dataset,
    next_probs,
    ngram_surprise,
    slot_distributions,
    slot_effects,
    word_surprise,
)
from makemore.surprise import MAX_STAND_INS, word_windows
from makemore.threads import single_threaded

MAX_LETTERS = 40
TABLES = {"bigram": 2, "4-gram": 4}  # what the model is compared with, by order
MODEL = "MLP"
_MAX_PRODUCTS = 5e9  # of the effects of slots: about a tenth of a second


def read_name(job: TrainingJob, text: str) -> dict[str, Any]:
    """Say what the run's model, as it is now, expects behind `text` and thinks of it as a name.

    Capitals that the model does not know are read as small letters.

    Returns:
        `text`; `step` of the model; and either `problem`, in words, or
        `word`: the name as it was read;
        `origin`: where it stands;
        `context`: the symbols that the next one is told from;
        `next`: the distribution of the next symbol by predictor;
        `nats`: of each letter and the end mark, by predictor;
        `effects`: of each slot on each of these, in nats; `None` of a model too large for that.
    """
    reading: dict[str, Any] = {"text": text, "step": job.step}
    letters = job.dataset.vocabulary.characters[1:]
    word = text if set(text) <= set(letters) else text.lower()
    unknown = sorted(set(word) - set(letters))
    if len(word) > MAX_LETTERS:
        return reading | {"problem": f"A name here has at most {MAX_LETTERS} letters."}
    if unknown:
        return reading | {"problem": _never_met(unknown, letters)}
    try:
        with single_threaded():
            return reading | _predict(job, word)
    except ValueError as error:  # the model has diverged
        return reading | {"problem": str(error)}


def _predict(job: TrainingJob, word: str) -> dict[str, Any]:
    dataset, model = job.dataset, job.model()
    vocabulary, block_size = dataset.vocabulary, model.config.block_size
    contexts, _ = word_windows(vocabulary, word, block_size)
    behind, ids = contexts[-1:], vocabulary.encode(word)
    tables = {name: count_table(dataset, order) for name, order in TABLES.items()}
    return {
        "word": word,
        "origin": novelty(dataset).origin(word),
        "context": list(vocabulary.decode(behind[0].tolist())),
        "next": {
            MODEL: _short(next_probs(model, behind)[0]),
            **{name: _short(table.next_probs(ids)) for name, table in tables.items()},
        },
        "nats": {
            MODEL: _short(word_surprise(model, vocabulary, word)),
            **{
                name: _short(ngram_surprise(table, vocabulary, word))
                for name, table in tables.items()
            },
        },
        "effects": _effects(dataset, model, word),
    }


def _effects(dataset: Dataset, model: MLP, word: str) -> list[list[float]] | None:
    config = model.config
    rows = (len(word) + 1) * config.block_size * min(config.vocab_size, MAX_STAND_INS)
    if rows * (config.fan_in + config.vocab_size) * config.n_hidden > _MAX_PRODUCTS:
        return None
    stand_ins = _stand_ins(dataset, config.block_size)
    return [_short(row) for row in slot_effects(model, dataset.vocabulary, word, stand_ins)]


@lru_cache(maxsize=16)
def _stand_ins(dataset: Dataset, block_size: int) -> Tensor:
    return slot_distributions(dataset.examples(block_size).train, dataset.vocabulary.size)


def _short(numbers: Any) -> list[float]:  # noqa: ANN401  # an array or a tensor
    return [round(float(number), 6) for number in torch.as_tensor(numbers)]


def _never_met(unknown: list[str], known: tuple[str, ...]) -> str:
    letters = " ".join(f"“{letter}”" for letter in unknown)
    alphabet = "".join(known) if len(known) <= 60 else f"{''.join(known[:60])}…"
    return f"This model has never met {letters}, so it has no opinion. It knows {alphabet}"
