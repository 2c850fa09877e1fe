"""Four networks of 100 units, each from its own seed, and the one that they make together."""

from dataclasses import replace

from makemore import ENSEMBLE, Dataset, Ensemble, Stage, evaluate, load_words

dataset = Dataset(load_words())
recipe = replace(
    ENSEMBLE,
    model=replace(ENSEMBLE.model, n_hidden=100),
    train=replace(ENSEMBLE.train, stages=(Stage(1_000, 0.005, "one_cycle"),)),
)
ensemble = Ensemble.begin(dataset, recipe, n_networks=4, seed=42)
for _ in ensemble.train():  # side by side, on all cores
    pass
val = dataset.examples(recipe.model.block_size).val
alone = [evaluate(model, val) for model in ensemble.models]
assert evaluate(ensemble.model(), val) < min(alone)
