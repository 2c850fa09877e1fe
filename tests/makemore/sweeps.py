"""Settings of sweeps, for tests."""

from dataclasses import replace

from makemore import ModelConfig, SweepSettings, TrainConfig


def sweep_settings(
    model: ModelConfig,
    lr_min: float = 1e-3,
    lr_max: float = 1.0,
    n_steps: int = 1_000,
    batch_size: int | None = 32,
    seed: int = 42,
    n_seeds: int = 1,
    train: TrainConfig | None = None,
) -> SweepSettings:
    """Build settings of one seed, with the usual rates, unless something else is said."""
    train = replace(train or TrainConfig(), batch_size=batch_size, seed=seed)
    return SweepSettings(model, train, lr_min, lr_max, n_steps, n_seeds)
