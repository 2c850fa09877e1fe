"""`makemore.schedules`: the rates of PyTorch's schedulers, whichever steps are asked for."""

import warnings
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import lr_scheduler

from makemore import SCHEDULES, Stage, TrainConfig
from makemore.config import MIN_LR
from makemore.schedules import Rates

NAMES = st.sampled_from(list(SCHEDULES))
STAGES = st.lists(
    st.tuples(st.integers(1, 40), st.floats(1e-4, 10), NAMES), min_size=1, max_size=4
)


def rates_of(*stages: tuple[object, ...], decay: float = 0.01) -> Rates:
    config = TrainConfig(stages, decay=decay)  # type: ignore[arg-type]
    return Rates(config.stages, config.decay)


def whole(rates: Rates) -> np.ndarray:
    return rates.of(1, rates.n_steps + 1)


def torch_rates(name: str, n_steps: int, lr: float) -> list[float]:
    """Give the rates that PyTorch's own scheduler sets."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
    scheduler: lr_scheduler.LRScheduler = (
        lr_scheduler.OneCycleLR(optimizer, max_lr=lr, total_steps=n_steps, cycle_momentum=False)
        if name == "one_cycle"
        else lr_scheduler.CosineAnnealingLR(optimizer, T_max=n_steps)
    )
    rates = []
    for step in range(n_steps):
        rates.append(optimizer.param_groups[0]["lr"])
        if step < n_steps - 1:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # no step of the optimizer itself is taken
                scheduler.step()
    return rates


@pytest.mark.parametrize("n_steps", [1, 2, 3, 4, 5, 10, 333, 1_000])
@pytest.mark.parametrize("name", ["cosine", "one_cycle"])
def test_the_rates_are_those_of_pytorch(name: str, n_steps: int) -> None:
    expected = torch_rates(name, n_steps, 0.3)
    np.testing.assert_allclose(whole(rates_of((n_steps, 0.3, name))), expected, rtol=1e-9)


def test_bengios_rate_is_his_formula() -> None:
    expected = [0.5 / (1 + 0.25 * t) for t in range(9)]
    np.testing.assert_allclose(whole(rates_of((9, 0.5, "bengio"), decay=0.25)), expected)


def test_a_constant_stage_keeps_its_rate_to_the_last_bit() -> None:
    assert whole(rates_of((3, 0.1), (2, 0.01))).tolist() == [0.1, 0.1, 0.1, 0.01, 0.01]


def test_each_stage_begins_its_schedule_anew() -> None:
    stages = [(7, 0.3, "cosine"), (5, 0.1), (6, 0.2, "bengio"), (7, 0.3, "cosine")]
    rates = whole(rates_of(*stages))
    alone = np.concatenate([whole(rates_of(stage)) for stage in stages])
    assert rates.tolist() == alone.tolist()


@given(STAGES, st.data())
def test_a_rate_does_not_depend_on_which_others_are_asked_for(
    stages: list[tuple[object, ...]], data: st.DataObject
) -> None:
    rates = rates_of(*stages)
    cuts = data.draw(st.lists(st.integers(1, rates.n_steps + 1), max_size=5))
    places = [1, *sorted(cuts), rates.n_steps + 1]
    parts = [rates.of(first, stop) for first, stop in pairwise(places)]
    assert np.concatenate(parts).tobytes() == whole(rates).tobytes()


@given(st.integers(1, 60), st.floats(MIN_LR, 1e38), NAMES)
def test_no_rate_is_above_its_stages_nor_below_what_float32_holds(
    n_steps: int, lr: float, name: str
) -> None:
    rates = whole(rates_of((n_steps, lr, name)))
    assert MIN_LR <= rates.min() <= rates.max() <= lr


@given(st.integers(1, 60), st.integers(1, 60), NAMES)
def test_a_stage_that_ends_before_its_schedule_is_the_beginning_of_it(
    n_steps: int, more: int, name: str
) -> None:
    stage = Stage(n_steps, 0.5, name, n_steps + more)  # type: ignore[arg-type]
    rates = whole(rates_of((n_steps + more, 0.5, name)))
    assert whole(rates_of(stage)).tolist() == rates[:n_steps].tolist()


@given(STAGES)
def test_every_step_is_in_the_stage_that_names_it(stages: list[tuple[object, ...]]) -> None:
    rates, steps = rates_of(*stages), [stage[0] for stage in stages]
    expected = [(i, t) for i, n in enumerate(steps) for t in range(n)]  # type: ignore[call-overload]
    assert [rates.stage_of(step) for step in range(rates.n_steps)] == expected
