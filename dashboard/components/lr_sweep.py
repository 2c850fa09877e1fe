"""The sweep of the learning rate: its settings, its chart, and adopting what it found."""

from math import log

import streamlit as st

from dashboard import state
from dashboard.components.chart import Columns, show_chart
from dashboard.figures.learning_rate import (
    SUGGESTION_SIGNS,
    SWEEP_AXES,
    drawn_every,
    plot_lr_sweep,
)
from dashboard.jobs import SweepJob
from makemore import SUGGESTION_RULES, LRRangeTest, ModelConfig, TrainConfig

_REFRESH_SECONDS = 0.3
_WIDTH = 150  # pixels: two inputs beside each other on a phone
_COLUMNS: Columns = [
    ("lr", ["each minibatch"], "customdata"),
    ("loss (nats)", ["each minibatch"], "y"),
    ("moving average (nats)", ["moving average"], "y"),
]


def sweep_form(model_config: ModelConfig, train_config: TrainConfig) -> SweepJob | None:
    """Ask for the range; give the sweep over it, begun if its settings are new."""
    with st.container(horizontal=True):
        lr_min = st.number_input(
            "From",
            *state.LR_LIMITS,
            1e-3,
            format="%.4g",
            key="lr_min",
            help="First rate.",
            width=_WIDTH,
            **state.IN_URL,
        )
        lr_max = st.number_input(
            "To",
            *state.LR_LIMITS,
            1.0,
            format="%.4g",
            key="lr_max",
            help="Last rate.",
            width=_WIDTH,
            **state.IN_URL,
        )
        n_steps = st.number_input(
            "Rates",
            10,
            20_000,
            1_000,
            step=100,
            key="sweep_steps",
            help="How many rates to try, one step each, evenly spaced in the exponent.",
            width=_WIDTH,
            **state.IN_URL,
        )
        st.segmented_control(
            "Horizontal axis",
            list(SWEEP_AXES),
            default="log lr",
            required=True,
            key="sweep_axis",
            help="The lecture looks at the loss against the rate, then against its exponent.",
            **state.IN_URL,
        )
    if lr_min >= lr_max:
        st.error(f"“From” must be below “To”, got {lr_min:g} and {lr_max:g}.")
        return None
    return state.start_sweep(
        model_config, lr_min, lr_max, n_steps, train_config.batch_size, train_config.seed
    )


def show_sweep(job: SweepJob | None) -> None:
    """Show the sweep as it grows, and what it suggests."""
    if job is None:
        return
    is_over = job.state.is_final
    st.fragment(_show, run_every=None if is_over else _REFRESH_SECONDS)(job, is_over)


def _show(job: SweepJob, was_over: bool) -> None:
    is_over = job.state.is_final  # before it is shown, so that the end is shown
    if job.error is not None:
        st.error(f"The sweep failed: {job.error}")
        return
    sweep = job.result
    _show_suggestions(sweep, None if is_over else job.progress)
    show_chart(
        plot_lr_sweep(sweep, st.session_state["sweep_axis"]),
        key="lr_sweep",
        summary=f"Loss against the learning rate, at {len(sweep.lrs)} rates.",
        columns=_COLUMNS,
        on_pick=state.adopt_lr,
    )
    _explain(sweep)
    if state.is_lr_adopted() or (is_over and not was_over):
        st.rerun()  # the sidebar follows; or nothing is left to be refreshed


def _show_suggestions(sweep: LRRangeTest, progress: float | None) -> None:
    """Show a button for each suggested rate; without it while the sweep makes progress."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown("Adopt", width="content")
        for name, rule in SUGGESTION_RULES.items():
            lr = sweep.suggestions.get(name) if progress is None else None
            sign = SUGGESTION_SIGNS[name]
            st.button(
                f"{sign} {name}" if lr is None else f"{sign} {name}: {lr:.3g}",
                key=f"adopt_{name}",
                on_click=state.adopt_lr,
                args=(lr,),
                help=rule,
                disabled=lr is None,
                type="primary" if name == "minimum" else "secondary",
            )
        if progress is not None:
            st.caption(f"{progress:.0%} of the rates tried")


def _explain(sweep: LRRangeTest) -> None:
    uniform = log(state.dataset().vocabulary.size)
    if (every := drawn_every(len(sweep.lrs))) > 1:
        st.caption(f"One of {every} rates is drawn; the suggestions are of all of them.")
    if sweep.stopped_at is not None:
        st.info(f"The loss ran away, and the sweep stopped at lr = {sweep.stopped_at:.3g}.")
    if len(sweep.losses) and sweep.smoothed[0] > uniform + 1:
        st.caption(
            f"The sweep begins at {sweep.smoothed[0]:.1f} nats, far above a uniform guess "
            f"({uniform:.2f}), because of the initial weights. Rules that look for the fall find "
            "the end of that start, so their rates come out too low; trust the minimum."
        )
