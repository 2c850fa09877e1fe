"""The learning rate of every step: the shape of each schedule, and the stages put together.

A shape is a function of the steps taken in the stage before this one, `t` (0 at its first), and
of the schedule's `span`; it gives the share of the stage's rate, from 0 to 1.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from makemore.config import MIN_LR, Schedule, Stage

Floats = npt.NDArray[np.float64]
Shape = Callable[[Floats, Floats], Floats]

# Source: the defaults of `torch.optim.lr_scheduler.OneCycleLR`.
WARM_UP = 0.3  # share of the steps in which the rate rises
FIRST, LAST = 1 / 25, 1 / 25 / 1e4  # shares of the rate at the first step and at the last


def cosine(t: Floats, span: Floats) -> Floats:
    """Fall as ½ (1 + cos πt/T), which is cos² πt/2T, and 0 only at t = T.

    Source: Loshchilov and Hutter 2016, "SGDR", equation 5, without its restarts.
    """
    return np.cos(np.pi / 2 * t / span) ** 2


def one_cycle(t: Floats, span: Floats) -> Floats:
    """Rise from `FIRST` to 1 and fall to `LAST`, each along half a wave of the cosine.

    Source: Smith and Topin 2017, "Super-convergence"; `torch.optim.lr_scheduler.OneCycleLR`.
    """
    top, end = WARM_UP * span - 1, span - 1
    rising = FIRST + (1 - FIRST) * np.sin(np.pi / 2 * t / top) ** 2
    falling = LAST + (1 - LAST) * np.cos(np.pi / 2 * (t - top) / (end - top)) ** 2
    return np.where(t <= top, rising, falling)


def bengio(t: Floats, span: Floats, decay: float) -> Floats:
    """Fall as 1 / (1 + r t), without an end.

    Source: Bengio et al. 2003, section 4.
    """
    return 1 / (1 + decay * t)


class Rates:
    """The learning rate of each step of a run.

    Args:
        stages: of the run, checked as by `TrainConfig`.
        decay: r of `bengio`.
    """

    def __init__(self, stages: Sequence[Stage], decay: float) -> None:
        n_steps = np.array([stage.n_steps for stage in stages])
        self._ends = np.cumsum(n_steps)  # steps taken when each stage ends
        self._starts = self._ends - n_steps
        self._highest = np.array([stage.lr for stage in stages])
        self._spans = np.array([stage.span or stage.n_steps for stage in stages], np.float64)
        self._schedules = np.array([stage.schedule for stage in stages])
        shapes: dict[Schedule, Shape] = {
            "cosine": cosine,
            "one_cycle": one_cycle,
            "bengio": partial(bengio, decay=decay),
        }
        used = {stage.schedule for stage in stages}
        self._shapes = {name: shape for name, shape in shapes.items() if name in used}

    @property
    def n_steps(self) -> int:
        """Steps of the run."""
        return int(self._ends[-1])

    def stage_of(self, step: int) -> tuple[int, int]:
        """Give the stage of the step after `step` steps, and how many of its steps are taken."""
        stage = int(np.searchsorted(self._ends, step, side="right"))
        return stage, step - int(self._starts[stage])

    def of(self, first: int, stop: int) -> Floats:
        """Give the rates of the steps from number `first` up to, not including, `stop`.

        None is below `MIN_LR`, however far its schedule has fallen.
        """
        steps = np.arange(first, stop)
        stages = np.searchsorted(self._ends, steps, side="left")
        rates: Floats = self._highest[stages]
        for name, shape in self._shapes.items():
            chosen = np.flatnonzero(self._schedules[stages] == name)
            t = (steps - 1 - self._starts[stages])[chosen].astype(np.float64)
            rates[chosen] *= shape(t, self._spans[stages[chosen]])
        return rates.clip(min=MIN_LR)
