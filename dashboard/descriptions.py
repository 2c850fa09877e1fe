"""Settings in words, for people."""

from makemore import ModelConfig, Stage, TrainConfig

Settings = tuple[ModelConfig, TrainConfig]


def describe_settings(model: ModelConfig, train: TrainConfig) -> str:
    """Say in a line what is trained, and how."""
    return ", ".join(_words(model, train))


def describe_difference(settings: Settings, others: Settings) -> str:
    """Say what is set otherwise than in other settings."""
    known = _words(*others)
    return (
        ", ".join(word for word in _words(*settings) if word not in known) or "the same settings"
    )


def _words(model: ModelConfig, train: TrainConfig) -> list[str]:
    return [
        f"context {model.block_size}",
        f"embedding {model.n_embd}",
        f"{model.n_hidden} hidden units",
        describe_rates(train),
        "all examples" if train.batch_size is None else f"batches of {train.batch_size}",
        *describe_optimizer(train),
        f"seed {train.seed}",
        f"{model.init} init",
    ]


def describe_rates(train: TrainConfig) -> str:
    """Say how many steps are taken at which rate."""
    return ", then ".join(map(_describe_stage, train.stages))


def _describe_stage(stage: Stage) -> str:
    rate = f"{stage.n_steps:,} steps at {stage.lr:g}"
    return rate if stage.schedule == "constant" else f"{rate} ({stage.schedule})"


def describe_optimizer(train: TrainConfig) -> list[str]:
    """Say what is not plain gradient descent."""
    words: list[str] = [] if train.optimizer == "sgd" else [train.optimizer]
    if train.momentum:
        words.append(f"momentum {train.momentum:g}")
    if train.weight_decay:
        words.append(f"weight decay {train.weight_decay:g}")
    return words
