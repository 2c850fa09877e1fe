"""Shuffle the names, cut them at 80 % and 90 %, and see who knows what by heart."""

import random

from makemore import Vocabulary, load_words, ngram_losses, split_words

words = load_words()
shuffled = list(words)
random.Random(42).shuffle(shuffled)
n1, n2 = int(0.8 * len(words)), int(0.9 * len(words))
split = split_words(words, seed=42)
assert split.train == shuffled[:n1]
assert (split.val, split.test) == (shuffled[n1:n2], shuffled[n2:])

losses = ngram_losses(split, Vocabulary.from_words(words), 6)
assert losses["6-gram"].train < losses["5-gram"].train  # of what was counted
assert losses["6-gram"].val > losses["5-gram"].val  # of what was not
