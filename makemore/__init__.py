"""A character-level MLP language model after Bengio et al. 2003, and what can be said about it."""

from typing import TYPE_CHECKING

from makemore.baselines import NGram, SplitLosses, baseline_name, ngram_losses
from makemore.by_hand import lowest_loss, probs_by_hand, probs_shifted
from makemore.config import OPTIMIZERS, SCHEDULES, ModelConfig, Stage, TrainConfig
from makemore.dataset import (
    Dataset,
    Examples,
    Split,
    build_examples,
    load_words,
    parse_words,
    split_words,
)
from makemore.diagnostics import Activations, TensorHealth, tensor_health
from makemore.embedding import (
    PictureScores,
    Projection,
    picture_scores,
    project_embedding,
    projector_tsv,
    slot_norms,
)
from makemore.ensemble import Ensemble, join_models
from makemore.experiment_run import (
    VERDICTS,
    Comparison,
    ExperimentResult,
    ExperimentRun,
    run_experiment,
)
from makemore.experiments import EXPERIMENTS, Experiment
from makemore.film import Frame, align, losses_between, procrustes
from makemore.kinds import KindScores, character_kind, kind_scores
from makemore.loss import evaluate, nats_to_bits, nats_to_perplexity
from makemore.loss_table import (
    LossTable,
    compare_with_tables,
    model_losses,
    table_losses,
    words_by_group,
)
from makemore.lr_bake_off import BakeOff, BakeOffResult, Contender, bake_off, propose_lrs
from makemore.lr_finder import LRRangeTest, LRSweep, lr_range_test
from makemore.lr_rules import MISLED_RULES, SUGGESTION_RULES, SuggestionRule, is_start_misleading
from makemore.lr_seeds import (
    Band,
    LRRangeTests,
    LRSweeps,
    RateSpread,
    lr_range_tests,
)
from makemore.lr_settings import SweepSettings
from makemore.model import MLP
from makemore.neighbours import (
    DISTANCES,
    functional_distances,
    nearest_neighbours,
    similarity_order,
    table_distances,
)
from makemore.novelty import ORIGINS, Novelty, OriginCounts, origins_by_temperature
from makemore.recipes import ENSEMBLE, RECIPES, Recipe
from makemore.run import History, Run
from makemore.run_file import dump_run, load_run, parse_run, save_run
from makemore.sampling import next_probs, sample_words
from makemore.side_by_side import RunFailure, train_many
from makemore.spread import Spread
from makemore.surprise import ngram_surprise, slot_distributions, slot_effects, word_surprise
from makemore.training import Divergence, Evaluation, Trainer, TrainingEvent, train
from makemore.vocabulary import END, Vocabulary
from makemore.word_list import LeftOut, ListRules, WordList, load_word_list, read_word_list
from makemore.word_statistics import bigram_counts, length_counts, overlaps, repeated_words

if TYPE_CHECKING:
    from makemore.store import Store, StoredList, StoredRun, StoreError

__all__ = [
    "DISTANCES",
    "END",
    "ENSEMBLE",
    "EXPERIMENTS",
    "MISLED_RULES",
    "MLP",
    "OPTIMIZERS",
    "ORIGINS",
    "RECIPES",
    "SCHEDULES",
    "SUGGESTION_RULES",
    "VERDICTS",
    "Activations",
    "BakeOff",
    "BakeOffResult",
    "Band",
    "Comparison",
    "Contender",
    "Dataset",
    "Divergence",
    "Ensemble",
    "Evaluation",
    "Examples",
    "Experiment",
    "ExperimentResult",
    "ExperimentRun",
    "Frame",
    "History",
    "KindScores",
    "LRRangeTest",
    "LRRangeTests",
    "LRSweep",
    "LRSweeps",
    "LeftOut",
    "ListRules",
    "LossTable",
    "ModelConfig",
    "NGram",
    "Novelty",
    "OriginCounts",
    "PictureScores",
    "Projection",
    "RateSpread",
    "Recipe",
    "Run",
    "RunFailure",
    "Split",
    "SplitLosses",
    "Spread",
    "Stage",
    "Store",
    "StoreError",
    "StoredList",
    "StoredRun",
    "SuggestionRule",
    "SweepSettings",
    "TensorHealth",
    "TrainConfig",
    "Trainer",
    "TrainingEvent",
    "Vocabulary",
    "WordList",
    "align",
    "bake_off",
    "baseline_name",
    "bigram_counts",
    "build_examples",
    "character_kind",
    "compare_with_tables",
    "dump_run",
    "evaluate",
    "functional_distances",
    "is_start_misleading",
    "join_models",
    "kind_scores",
    "length_counts",
    "load_run",
    "load_word_list",
    "load_words",
    "losses_between",
    "lowest_loss",
    "lr_range_test",
    "lr_range_tests",
    "model_losses",
    "nats_to_bits",
    "nats_to_perplexity",
    "nearest_neighbours",
    "next_probs",
    "ngram_losses",
    "ngram_surprise",
    "origins_by_temperature",
    "overlaps",
    "parse_run",
    "parse_words",
    "picture_scores",
    "probs_by_hand",
    "probs_shifted",
    "procrustes",
    "project_embedding",
    "projector_tsv",
    "propose_lrs",
    "read_word_list",
    "repeated_words",
    "run_experiment",
    "sample_words",
    "save_run",
    "similarity_order",
    "slot_distributions",
    "slot_effects",
    "slot_norms",
    "split_words",
    "table_distances",
    "table_losses",
    "tensor_health",
    "train",
    "train_many",
    "word_surprise",
    "words_by_group",
]


def __getattr__(name: str) -> object:
    """Import the store when it is first asked for: SQLAlchemy takes a while, and may be absent."""
    if name in ("Store", "StoreError", "StoredList", "StoredRun"):
        from makemore import store

        return getattr(store, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
