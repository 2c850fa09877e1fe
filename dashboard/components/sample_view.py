"""Names drawn from a run's model: how many, how bold, and which of them are not new."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import streamlit as st
import torch

from dashboard import state
from dashboard.components.chart import Columns, show_chart
from dashboard.components.choice import choose_one
from dashboard.components.while_active import refreshed
from dashboard.corpus import novelty
from dashboard.figures.novelty import plot_origins
from dashboard.jobs import State, TrainingJob
from dashboard.plain_text import as_text
from makemore import ORIGINS, OriginCounts, origins_by_temperature, sample_words

MAX_NAMES = 100_000
N_SHOWN = 300  # as many as a page can show and a person look through
N_WHILE_TRAINING = 1_000  # drawn anew every second
TEMPERATURES = (0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0)
_CHART_PATIENCE = 4.0  # ten times 1,000 names

_COLUMNS: Columns = [
    ("temperature", ["new"], "x"),
    *(
        (name, [name], "y")
        for name in ("new", "in the training names", "held out", "drawn before")
    ),
]

_folder = Path(__file__).parent
_names = st.components.v2.component(
    "makemore_names",
    html='<div class="samples"><div class="shares"></div><ul class="names"></ul></div>',
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


def view_choice() -> str:
    """Ask what to look at."""
    return choose_one("View", state.SAMPLE_VIEWS, "samples_view", label_visibility="collapsed")


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
    names, chart = st.columns([3, 2], gap="medium")
    with names:
        refreshed(lambda shown: _show(shown, settings), job)
    with chart:
        refreshed(lambda shown: _show_by_temperature(shown, settings), job, _CHART_PATIENCE)


def _show(job: TrainingJob, settings: SampleSettings) -> None:
    n = min(settings.n, N_WHILE_TRAINING) if job.state is State.RUNNING else settings.n
    try:
        words = _drawn(job, job.step, replace(settings, n=n))
    except ValueError as error:
        st.error(f"There are no names to show: {as_text(str(error))}")
        if job.divergence is not None:
            st.button("See what it wrote before", on_click=state.look_at_diary)
        return
    counts = novelty(job.dataset).count(words)
    st.markdown(f"After **{job.step:,}** steps, {job.state.word}. {_describe(counts, settings.n)}")
    show_names(job, words[:N_SHOWN], "names", counts)
    _offer_download(job, settings)


def _describe(counts: OriginCounts, n_wanted: int) -> str:
    words = [f"{counts.repeats:,} of {counts.n:,} names came before."]
    if counts.n < n_wanted:
        words.append(f"While it trains, the first {counts.n:,} are counted.")
    if counts.n > N_SHOWN:
        words.append(f"The first {N_SHOWN} are shown.")
    return " ".join(words)


def show_names(job: TrainingJob, words: Sequence[str], key: str, counts: OriginCounts) -> None:
    """Show names as cards, each with where it stands; a click looks at it letter by letter."""

    def look() -> None:
        picked = st.session_state[key].picked
        if picked is not None:
            state.look_at(picked)

    known = novelty(job.dataset)
    numbers = zip(ORIGINS, (counts.train, counts.held_out, counts.new), strict=True)
    shares = [[origin, number, counts.share(number)] for origin, number in numbers]
    result = _names(
        key=key,
        data={"names": [[word, known.origin(word)] for word in words], "shares": shares},
        on_picked_change=look,
    )
    if result.picked is not None:
        st.rerun()  # the view is chosen outside this fragment


@lru_cache(maxsize=8)
def _drawn(job: TrainingJob, step: int, settings: SampleSettings) -> list[str]:
    """Draw from the model of a step, once however often the page is drawn."""
    return draw_names(job, settings)


def draw_names(job: TrainingJob, settings: SampleSettings) -> list[str]:
    """Draw names from the run's model as it is now.

    Raises:
        ValueError: if the model does not know the prefix, or has diverged.
    """
    return sample_words(
        job.model(),
        job.dataset.vocabulary,
        settings.n,
        torch.Generator().manual_seed(settings.seed),
        settings.temperature,
        settings.top_k,
        settings.prefix,
    )


def _offer_download(job: TrainingJob, settings: SampleSettings) -> None:
    def write() -> str:
        origin, text = novelty(job.dataset).origin, io.StringIO()
        rows = ((word, origin(word)) for word in draw_names(job, settings))
        csv.writer(text).writerows([("name", "stands in"), *rows])
        return text.getvalue()

    st.download_button(
        f"Download {settings.n:,} names",
        write,
        "names.csv",
        "text/csv",
        on_click="ignore",
    )


def _show_by_temperature(job: TrainingJob, settings: SampleSettings) -> None:
    try:
        counts = _by_temperature(job, job.step, settings.seed, settings.top_k, settings.prefix)
    except ValueError:
        return  # said beside it
    show_chart(
        plot_origins(TEMPERATURES, counts, settings.temperature),
        key="novelty",
        summary="Share of new and known names by temperature.",
        columns=_COLUMNS,
        least_height=360,  # the legend is as high as four lines
    )


@lru_cache(maxsize=8)
def _by_temperature(
    job: TrainingJob, step: int, seed: int, top_k: int | None, prefix: str
) -> list[OriginCounts]:
    """Count at each temperature, once for the model of a step."""
    dataset = job.dataset
    return origins_by_temperature(
        job.model(),
        dataset.vocabulary,
        novelty(dataset),
        TEMPERATURES,
        seed=seed,
        top_k=top_k,
        prefix=prefix,
    )
