"""Whatever a file or a setting says: it is a run, it is settings, or it is a ValueError."""

import json
import struct
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from safetensors.torch import save

from makemore import ModelConfig, Run, TrainConfig, parse_run
from makemore.run_file import _digest
from tests.makemore.test_run import saved_run, tampered

MAX_MEMORY_SHARE = 60  # of the file's size, on top of a fixed part
MAX_MEMORY = 4_000_000  # bytes

NUMBERS = (
    st.integers()
    | st.integers(-2, 40)
    | st.sampled_from([10**9, 2**63, 10**400, -(10**30)])
    | st.floats()
)
VALUES = st.none() | st.booleans() | NUMBERS | st.text(max_size=9)
JSON = st.recursive(
    VALUES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
STAGES = st.lists(st.lists(VALUES | st.just("cosine"), max_size=5), max_size=3)


def parsed(data: bytes) -> Run | None:
    """Read a run, or be told why it is none."""
    try:
        return parse_run(data)
    except ValueError:
        return None


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401
    """Give the path of everything inside a JSON value."""
    inner = enumerate(value) if isinstance(value, list) else value.items()
    for key, each in inner:
        yield (*path, key)
        if isinstance(each, dict | list) and key != "vocabulary":
            yield from places(each, (*path, key))


def settings_of(data: bytes) -> Any:  # noqa: ANN401
    size = struct.unpack("<Q", data[:8])[0]
    return json.loads(json.loads(data[8 : 8 + size])["__metadata__"]["settings"])


@settings(max_examples=250)
@given(st.data())
def test_any_setting_of_a_saved_run_may_be_anything(data: st.DataObject) -> None:
    optimizer = data.draw(st.sampled_from(["sgd", "adamw"]))
    path = data.draw(st.sampled_from(list(places(settings_of(saved_run(optimizer))))))
    value = data.draw(JSON)

    def change(values: Any, _: Any) -> None:  # noqa: ANN401
        for key in path[:-1]:
            values = values[key]
        values[path[-1]] = value

    parsed(tampered(change, optimizer))


@settings(max_examples=250)
@given(st.data())
def test_any_part_of_a_file_may_be_cut_out_doubled_or_replaced(data: st.DataObject) -> None:
    whole = saved_run()
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(whole))] * 2)))
    piece = data.draw(st.binary(max_size=64) | st.just(whole[start:end] * 2))
    changed = whole[:start] + piece + whole[end:]
    assert changed == whole or parsed(changed) is None


@settings(max_examples=250)
@given(st.binary(max_size=300), st.integers(0, 2**64 - 1) | st.integers(0, 300))
@example(b"{}" * 50, 100_000_000)
@example(b"", 2**64 - 1)
def test_a_file_of_noise_is_refused_whatever_length_it_claims(noise: bytes, length: int) -> None:
    assert parsed(noise) is None
    assert parsed(struct.pack("<Q", length) + noise) is None
    assert parsed(struct.pack("<Q", len(noise)) + noise) is None


@pytest.mark.parametrize("n", [10**6, 10**12, 2**62])
@pytest.mark.parametrize("shape", ["[{n}]", "[{n},{n}]", "[{n},0]"])
def test_a_header_that_claims_more_than_the_file_holds_takes_no_memory(n: int, shape: str) -> None:
    shape = shape.format(n=n)
    header = f'{{"C":{{"dtype":"F32","shape":{shape},"data_offsets":[0,{4 * n}]}}}}'.encode()
    tracemalloc.start()
    assert parsed(struct.pack("<Q", len(header)) + header + bytes(64)) is None
    assert tracemalloc.get_traced_memory()[1] < MAX_MEMORY
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_steps", [[100_000_000, 0.1]]),
        ("many", [[1, 0.1]] * 20_000),
        ("span", [[1, 0.1, "cosine", 100_000_000]]),
    ],
)
def test_settings_that_promise_much_take_no_memory(name: str, value: list[Any]) -> None:
    data = tampered(lambda values, _: values["train_config"].update(stages=value))
    tracemalloc.start()
    parsed(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MAX_MEMORY + MAX_MEMORY_SHARE * len(data), name


def test_a_file_that_a_pickle_was_put_into_runs_nothing() -> None:
    class Bomb:
        def __reduce__(self) -> Any:  # noqa: ANN401
            return (pytest.fail, ("it was run",))

    import pickle

    bomb = pickle.dumps(Bomb())
    assert parsed(bomb) is None
    metadata = {"format": "makemore-run", "version": "2", "settings": bomb.decode("latin-1")}
    tensors = {"C": torch.frombuffer(bytearray(bomb), dtype=torch.uint8)}
    assert parsed(save(tensors, {**metadata, "sha256": _digest(metadata, tensors)})) is None


@settings(max_examples=250)
@given(st.dictionaries(st.sampled_from(ModelConfig.__match_args__), VALUES | JSON))
def test_a_model_config_is_made_of_anything_or_refuses_it(values: dict[str, Any]) -> None:
    try:
        config = ModelConfig(**values)
    except ValueError:
        return
    assert ModelConfig(**{name: getattr(config, name) for name in values}) == config


@settings(max_examples=250)
@given(st.dictionaries(st.sampled_from(TrainConfig.__match_args__), VALUES | STAGES | JSON))
def test_a_train_config_is_made_of_anything_or_refuses_it(values: dict[str, Any]) -> None:
    try:
        config = TrainConfig(**values)
    except ValueError:
        return
    assert TrainConfig(**{name: getattr(config, name) for name in values}) == config
