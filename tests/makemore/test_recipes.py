"""`makemore.recipes`: the lecture's result, the lecture's way and the quick way."""

from dataclasses import replace

import pytest
import torch

from makemore import MLP, RECIPES, Dataset, ModelConfig, Recipe, Stage, TrainConfig, Trainer

LECTURES_LOSS = 2.1936  # nats, validation: experiment K of the lecture


def validation_loss(recipe: Recipe, dataset: Dataset, seed: int) -> float:
    model = MLP(recipe.model, torch.Generator().manual_seed(seed))
    examples = dataset.examples(recipe.model.block_size)
    config = replace(recipe.train, seed=seed)
    trainer = Trainer(model, examples.train, config, examples.val)
    loss = trainer.advance(config.n_steps).evaluations[-1].val_loss
    assert loss is not None
    return loss


def test_the_lectures_recipe_is_the_lectures() -> None:
    assert RECIPES["lecture"].model == ModelConfig(27, 3, 10, 200, "lecture")
    config = TrainConfig((Stage(50_000, 0.1), Stage(50_000, 0.001)), 32)
    assert RECIPES["lecture"].train == config


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_says_in_a_sentence_what_it_is_for(name: str) -> None:
    summary = RECIPES[name].summary
    assert summary.endswith(".")
    assert summary.count(". ") == 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_the_quick_recipe_arrives_at_the_lectures_loss_with_any_seed(
    lecture_words: list[str], seed: int
) -> None:
    assert RECIPES["quick"].model.n_parameters == RECIPES["lecture"].model.n_parameters
    loss = validation_loss(RECIPES["quick"], Dataset(lecture_words), seed)
    assert loss < LECTURES_LOSS - 0.001
