"""Shuffle the names, cut them at 80 % and 90 %."""

import random

from makemore import load_words, split_words

words = load_words()
shuffled = list(words)
random.Random(42).shuffle(shuffled)
n1, n2 = int(0.8 * len(words)), int(0.9 * len(words))
split = split_words(words, seed=42)
assert split.train == shuffled[:n1]
assert (split.val, split.test) == (shuffled[n1:n2], shuffled[n2:])
