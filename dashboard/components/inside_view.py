"""What goes on inside the run in front of you: activations, gradients and updates."""

from math import log

import streamlit as st

from dashboard.components.chapters.chapter import show_metrics, show_table
from dashboard.components.chart import show_chart
from dashboard.components.while_active import refreshed
from dashboard.figures.chapters import plot_distribution
from dashboard.jobs import TrainingJob
from dashboard.plain_text import as_text
from makemore import MLP, Activations, Examples, tensor_health
from makemore.diagnostics import HEALTHY_UPDATE_RATIO, SATURATED

_MOST_EXAMPLES, _MOST_ACTIVATIONS = 1_000, 500_000


def show_inside(job: TrainingJob) -> None:
    """Look into the run's model now, and again while it trains."""
    refreshed(_show, job)


def _show(job: TrainingJob) -> None:
    model = job.model()
    examples = _some(job, model)
    inside = Activations.of(model, examples)
    if job.divergence is not None:
        st.error(f"The run diverged: {as_text(str(job.divergence))}. This is where it ended.")
    _show_metrics(job, inside)
    show_chart(
        plot_distribution(inside.h.flatten().nan_to_num().numpy(), "activation, tanh(…)", (-1, 1)),
        key="activations",
        summary="How often each activation of the hidden layer occurs.",
        columns=[("activation", ["bars"], "x"), ("share", ["bars"], "y")],
    )
    _show_health(job, model, examples)


def _some(job: TrainingJob, model: MLP) -> Examples:
    """Give the first validation examples, fewer for a wide model."""
    val = job.dataset.examples(model.config.block_size).val
    n = max(1, min(_MOST_EXAMPLES, _MOST_ACTIVATIONS // model.config.n_hidden))
    return Examples(val.x[:n], val.y[:n])


def _show_metrics(job: TrainingJob, inside: Activations) -> None:
    losses = job.history.losses
    uniform = log(job.model_config.vocab_size)
    figures = {
        "First loss": (
            f"{losses[0]:.2f}" if len(losses) else "–",
            "Of the first batch. What is above a uniform guess comes from the initial weights.",
        ),
        f"ln {job.model_config.vocab_size}": (f"{uniform:.2f}", "What a uniform guess costs."),
        "Loss now": (f"{inside.loss:.2f}", "Over the validation examples that are looked at."),
        "Saturated": (f"{inside.saturated:.0%}", f"Activations beyond ±{SATURATED}."),
        "Dead units": (f"{inside.dead_units:,}", "Hidden units saturated for every example."),
    }
    show_metrics(figures)


def _show_health(job: TrainingJob, model: MLP, examples: Examples) -> None:
    lr = job.snapshot().lr
    show_table(
        ("tensor", "standard deviation", "gradient norm", "update ÷ weights"),
        (
            (
                f"`{each.name}`",
                f"{each.std:.4f}",
                f"{each.gradient_norm:.2e}",
                f"{each.update_ratio:.1e}",
            )
            for each in tensor_health(model, examples, lr)
        ),
    )
    st.caption(
        f"After {job.step:,} steps, on {len(examples):,} validation examples. The last column is "
        f"what one step of plain SGD at the rate {lr:g} would change beside what is there: about "
        f"{HEALTHY_UPDATE_RATIO:g} is usual; far more is restless, far less hardly learns."
    )
