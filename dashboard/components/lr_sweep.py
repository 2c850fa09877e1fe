"""The sweep of the learning rate: its settings, its chart, and adopting what it found."""

from math import log

import streamlit as st

from dashboard import state
from dashboard.figures.learning_rate import SWEEP_AXES, plot_lr_sweep
from dashboard.jobs import SweepJob
from makemore import SUGGESTION_RULES, LRRangeTest, ModelConfig, TrainConfig

_REFRESH_SECONDS = 0.2


def sweep_form(model_config: ModelConfig, train_config: TrainConfig) -> SweepJob | None:
    """Ask for the range; give the sweep over it, begun if its settings are new."""
    low, high, steps, axis = st.columns([1, 1, 1, 2], vertical_alignment="bottom")
    lr_min = low.number_input(
        "From",
        *state.LR_LIMITS,
        1e-3,
        format="%.4g",
        key="lr_min",
        help="First rate.",
        **state.IN_URL,
    )
    lr_max = high.number_input(
        "To", *state.LR_LIMITS, 1.0, format="%.4g", key="lr_max", help="Last rate.", **state.IN_URL
    )
    n_steps = steps.number_input(
        "Rates",
        10,
        20_000,
        1_000,
        step=100,
        key="sweep_steps",
        help="How many rates to try, one step each, evenly spaced in the exponent.",
        **state.IN_URL,
    )
    axis.segmented_control(
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
    """Show the sweep, as far as it has come, and what it suggests."""
    if job is None:
        return
    if not job.state.is_final:
        st.fragment(_show_progress, run_every=_REFRESH_SECONDS)(job)
    elif job.error is not None:
        st.error(f"The sweep failed: {job.error}")
    else:
        _show_result(job.result)  # in no fragment: adopting a rate changes the sidebar too


def _show_progress(job: SweepJob) -> None:
    if job.state.is_final:
        st.rerun()
    st.progress(job.progress, text=f"{job.progress:.0%} of the rates tried")


def _show_result(sweep: LRRangeTest) -> None:
    figure = plot_lr_sweep(sweep, st.session_state["sweep_axis"])
    st.plotly_chart(
        figure,
        key="lr_sweep",
        height=430,
        on_select=_adopt_clicked,
        selection_mode="points",
        config={"displaylogo": False, "showSendToCloud": False},
    )
    uniform = log(state.dataset().vocabulary.size)
    if len(sweep.losses) and sweep.smoothed[0] > uniform + 1:
        st.caption(
            f"The sweep begins at {sweep.smoothed[0]:.1f} nats, far above a uniform guess "
            f"({uniform:.2f}), because of the initial weights. Rules that look for the fall find "
            "the end of that start, so their rates come out too low; trust the minimum."
        )
    if sweep.stopped_at is not None:
        st.info(f"The loss ran away, and the sweep stopped at lr = {sweep.stopped_at:.3g}.")
    for column, (name, lr) in zip(
        st.columns(max(1, len(sweep.suggestions))), sweep.suggestions.items(), strict=False
    ):
        column.button(
            f"Adopt {name}: {lr:.3g}",
            key=f"adopt_{name}",
            on_click=_adopt,
            args=(lr,),
            help=SUGGESTION_RULES[name],
            width="stretch",
            type="primary" if name == "minimum" else "secondary",
        )
    with st.expander("The numbers as a table"):
        st.dataframe(
            {"lr": sweep.lrs, "loss": sweep.losses, "moving average": sweep.smoothed},
            hide_index=True,
        )


def _adopt_clicked() -> None:
    points = st.session_state["lr_sweep"].selection.points
    if points:
        chosen = points[0]["customdata"]
        _adopt(float(chosen[0] if isinstance(chosen, list) else chosen))


def _adopt(lr: float) -> None:
    state.adopt_lr(lr)
    st.toast(f"The learning rate is now {lr:.4g}. Press Train on the Train page to use it.")
