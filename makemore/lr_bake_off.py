"""A bake-off of learning rates: short runs whose rate decays at the end, judged on held-out data.

A sweep looks at one step of each rate. Whether a rate is good shows only after many steps at it,
and after the rate has come down: a high one leaves a noise in the loss that goes with it. So each
candidate trains a fresh model for two thirds of the steps, goes on at a tenth of the rate, as the
lecture does by hand, and is judged by the loss over the whole validation split.

Source: the lecture's "decay" of the rate; Smith and Topin 2017, "Super-convergence".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf, isfinite, nan

import numpy as np
import numpy.typing as npt
import torch

from makemore.checks import check_integer
from makemore.config import Stage, check_lr
from makemore.dataset import SplitExamples
from makemore.loss import evaluate
from makemore.lr_seeds import LRRangeTests
from makemore.lr_settings import SweepSettings
from makemore.model import MLP
from makemore.side_by_side import RunFailure, train_many
from makemore.training import Trainer

LECTURE_LR = 0.1
TAIL_SHARE, TAIL_FACTOR = 1 / 3, 0.1  # of the steps, of the rate
SAME_WITHIN = 1.2  # rates that differ by less than this factor are taken for the same one
BAKE_OFF_STEPS, LEAST_STEPS = 4_000, 200  # of a run, as long as nobody asks for others
TOTAL_WORK = 3e11  # floating-point operations of all runs: some four seconds of one processor
STEP_WORK = 4e5  # of a step, beside its products: what the smallest one costs
MIN_BAKE_OFF_STEPS, MAX_BAKE_OFF_STEPS = 3, 1_000_000


@dataclass(frozen=True, eq=False)
class Contender:
    """A rate in a bake-off.

    Args:
        names: of those who proposed it.
        lr: the rate.
        losses: over the whole validation split after the last step, in nats per character, one
            for each seed, float64 (n_seeds,); infinite if the run diverged, NaN if it has not
            ended yet.
    """

    names: tuple[str, ...]
    lr: float
    losses: npt.NDArray[np.float64]

    @property
    def mean(self) -> float:
        """Mean over the seeds that are known; NaN if none is."""
        known = self.losses[~np.isnan(self.losses)]
        return float(known.mean()) if len(known) else nan

    @property
    def is_complete(self) -> bool:
        """Whether its runs have all ended."""
        return not np.isnan(self.losses).any()


@dataclass(frozen=True, eq=False)
class BakeOffResult:
    """What a bake-off found.

    Args:
        contenders: by rising rate.
        seeds: of the runs of each contender.
        n_steps: of each run.
    """

    contenders: tuple[Contender, ...]
    seeds: tuple[int, ...]
    n_steps: int

    @cached_property
    def ranking(self) -> tuple[Contender, ...]:
        """Those whose runs have all ended, the lowest mean loss first."""
        complete = [each for each in self.contenders if each.is_complete]
        return tuple(sorted(complete, key=lambda each: each.mean))

    @property
    def winner(self) -> Contender | None:
        """The contender with the lowest mean loss, once all have run; none if all diverged."""
        if len(self.ranking) < len(self.contenders) or not isfinite(self.ranking[0].mean):
            return None
        return self.ranking[0]

    @property
    def rivals(self) -> tuple[Contender, ...]:
        """Those that the winner did not beat with every seed: it may owe its place to chance."""
        winner = self.winner
        if winner is None:
            return ()
        return tuple(each for each in self.ranking[1:] if (each.losses <= winner.losses).any())


def propose_lrs(tests: LRRangeTests) -> dict[str, float]:
    """Give the lecture's rate and the median of each suggestion, by name."""
    suggested = {name: spread.median for name, spread in tests.spread.items()}
    return {"lecture": LECTURE_LR, **suggested}


def merge_lrs(proposals: Mapping[str, float]) -> dict[float, tuple[str, ...]]:
    """Put rates together that nearly coincide; give the names for each rate left, rising.

    The rate proposed first stands for those that lie within a factor of `SAME_WITHIN`.

    Raises:
        ValueError: if a rate is out of range.
    """
    merged: dict[float, list[str]] = {}
    for name, proposed in proposals.items():
        lr = check_lr(f"the rate {name!r}", proposed)
        near = (known for known in merged if 1 / SAME_WITHIN < lr / known < SAME_WITHIN)
        merged.setdefault(next(near, lr), []).append(name)
    return {lr: tuple(merged[lr]) for lr in sorted(merged)}


def affordable_steps(settings: SweepSettings, n_rates: int, n_examples: int) -> int:
    """Give for how many steps each rate can be tried so that a bake-off lasts a few seconds.

    That follows from the arithmetic of a step and not from a clock, so the same settings give the
    same contest on every machine. Nothing is judged after fewer than `LEAST_STEPS`: with five
    seeds and five rates these are as many steps as those of the usual sweep.

    Args:
        settings: of the sweep that proposed the rates.
        n_rates: that compete.
        n_examples: to train on: the batch, if it is all of them.
    """
    model = settings.model
    weights = model.n_hidden * (model.block_size * model.n_embd + model.vocab_size)
    batch_size = settings.train.batch_size or n_examples
    work = STEP_WORK + 6 * batch_size * weights  # forward, and twice as much backward
    affordable = TOTAL_WORK / (work * n_rates * settings.n_seeds)
    return int(min(max(affordable, LEAST_STEPS), BAKE_OFF_STEPS))


class BakeOff:
    """A bake-off that its caller drives: the first seed of every rate, then the second, and so on.

    Args and errors are those of `bake_off`.
    """

    def __init__(
        self,
        settings: SweepSettings,
        examples: SplitExamples,
        proposals: Mapping[str, float],
        n_steps: int = BAKE_OFF_STEPS,
    ) -> None:
        if not proposals:
            raise ValueError("proposals must hold at least one rate, got none")
        self.seeds = settings.seeds
        check_integer("n_steps", n_steps, MIN_BAKE_OFF_STEPS, MAX_BAKE_OFF_STEPS)
        self._names = merge_lrs(proposals)
        self._val_examples = examples.val
        self._n_steps = n_steps
        self._losses = np.full((len(self.seeds), len(self._names)), nan)
        self._trainers = [
            Trainer(
                MLP(settings.model, torch.Generator().manual_seed(seed)),
                examples.train,
                replace(settings.train, stages=decayed_stages(n_steps, lr), seed=seed),
            )
            for seed in self.seeds
            for lr in self._names
        ]

    @property
    def progress(self) -> float:
        """Share of the steps taken, from 0 to 1."""
        shares = [1.0 if t.is_done else t.step / t.n_steps for t in self._trainers]
        return sum(shares) / len(shares)

    @property
    def is_done(self) -> bool:
        """Whether every run has ended and was judged."""
        return not np.isnan(self._losses).any()

    def advance(self, n_steps: int) -> None:
        """Take up to `n_steps` steps of the run whose turn it is; judge it after its last."""
        unjudged = np.flatnonzero(np.isnan(self._losses))
        if not len(unjudged):
            return
        number = int(unjudged[0])
        self._trainers[number].advance(n_steps)
        if self._trainers[number].is_done:
            self._judge(number)

    def finish(self, n_workers: int | None = None) -> Iterator[float]:
        """Take all steps that are left, several runs at a time; yield the progress."""
        events = train_many(self._trainers, n_workers, steps_per_event=1_000)
        for number, event in events:
            if isinstance(event, RunFailure):
                raise event.error
            if self._trainers[number].is_done:
                self._judge(number)
            yield self.progress

    def result(self) -> BakeOffResult:
        """Give what the runs that have ended have shown."""
        losses = self._losses.copy()
        contenders = tuple(
            Contender(names, lr, losses[:, column])
            for column, (lr, names) in enumerate(self._names.items())
        )
        return BakeOffResult(contenders, self.seeds, self._n_steps)

    def _judge(self, number: int) -> None:
        trainer = self._trainers[number]
        loss = inf if trainer.divergence else evaluate(trainer.model, self._val_examples)
        self._losses.flat[number] = loss if isfinite(loss) else inf


def decayed_stages(n_steps: int, lr: float) -> tuple[Stage, Stage]:
    """Give the stages of a run of a bake-off: two thirds at `lr`, the rest at a tenth of it."""
    n_tail = max(1, round(n_steps * TAIL_SHARE))
    return Stage(n_steps - n_tail, lr), Stage(n_tail, lr * TAIL_FACTOR)


def bake_off(
    settings: SweepSettings,
    examples: SplitExamples,
    proposals: Mapping[str, float],
    n_steps: int = BAKE_OFF_STEPS,
    n_workers: int | None = None,
) -> BakeOffResult:
    """Train fresh models at each rate, decayed at the end, and compare what they learnt.

    All contenders see the same weights and batches with the same seed. A short run is no long
    one: more steps may favour another rate.

    Args:
        settings: those of the sweep that proposed the rates; its own rates do not matter here.
        examples: batches are drawn from train; the models are judged on all of val.
        proposals: rates by name; those that nearly coincide run once.
        n_steps: of each run, its decayed tail included.
        n_workers: how many runs compute at once; `None`: as many as there are cores.

    Raises:
        ValueError: if a number is out of range, there is no rate, or the examples do not fit the
            model.
    """
    contest = BakeOff(settings, examples, proposals, n_steps)
    for _ in contest.finish(n_workers):
        pass
    return contest.result()
