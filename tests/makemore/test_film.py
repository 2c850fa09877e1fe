"""`makemore.film`: which frames there are, and how they are fitted to each other."""

from collections.abc import Callable
from math import atan2, cos, sin

import numpy as np
import numpy.typing as npt
import pytest
import torch

from makemore import align, losses_between, procrustes
from makemore.config import MAX_N_STEPS
from makemore.film import next_frame_step

Array = npt.NDArray[np.float64]


def points(seed: int, n: int = 12, d: int = 2) -> torch.Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed)).double()


def frame_steps(last: int) -> list[int]:
    steps = [0]
    while (step := next_frame_step(steps[-1])) <= last:
        steps.append(step)
    return steps


def test_frames_are_at_powers_of_two_and_half_way_between() -> None:
    expected = {0} | {2**k for k in range(20)} | {3 * 2**k for k in range(20)}
    assert frame_steps(300_000) == sorted(step for step in expected if step <= 300_000)


def test_the_longest_run_has_53_frames() -> None:
    assert len(frame_steps(MAX_N_STEPS)) == 53


@pytest.mark.parametrize("step", [0, 1, 2, 3, 5, 47, 48, 1_000])
def test_the_next_frame_is_the_first_after_a_step(step: int) -> None:
    assert next_frame_step(step) == min(each for each in frame_steps(5_000) if each > step)


def nearest_by_angle(moving: Array, target: Array) -> Array:
    """Fit in the plane without linear algebra: the best angle, with and without a mirror."""
    centre, moved = target.mean(0), moving - moving.mean(0)
    found = []
    for mirror in (1.0, -1.0):
        x, y = moved[:, 0], mirror * moved[:, 1]
        u, v = (target - centre).T
        angle = atan2(float((x * v - y * u).sum()), float((x * u + y * v).sum()))
        turned = np.column_stack(
            [cos(angle) * x - sin(angle) * y, sin(angle) * x + cos(angle) * y]
        )
        found.append(turned + centre)
    return min(found, key=lambda turned: float(np.square(turned - target).sum()))


@pytest.mark.parametrize("seed", range(8))
def test_the_fit_in_the_plane_is_that_of_the_best_angle(seed: int) -> None:
    moving, target = points(seed), points(seed + 100) * 3 + 5
    expected = nearest_by_angle(moving.numpy(), target.numpy())
    np.testing.assert_allclose(procrustes(moving, target).numpy(), expected, atol=1e-9)


def distance(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one - other).square().sum())


@pytest.mark.parametrize("d", [1, 2, 5, 11])
def test_no_further_turn_or_mirror_comes_nearer(d: int) -> None:
    target = points(2, d=d) + 4
    fitted = procrustes(points(1, d=d), target)
    centre = fitted.mean(0)
    rng = torch.Generator().manual_seed(3)
    for size in (0.01, 0.3, 3.0) * 10:
        other, _ = torch.linalg.qr(
            torch.eye(d).double() + size * torch.randn(d, d, generator=rng).double()
        )
        turned = (fitted - centre) @ other + centre
        assert distance(turned, target) >= distance(fitted, target) - 1e-9


MOVEMENTS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "turned": lambda p: p @ torch.tensor([[0.6, 0.8], [-0.8, 0.6]]).double(),
    "mirrored": lambda p: p * torch.tensor([-1.0, 1.0]),
    "moved": lambda p: p + torch.tensor([30.0, -4.0]),
}


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_what_was_only_moved_comes_back(movement: str) -> None:
    target = points(3)
    torch.testing.assert_close(procrustes(MOVEMENTS[movement](target), target), target)


def test_the_fit_keeps_all_distances_and_does_not_scale() -> None:
    fitted = procrustes(points(4) * 7, points(5))
    torch.testing.assert_close(torch.pdist(fitted), torch.pdist(points(4) * 7))


def test_the_last_picture_stays_and_each_fits_the_one_after_it() -> None:
    pictures = [points(seed) for seed in range(4)]
    aligned = align(pictures)
    assert torch.equal(aligned[-1], pictures[-1])
    for before, after, original in zip(aligned, aligned[1:], pictures, strict=False):
        torch.testing.assert_close(before, procrustes(original, after))


def test_points_on_a_line_stay_on_it() -> None:
    line = [torch.cat([points(seed, d=1), torch.zeros(12, 1)], 1) for seed in range(3)]
    assert all(not picture[:, 1].abs().gt(1e-12).any() for picture in align(line))


def test_no_picture_and_a_single_one_need_no_fit() -> None:
    assert align([]) == []
    assert torch.equal(align([points(1)])[0], points(1))


def test_losses_are_averaged_from_frame_to_frame() -> None:
    losses = np.array([19.0, 5.0, 4.0, 3.0, 2.0, 1.0], np.float32)
    np.testing.assert_allclose(losses_between(losses, [0, 1, 2, 4, 6]), [19, 19, 5, 3.5, 1.5])


def test_without_a_step_no_loss_is_known() -> None:
    assert np.isnan(losses_between(np.empty(0, np.float32), [0])).all()
    assert not len(losses_between(np.ones(3, np.float32), []))
