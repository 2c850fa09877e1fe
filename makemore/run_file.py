"""A run as one file, or its bytes: written whole, and checked when read.

The format is safetensors: tensors by name behind a JSON header, nothing that executes.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from makemore.checks import MAX_SEED, check_integer
from makemore.config import ModelConfig, TrainConfig
from makemore.model import check_weights
from makemore.run import History, Run
from makemore.training import Divergence, Evaluation
from makemore.vocabulary import Vocabulary

FORMAT, VERSION = "makemore-run", 1


def save_run(run: Run, path: str | Path) -> None:
    """Write a run as one `.safetensors` file, whole or not at all.

    Raises:
        OSError: if the file cannot be written; one that stood there is unchanged.
    """
    path = Path(path)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file:
        try:
            file.write(dump_run(run))
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def load_run(path: str | Path) -> Run:
    """Read a run that `save_run` wrote.

    Raises:
        ValueError: if the file is missing, truncated, changed, or not a run.
    """
    try:
        return parse_run(Path(path).read_bytes())
    except OSError as error:
        raise ValueError(
            f"a run must be a file that can be read, got {str(path)!r} ({error.strerror}); "
            "check the path"
        ) from error
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def dump_run(run: Run) -> bytes:
    """Give the bytes that `save_run` writes."""
    evaluations = run.history.evaluations
    val_losses = [_nan_if_none(evaluation.val_loss) for evaluation in evaluations]
    tensors = {
        **{name: tensor.contiguous() for name, tensor in run.weights.items()},
        "rng_state": run.rng_state,
        "history.losses": torch.from_numpy(run.history.losses.copy()),
        "history.lrs": torch.from_numpy(run.history.lrs.copy()),
        "history.eval_steps": torch.tensor([e.step for e in evaluations], dtype=torch.int64),
        "history.train_losses": torch.tensor(
            [e.train_loss for e in evaluations], dtype=torch.float64
        ),
        "history.val_losses": torch.tensor(val_losses, dtype=torch.float64),
    }
    settings = json.dumps(
        {
            "vocabulary": run.vocabulary.characters,
            "model_config": asdict(run.model_config),
            "train_config": asdict(run.train_config),
            "split_seed": run.split_seed,
            "data_digest": run.data_digest,
            "step": run.step,
            "divergence": asdict(run.divergence) if run.divergence else None,
        },
        ensure_ascii=False,
    )
    metadata = {"format": FORMAT, "version": str(VERSION), "settings": settings}
    return save(tensors, {**metadata, "sha256": _digest(metadata, tensors)})


def parse_run(data: bytes) -> Run:
    """Read a run from the bytes of its file.

    Raises:
        ValueError: as `load_run`.
    """
    metadata, tensors = _parse_safetensors(data)
    if metadata.get("format") != FORMAT:
        raise ValueError(f"the file must be a saved run ({FORMAT}), got another safetensors file")
    if metadata.get("version") != str(VERSION):
        raise ValueError(
            f"the file must be of version {VERSION}, got {metadata.get('version')!r}; open it "
            "with the makemore that wrote it"
        )
    if metadata.pop("sha256", None) != _digest(metadata, tensors):
        raise ValueError(
            "the file must be as it was written, got other contents (its checksum does not "
            "match); take an unchanged copy"
        )
    try:
        return _build_run(json.loads(metadata["settings"]), tensors)
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(f"the file must hold a whole run, got one without {error}") from error


def _parse_safetensors(data: bytes) -> tuple[dict[str, str], dict[str, Tensor]]:
    # safetensors gives the metadata of files only, so the bytes pass through one.
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "run.safetensors"
        file.write_bytes(data)
        try:
            with safe_open(file, framework="pt") as contents:
                tensors = {name: contents.get_tensor(name).clone() for name in contents.keys()}  # noqa: SIM118
                return dict(contents.metadata() or {}), tensors
        except (SafetensorError, OSError, ValueError) as error:
            raise ValueError(
                f"the file must be a whole safetensors file, got something else ({error})"
            ) from error


def _build_run(settings: dict[str, Any], tensors: dict[str, Tensor]) -> Run:
    """Put the parts together; each part checks itself."""
    model_config = ModelConfig(**settings["model_config"])
    train_config = TrainConfig(**settings["train_config"])
    vocabulary = Vocabulary(tuple(settings["vocabulary"]))
    if vocabulary.size != model_config.vocab_size:
        raise ValueError(
            f"the vocabulary must have the model's {model_config.vocab_size} symbols, got "
            f"{vocabulary.size}"
        )
    weights = {name: tensors[name] for name in model_config.shapes}
    check_weights(model_config, weights)
    divergence = settings["divergence"]
    run = Run(
        vocabulary=vocabulary,
        model_config=model_config,
        train_config=train_config,
        split_seed=check_integer("split_seed", settings["split_seed"], 0, MAX_SEED),
        data_digest=str(settings["data_digest"]),
        history=_build_history(tensors),
        step=check_integer("step", settings["step"], 0, train_config.n_steps),
        weights=weights,
        rng_state=tensors["rng_state"],
        divergence=Divergence(**divergence) if divergence else None,
    )
    if len(run.history) != run.step:
        raise ValueError(f"the history must have {run.step} steps, got {len(run.history)}")
    return run


def _build_history(tensors: Mapping[str, Tensor]) -> History:
    names = ("losses", "lrs", "eval_steps", "train_losses", "val_losses")
    losses, lrs, steps, train, val = (tensors[f"history.{name}"].numpy() for name in names)
    if (
        losses.shape != lrs.shape
        or losses.ndim != 1
        or not steps.shape == train.shape == val.shape
    ):
        raise ValueError("the columns of a history must be equally long, got different lengths")
    evaluations = [
        Evaluation(step, train_loss, None if np.isnan(val_loss) else val_loss)
        for step, train_loss, val_loss in zip(
            steps.tolist(), train.tolist(), val.tolist(), strict=True
        )
    ]
    return History.of(losses, lrs, evaluations)


def _nan_if_none(value: float | None) -> float:
    """Give NaN for a number that there is none of, as columns of floats need."""
    return np.nan if value is None else value


def _digest(metadata: Mapping[str, str], tensors: Mapping[str, Tensor]) -> str:
    sha256 = hashlib.sha256(json.dumps(sorted(metadata.items())).encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        sha256.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        sha256.update(tensor.contiguous().numpy().tobytes())
    return sha256.hexdigest()
