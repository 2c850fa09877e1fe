"""`makemore.model`: the network is the lecture's, number by number."""

import re
from math import log

import pytest
import torch
import torch.nn.functional as F

from makemore import MLP, ModelConfig

SMALL = ModelConfig(vocab_size=5, block_size=3, n_embd=2, n_hidden=4)


def generator(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_parameters_are_drawn_from_the_generator_in_the_lectures_order() -> None:
    model, rng = MLP(SMALL, generator(42)), generator(42)
    for name, shape in {"C": (5, 2), "W1": (6, 4), "b1": (4,), "W2": (4, 5), "b2": (5,)}.items():
        assert torch.equal(getattr(model, name), torch.randn(shape, generator=rng)), name


def test_a_second_model_of_one_generator_is_another_draw() -> None:
    rng = generator()
    assert not torch.equal(MLP(SMALL, rng).C, MLP(SMALL, rng).C)


def test_the_global_generator_is_left_alone() -> None:
    state = torch.get_rng_state()
    MLP.from_weights(SMALL, MLP(SMALL, generator()).weights())
    assert torch.equal(torch.get_rng_state(), state)


def test_the_scaled_init_changes_the_scale_of_the_same_draw() -> None:
    lecture = MLP(SMALL, generator())
    scaled = MLP(ModelConfig(5, 3, 2, 4, "scaled"), generator())
    assert torch.equal(scaled.C, lecture.C)
    torch.testing.assert_close(scaled.W1, lecture.W1 * (5 / 3) / 6**0.5)
    assert torch.equal(scaled.b1, lecture.b1)
    torch.testing.assert_close(scaled.W2, lecture.W2 * 0.01)
    assert not scaled.b2.any()


def test_the_scaled_init_begins_near_a_uniform_guess() -> None:
    model = MLP(ModelConfig(init="scaled"), generator())
    x = torch.randint(27, (500, 3), generator=generator())
    loss = F.cross_entropy(model(x), x[:, 0])
    assert loss.item() == pytest.approx(log(27), abs=0.05)  # nats


def test_a_table_lookup_is_a_one_hot_vector_times_the_table() -> None:
    model = MLP(SMALL, generator())
    x = torch.randint(5, (7, 3), generator=generator())
    emb = F.one_hot(x, 5).float() @ model.C  # (7, 3, 2)
    h = torch.tanh(torch.cat(emb.unbind(1), dim=1) @ model.W1 + model.b1)
    torch.testing.assert_close(model(x), h @ model.W2 + model.b2)


def test_a_row_does_not_depend_on_the_other_rows() -> None:
    model = MLP(SMALL, generator())
    x = torch.randint(5, (9, 3), generator=generator())
    torch.testing.assert_close(model(x)[4:5], model(x[4:5]))


def test_no_context_gives_no_logits() -> None:
    assert MLP(SMALL, generator())(torch.zeros(0, 3, dtype=torch.int64)).shape == (0, 5)


@pytest.mark.parametrize("shape", [(3,), (2, 2), (2, 4), (1, 2, 3)])
def test_contexts_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    message = f"must be int64 of shape (B, 3), the model's block_size, got torch.int64 of {shape=}"
    with pytest.raises(ValueError, match=re.escape(message.replace("shape=", "shape "))):
        MLP(SMALL, generator())(torch.zeros(shape, dtype=torch.int64))


@pytest.mark.parametrize("dtype", [torch.float32, torch.int32, torch.bool])
def test_contexts_of_another_type_are_refused(dtype: torch.dtype) -> None:
    with pytest.raises(ValueError, match=rf"contexts must be int64 .*, got {dtype} of shape"):
        MLP(SMALL, generator())(torch.zeros(2, 3, dtype=dtype))


@pytest.mark.parametrize("index", [-1, 5, 2**62])
def test_an_index_outside_the_vocabulary_is_refused(index: int) -> None:
    message = f"contexts must hold indices from 0 to 4, .*, got {index}$"
    with pytest.raises(ValueError, match=message):
        MLP(SMALL, generator())(torch.tensor([[0, 0, index]]))


def test_weights_are_copies_both_ways() -> None:
    model = MLP(SMALL, generator())
    weights = model.weights()
    twin = MLP.from_weights(SMALL, weights)
    with torch.no_grad():
        model.C.zero_()
    assert weights["C"].all()
    weights["C"].zero_()
    assert twin.C.all()


def test_weights_that_do_not_fit_are_refused() -> None:
    weights = MLP(SMALL, generator()).weights()
    with pytest.raises(ValueError, match=r"weights must be C, W1, b1, W2, b2, got C, W1, b1, W2$"):
        MLP.from_weights(SMALL, {name: weights[name] for name in ("C", "W1", "b1", "W2")})
    with pytest.raises(ValueError, match=r"weights must be .*, b2, b3"):
        MLP.from_weights(SMALL, {**weights, "b3": weights["b2"]})
    message = re.escape("b1 must be torch.float32 of shape (4,), got torch.float32 of shape (5,)")
    with pytest.raises(ValueError, match=message):
        MLP.from_weights(SMALL, {**weights, "b1": weights["b2"]})
    with pytest.raises(
        ValueError, match=re.escape("C must be torch.float32 of shape (5, 2), got torch.float64")
    ):
        MLP.from_weights(SMALL, {**weights, "C": weights["C"].double()})
