"""`dashboard.attendance`: who is here, and who has left for good."""

import pytest

from dashboard.attendance import FORGOTTEN_AFTER_SECONDS, Attendance


class Clock:
    """Stands still until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_who_closed_the_last_window_is_gone_after_the_grace(clock: Clock) -> None:
    attendance = Attendance(45, clock)
    attendance.enter("ada")
    attendance.leave("ada")
    clock.now += 44.9
    assert not attendance.is_gone("ada")
    clock.now += 0.2
    assert attendance.is_gone("ada")


def test_a_reload_in_either_order_is_no_departure(clock: Clock) -> None:
    attendance = Attendance(45, clock)
    for first, second in (
        (attendance.leave, attendance.enter),
        (attendance.enter, attendance.leave),
    ):
        attendance.enter("ada")
        first("ada")
        second("ada")
        clock.now += 100
        assert not attendance.is_gone("ada")
        attendance.leave("ada")


def test_one_of_two_windows_keeps_its_person_here(clock: Clock) -> None:
    attendance = Attendance(45, clock)
    attendance.enter("ada")
    attendance.enter("ada")
    attendance.leave("ada")
    clock.now += 100
    assert not attendance.is_gone("ada")


def test_nobody_is_gone_who_was_not_seen(clock: Clock) -> None:
    assert not Attendance(0, clock).is_gone("ada")


def test_whoever_left_long_ago_takes_no_memory(clock: Clock) -> None:
    attendance = Attendance(45, clock)
    for number in range(100):
        attendance.enter(f"visitor {number}")
        attendance.leave(f"visitor {number}")
        clock.now += FORGOTTEN_AFTER_SECONDS / 10
    assert len(attendance._left_at) < 15
    assert not attendance._windows
