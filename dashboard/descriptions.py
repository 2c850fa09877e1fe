"""Settings in words, for people."""

from makemore import ModelConfig, Stage, SweepSettings, TrainConfig

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


def describe_sweep_difference(settings: SweepSettings, others: SweepSettings) -> str:
    """Say what is set otherwise than in another sweep."""
    known = _sweep_words(others)
    return ", ".join(word for word in _sweep_words(settings) if word not in known)


def _words(model: ModelConfig, train: TrainConfig) -> list[str]:
    size, batch = _model_words(model), _describe_batch(train)
    return [
        *size[:3],
        describe_rates(train),
        batch,
        *describe_optimizer(train),
        f"seed {train.seed}",
        *size[3:],
    ]


def _sweep_words(settings: SweepSettings) -> list[str]:
    optimizer = describe_optimizer(settings.train)
    return [
        *_model_words(settings.model),
        _describe_batch(settings.train),
        " with ".join(optimizer) or "plain sgd",
        "1 seed" if settings.n_seeds == 1 else f"{settings.n_seeds} seeds",
        f"first seed {settings.train.seed}",
        f"{settings.n_steps:,} rates",
        f"lr {settings.lr_min:g} to {settings.lr_max:g}",
    ]


def _model_words(model: ModelConfig) -> list[str]:
    return [
        f"context {model.block_size}",
        f"embedding {model.n_embd}",
        f"{model.n_hidden} hidden units",
        f"{model.init} init",
    ]


def _describe_batch(train: TrainConfig) -> str:
    return "all examples" if train.batch_size is None else f"batches of {train.batch_size}"


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
    if train.dropout:
        words.append(f"dropout {train.dropout:g}")
    return words
