"""The settings in the sidebar: each explained in a sentence, all of them in the URL."""

import streamlit as st

from dashboard import state
from makemore import ModelConfig, Stage, TrainConfig
from makemore.config import INITS

BATCH_SIZES = ("1", "2", "4", "8", "16", "32", "64", "128", "256", "512", "1024", "all")
MAX_STEPS = 10_000_000

# Losses over whole splits are evenly spaced: 50 in a short run, up to 200 in a long one, whose
# first would otherwise be late.
MIN_EVALUATIONS, MAX_EVALUATIONS = 50, 200
STEPS_BETWEEN = 2_000


def settings_form() -> tuple[ModelConfig, TrainConfig]:
    """Show the settings of model and training, and give what they are now."""
    with st.sidebar:
        st.subheader("Model")
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
        init = st.segmented_control(
            "Initial weights",
            list(INITS),
            default="lecture",
            required=True,
            key="init",
            help="**lecture**: all from the standard normal, so the first loss is far "
            "above a uniform guess. **scaled**: so that the first loss is that of a guess.",
            width="stretch",
            **state.IN_URL,
        )
        vocabulary = state.dataset().vocabulary
        model_config = ModelConfig(vocabulary.size, block_size, n_embd, n_hidden, init)
        st.caption(f"**{model_config.n_parameters:,}** parameters")
        st.subheader("Training")
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
        seed = st.number_input(
            "Seed",
            0,
            2**31 - 1,
            42,
            key="seed",
            help="Of the weights and of the batches: the same seed gives the same run.",
            **state.IN_URL,
        )
    train_config = TrainConfig(
        stages=(Stage(n_steps, lr),),
        batch_size=None if batch_size == "all" else int(batch_size),
        seed=seed,
        eval_interval=_eval_interval(n_steps),
    )
    return model_config, train_config


def _eval_interval(n_steps: int) -> int:
    interval = max(STEPS_BETWEEN, n_steps // MAX_EVALUATIONS)
    return max(1, min(interval, n_steps // MIN_EVALUATIONS))


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
