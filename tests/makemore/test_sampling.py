"""`makemore.sampling`: words come with exactly the model's probabilities."""

import re
from collections import Counter
from itertools import product
from math import inf, nan, prod

import pytest
import torch
import torch.nn.functional as F

from makemore import MLP, ModelConfig, Vocabulary, next_probs, sample_words

ABC = Vocabulary.from_words(["abc"])
EXTREMES = (5e-324, 1e-300, 1e-10, 1e10, 1e300, 1.7e308)


def generator(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def model() -> MLP:
    return MLP(ModelConfig(ABC.size, block_size=2, n_embd=2, n_hidden=3), generator(11))


def probability(
    model: MLP, word: str, temperature: float = 1.0, top_k: int = 4, prefix: str = ""
) -> float:
    """Multiply the probabilities of each character of `word` behind the prefix, and of its end."""
    ids = [0, 0, *ABC.encode(prefix), *ABC.encode(word), 0]
    places = range(len(ids) - len(word) - 1, len(ids))
    logits = model(torch.tensor([ids[at - 2 : at] for at in places])).double()
    left_out = logits < logits.topk(top_k, dim=1).values[:, -1:]
    probs = F.softmax(logits.masked_fill(left_out, -inf) / temperature, dim=1)
    return float(prod(probs[range(len(places)), ids[places[0] :]].tolist()))


def chi_square(counts: list[int], expected: list[float]) -> float:
    """Sum the squared deviations of counts, in units of their variance."""
    return sum((n - e) ** 2 / e for n, e in zip(counts, expected, strict=True))


@pytest.mark.parametrize(
    ("temperature", "top_k", "prefix"),
    [(0.5, 4, ""), (1.0, 4, ""), (2.0, 4, ""), (1.0, 3, ""), (1.0, 4, "cab"), (0.7, 2, "b")],
)
def test_whole_words_come_as_often_as_their_probability_says(
    model: MLP, temperature: float, top_k: int, prefix: str
) -> None:
    n = 30_000
    short = ["", *map("".join, product("abc")), *map("".join, product("abc", repeat=2))]
    drawn = Counter(sample_words(model, ABC, n, generator(), temperature, top_k, prefix))
    probabilities = [probability(model, word, temperature, top_k, prefix) for word in short]
    possible = [word for word, p in zip(short, probabilities, strict=True) if p]
    counts = [drawn[prefix + word] for word in possible]
    expected = [n * p for p in probabilities if p]
    statistic = chi_square([*counts, n - sum(counts)], [*expected, n - sum(expected)])
    assert statistic < 45  # at most 13 degrees of freedom: above 45 once in 40,000 seeds
    assert all(prefix + word not in drawn for word in set(short) - set(possible))


def test_successive_letters_do_not_depend_on_each_other_beyond_the_context(model: MLP) -> None:
    with torch.no_grad():
        model.W2.zero_()
        model.b2.copy_(torch.tensor([-30.0, 0, 0, 0]))
    n = 27_000
    drawn = Counter(sample_words(model, ABC, n, generator(6), max_length=3))
    counts = [drawn[word] for word in map("".join, product("abc", repeat=3))]
    assert chi_square(counts, [n / 27] * 27) < 62  # 26 degrees of freedom: once in 10,000 seeds


def test_of_many_words_the_first_are_those_that_asking_for_few_would_give(model: MLP) -> None:
    many = sample_words(model, ABC, 2_000, generator(3))
    for n in (1, 2, 7, 100):
        assert sample_words(model, ABC, n, generator(3)) == many[:n]


def test_two_draws_from_one_generator_differ(model: MLP) -> None:
    rng = generator(3)
    assert sample_words(model, ABC, 50, rng) != sample_words(model, ABC, 50, rng)


def test_first_letters_come_as_often_as_their_probability_says(model: MLP) -> None:
    n = 30_000
    drawn = Counter(word[:1] for word in sample_words(model, ABC, n, generator(2)))
    probs = next_probs(model, torch.zeros(1, 2, dtype=torch.int64))[0].tolist()
    counts = [drawn[letter] for letter in ("", "a", "b", "c")]
    assert chi_square(counts, [n * p for p in probs]) < 25  # 3 degrees of freedom


def test_words_that_are_too_many_for_one_call_go_on_where_the_last_ended(model: MLP) -> None:
    long = sample_words(model, ABC, 2_500, generator(), max_length=1_000)
    assert long == sample_words(model, ABC, 2_500, generator(), max_length=400)
    assert max(map(len, long)) < 400


def test_the_same_generator_gives_the_same_words(model: MLP) -> None:
    assert sample_words(model, ABC, 50, generator(4)) == sample_words(model, ABC, 50, generator(4))
    assert sample_words(model, ABC, 50, generator(4)) != sample_words(model, ABC, 50, generator(5))


def test_no_words_are_drawn_when_none_are_wanted(model: MLP) -> None:
    rng = generator()
    assert sample_words(model, ABC, 0, rng) == []
    assert torch.equal(rng.get_state(), generator().get_state())


def test_sampling_leaves_the_model_and_the_global_generator_alone(model: MLP) -> None:
    state, before = torch.get_rng_state(), model.weights()
    sample_words(model, ABC, 20, generator())
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(before[name], p) for name, p in model.named_parameters())


def test_a_vanishing_temperature_is_greedy_and_so_is_top_k_of_1(model: MLP) -> None:
    greedy = sample_words(model, ABC, 5, generator(), top_k=1, max_length=9)
    assert len(set(greedy)) == 1
    for temperature in (1e-10, 1e-300, 5e-324):
        assert sample_words(model, ABC, 5, generator(), temperature, max_length=9) == greedy


@pytest.mark.parametrize("temperature", EXTREMES)
@pytest.mark.parametrize("top_k", [None, 1, 2, 100])
def test_probabilities_sum_to_1_at_any_temperature(
    model: MLP, temperature: float, top_k: int | None
) -> None:
    contexts = torch.tensor(list(product(range(4), repeat=2)))
    with torch.no_grad():
        model.W2.mul_(1e30)
    probs = next_probs(model, contexts, temperature, top_k)
    assert torch.isfinite(probs).all()
    torch.testing.assert_close(probs.sum(1), torch.ones(16))


def test_a_boundless_temperature_makes_every_symbol_equally_likely(model: MLP) -> None:
    probs = next_probs(model, torch.zeros(1, 2, dtype=torch.int64), 1e300)
    torch.testing.assert_close(probs, torch.full((1, 4), 0.25))


@pytest.mark.parametrize("top_k", [1, 2, 3, 4, 100])
def test_top_k_keeps_the_likeliest_and_their_proportions(model: MLP, top_k: int) -> None:
    contexts = torch.tensor(list(product(range(4), repeat=2)))
    everything, kept = next_probs(model, contexts), next_probs(model, contexts, top_k=top_k)
    for before, after in zip(everything, kept, strict=True):
        best = before.argsort(descending=True)[:top_k]
        expected = torch.zeros(4)
        expected[best] = before[best] / before[best].sum()
        torch.testing.assert_close(after, expected)


@pytest.mark.parametrize("top_k", [1, 2])
def test_of_equally_likely_symbols_top_k_keeps_the_first(model: MLP, top_k: int) -> None:
    with torch.no_grad():
        model.W2.zero_()
        model.b2.zero_()
    probs = next_probs(model, torch.zeros(1, 2, dtype=torch.int64), top_k=top_k)
    assert (probs > 0).tolist() == [[symbol < top_k for symbol in range(4)]]


@pytest.mark.parametrize("prefix", ["a", "bc", "abcabc"])
def test_a_prefix_is_kept_and_continued_from(model: MLP, prefix: str) -> None:
    n = 5_000
    words = sample_words(model, ABC, n, generator(), prefix=prefix)
    assert all(word.startswith(prefix) for word in words)
    context = torch.tensor([[0, 0, *ABC.encode(prefix)][-2:]])
    p_end = float(next_probs(model, context)[0, 0])
    ended = sum(word == prefix for word in words)
    assert abs(ended - n * p_end) < 5 * (n * p_end * (1 - p_end)) ** 0.5 + 1


@pytest.mark.parametrize("max_length", [1, 2, 5])
def test_no_word_is_longer_than_the_longest_allowed(model: MLP, max_length: int) -> None:
    words = sample_words(model, ABC, 2_000, generator(), max_length=max_length)
    assert max(map(len, words)) == max_length


def test_a_cut_word_is_the_beginning_of_the_whole_one(model: MLP) -> None:
    whole = sample_words(model, ABC, 1, generator(8), prefix="ab")[0]
    assert sample_words(model, ABC, 1, generator(8), prefix="ab", max_length=3)[0] == whole[:3]


def test_a_model_that_never_ends_a_word_is_cut_off(model: MLP) -> None:
    with torch.no_grad():
        model.b2[0] = -1e30
    words = sample_words(model, ABC, 3, generator(), max_length=1_000)
    assert [len(word) for word in words] == [1_000] * 3


@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_a_model_that_diverged_is_refused(model: MLP, value: float) -> None:
    with torch.no_grad():
        model.b2[2] = value
    with pytest.raises(
        ValueError, match=r"finite logits .* diverged, so train again with a lower"
    ):
        sample_words(model, ABC, 3, generator())


@pytest.mark.parametrize("temperature", [0, -1.0, nan, inf, "1", None, True])
def test_a_temperature_that_is_not_a_positive_number_is_refused(
    model: MLP, temperature: float
) -> None:
    message = "temperature must be a finite number above 0, got "
    with pytest.raises(ValueError, match=message):
        sample_words(model, ABC, 0, generator(), temperature)
    with pytest.raises(ValueError, match=message):
        next_probs(model, torch.zeros(1, 2, dtype=torch.int64), temperature)


@pytest.mark.parametrize("top_k", [0, -1, 1.0, True, 10**9])
def test_a_top_k_below_1_is_refused(model: MLP, top_k: int) -> None:
    message = re.escape(f"top_k must be a whole number from 1 to 65,536, got {top_k!r}")
    with pytest.raises(ValueError, match=message):
        sample_words(model, ABC, 0, generator(), top_k=top_k)
    with pytest.raises(ValueError, match=message):
        next_probs(model, torch.zeros(1, 2, dtype=torch.int64), top_k=top_k)


@pytest.mark.parametrize("n", [-1, 1.5, True, None, 10**9])
def test_a_count_must_be_0_or_more_and_sane(model: MLP, n: int) -> None:
    with pytest.raises(ValueError, match="n must be a whole number from 0 to 1,000,000, got "):
        sample_words(model, ABC, n, generator())


def test_a_prefix_must_be_made_of_known_letters_and_leave_room(model: MLP) -> None:
    with pytest.raises(ValueError, match=r"got 'z'; known are '\.abc'"):
        sample_words(model, ABC, 1, generator(), prefix="az")
    with pytest.raises(ValueError, match=r"must not hold '\.', which ends a word, got 'a\.b'"):
        sample_words(model, ABC, 1, generator(), prefix="a.b")
    with pytest.raises(ValueError, match="shorter than max_length=3, got 3 characters"):
        sample_words(model, ABC, 1, generator(), prefix="abc", max_length=3)


@pytest.mark.parametrize("max_length", [0, -1, 1_001, 2.0])
def test_a_longest_length_out_of_range_is_refused(model: MLP, max_length: int) -> None:
    with pytest.raises(ValueError, match="max_length must be a whole number from 1 to 1,000"):
        sample_words(model, ABC, 1, generator(), max_length=max_length)


def test_the_vocabulary_must_be_the_models(model: MLP) -> None:
    with pytest.raises(ValueError, match="must be the model's, of 4 symbols, got one of 3"):
        sample_words(model, Vocabulary.from_words(["ab"]), 1, generator())
