"""Short runs side by side, begun by touching a widget and drawn while they train."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import state
from dashboard.components.chapters.chapter import show_table
from dashboard.components.chart import Columns, show_chart
from dashboard.components.study_progress import show_progress, told_stop
from dashboard.corpus import baselines
from dashboard.figures.chapters import RaceLook, plot_race
from dashboard.jobs import State
from dashboard.plain_text import as_text
from dashboard.race_job import Lane, RaceJob, Racer
from makemore import TrainConfig
from makemore.config import Stage

REFRESH_SECONDS = 0.3


def plan(
    n_steps: int, lr: float, *later: Stage, batch_size: int | None = 32, n_points: int = 20
) -> TrainConfig:
    """Give settings of a short run that is evaluated `n_points` times."""
    stages = (Stage(n_steps, lr), *later)
    total = sum(stage.n_steps for stage in stages)
    return TrainConfig(stages, batch_size, eval_interval=max(1, total // n_points))


def show_race(chapter: str, racers: tuple[Racer, ...], look: RaceLook) -> RaceJob:
    """Train the runs, if they are not those that stand there already, and show how they go."""
    job = begin_race(racers)
    is_over = job.state.is_final
    st.fragment(_show, run_every=None if is_over else REFRESH_SECONDS)(chapter, job, look, is_over)
    return job


def begin_race(racers: tuple[Racer, ...]) -> RaceJob:
    """Train the runs, if they are not those that stand there already, with a button to stop."""
    job = state.race(racers)
    if job.state.is_final:
        st.button("Run again", key="race_again", on_click=state.race_again, args=(racers,))
    else:
        st.button("Stop", key="stop_race", on_click=state.stop_run, args=(job,))
    return job


def tell_how_far(job: RaceJob, told: DeltaGenerator) -> None:
    """Say in an empty place how far the runs are, or why they ended."""
    if job.error is not None:
        told.error(f"The runs failed: {as_text(job.error)}")
    elif job.state is State.STOPPED:
        told.caption(told_stop(job))
    elif not job.state.is_final:
        show_progress(job, "of the steps", told)


def _show(chapter: str, job: RaceJob, look: RaceLook, was_over: bool) -> None:
    is_over = job.state.is_final  # before it is shown, so that the end is shown
    tell_how_far(job, st.empty())  # always there, so that the chart below keeps its node
    lanes = job.lanes
    # Over a few words of its own a run's loss says nothing beside those of the splits.
    is_on_split = not any(lane.racer.words for lane in lanes)
    figure = plot_race(lanes, look, baselines(state.dataset()) if is_on_split else None)
    columns: Columns = []
    for name in (trace.name for trace in figure.data):
        columns += [(look.against, [name], "x"), (name, [name], "y")]
    show_chart(
        figure,
        key=f"{chapter}_race",  # one a chapter, so that none begins with another's zoom
        summary=f"Losses ({look.kind}) of {len(lanes)} runs against {look.against}.",
        columns=columns,
    )
    titles = ("run", "parameters", "steps", "training loss", "validation loss")
    show_table(titles, map(_row, lanes))
    for lane in lanes:
        if lane.message is not None:
            st.caption(f"{lane.racer.label}: {lane.message}.")
    if is_over and not was_over:
        st.rerun()


def _row(lane: Lane) -> tuple[str, ...]:
    parameters = f"{lane.racer.model.n_parameters:,}"
    ends = [each[-1] if len(each) else None for each in (lane.curve.train, lane.curve.val)]
    losses = ("" if loss is None else f"{loss:.4f}" for loss in ends)
    return (lane.racer.label, parameters, f"{lane.step:,}", *losses)
