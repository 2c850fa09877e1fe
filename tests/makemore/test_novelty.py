"""`makemore.novelty`: where drawn names stand."""

import pytest
import torch

from makemore import MLP, Dataset, ModelConfig, Split, sample_words
from makemore.novelty import Novelty, origins_by_temperature

SPLIT = Split(["emma", "ava"], ["mia", "emma"], ["lea"])


def test_a_word_stands_in_train_in_held_out_data_or_nowhere() -> None:
    told = {
        word: Novelty(SPLIT).origin(word) for word in ("emma", "ava", "mia", "lea", "", "amma")
    }
    assert told == {
        **{"emma": "train", "ava": "train"},  # emma was seen, though it is held out as well
        **{"mia": "held out", "lea": "held out"},
        **{"": "new", "amma": "new"},
    }


def test_counts_add_up_and_repeats_are_words_seen_before_among_them() -> None:
    counts = Novelty(SPLIT).count(["emma", "zoa", "emma", "mia", "zoa", "zoa"])
    assert counts == (6, 2, 1, 3, 3)
    assert counts.share(counts.train) == pytest.approx(1 / 3)
    assert Novelty(SPLIT).count([]).share(0) == 0


def test_shares_by_temperature_are_those_of_the_words_of_that_temperature(
    dataset: Dataset, rng: torch.Generator
) -> None:
    model = MLP(ModelConfig(dataset.vocabulary.size, n_hidden=8), rng)
    known = sample_words(model, dataset.vocabulary, 20, rng.manual_seed(5), 1.0, 6, "a")
    novelty, temperatures = Novelty(Split(known[:10], known[10:], ["b"])), (0.3, 1.0, 1.7)
    found = origins_by_temperature(
        model, dataset.vocabulary, novelty, temperatures, n=50, seed=5, top_k=6, prefix="a"
    )
    for temperature, counts in zip(temperatures, found, strict=True):
        rng = torch.Generator().manual_seed(5)
        words = sample_words(model, dataset.vocabulary, 50, rng, temperature, 6, "a")
        assert counts == novelty.count(words)
        assert counts.n == counts.train + counts.held_out + counts.new == 50
