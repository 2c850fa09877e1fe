"""All windows of a name, and what follows each."""

from makemore import Dataset, build_examples, load_words

vocabulary = Dataset(load_words()).vocabulary
examples = build_examples(["emma"], vocabulary, block_size=3)
shown = [
    f"{vocabulary.decode(x)}→{vocabulary.decode([y])}"
    for x, y in zip(examples.x.tolist(), examples.y.tolist(), strict=True)
]
assert shown == ["...→e", "..e→m", ".em→m", "emm→a", "mma→."]
