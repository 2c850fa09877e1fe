"""Three times the hidden units are three times the weights, not three times the embedding."""

from makemore import ModelConfig

small, large = ModelConfig(n_hidden=100), ModelConfig(n_hidden=300)
assert small.n_parameters == 27 * 2 + (3 * 2 * 100 + 100) + (100 * 27 + 27) == 3_481
assert large.n_parameters == 27 * 2 + (3 * 2 * 300 + 300) + (300 * 27 + 27) == 10_281
assert small.shapes["C"] == large.shapes["C"] == (27, 2)
