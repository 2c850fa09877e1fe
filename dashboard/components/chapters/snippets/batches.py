"""A hundred minibatch steps beat a full-batch step, for a fraction of the examples."""

import torch

from makemore import MLP, Dataset, ModelConfig, Stage, TrainConfig, Trainer, evaluate, load_words

examples = Dataset(load_words()).examples(block_size=3).train
few, every = (MLP(ModelConfig(), torch.Generator().manual_seed(42)) for _ in range(2))
Trainer(few, examples, TrainConfig((Stage(100, 0.1),), batch_size=32)).advance(100)
Trainer(every, examples, TrainConfig((Stage(1, 0.1),), batch_size=None)).advance(1)
assert len(examples) > 100 * 32
assert evaluate(few, examples) < evaluate(every, examples)
