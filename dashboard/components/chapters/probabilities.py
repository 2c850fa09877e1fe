"""Chapter: from logits to probabilities."""

import streamlit as st
import torch

from dashboard import state
from dashboard.components.chapters.chapter import Chapter, as_known, fresh_model, letters
from dashboard.components.chart import show_chart
from dashboard.figures.chapters import plot_bars
from dashboard.figures.signs import visible
from dashboard.plain_text import as_text
from makemore import END, MLP

_STAGES = {
    "logits": "any number",
    "counts": "exp(logit), above 0",
    "probabilities": "count ÷ sum of the counts",
}


@torch.no_grad()
def _show() -> None:
    left, right = st.columns(2, vertical_alignment="bottom")
    text = left.text_input(
        "After",
        state.example_name(state.dataset()),
        max_chars=15,
        key="probs_text",
        **state.IN_URL,
    )
    stage = right.segmented_control(
        "Show",
        list(_STAGES),
        default="probabilities",
        required=True,
        key="probs_stage",
        **state.IN_URL,
    )
    shift = st.slider(
        "Add to all logits", -10.0, 10.0, 0.0, step=0.5, key="probs_shift", **state.IN_URL
    )
    model, whose = _model()
    vocabulary, block_size = state.dataset().vocabulary, model.config.block_size
    signs = [visible(letter) for letter in letters()]
    try:
        symbols = vocabulary.encode(as_known(text))
    except ValueError as error:
        st.error(f"No context: {as_text(str(error))}")
        return
    context = ([0] * block_size + symbols)[-block_size:]
    logits = model(torch.tensor([context]))[0] + shift
    counts = logits.exp()
    probs = counts / counts.sum()
    heights = {"logits": logits, "counts": counts, "probabilities": probs}[stage]
    likeliest = signs[int(probs.argmax())]
    after = "".join(vocabulary.characters[symbol] for symbol in context)
    st.markdown(
        f"{whose} After `{after}`: {_STAGES[stage]}. The counts sum to {counts.sum():,.4g}, the "
        f"probabilities to {probs.sum():.4f}; the likeliest is `{likeliest}`"
        f"{' (the end)' if likeliest == END else ''} with {probs.max():.1%}."
    )
    show_chart(
        plot_bars(signs, heights.numpy(), "what follows", stage, likeliest),
        key="probs_picture",
        summary=f"The {stage} of all symbols.",
        columns=[("character", ["bars"], "x"), ("height", ["bars"], "y")],
    )


def _model() -> tuple[MLP, str]:
    """Give the model of the run in front of you, or else one that has learnt nothing."""
    job = state.current_run()
    if job is None or job.dataset is not state.dataset():
        return fresh_model(), "A model that has learnt nothing, and may be very sure of it."
    return job.model(), f"Your run after {job.step:,} steps."


CHAPTER = Chapter(
    "probabilities",
    "Logits, counts, probabilities",
    "The output layer gives a number for each character that may follow: the logits. Exp makes "
    "them positive, like counts, and each count's share of their sum is a probability. Together "
    "this is softmax.",
    "Add the same number to all logits. What happens to the counts, and to the probabilities?",
    _show,
    "The counts are all multiplied by the same factor, exp of what was added, and their sum as "
    "well. So the probabilities stay as they are. The next chapter makes use of that.",
)
