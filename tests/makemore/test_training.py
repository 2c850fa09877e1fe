"""`makemore.training`: a run is the lecture's loop, however its steps are cut into calls."""

import re
from collections.abc import Sequence
from dataclasses import replace
from math import inf, log, nan

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from makemore import (
    MLP,
    SCHEDULES,
    Dataset,
    Evaluation,
    Examples,
    Frame,
    ModelConfig,
    Stage,
    TrainConfig,
    Trainer,
    TrainingEvent,
    evaluate,
    train,
)
from makemore.config import EngineName, Schedule

STAGES = (Stage(30, 0.5), Stage(20, 0.05))
FOUR = Examples(x=torch.arange(12).view(4, 3), y=torch.tensor([5, 13, 1, 0]))
HUGE = 1e38  # a rate that no model survives


def model_of(vocab_size: int, seed: int = 7, **sizes: int) -> MLP:
    config = ModelConfig(vocab_size, init="scaled", **sizes)
    return MLP(config, torch.Generator().manual_seed(seed))


def trainer_of(dataset: Dataset, config: TrainConfig, **sizes: int) -> Trainer:
    model = model_of(dataset.vocabulary.size, **{"n_hidden": 10, **sizes})
    examples = dataset.examples(model.config.block_size)
    return Trainer(model, examples.train, config, examples.val)


def plain_loop(model: MLP, examples: Examples, config: TrainConfig) -> list[float]:
    """Train as the lecture writes it, and give the loss of each step."""
    rng = torch.Generator().manual_seed(config.seed)
    parameters = [model.C, model.W1, model.b1, model.W2, model.b2]
    losses = []
    for lr in [stage.lr for stage in config.stages for _ in range(stage.n_steps)]:
        x, y = examples.x, examples.y
        if config.batch_size is not None:
            ix = torch.randint(len(examples), (config.batch_size,), generator=rng)
            x, y = x[ix], y[ix]
        h = torch.tanh(model.C[x].view(len(x), -1) @ model.W1 + model.b1)
        loss = F.cross_entropy(h @ model.W2 + model.b2, y)
        for parameter in parameters:
            parameter.grad = None
        loss.backward()
        for parameter in parameters:
            assert parameter.grad is not None
            parameter.data += -lr * parameter.grad
        losses.append(loss.item())
    return losses


def assert_same_state(one: Trainer, other: Trainer) -> None:
    """Compare everything that decides how two trainers go on, bit for bit."""
    mine, theirs = one.state_dict(), other.state_dict()
    for name, weight in mine.pop("weights").items():
        assert torch.equal(weight, theirs["weights"][name]), name
    for moment, tensors in mine.pop("moments").items():
        for name, tensor in tensors.items():
            assert torch.equal(tensor, theirs["moments"][moment][name]), (moment, name)
    assert torch.equal(mine.pop("rng_state"), theirs["rng_state"])
    assert mine == {name: theirs[name] for name in mine}


def losses_of(events: list[TrainingEvent]) -> list[float]:
    return [loss for event in events for loss in event.losses.tolist()]


@pytest.mark.parametrize(
    ("block_size", "n_embd", "n_hidden", "batch_size", "seed"),
    [
        (3, 2, 100, 32, 42),
        (1, 1, 1, 1, 0),
        (2, 5, 30, 7, 1),
        (5, 10, 20, 64, 2),
        (8, 3, 50, 1, 3),
        (3, 2, 100, None, 42),
        (4, 7, 13, None, 5),
        (3, 2, 10, 5_000, 2**63 - 1),
    ],
)
def test_ten_lines_of_pytorch_give_the_same_losses_and_weights(
    dataset: Dataset,
    block_size: int,
    n_embd: int,
    n_hidden: int,
    batch_size: int | None,
    seed: int,
) -> None:
    config = TrainConfig(STAGES, batch_size, seed, "reference", eval_interval=None)
    sizes = {"block_size": block_size, "n_embd": n_embd, "n_hidden": n_hidden}
    trainer = trainer_of(dataset, config, **sizes)
    twin = MLP.from_weights(trainer.model.config, trainer.model.weights())
    event = trainer.advance(1_000)
    assert event.losses == pytest.approx(
        plain_loop(twin, trainer.train_examples, config), rel=1e-6
    )
    for name, parameter in twin.named_parameters():
        assert torch.equal(trainer.model.get_parameter(name), parameter), name


def test_the_lectures_init_gives_the_same_losses_too(dataset: Dataset) -> None:
    config = TrainConfig(((20, 0.1),), eval_interval=None)
    model = MLP(ModelConfig(dataset.vocabulary.size), torch.Generator().manual_seed(42))
    twin = MLP.from_weights(model.config, model.weights())
    examples = dataset.examples(3).train
    expected = plain_loop(twin, examples, config)
    assert Trainer(model, examples, config).advance(20).losses == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("cuts", [[1] * 50, [7] * 8, [30, 20], [29, 2, 19], [49, 1], [10**6]])
@pytest.mark.parametrize("eval_interval", [None, 1, 8, 50, 1_000])
def test_cutting_the_steps_into_calls_changes_nothing(
    dataset: Dataset, cuts: list[int], eval_interval: int | None
) -> None:
    config = TrainConfig(STAGES, eval_interval=eval_interval)
    whole, cut = trainer_of(dataset, config), trainer_of(dataset, config)
    expected = whole.advance(50)
    events = [cut.advance(n_steps) for n_steps in cuts]
    assert losses_of(events) == expected.losses.tolist()
    assert sum((event.evaluations for event in events), ()) == expected.evaluations
    assert_same_frames([frame for event in events for frame in event.frames], expected.frames)
    assert_same_state(whole, cut)


def assert_same_frames(frames: Sequence[Frame], others: Sequence[Frame]) -> None:
    assert [frame.step for frame in frames] == [frame.step for frame in others]
    assert all(torch.equal(*pair) for pair in zip(tables(frames), tables(others), strict=True))


def tables(frames: Sequence[Frame]) -> list[torch.Tensor]:
    return [frame.table for frame in frames]


def test_the_table_is_kept_at_the_start_and_at_evenly_spaced_logarithms(dataset: Dataset) -> None:
    trainer, twin = (trainer_of(dataset, TrainConfig(STAGES)) for _ in range(2))
    untrained = trainer.model.C.detach().clone()
    frames = trainer.advance(50).frames
    assert [frame.step for frame in frames] == [0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48]
    assert torch.equal(frames[0].table, untrained)
    for frame in frames[1:]:  # one step at a time, with no frame in between
        while twin.step < frame.step:
            twin.advance(1)
        assert torch.equal(frame.table, twin.model.C)


@pytest.mark.parametrize("engine", ["reference", "fused"])
def test_a_step_that_diverged_has_no_frame(dataset: Dataset, engine: EngineName) -> None:
    if engine == "fused":
        pytest.importorskip("numba", reason="the fused engine needs numba")
    event = trainer_of(dataset, TrainConfig(((50, 1e38),), engine=engine)).advance(50)
    assert event.divergence is not None
    steps = [frame.step for frame in event.frames]
    assert steps == [step for step in (0, 1, 2, 3, 4, 6, 8, 12) if step < event.divergence.step]


def test_of_a_very_large_table_only_the_start_is_kept(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = trainer_of(dataset, TrainConfig(STAGES))
    monkeypatch.setattr("makemore.film.MAX_FILMED_NUMBERS", trainer.model.C.numel() - 1)
    assert [frame.step for frame in trainer.advance(50).frames] == [0]


def test_evaluating_does_not_change_what_is_learnt(dataset: Dataset) -> None:
    silent = trainer_of(dataset, TrainConfig(STAGES, eval_interval=None))
    talkative = trainer_of(dataset, TrainConfig(STAGES, eval_interval=3))
    assert silent.advance(50).losses.tolist() == talkative.advance(50).losses.tolist()


def test_batches_drawn_for_many_steps_are_those_drawn_one_by_one() -> None:
    # 300,000 examples a step: batches are drawn for three steps at a time.
    model = model_of(27, n_hidden=1, n_embd=1)
    config = TrainConfig(((4, 0.5),), 300_000, engine="reference", eval_interval=None)
    twin = MLP.from_weights(model.config, model.weights())
    expected = plain_loop(twin, FOUR, config)
    assert Trainer(model, FOUR, config).advance(4).losses == pytest.approx(expected, rel=1e-5)


def test_the_first_loss_is_near_that_of_a_uniform_guess() -> None:
    event = Trainer(model_of(27), FOUR, TrainConfig()).advance(1)
    assert event.losses[0] == pytest.approx(log(27), abs=0.1)  # nats


def test_four_examples_are_learnt_by_heart() -> None:
    *_, last = train(model_of(27), FOUR, TrainConfig(((200, 0.5),), batch_size=4))
    assert last.losses[-1] < 0.05
    assert last.evaluations[-1].train_loss < 0.05


def test_no_step_is_taken_before_it_is_asked_for() -> None:
    model = model_of(27)
    before = model.weights()
    events = train(model, FOUR, TrainConfig())
    assert torch.equal(model.C, before["C"])
    next(events)
    assert not torch.equal(model.C, before["C"])


def test_arguments_of_train_are_checked_at_once() -> None:
    with pytest.raises(ValueError, match="steps_per_event must be a whole number from 1"):
        train(model_of(27), FOUR, TrainConfig(), steps_per_event=0)
    with pytest.raises(ValueError, match="the model's block_size"):
        train(model_of(27, block_size=2), FOUR, TrainConfig())


def test_events_tell_every_step_once_with_its_rate(dataset: Dataset) -> None:
    trainer = trainer_of(dataset, TrainConfig(STAGES))
    events = [trainer.advance(n_steps) for n_steps in (20, 20, 20, 20)]
    assert [event.first_step for event in events] == [1, 21, 41, 51]
    assert [len(event.losses) for event in events] == [20, 20, 10, 0]
    lrs = np.concatenate([event.lrs for event in events])
    assert lrs.tolist() == np.array([0.5] * 30 + [0.05] * 20, np.float32).tolist()
    assert all(event.losses.dtype == event.lrs.dtype == np.float32 for event in events)
    assert trainer.is_done
    assert trainer.step == trainer.n_steps == 50


def test_train_is_the_trainer_as_an_iterator(dataset: Dataset) -> None:
    config = TrainConfig(STAGES)
    trainer, twin = trainer_of(dataset, config), trainer_of(dataset, config)
    events = list(train(twin.model, twin.train_examples, config, twin.val, steps_per_event=15))
    assert [event.first_step for event in events] == [1, 16, 31, 46]
    assert losses_of(events) == trainer.advance(50).losses.tolist()


def test_whole_split_losses_come_at_every_interval_and_at_the_end(dataset: Dataset) -> None:
    trainer = trainer_of(dataset, TrainConfig(STAGES, eval_interval=20))
    event = trainer.advance(50)
    assert [evaluation.step for evaluation in event.evaluations] == [20, 40, 50]
    assert trainer.val is not None
    assert event.evaluations[-1] == Evaluation(
        50, evaluate(trainer.model, trainer.train_examples), evaluate(trainer.model, trainer.val)
    )


def test_without_validation_examples_there_is_no_validation_loss() -> None:
    event = Trainer(model_of(27), FOUR, TrainConfig(((3, 0.1),))).advance(3)
    assert [evaluation.val_loss for evaluation in event.evaluations] == [None]


def test_the_global_generator_and_the_threads_are_left_alone(dataset: Dataset) -> None:
    state, n_threads = torch.get_rng_state(), torch.get_num_threads()
    trainer_of(dataset, TrainConfig(STAGES)).advance(50)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == n_threads


def test_a_changed_rate_is_a_stage_of_its_own(dataset: Dataset) -> None:
    trainer = trainer_of(dataset, TrainConfig(STAGES))
    trainer.advance(10)
    trainer.lr = 0.25
    assert trainer.lr == 0.25
    assert trainer.config.stages == (Stage(10, 0.5), Stage(20, 0.25), STAGES[1])
    trainer.lr = 0.125  # moved again before a step was taken
    assert trainer.config.stages == (Stage(10, 0.5), Stage(20, 0.125), STAGES[1])
    trainer.advance(20)
    assert trainer.lr == 0.05
    trainer.lr = 1.0
    assert trainer.config.stages == (Stage(10, 0.5), Stage(20, 0.125), Stage(20, 1.0))


@pytest.mark.parametrize("changed_at", [0, 1, 29, 30, 31, 49])
def test_a_run_with_a_changed_rate_equals_one_configured_so(
    dataset: Dataset, changed_at: int
) -> None:
    trainer = trainer_of(dataset, TrainConfig(STAGES))
    events = [trainer.advance(changed_at)] if changed_at else []
    trainer.lr = 0.2
    events += [trainer.advance(12), trainer.advance(60)]
    twin = trainer_of(dataset, trainer.config)
    assert twin.advance(50).losses.tolist() == losses_of(events)
    assert_same_state(trainer, twin)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("changed_at", [0, 1, 7, 19])
def test_a_rate_set_by_hand_holds_to_the_end_of_the_stage_and_leaves_the_rest_alone(
    dataset: Dataset, schedule: Schedule, changed_at: int
) -> None:
    config = TrainConfig((Stage(20, 0.5, schedule), Stage(10, 0.1, schedule)), decay=0.1)
    untouched, trainer = trainer_of(dataset, config), trainer_of(dataset, config)
    expected = untouched.advance(30).lrs.tolist()
    events = [trainer.advance(changed_at)] if changed_at else []
    assert trainer.lr == pytest.approx(expected[changed_at])
    trainer.lr = 0.25
    assert trainer.lr == 0.25
    events.append(trainer.advance(30))
    lrs = np.concatenate([event.lrs for event in events]).tolist()
    assert lrs[:changed_at] == expected[:changed_at]
    assert lrs[changed_at:20] == [0.25] * (20 - changed_at)
    assert lrs[20:] == expected[20:]
    twin = trainer_of(dataset, trainer.config)  # the settings say what was done
    assert twin.advance(30).losses.tolist() == losses_of(events)
    assert_same_state(trainer, twin)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_rate_told_before_a_step_is_the_one_it_takes(
    dataset: Dataset, schedule: Schedule
) -> None:
    trainer = trainer_of(dataset, TrainConfig((Stage(12, 0.5, schedule),), decay=0.1))
    told = []
    for _ in range(12):
        told.append(np.float32(trainer.lr))
        assert trainer.advance(1).lrs.tolist() == [told[-1]]
    assert np.float32(trainer.lr) == told[-1]  # at the end: of the last step


def test_an_extended_schedule_goes_on_at_its_highest_rate(dataset: Dataset) -> None:
    trainer = trainer_of(dataset, TrainConfig((Stage(5, 0.5, "one_cycle"),)))
    trainer.advance(5)
    trainer.extend(3)
    trainer.extend(4, 0.2, "cosine")
    assert trainer.config.stages[1:] == (Stage(3, 0.5), Stage(4, 0.2, "cosine"))
    assert trainer.lr == 0.5


@pytest.mark.parametrize("lr", [None, 0.01])
def test_an_extended_run_equals_one_that_was_longer_from_the_start(
    dataset: Dataset, lr: float | None
) -> None:
    trainer = trainer_of(dataset, TrainConfig(STAGES, eval_interval=25))
    first = trainer.advance(50)
    trainer.extend(15, lr)
    assert not trainer.is_done
    assert trainer.config.stages == (*STAGES, Stage(15, lr or 0.05))
    second = trainer.advance(15)
    twin = trainer_of(dataset, trainer.config)
    assert twin.advance(65).losses.tolist() == losses_of([first, second])
    assert [evaluation.step for evaluation in second.evaluations] == [65]
    assert_same_state(trainer, twin)


def test_a_run_can_be_extended_before_its_end(dataset: Dataset) -> None:
    trainer = trainer_of(dataset, TrainConfig(STAGES))
    trainer.advance(40)
    trainer.extend(5)
    assert trainer.n_steps == 55
    assert trainer.lr == 0.05


@pytest.mark.parametrize("lr", [0, -1.0, nan, inf, "0.1", None, True, 1e300])
def test_a_bad_rate_is_refused_and_changes_nothing(dataset: Dataset, lr: object) -> None:
    trainer = trainer_of(dataset, TrainConfig(STAGES))
    with pytest.raises(ValueError, match="lr must be "):
        trainer.lr = lr  # type: ignore[assignment]
    assert trainer.config.stages == STAGES


def test_a_rate_cannot_change_after_the_last_step(dataset: Dataset) -> None:
    trainer = trainer_of(dataset, TrainConfig(STAGES))
    trainer.advance(50)
    with pytest.raises(ValueError, match="after the last step; extend the run instead"):
        trainer.lr = 0.1


@pytest.mark.parametrize("n_steps", [0, -1, 1.0, True, None, 10**9])
def test_a_number_of_steps_below_1_or_absurd_is_refused(dataset: Dataset, n_steps: object) -> None:
    trainer = trainer_of(dataset, TrainConfig(STAGES))
    with pytest.raises(ValueError, match=r"n_steps must be a whole number .*, got "):
        trainer.advance(n_steps)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"steps of stage 3 must be a whole number .*, got "):
        trainer.extend(n_steps)  # type: ignore[arg-type]
    assert trainer.step == 0
    assert trainer.n_steps == 50


def test_a_run_that_diverges_stops_and_says_at_which_step_and_rate(dataset: Dataset) -> None:
    trainer = trainer_of(
        dataset, TrainConfig(((5, 0.1), (20, HUGE), (5, 0.1)), eval_interval=None)
    )
    event = trainer.advance(30)
    divergence = event.divergence
    assert divergence is not None
    assert divergence == trainer.divergence
    assert divergence.step == trainer.step == len(event.losses) == len(event.lrs)
    assert 5 < divergence.step <= 25
    assert divergence.lr == HUGE
    assert not np.isfinite(divergence.loss)
    assert np.isfinite(event.losses[:-1]).all()
    assert re.fullmatch(
        rf"the loss is (nan|inf) at step {divergence.step}; lower the rate lr=1e\+38",
        str(divergence),
    )


def test_no_step_follows_a_divergence(dataset: Dataset) -> None:
    trainer = trainer_of(dataset, TrainConfig(((40, HUGE),), eval_interval=None))
    trainer.advance(40)
    assert trainer.is_done
    after = trainer.state_dict()
    event = trainer.advance(5)
    assert len(event.losses) == 0
    assert event.divergence == trainer.divergence
    assert trainer.step == after["step"]
    with pytest.raises(ValueError, match="a run that diverged cannot go on: the loss is"):
        trainer.extend(5)


def test_the_step_that_fails_does_not_touch_the_weights() -> None:
    model = model_of(27)
    with torch.no_grad():
        model.b2[0] = inf  # so that the very first loss is not finite
    before = model.weights()
    trainer = Trainer(model, FOUR, TrainConfig(((3, 0.1),), batch_size=None))
    event = trainer.advance(3)
    assert event.divergence is not None
    assert event.divergence.step == 1
    assert all(torch.equal(before[name], p) for name, p in model.named_parameters())


def test_where_a_run_diverges_does_not_depend_on_the_calls(dataset: Dataset) -> None:
    config = TrainConfig(((5, 0.1), (20, HUGE)), eval_interval=None)
    whole, cut = trainer_of(dataset, config), trainer_of(dataset, config)
    whole.advance(25)
    while not cut.is_done:
        cut.advance(1)
    assert str(cut.divergence) == str(whole.divergence)
    assert cut.step == whole.step < 25
    np.testing.assert_array_equal(cut.model.C.detach(), whole.model.C.detach())


def test_an_update_that_breaks_the_model_at_the_very_end_is_seen() -> None:
    model = model_of(27)
    trainer = Trainer(model, FOUR, TrainConfig(((1, HUGE),), batch_size=None))
    event = trainer.advance(1)
    assert np.isfinite(event.losses).all()
    assert not np.isfinite(event.evaluations[-1].train_loss)
    assert event.divergence is not None
    assert (event.divergence.step, event.divergence.lr) == (1, HUGE)
    with pytest.raises(ValueError, match="a run that diverged cannot go on"):
        trainer.extend(1)


def test_examples_of_another_model_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(B, 2\), the model's block_size, got .* \(4, 3\)"):
        Trainer(model_of(27, block_size=2), FOUR, TrainConfig())
    with pytest.raises(ValueError, match=r"contexts must hold indices from 0 to 8, .*, got 11"):
        Trainer(model_of(9), FOUR, TrainConfig())
    with pytest.raises(ValueError, match=r"targets must hold indices from 0 to 12, .*, got 13"):
        Trainer(model_of(13), FOUR, TrainConfig())
    with pytest.raises(ValueError, match="the model's block_size"):
        Trainer(model_of(27), FOUR, TrainConfig(), Examples(FOUR.x[:, :2], FOUR.y))


def test_a_batch_that_would_not_fit_into_memory_is_refused() -> None:
    model = model_of(27, n_hidden=2_000)
    message = "at most 1,000,000,000 numbers, got 2,033,000,000 for 1,000,000 examples; lower"
    with pytest.raises(ValueError, match=message):
        Trainer(model, FOUR, TrainConfig(batch_size=1_000_000))


@pytest.mark.parametrize("cut", [0, 1, 29, 30, 44, 50])
def test_a_trainer_goes_on_from_its_state_bit_for_bit(dataset: Dataset, cut: int) -> None:
    config = TrainConfig(STAGES, eval_interval=12)
    whole, trainer = trainer_of(dataset, config), trainer_of(dataset, config)
    expected = whole.advance(50)
    if cut:
        trainer.advance(cut)
    state = trainer.state_dict()
    trainer.advance(50)  # what follows does not reach into the state that was taken

    other = trainer_of(dataset, replace(config, seed=9, stages=((3, 0.3),)))
    other.load_state_dict(state)
    event = other.advance(50)
    assert event.first_step == cut + 1
    assert event.losses.tolist() == expected.losses[cut:].tolist()
    assert event.evaluations == tuple(e for e in expected.evaluations if e.step > cut)
    assert_same_state(other, whole)


def test_a_state_that_does_not_fit_is_refused_and_changes_nothing(dataset: Dataset) -> None:
    trainer = trainer_of(dataset, TrainConfig(STAGES))
    trainer.advance(7)
    state, twin = trainer.state_dict(), trainer_of(dataset, TrainConfig(STAGES))
    twin.load_state_dict(state)
    cases: list[tuple[dict[str, object], str]] = [
        ({"step": 51}, "step must be a whole number from 0 to 50, got 51"),
        ({"step": -1}, "step must be a whole number from 0 to 50, got -1"),
        ({"rng_state": torch.zeros(5056, dtype=torch.uint8)}, "rng_state must be that of a torch"),
        ({"rng_state": None}, "rng_state must be that of a torch.Generator"),
        ({"moments": {"mean": {}}}, "the moments of sgd must be none, got mean"),
        ({"weights": {}}, "weights must be C, W1, b1, W2, b2, got $"),
        ({"weights": model_of(27, n_hidden=3).weights()}, "W1 must be torch.float32 of shape"),
    ]
    for change, message in cases:
        with pytest.raises(ValueError, match=message):
            trainer.load_state_dict({**state, **change})
    with pytest.raises(
        ValueError, match="state must hold config, moments, rng_state, step, weights"
    ):
        trainer.load_state_dict({})
    assert_same_state(trainer, twin)
