"""What is written about a run: facts from the run itself, and texts that were checked."""

from __future__ import annotations

import math
import re
from typing import Any

from makemore.run import Run
from makemore.store.schema import MAX_MESSAGE, MAX_TITLE

_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")  # no database's text holds these


def is_id(run_id: object) -> bool:
    """Whether a run could have this id."""
    return isinstance(run_id, str) and _ID.fullmatch(run_id) is not None


def check_id(run_id: object) -> None:
    """Refuse what no run can have as its id.

    Raises:
        ValueError: if it is another text than `secrets.token_urlsafe` makes.
    """
    if not is_id(run_id):
        raise ValueError(
            f"the id of a run must be 16 to 64 letters, digits, - and _, got {run_id!r}; make one "
            "with secrets.token_urlsafe(16)"
        )


def check_text(name: str, value: object, of: str = "a run") -> str:
    """Return `value` if it is a text that every database stores as it is.

    Raises:
        ValueError: if it is not.
    """
    if not isinstance(value, str):
        raise ValueError(f"the {name} of {of} must be a text, got {value!r}")
    if len(value) > MAX_TITLE:
        raise ValueError(
            f"the {name} of {of} must have at most {MAX_TITLE} characters, got {len(value)}; "
            "shorten it"
        )
    if found := _UNSTORABLE.search(value):
        raise ValueError(
            f"the {name} of {of} must be of characters that can be stored, got "
            f"{found.group()!r}; leave that out"
        )
    return value


def fit_message(message: str | None) -> str | None:
    """Make a message fit: it may be an error's, and must not be a reason to lose the run."""
    if message is None:
        return None
    message = _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", message)
    return message if len(message) <= MAX_MESSAGE else message[: MAX_MESSAGE - 1] + "…"


def facts_of(run: Run) -> dict[str, Any]:
    """What the columns say of a run."""
    model, train = run.model_config, run.train_config
    evaluation = run.history.evaluations[-1] if run.history.evaluations else None
    return {
        "step": run.step,
        "n_steps": train.n_steps,
        "train_loss": _finite(evaluation.train_loss if evaluation else None),
        "val_loss": _finite(evaluation.val_loss if evaluation else None),
        "n_parameters": model.n_parameters,
        "vocab_size": model.vocab_size,
        "block_size": model.block_size,
        "n_embd": model.n_embd,
        "n_hidden": model.n_hidden,
        "init": model.init,
        "batch_size": train.batch_size,
        "seed": train.seed,
        "split_seed": run.split_seed,
        "data_digest": run.data_digest,
        "engine": train.engine,
        "optimizer": train.optimizer,
        "momentum": train.momentum,
        "weight_decay": train.weight_decay,
        "dropout": train.dropout,
        "lr": train.stages[0].lr,
        "schedule": train.stages[0].schedule,
        "n_stages": len(train.stages),
        "words_digest": run.words.digest if run.words and run.words.words else None,
        "list_name": run.words.name if run.words else None,
    }


def _finite(loss: float | None) -> float | None:
    """Give a loss that every database can hold and sort."""
    return loss if loss is not None and math.isfinite(loss) else None
