"""The bake-off: the suggested rates in short runs, and adopting the winner."""

from collections.abc import Mapping

import streamlit as st

from dashboard import state
from dashboard.components.chart import Columns, show_chart
from dashboard.components.study_progress import show_progress, told_stop
from dashboard.corpus import count_baselines
from dashboard.figures.bake_off import MEANS, label_of, plot_bake_off
from dashboard.jobs import State
from dashboard.plain_text import as_text
from dashboard.sweep_jobs import BakeOffJob, SweepJob
from makemore import BakeOffResult, propose_lrs
from makemore.lr_bake_off import BAKE_OFF_STEPS, LEAST_STEPS, MAX_BAKE_OFF_STEPS

_REFRESH_SECONDS = 0.3
_COLUMNS: Columns = [
    ("learning rate", [MEANS], "y"),
    ("lr", [MEANS], "customdata"),
    ("mean validation loss (nats)", [MEANS], "text"),
]


def bake_off_form(sweep: SweepJob, smoothing: float) -> None:
    """Offer to let what a sweep suggests compete, once it is over."""
    proposals = propose_lrs(sweep.tests(smoothing)) if sweep.state.is_final else {}
    usual = state.usual_bake_off_steps(sweep, proposals)
    st.markdown("**Bake-off** :small[which of them learns most]")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        wanted = st.number_input(
            "Steps of a run",
            100,
            MAX_BAKE_OFF_STEPS,
            None,
            step=1_000,
            key="bake_steps",
            placeholder=f"{usual:,}",
            help="Two thirds at the rate, the rest at a tenth of it, as the lecture lowers it. "
            f"Empty: as many as let all runs end within a few seconds, {LEAST_STEPS} to "
            f"{BAKE_OFF_STEPS:,}: the more, the smaller model and batch.",
            width=130,
            **state.IN_URL,
        )
        n_steps = usual if wanted is None else wanted
        st.button(
            "Run the bake-off",
            key="bake_off",
            on_click=state.start_bake_off,
            args=(sweep, proposals, "bake_steps"),
            disabled=len(proposals) < 2,  # the lecture's alone is no contest
            help=f"The suggestions and the lecture's 0.1, each with {sweep.settings.n_seeds} "
            f"seeds for {n_steps:,} steps, judged on the whole validation split. Your own run "
            "is not touched.",
        )


def show_verdict(sweep: SweepJob) -> None:
    """Show how far the latest bake-off of a sweep is, or who won, if there is one."""
    job = state.bake_off_of(sweep)
    if job is None:
        return
    is_over = job.state.is_final
    st.fragment(_show_verdict, run_every=None if is_over else _REFRESH_SECONDS)(job, is_over)


def _show_verdict(job: BakeOffJob, was_over: bool) -> None:
    is_over = job.state.is_final  # before it is shown, so that the end is shown
    if job.error is not None:
        st.error(f"The bake-off failed: {as_text(job.error)}")
    elif job.state is State.STOPPED:
        st.warning(f"{told_stop(job)} There is no winner.")
    elif not is_over:
        show_progress(job, "of the steps taken")
        st.button("Cancel", key="cancel_bake_off", on_click=state.stop_run, args=(job,))
    elif (winner := job.result.winner) is None:
        st.error("Every run diverged. Sweep a range of lower rates.")
    else:
        st.button(
            f"★ Adopt the winner: {winner.lr:.3g}",
            key="adopt_winner",
            on_click=state.adopt_lr,
            args=(winner.lr,),
            type="primary",
            width="stretch",
        )
        st.caption(_told_verdict(job.result))
    if state.is_lr_adopted() or is_over != was_over:
        st.rerun()


def show_bake_off(sweep: SweepJob) -> None:
    """Draw the latest bake-off of a sweep as it goes on, if there is one."""
    job = state.bake_off_of(sweep)
    if job is not None:
        run_every = None if job.state.is_final else _REFRESH_SECONDS
        st.fragment(_draw, run_every=run_every)(job, count_baselines(sweep.dataset))


def _draw(job: BakeOffJob, baselines: Mapping[str, float]) -> None:
    result = job.result
    st.subheader("Bake-off", anchor=False)
    st.caption(
        f"Validation loss after {result.n_steps:,} steps, the last third at a tenth of the rate. "
        f"{_told_merged(result)} More steps may favour another rate."
    )
    show_chart(
        plot_bake_off(result, baselines),
        key="bake_off_chart",
        summary=_summary(result),
        columns=_COLUMNS,
        on_pick=state.adopt_lr,
    )
    if state.is_lr_adopted():
        st.rerun()  # the sidebar follows


def _told_verdict(result: BakeOffResult) -> str:
    winner, rivals = result.winner, result.rivals
    assert winner is not None
    won = f"Mean validation loss {winner.mean:.4f} nats"
    n_seeds = len(result.seeds)
    if rivals:
        names = ", ".join(f"{each.lr:.3g}" for each in rivals)
        return f"{won}. Not ahead with each of {n_seeds} seeds of {names}: that may be chance."
    return f"{won}, ahead of all others with {'each of ' * (n_seeds > 1)}{n_seeds} seeds."


def _told_merged(result: BakeOffResult) -> str:
    merged = [label_of(each) for each in result.contenders if len(each.names) > 1]
    return f"Nearly the same rates ran once: {'; '.join(merged)}." if merged else ""


def _summary(result: BakeOffResult) -> str:
    known = [f"{label_of(each)}, {each.mean:.4f}" for each in result.ranking]
    return f"Mean validation loss of each rate, best first: {'; '.join(known) or 'none yet'}."
