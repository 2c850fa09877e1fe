"""Running the lecture's experiments: theirs beside ours, with a verdict on each figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Event
from typing import Literal

from makemore.checks import MAX_SEED, check_choice, check_integer
from makemore.config import MAX_N_STEPS, EngineName
from makemore.dataset import Dataset, load_words
from makemore.engines import fused
from makemore.experiments import (
    EXPERIMENTS,
    LECTURE_SEED,
    Experiment,
    Figure,
    Part,
    Training,
)
from makemore.side_by_side import n_cores
from makemore.spread import MAX_SEEDS, Spread
from makemore.trials import Material, Trial, begin_trial

DEFAULT_SEEDS = tuple(range(42, 52))
EXACT_TOLERANCE = 1e-5  # relative
_STEPS_PER_TURN = 2_000  # between two looks at whether to stop; some 50 ms
_LOOK_SECONDS = 0.1
_UNEXPLAINED = "no reason is known; one figure in twenty is expected outside by chance"

Verdict = Literal["met", "missed", "inside", "outside", "another list", "open"]
VERDICTS: dict[Verdict, str] = {
    "met": "equal, to a relative error of 1e-5",
    "missed": "not equal, and it should be",
    "inside": "such as one further of our runs could have given (95 % interval)",
    "outside": "not such as one further of our runs would give in 19 of 20 cases",
    "another list": "not to be compared: the list of names is not the lecture's",
    "open": "too few seeds to say",
}

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A figure of the lecture beside ours.

    Args:
        part: title of the run that it belongs to.
        figure: theirs.
        ours: one value a seed.
        verdict: see `VERDICTS`.
        why: what a verdict other than `"met"` and `"inside"` comes from.
    """

    part: str
    figure: Figure
    ours: Spread
    verdict: Verdict
    why: str = ""


@dataclass(frozen=True, eq=False)
class ExperimentResult:
    """What an experiment has given so far.

    Args:
        experiment: whose result it is.
        seeds: of our runs; those with a single right outcome have the lecture's.
        comparisons: of each figure, in the lecture's order.
        names: drawn at the end, if the experiment draws any.
        n_known: how many of the names stand in the training split.
        n_words: words of the list.
        is_lecture_list: whether it is the lecture's own.
    """

    experiment: Experiment
    seeds: tuple[int, ...]
    comparisons: tuple[Comparison, ...]
    names: tuple[str, ...]
    n_known: int
    n_words: int
    is_lecture_list: bool


class ExperimentRun:
    """An experiment that its caller drives, for those who show it while it runs.

    Args:
        experiment: one of `EXPERIMENTS` by its letter, or one of your own.
        dataset: the words; the lecture's own list, if exact figures are to be met.
        seeds: of the runs that chance has a part in. Where it has none, the lecture's is taken;
            names are drawn with the first.
        engine: what computes the steps.

    Raises:
        ValueError: if the name is unknown, or the seeds are not 1 to 30 different ones.
    """

    def __init__(
        self,
        experiment: str | Experiment,
        dataset: Dataset,
        seeds: Sequence[int] = DEFAULT_SEEDS,
        engine: EngineName = "auto",
    ) -> None:
        if not isinstance(experiment, Experiment):
            experiment = EXPERIMENTS[check_choice("experiment", experiment, EXPERIMENTS)]
        self.experiment = experiment
        self.seeds = _check_seeds(seeds)
        self._material = Material(dataset)
        self._trials = [
            [
                begin_trial(part, self._material, seed, engine)
                for seed in _seeds_of(part, self.seeds)
            ]
            for part in self.experiment.parts
        ]

    @property
    def trials(self) -> list[Trial]:
        """Each part with each seed; they are independent, so each may have a thread."""
        return [trial for trials in self._trials for trial in trials]

    @property
    def n_steps(self) -> int:
        """Steps of all trials together."""
        return sum(trial.n_steps for trial in self.trials)

    @property
    def step(self) -> int:
        """Steps taken by all trials; one that diverged counts as one that took all its steps."""
        return sum(trial.step for trial in self.trials)

    @property
    def is_done(self) -> bool:
        """Whether every trial has ended."""
        return all(trial.is_done for trial in self.trials)

    def advance(self, n_steps: int) -> None:
        """Take about `n_steps` steps: of the first trial that has not ended."""
        check_integer("n_steps", n_steps, 1, MAX_N_STEPS)
        for trial in self.trials:
            if not trial.is_done:
                return trial.advance(n_steps)
        return None

    def result(self) -> ExperimentResult:
        """Give what is known so far."""
        dataset = self._material.dataset
        names = tuple(name for trial in self.trials for name in trial.names)
        return ExperimentResult(
            experiment=self.experiment,
            seeds=self.seeds,
            comparisons=tuple(
                self._compare(part, trials, number)
                for part, trials in zip(self.experiment.parts, self._trials, strict=True)
                for number in range(len(part.figures))
            ),
            names=names,
            n_known=sum(name in dataset.train_words for name in names),
            n_words=len(dataset.words),
            is_lecture_list=self._material.is_lecture_list,
        )

    def _compare(self, part: Part, trials: list[Trial], number: int) -> Comparison:
        figure = part.figures[number]
        values = tuple(t.values[number] for t in trials if len(t.values) > number)
        ours = Spread(values, is_log=figure.quantity == "lr")
        verdict = _verdict(part, figure, ours, self._material.is_the_lectures(part))
        return Comparison(part.title, figure, ours, verdict, self._why(verdict, part))

    def _why(self, verdict: Verdict, part: Part) -> str:
        if verdict in ("met", "inside", "open"):
            return ""
        if not self._material.is_the_lectures(part):
            return f"this list has {len(self._material.dataset.words):,} names, not 32,033"
        return part.if_outside or _UNEXPLAINED


def _verdict(part: Part, figure: Figure, ours: Spread, is_the_lectures: bool) -> Verdict:
    if part.is_exact:
        if not is_the_lectures:
            return "another list"
        if not ours.values:
            return "open"
        error = abs(ours.values[0] / figure.value - 1)
        return "met" if error <= EXACT_TOLERANCE else "missed"
    if ours.interval is None:
        return "open"
    return "inside" if ours.holds(figure.value) else "outside"


def _seeds_of(part: Part, seeds: tuple[int, ...]) -> tuple[int, ...]:
    if part.is_exact:
        return (LECTURE_SEED,)
    is_single = isinstance(part, Training) and part.n_names > 0
    return seeds[:1] if is_single else seeds


def _check_seeds(seeds: Sequence[int]) -> tuple[int, ...]:
    seeds = tuple(check_integer("a seed", seed, 0, MAX_SEED) for seed in seeds)
    if not 1 <= len(set(seeds)) == len(seeds) <= MAX_SEEDS:
        raise ValueError(f"seeds must be 1 to {MAX_SEEDS} different ones, got {seeds}")
    return seeds


def run_experiment(
    name: str | Experiment,
    words: Sequence[str] | None = None,
    seeds: Sequence[int] = DEFAULT_SEEDS,
    progress: Progress | None = None,
    n_workers: int | None = None,
) -> ExperimentResult:
    """Run one of the lecture's experiments, on all cores.

    Args:
        name: letter of one of `EXPERIMENTS`, or an experiment of your own.
        words: the bundled names, if none are given. Only on the lecture's own list are exact
            figures met.
        seeds: see `ExperimentRun`.
        progress: called now and then with the steps taken and the steps in all.
        n_workers: runs at once; `None`: as many as there are cores.

    Raises:
        ValueError: if an argument is out of range or the words cannot be split.

    Example:
        >>> result = run_experiment("A")
        >>> [comparison.verdict for comparison in result.comparisons] == ["met"] * 10
        True
    """
    words = load_words() if words is None else list(words)
    # Not "auto", which would change the engine on the way the first time on a machine.
    engine: EngineName = "fused" if fused.is_available() else "reference"
    run = ExperimentRun(name, Dataset(words), seeds, engine)
    _run_all(run, n_workers or n_cores(), progress)
    return run.result()


def _run_all(run: ExperimentRun, n_workers: int, progress: Progress | None) -> None:
    """Give each trial a thread; an error or Ctrl-C ends them after the steps under way."""
    is_over = Event()

    def complete(trial: Trial) -> None:
        while not (trial.is_done or is_over.is_set()):
            trial.advance(_STEPS_PER_TURN)

    with ThreadPoolExecutor(n_workers, thread_name_prefix="experiment") as pool:
        waiting = {pool.submit(complete, trial) for trial in run.trials}
        try:
            while waiting:
                done, waiting = wait(waiting, _LOOK_SECONDS)
                for future in done:
                    future.result()
                if progress is not None:
                    progress(run.step, run.n_steps)
        finally:
            is_over.set()
