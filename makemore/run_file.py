"""A run as one file, or its bytes: written whole, and checked when read.

The format is safetensors: tensors by name behind a JSON header, nothing that executes.
"""

import hashlib
import json
import math
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from makemore.checks import check_integer
from makemore.config import MAX_N_STEPS, ModelConfig, TrainConfig, check_lr
from makemore.diary import Diary, DiaryEntry
from makemore.film import Frame
from makemore.run import History, Run
from makemore.run_words import RunWords
from makemore.training import Divergence, Evaluation
from makemore.vocabulary import Vocabulary

FORMAT, VERSION = "makemore-run", 5
# Version 2 had no frames, 3 did not say of its words, 4 knew no dropout.
_READABLE = ("2", "3", "4", "5")

_SIZE_BYTES = 8  # which say how long the head is
_MAX_HEAD_BYTES = 10_000_000  # the settings of the longest run take a tenth of that

_HISTORY_TYPES = {
    "losses": torch.float32,
    "lrs": torch.float32,
    "eval_steps": torch.int64,
    "train_losses": torch.float64,
    "val_losses": torch.float64,
}


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
            file.close()  # Windows replaces no open file
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


def dump_run(run: Run, *, with_words: bool = True) -> bytes:
    """Give the bytes that `save_run` writes.

    Args:
        run: as `Run.of` gives it.
        with_words: the run's own list too; without, the file says only which it is.
    """
    evaluations = run.history.evaluations
    val_losses = [_nan_if_none(evaluation.val_loss) for evaluation in evaluations]
    tensors = {
        **{name: tensor.contiguous() for name, tensor in run.weights.items()},
        **{
            f"optimizer.{moment}.{name}": tensor.contiguous()
            for moment, tensors in run.moments.items()
            for name, tensor in tensors.items()
        },
        "rng_state": run.rng_state,
        "history.losses": torch.from_numpy(run.history.losses.copy()),
        "history.lrs": torch.from_numpy(run.history.lrs.copy()),
        "history.eval_steps": torch.tensor([e.step for e in evaluations], dtype=torch.int64),
        "history.train_losses": torch.tensor(
            [e.train_loss for e in evaluations], dtype=torch.float64
        ),
        "history.val_losses": torch.tensor(val_losses, dtype=torch.float64),
        "film.steps": torch.tensor([frame.step for frame in run.history.frames]).long(),
        "film.tables": torch.cat([run.weights["C"][:0], *(f.table for f in run.history.frames)]),
    }
    if with_words and run.words is not None and run.words.words is not None:
        tensors["words"] = torch.frombuffer(bytearray(run.words.words), dtype=torch.uint8)
    settings = json.dumps(
        {
            "vocabulary": run.vocabulary.characters,
            "model_config": asdict(run.model_config),
            "train_config": asdict(run.train_config),
            "split_seed": run.split_seed,
            "data_digest": run.data_digest,
            "step": run.step,
            "divergence": asdict(run.divergence) if run.divergence else None,
            "dataset": _describe_words(run.words),
            # No new version: a reader that does not know it does without.
            "diary": [each._asdict() for each in run.history.diary],
        },
        ensure_ascii=False,
    )
    metadata = {"format": FORMAT, "version": str(VERSION), "settings": settings}
    return save(tensors, {**metadata, "sha256": _digest(metadata, tensors)})


def _describe_words(words: RunWords | None) -> dict[str, Any] | None:
    if words is None:
        return None
    return {"name": words.name, "digest": words.digest, "by_name": words.by_name}


def parse_run(data: bytes) -> Run:
    """Read a run from the bytes of its file.

    Raises:
        ValueError: as `load_run`.
    """
    metadata = _parse_metadata(data)  # before the rest, so that what is no run costs little
    if metadata.get("format") != FORMAT:
        raise ValueError(f"the file must be a saved run ({FORMAT}), got another safetensors file")
    if metadata.get("version") not in _READABLE:
        raise ValueError(
            f"the file must be of version {_READABLE[0]} to {VERSION}, got "
            f"{metadata.get('version')!r}; open it with the makemore that wrote it"
        )
    tensors = _parse_tensors(data)
    if metadata.pop("sha256", None) != _digest(metadata, tensors):
        raise ValueError(
            "the file must be as it was written, got other contents (its checksum does not "
            "match); take an unchanged copy"
        )
    try:
        return _build_run(json.loads(metadata["settings"]), tensors)
    except (KeyError, TypeError, AttributeError, RecursionError, json.JSONDecodeError) as error:
        raise ValueError(f"the file must hold a whole run, got one without {error}") from error


def _parse_metadata(data: bytes) -> dict[str, str]:
    """Read the texts in the head of a safetensors file; safetensors gives them of files only."""
    size = int.from_bytes(data[:_SIZE_BYTES], "little")
    try:
        if not 0 < size <= min(len(data) - _SIZE_BYTES, _MAX_HEAD_BYTES):
            raise ValueError(f"its head would take {size:,} bytes")
        if data[_SIZE_BYTES] != ord("{"):
            raise ValueError("its head is no JSON object")
        head = json.loads(data[_SIZE_BYTES : _SIZE_BYTES + size])
        if not isinstance(head, dict):
            raise ValueError("its head is no JSON object")
    except (ValueError, RecursionError) as error:
        raise _no_safetensors(error) from error
    texts = head.get("__metadata__")
    return {
        str(name): text
        for name, text in (texts.items() if isinstance(texts, dict) else ())
        if isinstance(text, str)
    }


def _parse_tensors(data: bytes) -> dict[str, Tensor]:
    try:
        return load(data)
    except (SafetensorError, RuntimeError, ValueError, KeyError, AssertionError) as error:
        raise _no_safetensors(error) from error


def _no_safetensors(error: Exception) -> ValueError:
    return ValueError(f"the file must be a whole safetensors file, got something else ({error})")


def _build_run(settings: dict[str, Any], tensors: dict[str, Tensor]) -> Run:
    """Put the parts together; each part checks itself."""
    model_config = ModelConfig(**settings["model_config"])
    train_config = TrainConfig(**settings["train_config"])
    vocabulary = Vocabulary(tuple(settings["vocabulary"]))
    divergence = settings["divergence"]
    return Run(
        vocabulary=vocabulary,
        model_config=model_config,
        train_config=train_config,
        split_seed=settings["split_seed"],
        data_digest=str(settings["data_digest"]),
        history=_build_history(
            tensors, _build_frames(tensors), _build_diary(settings.get("diary", []))
        ),
        step=settings["step"],
        weights={name: tensors[name] for name in model_config.shapes},
        rng_state=tensors["rng_state"],
        moments={
            moment: {name: tensors[f"optimizer.{moment}.{name}"] for name in model_config.shapes}
            for moment in train_config.moments
        },
        divergence=None if divergence is None else _build_divergence(**divergence),
        words=_build_words(settings.get("dataset"), tensors.get("words")),
    )


def _build_words(described: dict[str, Any] | None, words: Tensor | None) -> RunWords | None:
    if described is None:
        return None
    if words is not None and (words.dtype != torch.uint8 or words.ndim != 1):
        raise ValueError(
            f"words must be one row of bytes, got {words.dtype} of shape {tuple(words.shape)}"
        )
    return RunWords(**described, words=None if words is None else words.numpy().tobytes())


def _build_divergence(step: int, lr: float, loss: float) -> Divergence:
    if not isinstance(loss, float) or math.isfinite(loss):
        raise ValueError(f"the loss of a run that diverged must be infinite or NaN, got {loss!r}")
    return Divergence(check_integer("step", step, 1, MAX_N_STEPS), check_lr("lr", lr), loss)


def _build_frames(tensors: Mapping[str, Tensor]) -> list[Frame]:
    """Cut the tables, which stand one below the other, at the steps that they belong to."""
    if "film.steps" not in tensors:
        return []
    steps, tables = tensors["film.steps"], tensors["film.tables"]
    n_rows = len(tensors["C"])
    if steps.dtype != torch.int64 or steps.ndim != 1 or len(tables) != len(steps) * n_rows:
        raise ValueError(
            f"film.steps must be one column of torch.int64 with {n_rows} rows of film.tables "
            f"each, got {steps.dtype} of shape {tuple(steps.shape)} and {len(tables)} rows"
        )
    return [
        Frame(step, tables[number * n_rows : (number + 1) * n_rows].clone())
        for number, step in enumerate(steps.tolist())
    ]


def _build_diary(entries: list[dict[str, Any]]) -> Diary:
    return tuple(
        DiaryEntry(check_integer("step", each["step"], 0, MAX_N_STEPS), tuple(each["names"]))
        for each in entries
    )


def _build_history(tensors: Mapping[str, Tensor], frames: list[Frame], diary: Diary) -> History:
    columns = {name: tensors[f"history.{name}"] for name in _HISTORY_TYPES}
    for name, dtype in _HISTORY_TYPES.items():
        if columns[name].dtype != dtype or columns[name].ndim != 1:
            raise ValueError(
                f"history.{name} must be one column of {dtype}, got {columns[name].dtype} of "
                f"shape {tuple(columns[name].shape)}"
            )
    losses, lrs, steps, train, val = (column.numpy() for column in columns.values())
    if len(losses) != len(lrs) or not len(steps) == len(train) == len(val):
        raise ValueError("the columns of a history must be equally long, got different lengths")
    if not np.all(np.diff(steps, prepend=0, append=len(losses) + 1) > 0):
        raise ValueError("evaluations must be at rising steps of the history, got others")
    if not np.all(np.isfinite(lrs) & (lrs > 0)) or not np.isfinite(losses[:-1]).all():
        raise ValueError(
            "a history must have finite rates above 0, and finite losses but for the last, got "
            "others"
        )
    evaluations = [
        Evaluation(step, train_loss, None if np.isnan(val_loss) else val_loss)
        for step, train_loss, val_loss in zip(
            steps.tolist(), train.tolist(), val.tolist(), strict=True
        )
    ]
    return History.of(losses, lrs, evaluations, frames, diary)


def _nan_if_none(value: float | None) -> float:
    """Give NaN for a number that there is none of, as columns of floats need."""
    return np.nan if value is None else value


def _digest(metadata: Mapping[str, str], tensors: Mapping[str, Tensor]) -> str:
    sha256 = hashlib.sha256(json.dumps(sorted(metadata.items())).encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        sha256.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        # As bytes, since NumPy lacks some of the types; the copy gives an empty one its strides.
        raw = tensor.clone(memory_format=torch.contiguous_format).reshape(-1).view(torch.uint8)
        sha256.update(raw.numpy().tobytes())
    return sha256.hexdigest()
