"""What the sidebar says: the model's sizes, the rate."""

from math import log10
from typing import Final

import streamlit as st

from makemore import ModelConfig, TrainConfig

# Settings have one session key a field; their widgets bind them to the URL.
_SETTINGS = "settings"
_ADOPTED_LR = "adopted_lr"

LR_LIMITS: Final = (1e-6, 100.0)  # what the Train settings take


def use_settings(model_config: ModelConfig, train_config: TrainConfig) -> None:
    """Note what the sidebar says, for the page that is about to be drawn."""
    st.session_state[_SETTINGS] = model_config, train_config


def settings() -> tuple[ModelConfig, TrainConfig]:
    """Give what the sidebar says."""
    model_config, train_config = st.session_state[_SETTINGS]
    return model_config, train_config


def as_lr_setting(lr: float) -> float:
    """Give the nearest rate that a setting takes, in four figures."""
    lowest, highest = LR_LIMITS
    return float(f"{min(max(lr, lowest), highest):.4g}")


def adopt_lr(lr: float) -> None:
    """Put a rate into the Train settings; to be called before their widgets are made."""
    if st.session_state.get("recipe") is not None:
        st.toast("A recipe sets its own rate. Choose your own settings to adopt one.")
        return
    st.session_state["lr"] = st.session_state[_ADOPTED_LR] = as_lr_setting(lr)


def is_lr_adopted() -> bool:
    """Say whether a rate was adopted since the settings were drawn last."""
    return _ADOPTED_LR in st.session_state


def take_adopted_lr() -> float | None:
    """Give a rate that was adopted since the settings were drawn last, once."""
    lr: float | None = st.session_state.pop(_ADOPTED_LR, None)
    return lr


def follow_lr(lr: float) -> None:
    """Move the logarithmic slider to the rate that was typed or adopted."""
    st.session_state["lr_exponent"] = round(log10(lr), 2)


def follow_exponent() -> None:
    """Set the rate to where the logarithmic slider was moved."""
    st.session_state["lr"] = float(f"{10 ** st.session_state['lr_exponent']:.3g}")
