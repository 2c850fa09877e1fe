"""The buttons of a run: train, pause, resume, stop."""

import streamlit as st

from dashboard import state
from dashboard.descriptions import describe_settings
from dashboard.jobs import State, TrainingJob


def run_controls(job: TrainingJob) -> None:
    """Show the buttons; each takes effect before the page is drawn again."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button(
            "Train",
            type="primary",
            key="train",
            on_click=state.ask_for_run,
            help="Begin a new run with the settings in the sidebar.",
        )
        if job.state is State.PAUSED:
            st.button("Resume", key="resume", on_click=state.resume_run, args=(job,))
        else:
            st.button(
                "Pause",
                key="pause",
                on_click=state.pause_run,
                args=(job,),
                disabled=job.state.is_final,
            )
        st.button(
            "Stop",
            key="stop",
            on_click=state.stop_run,
            args=(job,),
            disabled=job.state.is_final,
            help="End the run. Its curve and what it has learnt stay.",
        )
        st.caption(f"This run: {describe_settings(job.model_config, job.train_config)}")
