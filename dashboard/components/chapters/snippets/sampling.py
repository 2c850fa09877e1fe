"""A name is drawn letter by letter, until the end mark is drawn."""

import torch

from makemore import MLP, Dataset, ModelConfig, Stage, TrainConfig, Trainer, load_words

dataset, rng = Dataset(load_words()), torch.Generator().manual_seed(42)
model = MLP(ModelConfig(init="scaled"), rng)
config = TrainConfig((Stage(3_000, 0.1),), eval_interval=None)
Trainer(model, dataset.examples(block_size=3).train, config).advance(3_000)

context, name = [0, 0, 0], ""
while not name.endswith("."):
    probs = model(torch.tensor([context])).softmax(dim=1)
    drawn = int(torch.multinomial(probs, 1, generator=rng))
    name += dataset.vocabulary.decode([drawn])
    context = [*context[1:], drawn]
assert len(name) > 1
