"""An experiment of the lecture as work for the runner."""

from collections.abc import Sequence

from dashboard.jobs import ALIVE, State
from dashboard.studies import Study
from makemore import Dataset, Experiment, ExperimentResult, ExperimentRun


class ExperimentJob(Study):
    """Runs an experiment, one seed after the other; what is known can be read at any time.

    Args:
        experiment: by its letter, or one of your own.
        dataset: the words.
        seeds: of the runs.
    """

    def __init__(
        self, experiment: str | Experiment, dataset: Dataset, seeds: Sequence[int]
    ) -> None:
        super().__init__()
        self._run: ExperimentRun | None = ExperimentRun(experiment, dataset, seeds)
        self._result = self._run.result()

    @property
    def result(self) -> ExperimentResult:
        """What is known as of the last slice."""
        return self._result

    @property
    def progress(self) -> float:
        """Share of the steps taken, from 0 to 1."""
        run = self._run
        return 1.0 if run is None else run.step / run.n_steps

    def _advance(self, n_steps: int) -> None:
        run = self._run
        if run is not None:
            run.advance(n_steps)
            self._result = run.result()
        self.version += 1
        if run is None or run.is_done:
            self.move(State.DONE, only_from=ALIVE)

    def _let_go_of_tools(self) -> None:
        self._run = None
