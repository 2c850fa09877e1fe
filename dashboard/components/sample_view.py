"""Names drawn from a run's model: how many, how bold, and which of them are not new."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st
import torch

from dashboard import state
from dashboard.components.while_active import refreshed
from dashboard.jobs import TrainingJob
from makemore import sample_words

MAX_NAMES = 1_000

_folder = Path(__file__).parent
_names = st.components.v2.component(
    "makemore_names",
    html='<ul class="names"></ul>',
    css=(_folder / "names.css").read_text(encoding="utf-8"),
    js=(_folder / "names.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class SampleSettings:
    """What to draw."""

    n: int
    temperature: float
    top_k: int | None
    prefix: str
    seed: int


def sample_form() -> SampleSettings:
    """Ask what to draw."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        settings = SampleSettings(
            n=st.number_input("Names", 1, MAX_NAMES, 20, key="n_names", width=120, **state.IN_URL),
            prefix=st.text_input(
                "Beginning with",
                key="prefix",
                max_chars=40,
                help="The model goes on from these letters.",
                width=150,
                **state.IN_URL,
            ).strip(),
            temperature=st.slider(
                "Temperature",
                0.1,
                2.0,
                1.0,
                step=0.05,
                key="temperature",
                help="Divides the logits. Below 1 the likeliest letters win more often; above 1 "
                "names become wilder.",
                width=180,
                **state.IN_URL,
            ),
            top_k=st.number_input(
                "Top k",
                1,
                1_000,
                None,
                key="top_k",
                placeholder="all",
                help="Draw among the k likeliest letters only; 1 always takes the likeliest.",
                width=120,
                **state.IN_URL,
            ),
            seed=st.number_input(
                "Seed",
                0,
                state.MAX_SEED,
                42,
                key="sample_seed",
                help="The same seed gives the same draws, so that only the model makes a "
                "difference.",
                width=120,
                **state.IN_URL,
            ),
        )
        st.button("Draw again", type="primary", on_click=_next_seed)
    return settings


def _next_seed() -> None:
    st.session_state["sample_seed"] = (st.session_state["sample_seed"] + 1) % (state.MAX_SEED + 1)


def show_samples(job: TrainingJob, settings: SampleSettings) -> None:
    """Draw names from the run's model as it is now, and again while it trains."""
    refreshed(lambda shown: _show(shown, settings), job)


def _show(job: TrainingJob, settings: SampleSettings) -> None:
    rng = torch.Generator().manual_seed(settings.seed)
    try:
        words = sample_words(
            job.model(),
            job.dataset.vocabulary,
            settings.n,
            rng,
            settings.temperature,
            settings.top_k,
            settings.prefix,
        )
    except ValueError as error:
        st.error(str(error))
        return
    known = job.dataset.train_words
    n_known = sum(word in known for word in words)
    st.markdown(
        f"After **{job.step:,}** steps, {job.state.word}. **{n_known}** of {len(words)} stand in "
        f"the training names ({n_known / len(words):.0%}); the others are new to the model."
    )
    _names(key="names", data=[[word, word in known] for word in words])
