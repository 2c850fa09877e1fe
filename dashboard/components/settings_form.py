"""The settings in the sidebar: each explained in a sentence, all of them in the URL."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.components.choice import choose_one
from dashboard.descriptions import describe_settings
from makemore import RECIPES, ModelConfig, Recipe, Stage, TrainConfig
from makemore.config import INITS, OPTIMIZERS, SCHEDULES

BATCH_SIZES = ("1", "2", "4", "8", "16", "32", "64", "128", "256", "512", "1024", "all")
MAX_STEPS = 10_000_000

# Losses over whole splits are evenly spaced: 50 a run, but in a short one not so close that they
# take longer than the training, and up to 200 in a long one, whose first would otherwise be late.
USUAL_EVALUATIONS, MAX_EVALUATIONS = 50, 200
LEAST_STEPS_BETWEEN, MOST_STEPS_BETWEEN = 20, 2_000


# What settings do for a page; elsewhere only the next run has them.
_EFFECTS = {
    "Train": "",
    "Learning rate": "A sweep takes all of these but the rate, the steps and the schedule.",
}
_NO_EFFECT = "For the next run; they change nothing here."


def settings_form(page: str) -> tuple[ModelConfig, TrainConfig]:
    """Show the settings of model and training, and give what they are now.

    They stand at the same place of every page: a widget that moves, into a fold for instance,
    loses its value in the URL. So a first run can begin on any page, too.

    Args:
        page: title of the page that they stand beside.
    """
    with st.sidebar:
        effect = st.empty()  # always there, so that no widget moves
        if told := _EFFECTS.get(page, _NO_EFFECT):
            effect.caption(told)
        return _settings()


def _settings() -> tuple[ModelConfig, TrainConfig]:
    with st.container():
        recipe = st.selectbox(
            "Recipe",
            list(RECIPES),
            index=None,
            placeholder="Your own settings",
            key="recipe",
            help="Settings that go well together. "
            + _explained({name: each.summary for name, each in RECIPES.items()}),
            **state.IN_URL,
        )
        if recipe is not None:
            return _settings_of(RECIPES[recipe])
        model_config = _model_settings()
        return model_config, _train_settings()


def _settings_of(recipe: Recipe) -> tuple[ModelConfig, TrainConfig]:
    """Say what a recipe sets; only the seed is left to ask for."""
    model_config = replace(recipe.model, vocab_size=state.dataset().vocabulary.size)
    st.markdown(recipe.summary)
    train_config = replace(
        recipe.train, seed=_seed_input(), eval_interval=_eval_interval(recipe.train.n_steps)
    )
    st.caption(f"{describe_settings(model_config, train_config)}, {_size(model_config)}.")
    return model_config, train_config


def _model_settings() -> ModelConfig:
    heading = st.empty()
    left, right = st.columns(2)
    block_size = left.slider(
        "Context length",
        1,
        8,
        3,
        key="block_size",
        help="`block_size`: how many characters the model sees to predict the next one.",
        **state.IN_URL,
    )
    n_embd = right.slider(
        "Embedding size",
        1,
        32,
        2,
        key="n_embd",
        help="`n_embd`: how many numbers stand for one character. Two can be drawn as a map.",
        **state.IN_URL,
    )
    n_hidden = st.slider(
        "Hidden units",
        10,
        1_000,
        100,
        step=10,
        key="n_hidden",
        help="`n_hidden`: width of the tanh layer between the embeddings and the logits.",
        **state.IN_URL,
    )
    init = choose_one(
        "Initial weights",
        list(INITS),
        "init",
        help="**lecture**: all from the standard normal, so the first loss is far "
        "above a uniform guess. **scaled**: so that the first loss is that of a guess.",
        width="stretch",
    )
    vocabulary = state.dataset().vocabulary
    model_config = ModelConfig(vocabulary.size, block_size, n_embd, n_hidden, init)
    heading.markdown(f"**Model** :small[{_size(model_config)}]")
    return model_config


def _size(model_config: ModelConfig) -> str:
    return f"{model_config.n_parameters:,} parameters"


def _train_settings() -> TrainConfig:
    st.markdown("**Training**")
    lr = _lr_input()
    left, right = st.columns(2)
    n_steps = left.number_input(
        "Steps",
        1,
        MAX_STEPS,
        100_000,
        step=10_000,
        key="n_steps",
        help="Parameter updates, each on one minibatch.",
        **state.IN_URL,
    )
    batch_size = right.selectbox(
        "Batch size",
        BATCH_SIZES,
        index=BATCH_SIZES.index("32"),
        key="batch_size",
        help="Examples per step, drawn anew each time. `all` takes the whole training split: "
        "no noise, but slow.",
        **state.IN_URL,
    )
    seed = _seed_input()
    with st.expander("Optimizer, schedule, dropout"):
        optimizer = st.selectbox(
            "Optimizer",
            list(OPTIMIZERS),
            key="optimizer",
            help=_explained(OPTIMIZERS),
            **state.IN_URL,
        )
        schedule = st.selectbox(
            "Schedule",
            list(SCHEDULES),
            key="schedule",
            help=f"How the rate changes over the steps. {_explained(SCHEDULES)}",
            **state.IN_URL,
        )
        momentum = st.number_input(
            "Momentum",
            0.0,
            0.999,
            0.0,
            step=0.1,
            format="%.3g",
            key="momentum",
            disabled=optimizer == "adamw",
            help="`momentum`: share of the last move that sgd repeats. adamw has its own.",
            **state.IN_URL,
        )
        weight_decay = st.number_input(
            "Weight decay",
            0.0,
            10.0,
            0.0,
            step=0.01,
            format="%.4g",
            key="weight_decay",
            help="`weight_decay`: pull of every parameter towards 0.",
            **state.IN_URL,
        )
        dropout = st.number_input(
            "Dropout",
            0.0,
            0.95,
            0.0,
            step=0.05,
            format="%.3g",
            key="dropout",
            help="`dropout`: share of the hidden units that each step leaves out, others for "
            "each example, so that none can rely on a particular other one. The minibatch loss "
            "is then higher than the loss over the training split, which knows no dropout.",
            **state.IN_URL,
        )
        decay = st.number_input(
            "Decay of the bengio schedule",
            0.0,
            1.0,
            1e-4,
            step=1e-4,
            format="%.3g",
            key="decay",
            disabled=schedule != "bengio",
            help="`decay`: r of lr ÷ (1 + r · steps).",
            **state.IN_URL,
        )
    return TrainConfig(
        stages=(Stage(n_steps, lr, schedule),),
        batch_size=None if batch_size == "all" else int(batch_size),
        seed=seed,
        eval_interval=_eval_interval(n_steps),
        optimizer=optimizer,
        momentum=momentum if optimizer == "sgd" else 0.0,
        weight_decay=weight_decay,
        decay=decay,
        dropout=dropout,
    )


def _explained(choices: Mapping[Any, str]) -> str:
    return " ".join(f"**{name}**: {sentence}" for name, sentence in choices.items())


def _seed_input() -> int:
    seed: int = st.number_input(
        "Seed",
        0,
        state.MAX_SEED,
        42,
        key="seed",
        help="Of the weights and of the batches: the same seed gives the same run.",
        **state.IN_URL,
    )
    return seed


def _eval_interval(n_steps: int) -> int:
    usual = min(MOST_STEPS_BETWEEN, n_steps // USUAL_EVALUATIONS)
    return max(LEAST_STEPS_BETWEEN, usual, n_steps // MAX_EVALUATIONS)


def _lr_input() -> float:
    """Ask for the learning rate, as a number or on a logarithmic slider that moves with it."""
    left, right = st.columns(2, vertical_alignment="bottom")
    lr: float = left.number_input(
        "Learning rate",
        *state.LR_LIMITS,
        0.1,
        step=0.01,
        format="%.4g",
        key="lr",
        help="`lr`: how far each step moves the parameters against their gradient. The slider "
        "is its exponent of ten.",
        **state.IN_URL,
    )
    state.follow_lr(lr)
    if (adopted := state.take_adopted_lr()) is not None:
        st.toast(
            f"The learning rate is now {adopted:.4g}. Press Train on the Train page to use it."
        )
    right.slider(
        "Learning rate as a power of ten",
        -6.0,
        2.0,
        step=0.05,
        format="10^%.2f",
        key="lr_exponent",
        on_change=state.follow_exponent,
        label_visibility="collapsed",
    )
    return lr
