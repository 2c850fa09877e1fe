"""What a sweep suggests, how sure that is, and adopting it."""

from math import log, sqrt

import streamlit as st

from dashboard import state
from dashboard.components.study_progress import told_stop
from dashboard.figures.learning_rate import SUGGESTION_SIGNS
from dashboard.jobs import State
from dashboard.sweep_jobs import SweepJob
from makemore import MISLED_RULES, SUGGESTION_RULES, LRRangeTests, RateSpread, is_start_misleading


def show_suggestions(job: SweepJob, smoothing: float) -> None:
    """Show a button for each suggested rate, and how far it varies from seed to seed."""
    tests, is_over = job.tests(smoothing), job.state.is_final
    if job.state is State.STOPPED:
        st.warning(f"{told_stop(job)} Of the rates tried until then:")
        st.button("Go on", key="go_on_sweep", on_click=state.revive_run, args=(job,))
    _show_selected_range()
    st.markdown(f"**Adopt** :small[median and range of {len(tests.seeds)} seeds]")
    for name in SUGGESTION_RULES:
        _show_suggestion(name, tests.spread.get(name) if is_over else None, tests, job)
    _warn(tests, job.settings.model.vocab_size)


def _show_suggestion(
    name: str, spread: RateSpread | None, tests: LRRangeTests, job: SweepJob
) -> None:
    sign, rule = SUGGESTION_SIGNS[name], SUGGESTION_RULES[name]
    warning = _warning(name, spread, tests, job.settings.model.vocab_size)
    st.button(
        f"{sign} {name}" if spread is None else f"{sign} {name}: {_told(spread)} {warning[:1]}",
        key=f"adopt_{name}",
        on_click=state.adopt_lr,
        args=(spread.median if spread is not None else None,),
        help=" ".join(filter(None, (rule.summary, f"Source: {rule.source}.", warning))),
        disabled=spread is None,
        type="primary" if name == "minimum" else "secondary",
        width="stretch",
    )


def _told(spread: RateSpread) -> str:
    if spread.lowest == spread.highest:
        return f"{spread.median:.3g}"
    return f"{spread.median:.3g} ({spread.lowest:.3g} – {spread.highest:.3g})"


def _warning(name: str, spread: RateSpread | None, tests: LRRangeTests, vocab_size: int) -> str:
    """Say why a suggestion is not to be trusted, after a sign for it."""
    if name in MISLED_RULES and is_start_misleading(tests.first_loss, vocab_size):
        return "⚠ Too low here: it finds the end of the far too high first loss."
    if spread is not None and {spread.lowest, spread.highest} & {tests.lrs[0], tests.lrs[-1]}:
        return "⚠ At the end of the range, which may hide what comes beyond."
    return ""


def _warn(tests: LRRangeTests, vocab_size: int) -> None:
    if is_start_misleading(tests.first_loss, vocab_size):
        st.caption(
            f"⚠ The first loss is {tests.first_loss:.1f} nats, far above a uniform guess "
            f"({log(vocab_size):.2f}): {' and '.join(MISLED_RULES)} find the end of that start. "
            "Trust the minimum."
        )


def _show_selected_range() -> None:
    """Offer what can be done with the rates that were dragged over."""
    selected = state.lr_range()
    if selected is None:
        return
    lowest, highest = selected
    middle = sqrt(lowest * highest)  # as many times the lowest as the highest is that
    st.markdown(f"**Selected: {lowest:.3g} to {highest:.3g}**")
    with st.container(horizontal=True, gap="small"):
        st.button(
            f"Adopt {middle:.3g}",
            key="adopt_middle",
            on_click=state.adopt_lr,
            args=(middle,),
            help="The geometric middle of the range: as far from either end, in factors.",
        )
        st.button(
            "Sweep it",
            key="sweep_range",
            on_click=state.sweep_between,
            args=selected,
            help="Let all rates of the sweep lie in this range.",
        )
        st.button(
            "✕",
            key="forget_range",
            type="tertiary",
            on_click=state.clear_lr_range,
            help="Forget the range.",
        )


def explain_rules() -> None:
    """Say what each rule does, and where it comes from."""
    with st.expander("How the rates are suggested"):
        st.markdown(
            "\n".join(
                f"- {SUGGESTION_SIGNS[name]} **{name}**: {rule.summary} Source: {rule.source}."
                for name, rule in SUGGESTION_RULES.items()
            )
        )
