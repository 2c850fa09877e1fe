"""Sweeps and bake-offs of the learning rate, as jobs that the runner does in slices."""

import time
from abc import abstractmethod
from collections.abc import Mapping
from typing import Generic, TypeVar

from dashboard.jobs import ALIVE, State
from dashboard.studies import Study
from makemore import (
    BakeOff,
    BakeOffResult,
    Dataset,
    LRRangeTests,
    LRSweeps,
    SweepSettings,
)

TELL_SECONDS = 0.25  # between two results of one job

Result = TypeVar("Result")


class ResultJob(Study, Generic[Result]):
    """Work that ends with one result, of which a part can be seen before."""

    def __init__(self) -> None:
        super().__init__()
        self._result = self._find_result()
        self._told_at = time.perf_counter()

    @property
    def result(self) -> Result:
        """What has been found, at most `TELL_SECONDS` ago."""
        return self._result

    def _advance(self, n_steps: int) -> None:
        is_done = self._work(n_steps)
        now = time.perf_counter()
        if is_done or now > self._told_at + TELL_SECONDS:
            self._result, self._told_at = self._find_result(), now  # too slow for every slice
        if is_done:
            self.move(State.DONE, only_from=ALIVE)

    @abstractmethod
    def _work(self, n_steps: int) -> bool:
        """Take so many steps, and say whether none is left."""

    @abstractmethod
    def _find_result(self) -> Result: ...


class SweepJob(ResultJob[LRRangeTests]):
    """Sweeps of the learning rate with fresh models, one for each seed."""

    def __init__(self, dataset: Dataset, settings: SweepSettings) -> None:
        self.dataset, self.settings = dataset, settings
        self._seen: tuple[LRRangeTests, float, LRRangeTests] | None = None
        self._sweeps: LRSweeps | None = LRSweeps(
            settings, dataset.examples(settings.model.block_size).train
        )
        super().__init__()

    def tests(self, smoothing: float) -> LRRangeTests:
        """Give what has been found, seen through an average; reckoned once for each."""
        seen = self._seen
        if seen is None or seen[:2] != (self._result, smoothing):
            seen = (self._result, smoothing, self._result.with_smoothing(smoothing))
            self._seen = seen
        return seen[2]

    @property
    def progress(self) -> float:
        """Share of the rates tried, from 0 to 1."""
        sweeps = self._sweeps
        return 1.0 if sweeps is None else sweeps.progress

    def _work(self, n_steps: int) -> bool:
        if self._sweeps is None:
            return True
        self._sweeps.advance(n_steps)
        return self._sweeps.is_done

    def _find_result(self) -> LRRangeTests:
        return self._result if self._sweeps is None else self._sweeps.result()

    def _let_go_of_tools(self) -> None:
        self._sweeps = None


class BakeOffJob(ResultJob[BakeOffResult]):
    """Short runs of fresh models at each of some rates.

    Args:
        dataset: the words that they train on.
        settings: of the sweep that proposed the rates.
        proposals: rates by name.
        n_steps: of each run.
    """

    def __init__(
        self,
        dataset: Dataset,
        settings: SweepSettings,
        proposals: Mapping[str, float],
        n_steps: int,
    ) -> None:
        self.proposals, self.n_steps = proposals, n_steps
        examples = dataset.examples(settings.model.block_size)
        self._contest: BakeOff | None = BakeOff(settings, examples, proposals, n_steps)
        super().__init__()

    @property
    def progress(self) -> float:
        """Share of the steps taken, from 0 to 1."""
        contest = self._contest
        return 1.0 if contest is None else contest.progress

    def _work(self, n_steps: int) -> bool:
        if self._contest is None:
            return True
        self._contest.advance(n_steps)
        return self._contest.is_done

    def _find_result(self) -> BakeOffResult:
        return self._result if self._contest is None else self._contest.result()

    def _let_go_of_tools(self) -> None:
        self._contest = None
