"""What tests of the dashboard share: short runs, a runner of a test's own, and patience."""

import gc
import time
from collections.abc import Callable, Iterator

import pytest
import torch
from streamlit.testing.v1 import AppTest

from dashboard import runner as runner_module
from dashboard.jobs import Job, State, TrainingJob
from dashboard.runner import Runner
from dashboard.state import address as address_module
from makemore import MLP, Dataset, ModelConfig, TrainConfig, Trainer

PATIENCE_SECONDS = 30.0  # a machine may be busy; what is waited for usually takes far less

# Components that draw nothing of a page's own.
AROUND_PAGES = ("large_type", "rest_watch")

NewRun = Callable[..., TrainingJob]
Until = Callable[[Callable[[], object]], None]


def plain_trainer(job: TrainingJob) -> Trainer:
    """Build the trainer that anyone would build from the job's settings."""
    examples = job.dataset.examples(job.model_config.block_size)
    model = MLP(job.model_config, torch.Generator().manual_seed(job.train_config.seed))
    return Trainer(model, examples.train, job.train_config, examples.val)


def assert_same_weights(model: MLP, other: MLP) -> None:
    for name, weights in model.weights().items():
        assert torch.equal(weights, other.weights()[name]), name


class Logged(Job):
    """Writes down each of its turns; ends after `n_turns`, if that is given."""

    def __init__(self, log: list[Job], n_turns: int | None = None) -> None:
        super().__init__()
        self.log = log
        self.n_turns = n_turns
        self.taken = 0

    def run_slice(self, slice_seconds: float = 0.0) -> None:
        """Take a turn that lasts no time, from which there is nothing to learn."""
        self._advance(1)

    def _advance(self, n_steps: int) -> None:
        self.log.append(self)
        self.taken += 1
        if self.taken == self.n_turns:
            self.move(State.DONE, only_from=(State.RUNNING, State.PAUSED))


def press_back(app: AppTest, **address: str) -> None:
    """Run the script as for the browser's Back, which has put other settings into the address."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(address_module, "is_step_in_history", lambda: True)
        run_with(app, **address)


def run_with(app: AppTest, **address: str) -> None:
    """Run the script for a message that the browser sent with these settings in the address."""
    for name, value in address.items():
        app.query_params[name] = value
    app.run()


def is_at_rest(job: TrainingJob) -> bool:
    """Say whether a run has ended, if only for now, and its last slice is published."""
    return job.state.is_final and not job._advancing.locked()


def run_to_the_end(job: Job) -> None:
    while job.state is State.RUNNING:
        job.run_slice()


def let_turns_pass(runner: Runner, until: Until) -> None:
    """Wait until any slice that is under way now is over."""
    clock = Logged([], n_turns=2)
    runner.start(clock)
    until(lambda: clock.state.is_final)


@pytest.fixture(scope="session", autouse=True)
def _quick_collections() -> None:
    """Do as the server does: what was imported is not looked at after every script run."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _one_worker() -> Iterator[None]:
    """Let the runner of the pages work as on one processor, so that turns come in order."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner_module, "n_cores", lambda: 1)
        yield


@pytest.fixture
def runner() -> Iterator[Runner]:
    """A runner of one test's own."""
    runner = Runner(n_workers=1)
    yield runner
    runner.close()


@pytest.fixture
def new_run(dataset: Dataset) -> NewRun:
    """Build a small run that nobody has started."""

    def build(
        n_steps: int = 300, lr: float = 0.1, n_hidden: int = 10, seed: int = 1
    ) -> TrainingJob:
        model = ModelConfig(dataset.vocabulary.size, 3, 2, n_hidden)
        train = TrainConfig(((n_steps, lr),), batch_size=16, seed=seed, eval_interval=100)
        return TrainingJob.begin(dataset, model, train)

    return build


@pytest.fixture
def until() -> Until:
    """Wait until something holds, and fail if it never does."""

    def wait(holds: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, "it did not come to hold"
            time.sleep(0.005)

    return wait
