"""`dashboard.limits`: what a server allows, and how that is said."""

from dataclasses import fields

import pytest

from dashboard.limits import Limits
from makemore import ModelConfig, TrainConfig


def test_each_limit_has_a_variable_of_its_name() -> None:
    names = [field.name for field in fields(Limits)]
    environment = {f"MAKEMORE_{name.upper()}": f" {n} " for n, name in enumerate(names, start=7)}
    assert vars(Limits.from_environment(environment)) == dict(
        zip(names, range(7, 7 + len(names)), strict=True)
    )


def test_what_is_not_set_is_as_usual() -> None:
    assert Limits.from_environment({"MAKEMORE_MAX_RUNS": "", "OTHER": "5"}) == Limits()


@pytest.mark.parametrize("text", ["many", "1.5", "0", "-3"])
def test_a_variable_out_of_range_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=r"MAKEMORE_MAX_RUNS must be .*got"):
        Limits.from_environment({"MAKEMORE_MAX_RUNS": text})


def test_a_run_of_just_the_largest_size_is_taken_and_a_larger_one_is_not() -> None:
    model, train = ModelConfig(27, n_hidden=100), TrainConfig(((500, 0.1),))
    n_parameters = model.n_parameters
    Limits(max_parameters=n_parameters, max_steps=500).check(model, train)
    with pytest.raises(ValueError, match=f"at most {n_parameters - 1:,} parameters"):
        Limits(max_parameters=n_parameters - 1).check(model, train)
    with pytest.raises(ValueError, match="at most 499 steps"):
        Limits(max_steps=499).check(model, train)


def test_all_runs_of_a_study_together_are_bounded() -> None:
    limits, model = Limits(max_steps=500), ModelConfig(27)
    limits.check_study(model, 500)
    with pytest.raises(ValueError, match=r"at most 500 steps .* take 501: take fewer seeds"):
        limits.check_study(model, 501)
    with pytest.raises(ValueError, match="at most 9 parameters"):
        Limits(max_parameters=9).check_study(model, 500)
