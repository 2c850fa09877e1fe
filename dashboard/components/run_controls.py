"""The buttons of a run: train, pause, resume, stop, and how to steer it."""

import streamlit as st

from dashboard import state
from dashboard.descriptions import describe_difference, describe_settings
from dashboard.jobs import State, TrainingJob
from dashboard.plain_text import as_text

MAX_MORE_STEPS = 10_000_000


def run_controls(job: TrainingJob) -> None:
    """Show the buttons; each takes effect before the page is drawn again."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button(
            "Train",
            type="primary",
            key="train",
            on_click=state.ask_for_run,
            shortcut="Ctrl+Enter",
            help="Begin a new run with the settings in the sidebar.",
        )
        _going_on(job)
        st.button(
            "Stop",
            key="stop",
            on_click=state.stop_run,
            args=(job,),
            disabled=job.state.is_final or not state.is_own(job),
            help="End the run. Its curve and what it has learnt stay.",
        )
        steer = st.popover(
            "Steer",
            key="steer",
            on_change="rerun",  # so that its dozen widgets are made only for those who open it
            help="Single steps, another rate, more steps, a copy.",
        )
        if steer.open:
            with steer:
                _steering(job)
        st.caption(f"{_whose(job)}: {describe_settings(job.model_config, job.train_config)}")
    _announce_new_run(job)


def _announce_new_run(job: TrainingJob) -> None:
    """Say what Train will do where the sidebar is set otherwise than the run on the page."""
    wanted, present = state.settings(), (job.model_config, job.train_config)
    if describe_settings(*wanted) != describe_settings(*present):
        ends = "" if job.state.is_final else "ends and "
        st.caption(
            f"Train begins a new run with {describe_difference(wanted, present)}; "
            f"this one {ends}stays in the list."
        )


def _whose(job: TrainingJob) -> str:
    if state.is_own(job):
        return as_text(job.title or "This run")
    return "Somebody else's run, to look at and to fork"


def _going_on(job: TrainingJob) -> None:
    """Show the one button that fits: pause, resume, or continue what was broken off."""
    if job.state in (State.STOPPED, State.INTERRUPTED):
        st.button(
            "Continue",
            key="continue",
            on_click=state.revive_run,
            args=(job,),
            disabled=not state.is_own(job),
            shortcut="p",
            help="Take the steps that were left.",
        )
    elif _is_resting(job):
        st.button(
            "Resume",
            key="resume",
            on_click=state.resume_run,
            args=(job,),
            disabled=not state.is_own(job),
            shortcut="p",
        )
    else:
        st.button(
            "Pause",
            key="pause",
            on_click=state.pause_run,
            args=(job,),
            disabled=job.state.is_final or not state.is_own(job),
            shortcut="p",
        )


def _is_resting(job: TrainingJob) -> bool:
    """Say whether the run is paused, or is so again as soon as it has taken a few steps."""
    return job.state is State.PAUSED or (job.state is State.RUNNING and job.is_stepping)


def _steering(job: TrainingJob) -> None:
    _steps(job)
    _rate(job)
    _more_steps(job)
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Another seed",
            key="another_seed",
            on_click=state.ask_for_another_seed,
            help="Begin a new run with the settings in the sidebar and the next seed.",
        )
        st.button(
            "Fork",
            key="fork",
            on_click=state.fork_run,
            args=(job,),
            disabled=job.divergence is not None,
            help="Go on in a copy with all that this run has learnt; this one stays.",
        )


def _steps(job: TrainingJob) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown("Take", width="content")
        for n_steps, label in ((1, "1 step"), (10, "10"), (100, "100")):
            st.button(
                label,
                key=f"step_{n_steps}",
                on_click=state.step_run,
                args=(job, n_steps),
                disabled=not (_is_resting(job) and state.is_own(job)),
                help=None if _is_resting(job) else "Pause the run first.",
                shortcut="n" if n_steps == 1 else None,
            )


def _rate(job: TrainingJob) -> None:
    has_future = not job.state.is_final and state.is_own(job)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.number_input(
            "Rate from here on",
            *state.LR_LIMITS,
            state.as_lr_setting(job.train_config.stages[-1].lr),
            format="%.4g",
            key=(key := f"new_lr_{job.id}"),
            width=150,
            disabled=not has_future,
            help="Replaces the rate of the run that is under way, which keeps its weights.",
        )
        st.button(
            "Use",
            key="use_lr",
            on_click=state.change_lr,
            args=(job, key),
            disabled=not has_future,
        )


def _more_steps(job: TrainingJob) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.number_input(
            "More steps",
            1,
            MAX_MORE_STEPS,
            job.train_config.stages[0].n_steps,
            key=(key := f"more_steps_{job.id}"),
            width=150,
            disabled=job.state is not State.DONE or not state.is_own(job),
            help="Appended at the last rate.",
        )
        st.button(
            "Go on",
            key="go_on",
            on_click=state.extend_run,
            args=(job, key),
            disabled=job.state is not State.DONE or not state.is_own(job),
        )
