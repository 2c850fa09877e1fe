"""`makemore.threads`: one thread inside, and outside what was there before."""

from collections.abc import Iterator
from threading import Event, Thread

import pytest
import torch

from makemore.threads import single_threaded


@pytest.fixture(autouse=True)
def three_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def number_in_a_new_thread() -> int:
    numbers: list[int] = []
    thread = Thread(target=lambda: numbers.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    return numbers[0]


def test_inside_there_is_one_thread_and_afterwards_what_was_there_before() -> None:
    with single_threaded():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == number_in_a_new_thread() == 3


def test_an_inner_block_does_not_end_the_outer_one() -> None:
    with single_threaded():
        with single_threaded():
            pass
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 3


def test_an_error_inside_restores_the_number() -> None:
    with pytest.raises(KeyError), single_threaded():
        raise KeyError
    assert torch.get_num_threads() == 3


def test_blocks_of_two_threads_that_overlap_do_not_disturb_each_other() -> None:
    is_inside, may_leave = Event(), Event()
    numbers: list[int] = []

    def stay_inside() -> None:
        with single_threaded():
            is_inside.set()
            may_leave.wait()
            numbers.append(torch.get_num_threads())
        numbers.append(torch.get_num_threads())

    with single_threaded():
        thread = Thread(target=stay_inside)  # begins while this one is inside
        thread.start()
        is_inside.wait()
    assert torch.get_num_threads() == number_in_a_new_thread() == 3
    may_leave.set()
    thread.join()
    assert numbers == [1, 3]
    assert torch.get_num_threads() == number_in_a_new_thread() == 3
