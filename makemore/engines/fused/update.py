"""How a gradient moves a parameter: the rules of `makemore.optimizer`, a vector at a time."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from makemore.config import TrainConfig
from makemore.engines.fused.vectors import LANES, broadcast, fma, inlined, load, part, sqrt, store

DESCENT, MOMENTUM, ADAMW = range(3)

Floats = npt.NDArray[np.float32]


class Rule(NamedTuple):
    """An optimizer as a kernel needs it; numbers were computed in double and rounded once."""

    kind: int  # DESCENT, MOMENTUM or ADAMW
    past: np.float32  # share of the first moment that stays: momentum or β₁
    new: np.float32  # 1 - β₁
    past_squares: np.float32  # β₂
    new_squares: np.float32  # 1 - β₂
    eps: np.float32
    pull: np.float32  # weight decay that is part of the gradient
    lrs: Floats  # of each step; adamw's corrected for the beginning of its mean at 0
    scales: Floats  # adamw's, of the root mean square at each step: its correction for that
    kept: Floats  # adamw's, share of the weights that decoupled weight decay leaves at each step


_NOTHING = np.empty(0, np.float32)


def build_rule(config: TrainConfig, lrs: npt.NDArray[np.float64], first_step: int) -> Rule:
    """Compute what the steps from number `first_step` on need, one for each rate.

    What float32 cannot hold becomes infinite, as in PyTorch, and the loss with it.
    """
    is_adamw = config.optimizer == "adamw"
    past = config.beta1 if is_adamw else config.momentum
    corrected, scales, kept = lrs, _NOTHING, _NOTHING
    if is_adamw:
        steps = np.arange(first_step, first_step + len(lrs))
        corrected = lrs / (1 - config.beta1**steps)
        scales = _rounded(1 / np.sqrt(1 - config.beta2**steps))
        kept = _rounded(1 - lrs * config.weight_decay)
    return Rule(
        kind=ADAMW if is_adamw else MOMENTUM if config.momentum else DESCENT,
        past=np.float32(past),
        new=np.float32(1 - past),
        past_squares=np.float32(config.beta2),
        new_squares=np.float32(1 - config.beta2),
        eps=np.float32(config.eps),
        pull=np.float32(0 if is_adamw else config.weight_decay),
        lrs=_rounded(corrected),
        scales=scales,
        kept=kept,
    )


@np.errstate(over="ignore")
def _rounded(numbers: npt.NDArray[np.float64]) -> Floats:
    return numbers.astype(np.float32)


@inlined
def moves_at_once(rule):
    """Say whether a step is p ← p − lr · dp, which a product that computes dp can take itself."""
    return rule.kind == DESCENT and rule.pull == 0


@inlined
def update(weights, grads, first, second, rule, step, n):
    """Move the first `n` parameters by their gradients.

    Args:
        weights: all of them as one row, changed in place.
        grads: their gradients.
        first: momentum, or adamw's mean of the gradients; descent has none and takes no look.
        second: adamw's mean of their squares.
        rule: `Rule`.
        step: which of the rule's steps.
        n: how many parameters, whole vectors.
    """
    if rule.kind == DESCENT:
        _descend(weights, grads, rule, step, n)
    elif rule.kind == MOMENTUM:
        _descend_with_momentum(weights, grads, first, rule, step, n)
    else:
        _descend_by_adamw(weights, grads, first, second, rule, step, n)


@part
def _descend(weights, grads, rule, step, n):
    """Compute p ← p − lr · (dp + λp)."""
    move, pull = broadcast(-rule.lrs[step]), broadcast(rule.pull)
    for column in range(0, n, LANES):
        p = load(weights, 0, column)
        dp = fma(pull, p, load(grads, 0, column))
        store(weights, 0, column, fma(move, dp, p))


@part
def _descend_with_momentum(weights, grads, momenta, rule, step, n):
    """Compute m ← μm + dp + λp, then p ← p − lr · m."""
    move, pull, past = broadcast(-rule.lrs[step]), broadcast(rule.pull), broadcast(rule.past)
    for column in range(0, n, LANES):
        p = load(weights, 0, column)
        dp = fma(pull, p, load(grads, 0, column))
        m = fma(past, load(momenta, 0, column), dp)
        store(momenta, 0, column, m)
        store(weights, 0, column, fma(move, m, p))


@part
def _descend_by_adamw(weights, grads, means, squares, rule, step, n):
    """Compute m ← m + (1 − β₁)(dp − m), s ← β₂s + (1 − β₂) dp², p ← kept · p − lr · m / root s."""
    move, kept = broadcast(-rule.lrs[step]), broadcast(rule.kept[step])
    scale, eps = broadcast(rule.scales[step]), broadcast(rule.eps)
    new = broadcast(rule.new)
    past_squares, new_squares = broadcast(rule.past_squares), broadcast(rule.new_squares)
    for column in range(0, n, LANES):
        dp, m = load(grads, 0, column), load(means, 0, column)
        m = fma(new, dp - m, m)
        s = fma(new_squares, dp * dp, past_squares * load(squares, 0, column))
        store(means, 0, column, m)
        store(squares, 0, column, s)
        root = fma(scale, sqrt(s), eps)
        p = kept * load(weights, 0, column)
        store(weights, 0, column, fma(move, m / root, p))
