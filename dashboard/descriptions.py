"""Settings in words, for people."""

from makemore import ModelConfig, Stage, TrainConfig


def describe_settings(model: ModelConfig, train: TrainConfig) -> str:
    """Say in a line what is trained, and how."""
    rates = ", then ".join(map(_describe_stage, train.stages))
    batch = "all examples" if train.batch_size is None else f"batches of {train.batch_size}"
    words = [
        f"context {model.block_size}",
        f"embedding {model.n_embd}",
        f"{model.n_hidden} hidden units",
        rates,
        batch,
        *_describe_optimizer(train),
        f"seed {train.seed}",
        f"{model.init} init",
    ]
    return ", ".join(words)


def _describe_stage(stage: Stage) -> str:
    rate = f"{stage.n_steps:,} steps at {stage.lr:g}"
    return rate if stage.schedule == "constant" else f"{rate} ({stage.schedule})"


def _describe_optimizer(train: TrainConfig) -> list[str]:
    words: list[str] = [] if train.optimizer == "sgd" else [train.optimizer]
    if train.momentum:
        words.append(f"momentum {train.momentum:g}")
    if train.weight_decay:
        words.append(f"weight decay {train.weight_decay:g}")
    return words
