"""Chapter: how to lose less than any count table, and whether it is more than memory."""

from dataclasses import replace

import streamlit as st

from dashboard import state
from dashboard.components.chapters.chapter import Chapter, show_table
from dashboard.components.chapters.race_view import REFRESH_SECONDS, begin_race, tell_how_far
from dashboard.components.chart import show_chart
from dashboard.corpus import baselines, loss_ladder
from dashboard.figures.climb import plot_climb
from dashboard.jobs import TrainingJob
from dashboard.race_job import RaceJob, Racer
from makemore import MLP, RECIPES, Dataset, ModelConfig, Stage, TrainConfig, model_losses
from makemore.baselines import standing

_RECIPE = "beyond"
_GROUPS = ("train", "validation", "validation, unseen")  # test is looked at once, at the end
_COMPARED = ("trigram", "4-gram", "5-gram")
_BATCH_SIZE, _LR, _WEIGHT_DECAY, _N_EMBD = 256, 0.005, 0.05, 24
_N_POINTS = 25


def _show() -> None:
    cells = st.columns(4)
    block_size = cells[0].slider("Context length", 1, 8, 8, key="beyond_length", **state.IN_URL)
    n_hidden = cells[1].select_slider(
        "Hidden units", [25, 50, 100, 200, 400, 800], 200, key="beyond_hidden", **state.IN_URL
    )
    n_steps = cells[2].select_slider(
        "Steps", [300, 1_000, 3_000, 10_000], 3_000, key="beyond_steps", **state.IN_URL
    )
    dropout = cells[3].select_slider(
        "Dropout", [0.0, 0.1, 0.2, 0.3, 0.5], 0.1, key="beyond_dropout", **state.IN_URL
    )
    dataset = state.dataset()
    job = begin_race((_racer(dataset, block_size, n_hidden, n_steps, dropout),))
    is_over = job.state.is_final
    st.fragment(_climb, run_every=None if is_over else REFRESH_SECONDS)(job, dataset, is_over)
    if is_over and job.error is None:
        _show_losses(job, dataset)
    _offer_recipe()


def _offer_recipe() -> None:
    """Begin the recipe's run by one click; it trains on while one reads."""
    if state.is_run_asked_for():
        state.run_or_first()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Train the recipe that goes furthest",
            key="train_beyond",
            on_click=state.ask_for_recipe,
            args=(_RECIPE,),
            type="primary",
        )
        yours = state.current_run()
        if yours is not None and yours.model_config == _recipe_size(yours.dataset):
            st.page_link("app_pages/train.py", label="See it on the Train page →")


def _recipe_size(dataset: Dataset) -> ModelConfig:
    return replace(RECIPES[_RECIPE].model, vocab_size=dataset.vocabulary.size)


def _racer(
    dataset: Dataset, block_size: int, n_hidden: int, n_steps: int, dropout: float
) -> Racer:
    train = TrainConfig(
        (Stage(n_steps, _LR, "one_cycle"),),
        _BATCH_SIZE,
        eval_interval=max(1, n_steps // _N_POINTS),
        optimizer="adamw",
        weight_decay=_WEIGHT_DECAY,
        dropout=dropout,
    )
    size = ModelConfig(dataset.vocabulary.size, block_size, _N_EMBD, n_hidden, "scaled")
    return Racer("this run", size, train)


def _climb(job: RaceJob, dataset: Dataset, was_over: bool) -> None:
    """Draw how far down the ladder the run has come."""
    is_over = job.state.is_final  # before it is shown, so that the end is shown
    tell_how_far(job, st.empty())  # always there, so that the chart below keeps its node
    (lane,) = job.lanes
    rungs = baselines(dataset)
    show_chart(
        plot_climb(lane.curve, rungs, lane.racer.train.n_steps),
        key="beyond_race",
        summary="The validation loss of the run, and of each count table, against the step.",
        columns=[
            ("step", ["validation loss"], "x"),
            ("validation loss", ["validation loss"], "y"),
        ],
    )
    if lane.message is not None:
        st.caption(f"{lane.message}.")
    elif len(lane.curve.val):
        loss = float(lane.curve.val[-1])
        st.markdown(
            f"After {lane.curve.eval_steps[-1]:,} of {lane.racer.train.n_steps:,} steps: "
            f"**{loss:.4f}** nats, {standing(loss, rungs)}."
        )
    if is_over and not was_over:
        st.rerun()


def _show_losses(job: RaceJob, dataset: Dataset) -> None:
    """Show what the run loses on names that it has seen and has not, beside the tables."""
    ladder = loss_ladder(dataset)
    groups = [group for group in ladder.groups if group.name in _GROUPS]
    places = [ladder.groups.index(group) for group in groups]
    rows = {name: ladder.losses[name] for name in _COMPARED if name in ladder.losses}
    rows["this run"] = _losses(job.model(0), dataset, job.id, job.version)
    yours = state.current_run()
    if yours is not None and yours.dataset is dataset and yours.state.is_final:
        rows["your run on the Train page"] = _losses_of_run(yours)
    show_table(
        ("nats per character", *(f"{group.name} ({group.n_words:,} names)" for group in groups)),
        ((name, *(f"{losses[place]:.4f}" for place in places)) for name, losses in rows.items()),
    )
    st.caption(
        "Unseen names are those of the validation split that do not stand in the training split "
        "as well: to know names by heart is of no use there. The test split is left alone while "
        "one chooses; `makemore compare` looks at it."
    )


def _losses_of_run(job: TrainingJob) -> tuple[float, ...]:
    return _losses(job.model(), job.dataset, job.id, job.step)


@st.cache_data(max_entries=64, show_spinner="Computing exact losses")
def _losses(_model: MLP, _dataset: Dataset, job_id: str, version: int) -> tuple[float, ...]:
    """Compute a model's losses once for each state of its job."""
    return model_losses(_model, _dataset)


CHAPTER = Chapter(
    _RECIPE,
    "Beat the count table",
    "A table of how often each letter followed the last four, with rarer contexts mixed with "
    "shorter ones, is hard to beat: the lecture's best model is between the trigram and the "
    "4-gram. What a network has ahead of a table is that similar contexts share what is learnt. "
    "It needs more context, more units, batches that are large enough, an optimizer with a pace "
    "for each weight (AdamW, its rate up and down once), and something against learning names by "
    "heart: dropout leaves out a random share of the hidden units at each step.",
    "How few letters of context are enough to pass the 5-gram with 400 units? With 10,000 steps, "
    "compare no dropout with 0.2 in the table: on training names, and on those never seen.",
    _show,
    "Five letters are enough for the bundled names (2.028). With four, all that the 5-gram sees, "
    "the run stays above it on the validation split, but is below it on names never seen (2.068 "
    "against 2.092): much of what the table knows is names that it has met. Dropout of 0.2 closes "
    "half of the gap between training and validation, but after 10,000 steps both losses are "
    "still higher than without it. What several networks are as one is another chapter.",
)
