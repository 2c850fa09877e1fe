"""`dashboard.readings`: a typed name is answered with the package's own numbers, as JSON."""

import json
from math import exp

import pytest
import torch

from dashboard import live
from dashboard.jobs import TrainingJob
from dashboard.readings import MAX_LETTERS, TABLES, read_name
from dashboard.runner import shared_runner
from makemore import Dataset, ModelConfig, NGram, TrainConfig, next_probs
from tests.dashboard.conftest import NewRun
from tests.dashboard.coroutines import result_of
from tests.dashboard.test_live import Viewer


def test_the_next_symbol_is_told_as_the_package_tells_it(new_run: NewRun) -> None:
    job = new_run()
    vocabulary = job.dataset.vocabulary
    for text in ("", "e", "em", "emma"):
        reading = read_name(job, text)
        assert reading["context"] == list(("..." + text)[-3:])
        behind = torch.tensor([vocabulary.encode("".join(reading["context"]))])
        expected = next_probs(job.model(), behind)[0].tolist()
        assert reading["next"]["MLP"] == pytest.approx(expected, abs=1e-6)
        for name, order in TABLES.items():
            table = NGram.fit(job.dataset.split.train, vocabulary, order)
            expected = table.next_probs(vocabulary.encode(text)).tolist()
            assert reading["next"][name] == pytest.approx(expected, abs=1e-6)


def test_what_a_letter_cost_is_what_was_expected_of_it_behind_the_letters_before(
    new_run: NewRun,
) -> None:
    job = new_run()
    nats = read_name(job, "ava")["nats"]
    for place, symbol in enumerate(job.dataset.vocabulary.encode("ava.")):
        before = read_name(job, "ava"[:place])["next"]
        for predictor, probs in before.items():
            assert exp(-nats[predictor][place]) == pytest.approx(probs[symbol], abs=2e-6)


def test_every_letter_has_an_effect_from_every_slot(new_run: NewRun) -> None:
    effects = read_name(new_run(), "emma")["effects"]
    assert [len(row) for row in effects] == [3] * 5


def test_a_model_too_large_to_try_every_slot_says_what_comes_next_all_the_same(
    dataset: Dataset,
) -> None:
    config = ModelConfig(dataset.vocabulary.size, 32, 16, 4_000)
    job = TrainingJob.begin(dataset, config, TrainConfig(((1, 0.1),), eval_interval=None))
    reading = read_name(job, "emma")
    assert reading["effects"] is None
    assert sum(reading["next"]["MLP"]) == pytest.approx(1, abs=1e-4)


def test_a_reading_follows_the_run(new_run: NewRun) -> None:
    job = new_run()
    before = read_name(job, "em")
    job.run_slice()
    after = read_name(job, "em")
    assert (before["step"], after["step"]) == (0, job.step)
    assert before["next"]["MLP"] != after["next"]["MLP"]
    assert before["next"]["bigram"] == after["next"]["bigram"]


def test_capitals_are_read_as_small_letters_where_only_these_are_known(new_run: NewRun) -> None:
    reading = read_name(new_run(), "Emma")
    assert (reading["text"], reading["word"]) == ("Emma", "emma")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("zoë", "has never met “ë”, so it has no opinion. It knows a"),
        ("a b.", "has never met “ ” “.”"),
        ("a" * (MAX_LETTERS + 1), f"at most {MAX_LETTERS} letters"),
    ],
)
def test_what_the_model_cannot_read_is_said_kindly(
    new_run: NewRun, text: str, problem: str
) -> None:
    reading = read_name(new_run(), text)
    assert problem in reading["problem"]
    assert "next" not in reading


def test_a_diverged_model_says_so(new_run: NewRun) -> None:
    job = new_run(lr=1e38)
    while not job.state.is_final:
        job.run_slice()
    assert "diverged" in read_name(job, "emma")["problem"]


def test_the_server_answers_a_keystroke_with_the_reading(new_run: NewRun) -> None:
    job = new_run()
    job.move(job.state.STOPPED, only_from=(job.state,))
    shared_runner().start(job)

    async def ask(path: str, **headers: str) -> tuple[int, bytes]:
        viewer = Viewer(path, headers)
        viewer._scope["query_string"] = b"text=emm"
        async with viewer:
            return viewer.status, await viewer.body()

    status, body = result_of(ask(live.reading_url(job.id)))
    assert status == 200
    assert json.loads(body) == read_name(job, "emm")
    assert result_of(ask(live.reading_url("nobody")))[0] == 404
    other = {"sec-fetch-site": "cross-site"}
    assert result_of(ask(live.reading_url(job.id), **other))[0] == 403
