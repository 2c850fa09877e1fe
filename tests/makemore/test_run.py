"""`makemore.run` and `makemore.run_file`: a saved run is the run, or it is refused."""

import json
import os
import re
import struct
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load, save

from makemore import (
    MLP,
    Dataset,
    Frame,
    History,
    ModelConfig,
    Run,
    Stage,
    TrainConfig,
    Trainer,
    TrainingEvent,
    Vocabulary,
    dump_run,
    load_run,
    parse_run,
    save_run,
)
from makemore.run_file import _digest

WORDS = ["ann", "anna", "bea", "ben", "nan", "abe", "eva", "zoé", "ab", "ba"]
STAGES = ((30, 0.5), (20, 0.05))

Settings = dict[str, Any]
Tensors = dict[str, torch.Tensor]


def begin(
    stages: tuple[tuple[Any, ...], ...] = STAGES, **optimizer: object
) -> tuple[Trainer, History, Dataset]:
    dataset = Dataset(WORDS, seed=3)
    config = ModelConfig(dataset.vocabulary.size, 2, 2, 3, "scaled")
    model = MLP(config, torch.Generator().manual_seed(1))
    train = TrainConfig(stages, batch_size=4, seed=5, eval_interval=12, **optimizer)  # type: ignore[arg-type]
    examples = dataset.examples(2)
    return Trainer(model, examples.train, train, examples.val), History(), dataset


def advance(trainer: Trainer, history: History, n_steps: int) -> None:
    if n_steps:
        history.append(trainer.advance(n_steps))


def run_of(trainer: Trainer, history: History) -> Run:
    return Run.of(trainer, history, Vocabulary.from_words(WORDS), 3)


@cache
def saved_run(optimizer: str = "sgd") -> bytes:
    trainer, history, _ = begin(optimizer=optimizer)
    advance(trainer, history, 26)
    return dump_run(run_of(trainer, history))


def assert_equal(one: Run, other: Run) -> None:
    """Compare everything that a run says, bit for bit."""
    assert one.vocabulary == other.vocabulary
    assert one.model_config == other.model_config
    assert one.train_config == other.train_config
    assert (one.split_seed, one.step, one.data_digest) == (
        other.split_seed,
        other.step,
        other.data_digest,
    )
    assert one.history.losses.tobytes() == other.history.losses.tobytes()
    assert one.history.lrs.tobytes() == other.history.lrs.tobytes()
    assert one.history.evaluations == other.history.evaluations
    assert_same_frames(one.history.frames, other.history.frames)
    assert one.history.diary == other.history.diary
    for name, tensor in one.weights.items():  # as bytes: those that diverged may be NaN
        assert tensor.numpy().tobytes() == other.weights[name].numpy().tobytes(), name
    assert one.moments.keys() == other.moments.keys()
    for moment, tensors in one.moments.items():
        for name, tensor in tensors.items():
            assert torch.equal(tensor, other.moments[moment][name]), (moment, name)
    assert torch.equal(one.rng_state, other.rng_state)
    assert str(one.divergence) == str(other.divergence)


def assert_same_frames(frames: Sequence[Frame], others: Sequence[Frame]) -> None:
    assert [frame.step for frame in frames] == [frame.step for frame in others]
    for frame, other in zip(frames, others, strict=True):
        assert torch.equal(frame.table, other.table)


def metadata_of(data: bytes) -> dict[str, str]:
    header_size = struct.unpack("<Q", data[:8])[0]
    metadata: dict[str, str] = json.loads(data[8 : 8 + header_size])["__metadata__"]
    return metadata


def tampered(change: Callable[[Settings, Tensors], None], optimizer: str = "sgd") -> bytes:
    """Change a saved run as its own writer could have: with a checksum that matches."""
    data = saved_run(optimizer)
    metadata, tensors = metadata_of(data), load(data)
    values = json.loads(metadata["settings"])
    change(values, tensors)
    metadata["settings"] = json.dumps(values, ensure_ascii=False)
    del metadata["sha256"]
    return save(tensors, {**metadata, "sha256": _digest(metadata, tensors)})


@pytest.mark.parametrize("cut", [0, 1, 12, 29, 30, 31, 50])
def test_a_run_saved_loaded_and_continued_was_never_interrupted(tmp_path: Path, cut: int) -> None:
    whole, history, _ = begin()
    advance(whole, history, 50)
    whole.extend(7, 0.01)
    advance(whole, history, 7)

    trainer, part, dataset = begin()
    advance(trainer, part, cut)
    save_run(run_of(trainer, part), tmp_path / "run.safetensors")
    loaded = load_run(tmp_path / "run.safetensors")
    examples = dataset.examples(2)
    other, rest = loaded.trainer(examples.train, examples.val), loaded.history
    advance(other, rest, 50 - cut)
    other.extend(7, 0.01)
    advance(other, rest, 7)
    assert_equal(run_of(other, rest), run_of(whole, history))


@pytest.mark.parametrize("cut", [0, 1, 26, 30, 49])
@pytest.mark.parametrize(
    "optimizer",
    [{"momentum": 0.9}, {"optimizer": "adamw"}, {"optimizer": "adamw", "weight_decay": 0.1}],
)
def test_moments_and_schedules_are_continued_too(optimizer: dict[str, object], cut: int) -> None:
    stages = ((30, 0.05, "one_cycle"), (20, 0.05, "bengio"))
    whole, history, _ = begin(stages, **optimizer)
    trainer, part, dataset = begin(stages, **optimizer)
    advance(whole, history, 50)
    advance(trainer, part, cut)
    loaded = parse_run(dump_run(run_of(trainer, part)))
    assert_equal(loaded, run_of(trainer, part))
    examples = dataset.examples(2)
    other = loaded.trainer(examples.train, examples.val)
    advance(other, loaded.history, 50 - cut)
    assert_equal(run_of(other, loaded.history), run_of(whole, history))


def test_a_changed_rate_is_continued_too() -> None:
    whole, history, _ = begin()
    trainer, part, dataset = begin()
    for each, its_history in ((whole, history), (trainer, part)):
        advance(each, its_history, 10)
        each.lr = 0.3
        advance(each, its_history, 4)
    loaded = parse_run(dump_run(run_of(trainer, part)))
    assert loaded.train_config.stages == (Stage(10, 0.5), Stage(20, 0.3), Stage(20, 0.05))
    examples = dataset.examples(2)
    other = loaded.trainer(examples.train, examples.val)
    advance(other, loaded.history, 50)
    advance(whole, history, 50)
    assert_equal(run_of(other, loaded.history), run_of(whole, history))


def test_a_run_is_the_same_after_a_save_and_a_load(tmp_path: Path) -> None:
    trainer, history, _ = begin()
    advance(trainer, history, 26)
    run = run_of(trainer, history)
    save_run(run, str(tmp_path / "run"))
    assert_equal(load_run(str(tmp_path / "run")), run)
    assert_equal(parse_run(dump_run(run)), run)


def test_a_run_that_diverged_keeps_its_history() -> None:
    trainer, history, dataset = begin(((5, 0.1), (20, 1e38)))
    advance(trainer, history, 25)
    assert trainer.divergence is not None
    run = run_of(trainer, history)
    loaded = parse_run(dump_run(run))
    assert_equal(loaded, run)
    assert len(loaded.history) == trainer.divergence.step
    assert loaded.trainer(dataset.examples(2).train).is_done
    with pytest.raises(ValueError, match="a run that diverged cannot go on"):
        loaded.trainer(dataset.examples(2).train).extend(1)


def test_the_frames_of_a_run_are_those_of_its_steps_saved_or_not() -> None:
    run = parse_run(saved_run())
    assert [frame.step for frame in run.history.frames] == [0, 1, 2, 3, 4, 6, 8, 12, 16, 24]
    trainer, history, _ = begin()
    for frame in run.history.frames:
        advance(trainer, history, frame.step - trainer.step)
        assert torch.equal(frame.table, trainer.model.C), frame.step


def test_a_file_of_version_2_is_a_run_without_frames_and_without_dropout() -> None:
    data = saved_run()
    metadata, tensors = metadata_of(data), load(data)
    old = {name: each for name, each in tensors.items() if not name.startswith("film")}
    settings = json.loads(metadata["settings"])
    del settings["train_config"]["dropout"]
    metadata |= {"version": "2", "settings": json.dumps(settings)}
    del metadata["sha256"]
    loaded = parse_run(save(old, {**metadata, "sha256": _digest(metadata, old)}))
    assert loaded.history.frames == []
    trainer, history, dataset = begin()
    advance(trainer, history, 26)
    history.frames.clear()
    assert_equal(loaded, run_of(trainer, history))
    examples = dataset.examples(2)
    other, rest = loaded.trainer(examples.train, examples.val), loaded.history
    for each, its_history in ((trainer, history), (other, rest)):
        advance(each, its_history, 24)
    assert_equal(run_of(other, rest), run_of(trainer, history))
    assert [frame.step for frame in rest.frames] == [32, 48]


@cache
def run_with_words(by_name: bool = False) -> bytes:
    trainer, history, dataset = begin()
    if by_name:
        dataset = Dataset(WORDS, 3, by_name=True, name="mine")
    advance(trainer, history, 26)
    return dump_run(Run.of(trainer, history, dataset.vocabulary, 3, dataset))


def test_a_run_brings_its_own_words_split_as_they_were() -> None:
    loaded = parse_run(run_with_words(by_name=True))
    assert loaded.words is not None
    assert loaded.words.name == "mine"
    assert loaded.dataset().words == WORDS
    assert loaded.dataset().split == Dataset(WORDS, 3, by_name=True).split
    again = parse_run(dump_run(loaded))
    assert again.dataset().split == loaded.dataset().split


def test_the_bundled_list_is_named_and_not_kept(names: list[str]) -> None:
    dataset = Dataset(names, 3)
    model = MLP(ModelConfig(n_hidden=3, block_size=1), torch.Generator().manual_seed(1))
    trainer = Trainer(model, dataset.examples(1).train, TrainConfig(((1, 0.1),)))
    data = dump_run(Run.of(trainer, History(), dataset.vocabulary, 3, dataset))
    assert "words" not in load(data)
    assert parse_run(data).dataset().split == dataset.split


def test_words_kept_elsewhere_are_put_back_by_their_digest() -> None:
    run = parse_run(run_with_words())
    assert run.words is not None
    without = parse_run(dump_run(run, with_words=False))
    with pytest.raises(ValueError, match="which is not in this file; load the same list"):
        without.dataset()
    with pytest.raises(ValueError, match="must be those of its list, got others"):
        without.with_words(b"ann")
    assert run.words.words is not None
    assert without.with_words(run.words.words).dataset().words == WORDS


def test_a_file_of_version_3_does_not_say_of_its_words() -> None:
    data = saved_run()
    metadata, tensors = metadata_of(data), load(data)
    values = json.loads(metadata["settings"])
    del values["dataset"]
    metadata |= {"version": "3", "settings": json.dumps(values)}
    del metadata["sha256"]
    loaded = parse_run(save(tensors, {**metadata, "sha256": _digest(metadata, tensors)}))
    assert_equal(loaded, parse_run(saved_run()))
    assert loaded.words is None
    with pytest.raises(ValueError, match="does not say which they are; load the same list"):
        loaded.dataset()


A_LIST = {"name": "mine", "digest": "0" * 64, "by_name": False}
TAMPERED_WORDS: dict[str, tuple[dict[str, object] | str, torch.Tensor, str]] = {
    "other words": (A_LIST, torch.ones(3).byte(), "must be those of its list, got others"),
    "words of floats": (A_LIST, torch.ones(3), "words must be one row of bytes"),
    "a name of lines": (A_LIST | {"name": 3}, torch.ones(3).byte(), "the name of a list must be"),
    "a long name": (A_LIST | {"name": "x" * 201}, torch.ones(3).byte(), "at most 200 characters"),
    "no digest": (A_LIST | {"digest": "0"}, torch.ones(3).byte(), "must be a SHA-256, got '0'"),
    "a number": (A_LIST | {"by_name": 1}, torch.ones(3).byte(), "must be true or false, got 1"),
    "more": (A_LIST | {"is_mine": 1}, torch.ones(3).byte(), "a whole run"),
    "a text": ("mine", torch.ones(3).byte(), "a whole run"),
}


@pytest.mark.parametrize("name", TAMPERED_WORDS)
def test_words_tampered_with_are_refused_when_the_run_is_loaded(name: str) -> None:
    described, words, message = TAMPERED_WORDS[name]

    def change(values: Settings, tensors: Tensors) -> None:
        values["dataset"] = described
        tensors["words"] = words

    with pytest.raises(ValueError, match=message):
        parse_run(tampered(change))


def test_a_run_is_a_copy_that_training_on_does_not_change() -> None:
    trainer, history, _ = begin()
    advance(trainer, history, 26)
    run = run_of(trainer, history)
    advance(trainer, history, 20)
    assert_equal(run, parse_run(saved_run()))


def test_a_runs_model_is_the_trained_one() -> None:
    run = parse_run(saved_run())
    model = run.model()
    assert all(torch.equal(run.weights[name], p) for name, p in model.named_parameters())
    with torch.no_grad():
        model.C.zero_()
    assert run.weights["C"].any()


def test_other_examples_are_refused_with_what_to_load() -> None:
    run, dataset = parse_run(saved_run()), Dataset(WORDS, seed=4)
    message = "the training examples that it began with, got others; .* split it with seed 3"
    with pytest.raises(ValueError, match=message):
        run.trainer(dataset.examples(2).train)


def test_a_run_needs_its_whole_history_and_its_own_vocabulary() -> None:
    trainer, history, _ = begin()
    trainer.advance(4)
    with pytest.raises(ValueError, match="must have the 4 steps of the run, got 0; append every"):
        run_of(trainer, history)
    trainer, history, _ = begin()
    with pytest.raises(ValueError, match="must have the model's 9 symbols, got 3"):
        Run.of(trainer, history, Vocabulary.from_words(["ab"]))


def test_a_numpy_seed_can_be_saved() -> None:
    trainer, history, dataset = begin()
    run = Run.of(trainer, history, dataset.vocabulary, np.int64(3))  # type: ignore[arg-type]
    assert parse_run(dump_run(run)).split_seed == 3


def test_a_history_grows_event_by_event() -> None:
    history, losses = History(), np.arange(5_000, dtype=np.float32)
    for first in range(0, 5_000, 700):
        part = losses[first : first + 700]
        history.append(TrainingEvent(first + 1, part, part * 2))
    assert len(history) == 5_000
    assert history.losses.tolist() == losses.tolist()
    assert history.lrs.tolist() == (losses * 2).tolist()


def test_a_history_takes_no_event_twice() -> None:
    trainer, history, _ = begin()
    event = trainer.advance(3)
    history.append(event)
    with pytest.raises(ValueError, match="the next event must begin at step 4, got 1"):
        history.append(event)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "run.safetensors"
    file.write_bytes(saved_run())
    run = parse_run(saved_run())
    run.weights["C"] = "no tensor"  # type: ignore[assignment]
    with pytest.raises(AttributeError):
        save_run(run, file)
    assert file.read_bytes() == saved_run()
    assert [path.name for path in tmp_path.iterdir()] == ["run.safetensors"]


def test_a_place_that_cannot_be_written_is_an_os_error(tmp_path: Path) -> None:
    for path in (tmp_path / "no" / "run", tmp_path):
        with pytest.raises(OSError, match=re.escape(str(tmp_path))):
            save_run(parse_run(saved_run()), path)
    assert not list(tmp_path.iterdir())


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "no", "No such file"), (tmp_path, "Is a directory")):
        message = f"a run must be a file that can be read, got {str(path)!r} ({reason}"
        with pytest.raises(ValueError, match=re.escape(message)):
            load_run(path)


def test_an_error_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "run"
    file.write_bytes(b"emma\n")
    with pytest.raises(ValueError, match=f"^{re.escape(str(file))}: the file must be a whole saf"):
        load_run(file)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        bytes(8),
        b"emma\nolivia\n" * 50,
        b"\xff" * 400,
        b"PK\x03\x04" + bytes(400),
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 2**63) + b"{}",
        struct.pack("<Q", 4) + b"\xff\xfe{}",
    ],
)
def test_bytes_that_are_no_safetensors_file_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="must be a whole safetensors file, got something else"):
        parse_run(data)


def test_another_safetensors_file_is_refused() -> None:
    for metadata in (None, {}, {"format": "pt"}):
        data = save({"C": torch.ones(2), "odd": torch.ones(1, dtype=torch.bfloat16)}, metadata)
        with pytest.raises(ValueError, match=r"must be a saved run \(makemore-run\), got another"):
            parse_run(data)


def test_another_version_is_refused_with_what_to_do() -> None:
    data = save({"C": torch.ones(2)}, {"format": "makemore-run", "version": "1"})
    with pytest.raises(
        ValueError, match="must be of version 2 to 5, got '1'; open it with the makem"
    ):
        parse_run(data)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.3, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_refused(share: float) -> None:
    data = saved_run()
    with pytest.raises(ValueError, match="must be a whole safetensors file"):
        parse_run(data[: int(share * len(data))])
    with pytest.raises(ValueError, match="must be a whole safetensors file"):
        parse_run(data + b"\0")


@settings(max_examples=300)
@given(st.data())
def test_a_changed_byte_is_noticed_or_was_of_no_meaning(data: st.DataObject) -> None:
    # Three of four in the header, which is a small part of the file.
    whole = saved_run()
    header_end = 8 + struct.unpack("<Q", whole[:8])[0]
    last = data.draw(st.sampled_from([header_end, header_end, header_end, len(whole)]))
    at = data.draw(st.integers(0, last - 1))
    changed = bytearray(whole)
    changed[at] ^= data.draw(st.integers(1, 255))
    try:
        run = parse_run(bytes(changed))
    except ValueError:
        return
    assert_equal(run, parse_run(whole))


def test_contents_that_do_not_match_their_checksum_are_refused() -> None:
    data = saved_run()
    changed = data[:-1] + bytes([data[-1] ^ 1])
    with pytest.raises(ValueError, match=r"its checksum does not match\); take an unchanged copy"):
        parse_run(changed)


def setting(*path: str, value: object) -> Callable[[Settings, Tensors], None]:
    def change(values: Settings, _: Tensors) -> None:
        for key in path[:-1]:
            values = values[key]
        values[path[-1]] = value

    return change


def tensor(name: str, value: torch.Tensor) -> Callable[[Settings, Tensors], None]:
    return lambda _, tensors: tensors.update({name: value})


def no_tensor(name: str) -> Callable[[Settings, Tensors], None]:
    return lambda _, tensors: tensors.__delitem__(name)


def no_setting(name: str) -> Callable[[Settings, Tensors], None]:
    return lambda values, _: values.__delitem__(name)


FLOATS = torch.ones(26)
TAMPERINGS: dict[str, tuple[Callable[[Settings, Tensors], None], str]] = {
    "hidden units of 0": (setting("model_config", "n_hidden", value=0), "n_hidden must be"),
    "another width": (setting("model_config", "n_hidden", value=4), "W1 must be"),
    "an absurd size": (setting("model_config", "n_embd", value=10**12), "n_embd must be"),
    "an unknown init": (setting("model_config", "init", value="x"), "init must be one of"),
    "an unknown size": (setting("model_config", "depth", value=2), "a whole run"),
    "no model": (setting("model_config", value=None), "a whole run"),
    "a rate of 0": (setting("train_config", "stages", value=[[50, 0]]), "lr of stage 1"),
    "a rate of NaN": (setting("train_config", "stages", value=[[50, inf]]), "lr of stage 1"),
    "no stages": (setting("train_config", "stages", value=[]), "at least one"),
    "an unknown engine": (setting("train_config", "engine", value="x"), "engine must be one of"),
    "a batch of 0": (setting("train_config", "batch_size", value=0), "batch_size must be"),
    "frames at falling steps": (
        lambda _, tensors: tensors.update({"film.steps": tensors["film.steps"].flip(0)}),
        "frames must be at rising steps from 0 to 26",
    ),
    "a frame after the last step": (
        lambda _, tensors: tensors.update({"film.steps": tensors["film.steps"] + 20}),
        "frames must be at rising steps",
    ),
    "too few frames": (tensor("film.tables", torch.ones(9, 2)), "9 rows of film.tables each"),
    "frames of another size": (tensor("film.tables", torch.ones(90, 3)), "a frame must be"),
    "frames of another type": (tensor("film.tables", torch.ones(90, 2).int()), "a frame must be"),
    "frames at no steps": (tensor("film.steps", torch.ones(10)), "film.steps must be"),
    "no frames": (no_tensor("film.tables"), "a whole run"),
    "a step after the end": (setting("step", value=51), "step must be"),
    "a negative step": (setting("step", value=-1), "step must be"),
    "a step of another kind": (setting("step", value=26.0), "step must be"),
    "a step without history": (setting("step", value=27), "the 27 steps of the run, got 26"),
    "a split seed in words": (setting("split_seed", value="3"), "split_seed must be"),
    "letters unsorted": (setting("vocabulary", value=[".", "b", "a"]), "a vocabulary must be"),
    "letters missing": (setting("vocabulary", value=[".", "a"]), "the model's 9 symbols, got 2"),
    "letters of numbers": (setting("vocabulary", value=[".", 1]), "a word must be"),
    "letters of both": (setting("vocabulary", value=[".", "a", 1]), "a whole run"),
    "no letters": (setting("vocabulary", value=None), "a whole run"),
    "a diary of later steps": (
        setting("diary", value=[{"step": 27, "names": []}]),
        "rising steps from 0 to 26",
    ),
    "a diary of numbers": (setting("diary", value=[{"step": 1, "names": [2]}]), "a whole run"),
    "a diary without names": (setting("diary", value=[{"step": 1}]), "a whole run"),
    "a setting missing": (no_setting("data_digest"), "a whole run, got one without 'data_digest'"),
    "a weight missing": (no_tensor("W1"), "a whole run, got one without 'W1'"),
    "a weight of another shape": (tensor("b1", torch.ones(4)), "b1 must be"),
    "a weight of another type": (tensor("b1", torch.ones(3).double()), "b1 must be"),
    "a weight of an odd type": (tensor("b1", torch.ones(3).bfloat16()), "b1 must be"),
    "a short generator": (tensor("rng_state", torch.zeros(9, dtype=torch.uint8)), "rng_state"),
    "a zero generator": (tensor("rng_state", torch.zeros(5056, dtype=torch.uint8)), "rng_state"),
    "a generator of floats": (tensor("rng_state", torch.zeros(5056)), "rng_state must be"),
    "no generator": (no_tensor("rng_state"), "without 'rng_state'"),
    "rates missing": (no_tensor("history.lrs"), "without 'history.lrs'"),
    "rates too few": (tensor("history.lrs", FLOATS[:5]), "equally long"),
    "rates of another type": (tensor("history.lrs", FLOATS.double()), "history.lrs must be"),
    "rates below 0": (tensor("history.lrs", -FLOATS), "finite rates above 0"),
    "losses in a matrix": (tensor("history.losses", torch.ones(26, 1)), "history.losses must be"),
    "losses of NaN": (tensor("history.losses", FLOATS * torch.nan), "finite losses but for"),
    "evaluations of floats": (tensor("history.eval_steps", torch.ones(2)), "eval_steps must be"),
    "evaluations too late": (tensor("history.eval_steps", torch.tensor([12, 27])), "rising steps"),
    "evaluations at step 0": (tensor("history.eval_steps", torch.tensor([0, 12])), "rising steps"),
    "evaluations too few": (tensor("history.eval_steps", torch.tensor([12])), "equally long"),
    "a divergence elsewhere": (
        setting("divergence", value={"step": 3, "lr": 0.1, "loss": inf}),
        "must end there, at step 3",
    ),
    "a divergence in words": (
        setting("divergence", value={"step": 26, "lr": 0.1, "loss": "nan"}),
        "must be infinite or NaN, got 'nan'",
    ),
    "a divergence of a good loss": (
        setting("divergence", value={"step": 26, "lr": 0.1, "loss": 2.0}),
        "must be infinite or NaN, got 2.0",
    ),
    "a divergence without a rate": (
        setting("divergence", value={"step": 26, "loss": inf}),
        "a whole run",
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_run_tampered_with_is_refused_when_it_is_loaded(name: str) -> None:
    change, message = TAMPERINGS[name]
    with pytest.raises(ValueError, match=message):
        parse_run(tampered(change))


MEAN_OF_B1 = "optimizer.mean.b1"
TAMPERED_MOMENTS: dict[str, tuple[Callable[[Settings, Tensors], None], str]] = {
    "one missing": (no_tensor(MEAN_OF_B1), f"a whole run, got one without '{MEAN_OF_B1}'"),
    "another shape": (tensor(MEAN_OF_B1, torch.ones(4)), "mean: b1 must be"),
    "another type": (tensor(MEAN_OF_B1, torch.ones(3).double()), "mean: b1 must be"),
    "another rule": (
        setting("train_config", value={"momentum": 0.9}),
        "without 'optimizer.momentum.C'",
    ),
    "an unknown rule": (setting("train_config", "optimizer", value="x"), "optimizer must be one"),
    "a number in words": (setting("train_config", "beta2", value="x"), "beta2 must be a number"),
    "a number too large": (setting("train_config", "eps", value=inf), "eps must be a number"),
    "an unknown schedule": (
        setting("train_config", "stages", value=[[50, 0.1, "x", None]]),
        "schedule of stage 1 must be one of",
    ),
    "a span too short": (
        setting("train_config", "stages", value=[[50, 0.1, "cosine", 3]]),
        "span of stage 1 must be",
    ),
}


@pytest.mark.parametrize("name", TAMPERED_MOMENTS)
def test_an_optimizer_tampered_with_is_refused_when_it_is_loaded(name: str) -> None:
    change, message = TAMPERED_MOMENTS[name]
    with pytest.raises(ValueError, match=message):
        parse_run(tampered(change, "adamw"))


def test_a_run_tampered_with_in_nothing_is_the_run() -> None:
    assert_equal(parse_run(tampered(lambda *_: None)), parse_run(saved_run()))


def test_settings_that_are_no_object_or_too_deep_are_refused() -> None:
    for text in ("[]", "3", "", "{", "null", "[" * 100_000):
        metadata = {"format": "makemore-run", "version": "2", "settings": text}
        tensors = load(saved_run())
        data = save(tensors, {**metadata, "sha256": _digest(metadata, tensors)})
        with pytest.raises(ValueError, match="the file must hold a whole run"):
            parse_run(data)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser reads anything")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "run"
    file.write_bytes(saved_run())
    file.chmod(0)
    with pytest.raises(ValueError, match=r"can be read, got .*Permission denied"):
        load_run(file)


def test_reading_a_run_needs_no_room_on_any_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    assert parse_run(saved_run()).step > 0
