"""`makemore.engines.fused.sampler`: the words of the plain loop, sooner."""

from math import nan

import numpy as np
import pytest
import torch

from makemore import MLP, ModelConfig
from makemore.engines.fused.uniforms import uniform
from makemore.sampling import LockstepSampler

pytest.importorskip("numba", reason="the kernels need numba")

from makemore.engines import fused

Sampler = fused.load_sampler()

KEY = np.uint64(1234567)


def small_model(vocab_size: int, block_size: int, n_embd: int = 3, n_hidden: int = 20) -> MLP:
    config = ModelConfig(vocab_size, block_size, n_embd, n_hidden)
    return MLP(config, torch.Generator().manual_seed(2))


@pytest.mark.parametrize(
    ("vocab_size", "block_size", "n_hidden"),
    [(27, 3, 100), (27, 8, 33), (2, 1, 1), (16, 1, 16), (33, 2, 17), (100, 4, 31)],
)
@pytest.mark.parametrize(
    ("temperature", "top_k"), [(1.0, None), (0.3, None), (3.0, 5), (1e-300, None), (1e300, 2)]
)
@pytest.mark.parametrize("n", [1, 20, 3_000])
def test_it_draws_the_words_of_the_plain_loop(
    vocab_size: int, block_size: int, n_hidden: int, temperature: float, top_k: int | None, n: int
) -> None:
    model = small_model(vocab_size, block_size, n_hidden=n_hidden)
    context = [1] * block_size
    ours = Sampler(model, context, n, temperature, top_k, KEY).draw(0, n, 12)
    theirs = LockstepSampler(model, context, temperature, top_k, KEY).draw(0, n, 12)
    assert ours is not None
    assert theirs is not None
    assert np.array_equal(ours, theirs[:, : ours.shape[1]])
    assert not theirs[:, ours.shape[1] :].any()


def test_lockstep_and_the_table_draw_the_same_words() -> None:
    model, n = small_model(27, 2), 5_000
    lockstep = Sampler(model, [0, 0], 50, 1.0, None, KEY).draw(0, n, 100)
    table = Sampler(model, [0, 0], n, 1.0, None, KEY).draw(0, n, 100)
    assert np.array_equal(lockstep, table)


@pytest.mark.parametrize("n", [1, 1_000])
def test_words_may_be_drawn_a_few_at_a_time(n: int) -> None:
    sampler = Sampler(small_model(27, 2), [0, 0], n, 1.0, None, KEY)
    whole = sampler.draw(0, 700, 40)
    parts = [sampler.draw(first, size, 40) for first, size in ((0, 1), (1, 99), (100, 600))]
    assert np.array_equal(whole[:1, : parts[0].shape[1]], parts[0])
    assert np.array_equal(whole[1:100, : parts[1].shape[1]], parts[1])
    assert np.array_equal(whole[100:, : parts[2].shape[1]], parts[2])


def test_of_equally_likely_symbols_top_k_keeps_the_first() -> None:
    model = small_model(27, 2)
    with torch.no_grad():
        model.W2.zero_()
        model.b2.zero_()
    drawn = Sampler(model, [0, 0], 500, 1.0, 3, KEY).draw(0, 500, 10)
    assert np.unique(drawn).tolist() == [0, 1, 2]


@pytest.mark.parametrize("n", [1, 1_000])
def test_a_logit_that_is_not_finite_is_noticed_if_a_word_comes_by_it(n: int) -> None:
    model = small_model(27, 2)
    with torch.no_grad():
        model.C[5] = nan
    assert Sampler(model, [0, 5], n, 1.0, None, KEY).draw(0, 3, 10) is None
    with torch.no_grad():
        model.b2[0] = 1e30  # words end before they reach that character
    assert Sampler(model, [0, 0], n, 1.0, None, KEY).draw(0, 3, 10).shape == (3, 0)


def test_uniform_numbers_are_those_of_splitmix64() -> None:
    # Source: the first three numbers of seed 1234567, as published with the algorithm.
    published = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    numbers = uniform(KEY, np.zeros(3, np.uint64), np.arange(1, 4, dtype=np.uint64))
    assert numbers.tolist() == [((bits >> 32) + 0.5) / 2**32 for bits in published]


def test_uniform_numbers_of_a_word_and_of_a_position_are_evenly_spread() -> None:
    for word, position in ((np.arange(64_000), np.zeros(1)), (np.full(1, 7), np.arange(64_000))):
        numbers = uniform(KEY, word.astype(np.uint64), position.astype(np.uint64))
        counts = np.bincount((numbers * 64).astype(int), minlength=64)
        assert ((counts - 1_000) ** 2 / 1_000).sum() < 115  # 63 degrees: once in 10,000 keys
