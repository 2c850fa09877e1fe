"""Chapter: the loss by hand, and where that overflows."""

import math

import streamlit as st
import torch
import torch.nn.functional as F

from dashboard import state
from dashboard.components.chapters.chapter import Chapter, show_table
from dashboard.components.chart import show_chart
from dashboard.figures.chapters import plot_bars
from makemore import probs_by_hand, probs_shifted

_MAX_LOGITS = 12


def _show() -> None:
    left, middle, right = st.columns(3)
    text = left.text_input(
        "Logits",
        "-100, -3, 0, 100",
        max_chars=120,
        key="loss_logits",
        help="Numbers with commas between them.",
        **state.IN_URL,
    )
    shift = middle.slider(
        "Add to all of them", -100.0, 100.0, 0.0, step=1.0, key="loss_shift", **state.IN_URL
    )
    logits = _parse(text)
    if logits is None:
        st.error(f"Logits must be 2 to {_MAX_LOGITS} numbers with commas between them.")
        return
    logits = logits + shift
    target = right.slider("Right answer", 1, len(logits), len(logits), key="loss_target") - 1
    naive, shifted = probs_by_hand(logits), probs_shifted(logits)
    names = [f"{number}: {logit:g}" for number, logit in enumerate(logits.tolist(), start=1)]
    rows = zip(
        logits.tolist(), logits.exp().tolist(), naive.tolist(), shifted.tolist(), strict=True
    )
    show_table(
        ("logit", "exp(logit)", "probability by hand", "with the maximum subtracted"),
        (tuple(f"{value:.4g}" for value in row) for row in rows),
    )
    by_hand = -math.log(naive[target]) if naive[target] > 0 else math.inf
    loss = float(F.cross_entropy(logits[None], torch.tensor([target])))
    st.markdown(
        f"Loss of answer {target + 1}: by hand **{_say(naive[target].item(), by_hand)}**, by "
        f"`F.cross_entropy` **{loss:.4f}** nats."
    )
    show_chart(
        plot_bars(names, shifted.numpy(), "logit", "probability", names[target]),
        key="loss_picture",
        summary="The probability of each answer; the right one is marked.",
        columns=[("answer", ["bars"], "x"), ("probability", ["bars"], "y")],
    )


def _say(prob: float, loss: float) -> str:
    return "NaN, as ∞ ÷ ∞ is no number" if math.isnan(prob) else f"{loss:.4f}"


def _parse(text: str) -> torch.Tensor | None:
    """Read numbers; nothing if there are too few, too many, or they are none."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        return None
    if not 2 <= len(numbers) <= _MAX_LOGITS or not all(map(math.isfinite, numbers)):
        return None
    logits = torch.tensor(numbers)
    return logits if logits.isfinite().all() else None


CHAPTER = Chapter(
    "loss",
    "The loss, and its overflow",
    "The loss is -ln of the probability that the right answer got, averaged over the examples: 0 "
    "if that was 1, ln $size = $even for an even guess among $size, and without limit the surer "
    "a wrong guess is. `F.cross_entropy` gives the same number, makes fewer tensors on the way, "
    "has a simpler backward pass, and cannot overflow: it subtracts the largest logit first, "
    "which changes no probability.",
    "float32 ends at 3.4 · 10³⁸. From which logit on does exp overflow? And why do very negative "
    "logits do no harm?",
    _show,
    "exp(88) still fits, exp(89) is infinite, and ∞ ÷ ∞ is no number. A very negative logit only "
    "gives a count that rounds to 0, which adds nothing to the sum. With the largest logit "
    "subtracted, the largest count is exp(0) = 1, so nothing overflows.",
)
