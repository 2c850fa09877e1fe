"""`makemore.engines.fused`: the reference engine's trajectory, an order of magnitude sooner."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch

from makemore import MLP, Examples, ModelConfig, TrainConfig
from makemore.engines.reference import ReferenceEngine
from makemore.film import Reel
from makemore.optimizer import Optimizer

pytest.importorskip("numba", reason="the fused engine needs numba")

from numba import njit

from makemore.engines import fused
from makemore.engines.fused.approximations import exp, tanh
from makemore.engines.fused.matmul import (
    DOT_ROWS,
    MANY_ROWS,
    ROWS,
    multiply,
    multiply_transposed,
    padded,
)
from makemore.engines.fused.transpose import SQUARE
from makemore.engines.fused.vectors import LANES, load, store

FusedEngine = fused.load()

SGD = TrainConfig()

Engines = tuple[MLP, "FusedEngine", MLP, ReferenceEngine]


def engines(
    config: ModelConfig, batch_size: int | None, train: TrainConfig = SGD, n_examples: int = 400
) -> Engines:
    """Give both engines, each with its own copy of one model, on random examples."""
    rng = torch.Generator().manual_seed(5)
    examples = Examples(
        torch.randint(config.vocab_size, (n_examples, config.block_size), generator=rng),
        torch.randint(config.vocab_size, (n_examples,), generator=rng),
    )
    model = MLP(config, rng)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter *= 0.3  # the plain init is chaotic: rounding alone would part the two
    twin = MLP.from_weights(config, model.weights())
    ours, theirs = Optimizer(config, train), Optimizer(config, train)
    return (
        model,
        FusedEngine(model, examples, batch_size, ours),
        twin,
        ReferenceEngine(twin, examples, theirs),
    )


def batches(n_steps: int, batch_size: int, n_examples: int = 400) -> torch.Tensor:
    rng = torch.Generator().manual_seed(7)
    return torch.randint(n_examples, (n_steps, batch_size), generator=rng)


def largest_difference(model: MLP, twin: MLP) -> float:
    ours, theirs = model.weights(), twin.weights()
    return max(float((ours[name] - theirs[name]).abs().max()) for name in ours)


SIZES = [
    # vocab_size, block_size, n_embd, n_hidden, batch_size
    (27, 3, 2, 100, 32),
    (27, 3, 10, 200, 32),
    (27, 8, 24, 64, 256),
    (27, 8, 24, 64, 300),
    (27, 1, 1, 1, 1),
    (27, 3, 10, 100, 1),
    (16, 4, 20, 17, 1),
    (27, 2, 3, 101, 1),
    (2, 1, 3, 5, 7),
    (27, 3, 2, 101, 33),
    (16, 5, 3, 16, 16),
    (33, 2, 8, 17, 100),
    (100, 4, 4, 31, 65),
    (27, 3, 2, 20, 200),
]


@pytest.mark.parametrize(("vocab_size", "block_size", "n_embd", "n_hidden", "batch_size"), SIZES)
@pytest.mark.parametrize(
    ("train", "lr"),
    [
        (SGD, 0.2),
        (TrainConfig(momentum=0.9, weight_decay=0.01), 0.02),
        (TrainConfig(optimizer="adamw", weight_decay=0.01), 0.002),
    ],
    ids=["sgd", "momentum", "adamw"],
)
def test_it_follows_the_reference_engine_for_any_size(
    vocab_size: int,
    block_size: int,
    n_embd: int,
    n_hidden: int,
    batch_size: int,
    train: TrainConfig,
    lr: float,
) -> None:
    config = ModelConfig(vocab_size, block_size, n_embd, n_hidden)
    model, engine, twin, reference = engines(config, batch_size, train)
    lrs, drawn = np.linspace(lr, lr / 4, 200), batches(200, batch_size)
    losses, expected = engine.advance(lrs, drawn), reference.advance(lrs, drawn)
    np.testing.assert_allclose(losses, expected, rtol=2e-5, atol=1e-5)
    assert largest_difference(model, twin) < 1e-5


def test_a_full_batch_follows_the_reference_engine() -> None:
    model, engine, twin, reference = engines(ModelConfig(n_hidden=20), None)
    lrs = np.full(20, 0.1)
    np.testing.assert_allclose(engine.advance(lrs, None), reference.advance(lrs, None), rtol=1e-5)
    assert largest_difference(model, twin) < 1e-5


@pytest.mark.parametrize("batch_size", [1, 37])
def test_the_same_steps_give_the_same_bits_however_they_are_cut(batch_size: int) -> None:
    lrs, drawn = np.full(60, 0.1), batches(60, batch_size)
    model, engine, _, _ = engines(ModelConfig(), batch_size)
    whole = engine.advance(lrs, drawn)
    other, pieces, _, _ = engines(ModelConfig(), batch_size)
    parts = [pieces.advance(lrs[a:b], drawn[a:b]) for a, b in ((0, 1), (1, 7), (7, 60))]
    assert np.array_equal(whole, np.concatenate(parts))
    assert largest_difference(model, other) == 0.0


@pytest.mark.parametrize(("n_embd", "batch_size"), [(2, 1), (2, 7), (4, 64), (4, None)])
def test_each_engine_films_the_table_after_the_steps_of_the_reel(
    n_embd: int, batch_size: int | None
) -> None:
    config, lrs = ModelConfig(n_embd=n_embd, n_hidden=20), np.full(12, 0.1)
    drawn = None if batch_size is None else batches(12, batch_size)
    kept = np.array([11, 12, 15, 22, 40])  # of steps 11 to 22, and one beyond them
    for which in (0, 2):  # the fused engine, the reference engine
        (_, engine), (model, one_by_one) = (
            engines(config, batch_size)[which : which + 2] for _ in range(2)
        )
        reel = Reel(kept, torch.full((5, *model.C.shape), torch.nan))
        engine.advance(lrs, drawn, 11, reel)
        tables = []
        for step in range(12):
            batch = None if drawn is None else drawn[step : step + 1]
            one_by_one.advance(lrs[:1], batch, 11 + step)
            tables.append(model.C.detach().clone())
        for place, step in enumerate((11, 12, 15, 22)):
            assert torch.equal(reel.tables[place], tables[step - 11])
        assert reel.tables[4].isnan().all()


def test_weights_that_somebody_else_changed_are_taken_over() -> None:
    model, engine, twin, reference = engines(ModelConfig(), 32)
    with torch.no_grad():
        for parameter in (*model.parameters(), *twin.parameters()):
            parameter *= 0.5
    lrs, drawn = np.full(5, 0.1), batches(5, 32)
    np.testing.assert_allclose(
        engine.advance(lrs, drawn), reference.advance(lrs, drawn), rtol=1e-5
    )


@pytest.mark.parametrize("batch_size", [1, 32])
def test_a_loss_that_is_not_finite_is_the_last_and_changes_nothing(batch_size: int) -> None:
    model, engine, _, _ = engines(ModelConfig(n_hidden=20), batch_size)
    losses = engine.advance(np.full(50, 1e38), batches(50, batch_size))
    assert len(losses) < 50
    assert np.isfinite(losses[:-1]).all()
    assert not np.isfinite(losses[-1])
    before = model.weights()
    assert len(engine.advance(np.full(3, 0.1), batches(3, batch_size))) == 1
    for name, weight in model.weights().items():
        np.testing.assert_array_equal(weight, before[name])


@njit
def product(c, a, b, m, n, k, factor, adds):  # noqa: ANN001, ANN201
    multiply(c, a, b, m, n, k, factor, adds)


@njit
def transposed_product(c, a, b, room, m, n, k, adds):  # noqa: ANN001, ANN201
    multiply_transposed(c, a, b, room, m, n, k, adds)


def filled(n_rows: int, n_columns: int) -> np.ndarray:
    """Give a padded matrix of random numbers, all others zeros."""
    matrix = padded(n_rows, n_columns)
    matrix[:n_rows, :n_columns] = np.random.default_rng(0).normal(size=(n_rows, n_columns))
    return matrix


def untouched(n_rows: int, n_columns: int) -> np.ndarray:
    """Give a padded matrix that holds nothing to calculate with."""
    return np.full_like(padded(n_rows, n_columns), np.nan)


def assert_only_whole_vectors_were_written(c: np.ndarray, m: int, n: int) -> None:
    """Check that a product left alone what follows its rows, and the last vectors of each."""
    n_written = -(-n // LANES) * LANES
    assert np.isnan(c[m:]).all()
    assert np.isnan(c[:, n_written:]).all()


# Fewer rows than a tile has, as many, one more, several tiles of them; so few columns that dot
# products are quicker than turning a factor, and more, of one to seven vectors, as tiles have one
# to three; depths of one vector and a little more.
ROW_COUNTS = sorted({1, 2, 3, DOT_ROWS, ROWS, ROWS + 1, MANY_ROWS, 2 * MANY_ROWS + 1})
COLUMNS_AND_DEPTHS = [(1, 1), (27, 17), (16, 50), (60, 5), (40, 2), (70, 3), (96, 1), (100, 7)]
SHAPES = [(m, n, k) for m in ROW_COUNTS for n, k in COLUMNS_AND_DEPTHS]
HALF, ONE = np.float32(0.5), np.float32(1)


@pytest.mark.parametrize(("m", "n", "k"), SHAPES)
def test_the_matrix_product_is_that_of_numpy(m: int, n: int, k: int) -> None:
    a, b, c = filled(m, k), filled(k, n), untouched(m, n)
    product(c, a, b, m, n, k, ONE, False)
    np.testing.assert_allclose(c[:m, :n], a[:m, :k].astype(float) @ b[:k, :n], atol=1e-5)
    assert_only_whole_vectors_were_written(c, m, n)


@pytest.mark.parametrize(("m", "n", "k"), SHAPES)
def test_the_first_factor_may_be_a_transposed_view_and_the_product_be_scaled_and_added(
    m: int, n: int, k: int
) -> None:
    a, b, c = filled(k, m), filled(k, n), untouched(m, n)
    expected = 0.5 * a[:k, :m].T.astype(float) @ b[:k, :n]
    product(c, a.T, b, m, n, k, HALF, False)
    np.testing.assert_allclose(c[:m, :n], expected, atol=1e-5)
    product(c, a.T, b, m, n, k, HALF, True)
    np.testing.assert_allclose(c[:m, :n], 2 * expected, atol=1e-5)
    assert_only_whole_vectors_were_written(c, m, n)


@pytest.mark.parametrize(("m", "n", "k"), SHAPES)
def test_the_second_factor_may_be_transposed_in_memory(m: int, n: int, k: int) -> None:
    a, b, c, room = filled(m, k), filled(n, k), untouched(m, n), untouched(k, n)
    expected = a[:m, :k].astype(float) @ b[:n, :k].T
    transposed_product(c, a, b, room, m, n, k, False)
    np.testing.assert_allclose(c[:m, :n], expected, atol=1e-5)
    transposed_product(c, a, b, room, m, n, k, True)
    np.testing.assert_allclose(c[:m, :n], 2 * expected, atol=1e-5)
    assert np.isnan(c[m:]).all()


def test_matrices_begin_at_lines_of_the_cache_and_have_room_for_whole_tiles() -> None:
    for n_rows, n_columns in ((1, 1), (27, 100), (8, 64)):
        matrix = padded(n_rows, n_columns)
        assert matrix.ctypes.data % (4 * LANES) == 0
        assert matrix.shape[0] % SQUARE == matrix.shape[1] % LANES == 0
        assert matrix.shape[1] // LANES % 2 == 1


Function = Callable[[np.ndarray], np.ndarray]


@pytest.fixture(scope="module")
def vector_exp() -> Function:
    return over_arrays(exp)


@pytest.fixture(scope="module")
def vector_tanh() -> Function:
    return over_arrays(tanh)


def over_arrays(function: Callable) -> Function:
    @njit
    def compute(values, results):  # noqa: ANN001, ANN202
        for column in range(0, values.shape[1], LANES):
            store(results, 0, column, function(load(values, 0, column)))

    def apply(values: np.ndarray) -> np.ndarray:
        results = np.empty_like(values[None])
        compute(values[None], results)
        return results[0]

    return apply


def all_floats(every: int = 4096) -> np.ndarray:
    """Give one in `every` of all finite floats, from the lowest to the highest."""
    bits = np.arange(0, 2**32, every, dtype=np.uint64).astype(np.uint32)
    floats = bits.view(np.float32)
    floats = np.sort(floats[np.isfinite(floats)])
    return floats[: len(floats) // LANES * LANES]


def test_tanh_is_within_its_bound_over_all_floats(vector_tanh: Function) -> None:
    x = all_floats()
    error = np.abs(vector_tanh(x) - np.tanh(x.astype(np.float64)))
    assert error.max() < 4e-7


def test_exp_is_within_its_bound_wherever_it_is_a_normal_float(vector_exp: Function) -> None:
    x = np.linspace(-87.3, 88.3, 16 * 100_000).astype(np.float32)
    expected = np.exp(x.astype(np.float64))
    assert (np.abs(vector_exp(x) - expected) / expected).max() < 2e-7


def test_what_is_not_a_number_stays_so(vector_exp: Function, vector_tanh: Function) -> None:
    x = np.full(LANES, np.nan, np.float32)
    assert np.isnan(vector_exp(x)).all()
    assert np.isnan(vector_tanh(x)).all()


def test_exp_of_any_float_is_finite_and_never_falls(vector_exp: Function) -> None:
    y = vector_exp(all_floats())
    assert np.isfinite(y).all()
    assert y.min() >= 0
    assert y[0] == 0.0
    assert math.isclose(float(y[-1]), math.exp(88.37), rel_tol=1e-3)
    assert (np.diff(y) >= -2e-7 * y[1:]).all()
