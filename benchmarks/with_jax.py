"""Training steps against JAX, whose `lax.scan` compiles the whole loop.

    pip install jax && python benchmarks/with_jax.py

JAX, the lecture's loop and the fused engine take turns in one process, each on one thread and on
batches drawn beforehand by the same generator; the figures are ratios of the medians of `ROUNDS`.
"""

import os
import statistics
from functools import partial

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import jax
import jax.numpy as jnp
from engines import ROUNDS, SIZES, Contest, begin, seconds_per_call

from makemore import Dataset, load_words


def loss(parameters: list[jax.Array], x: jax.Array, y: jax.Array) -> jax.Array:
    """Compute the mean cross-entropy of a batch, as `MLP.forward` does."""
    C, W1, b1, W2, b2 = parameters
    h = jnp.tanh(C[x].reshape(len(x), -1) @ W1 + b1)
    log_probs = jax.nn.log_softmax(h @ W2 + b2)
    return -jnp.take_along_axis(log_probs, y[:, None], axis=1).mean()


@partial(jax.jit, donate_argnums=0)
def take_steps(
    parameters: list[jax.Array], x: jax.Array, y: jax.Array, batches: jax.Array
) -> tuple[list[jax.Array], jax.Array]:
    """Take a step on each batch, all in one compiled loop."""

    def step(parameters: list[jax.Array], batch: jax.Array) -> tuple[list[jax.Array], jax.Array]:
        value, gradients = jax.value_and_grad(loss)(parameters, x[batch], y[batch])
        return [p - 0.1 * g for p, g in zip(parameters, gradients, strict=True)], value

    return jax.lax.scan(step, parameters, batches)


class JaxSteps:
    """A model of a contest, trained by JAX."""

    def __init__(self, contest: Contest) -> None:
        self._contest = contest
        self._parameters = [jnp.asarray(p.detach().numpy()) for p in contest.parameters]
        self._x, self._y = (
            jnp.asarray(t.numpy()) for t in (contest.examples.x, contest.examples.y)
        )

    def __call__(self, n: int) -> None:
        """Take `n` steps."""
        batches = jnp.asarray(self._contest.draw_batches(n).numpy())
        self._parameters, losses = take_steps(self._parameters, self._x, self._y, batches)
        losses.block_until_ready()


def main() -> None:
    """Measure and print."""
    begin()
    print(f"jax {jax.__version__}")
    dataset = Dataset(load_words())
    for name in SIZES:
        contest = Contest(name, dataset)
        n = 1_000 if name != "B" else 30
        n_lecture = n // 10
        sides = {
            "lecture": (partial(contest.take_lecture_steps, n_lecture), n_lecture),
            "jax": (partial(JaxSteps(contest), n), n),
            "fused": (partial(contest.take_our_steps, n), n),
        }
        for side, _ in sides.values():
            side()
        times: dict[str, list[float]] = {side: [] for side in sides}
        for _ in range(ROUNDS):
            for side, (call, n_steps) in sides.items():
                times[side].append(seconds_per_call(call) / n_steps)
        medians = {side: statistics.median(seconds) for side, seconds in times.items()}
        print(
            f"{name}: fused {medians['lecture'] / medians['fused']:.1f} × the lecture's loop, "
            f"JAX {medians['lecture'] / medians['jax']:.1f} ×; "
            f"fused ÷ JAX {medians['jax'] / medians['fused']:.2f}"
        )


if __name__ == "__main__":
    main()
