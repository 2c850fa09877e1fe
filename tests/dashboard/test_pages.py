"""The pages as people use them: every control does what it says, and nothing brings them down."""

import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from dashboard import live, state
from dashboard.components.sample_view import N_SHOWN
from dashboard.corpus import bundled_dataset
from dashboard.jobs import State, TrainingJob
from dashboard.keeper import Keeper, share
from dashboard.limits import Limits
from dashboard.runner import shared_runner
from dashboard.sweep_jobs import BakeOffJob, SweepJob
from makemore import (
    MISLED_RULES,
    MLP,
    RECIPES,
    ModelConfig,
    Novelty,
    Stage,
    Store,
    SweepSettings,
    TrainConfig,
    bake_off,
    dump_run,
    lr_range_tests,
    nearest_neighbours,
    ngram_losses,
    origins_by_temperature,
    propose_lrs,
    sample_words,
    table_distances,
)
from tests.dashboard.conftest import (
    AROUND_PAGES,
    PATIENCE_SECONDS,
    Until,
    assert_same_weights,
    is_at_rest,
    let_turns_pass,
    press_back,
    run_with,
)

MAIN = Path(__file__).parents[2] / "dashboard" / "main.py"
PAGES = sorted(path.name for path in (MAIN.parent / "app_pages").glob("*.py"))
OF_A_RUN = ["train.py", "embeddings.py", "samples.py"]

OpenPage = Callable[..., AppTest]


@pytest.fixture
def open_page() -> Iterator[OpenPage]:
    """Open a page in a browser window of its own, with settings in its address."""
    windows: list[AppTest] = []

    def open_one(
        page: str = "train.py", visitor_like: AppTest | None = None, **address: str
    ) -> AppTest:
        app = AppTest.from_file(str(MAIN), default_timeout=2 * PATIENCE_SECONDS)
        if visitor_like is not None:  # what the browser's cookie does
            app.session_state["token"] = visitor_like.session_state["token"]
        windows.append(app)
        for name, value in address.items():
            app.query_params[name] = value
        if page != "train.py":
            app.switch_page(f"app_pages/{page}")
        return app.run()

    yield open_one
    for app in windows:
        sweeps, bake_offs = (remembered(app, key) or {} for key in ("sweeps", "bake_offs"))
        for job_id in (app.query_params.get("run"), *sweeps, *bake_offs.values()):
            job = shared_runner().find(job_id) if job_id else None
            if job is not None:
                shared_runner().stop(job)


@pytest.fixture
def diverged(until: Until) -> TrainingJob:
    """A run whose loss became infinite."""
    dataset = bundled_dataset()
    train = TrainConfig(((100, 1e38),), eval_interval=None)
    job = TrainingJob.begin(dataset, ModelConfig(dataset.vocabulary.size), train)
    shared_runner().start(job)
    until(lambda: job.state.is_final)
    return job


def remembered(app: AppTest, key: str) -> Any:  # noqa: ANN401
    return app.session_state.get(key)


def run_of(app: AppTest) -> TrainingJob:
    job = shared_runner().find(app.query_params["run"])
    assert isinstance(job, TrainingJob)
    return job


def sweep_of(app: AppTest) -> SweepJob:
    job = shared_runner().find(app.session_state["sweep"])
    assert isinstance(job, SweepJob)
    return job


def bake_off_of(app: AppTest) -> BakeOffJob:
    job = shared_runner().find(app.session_state["bake_offs"][sweep_of(app).id])
    assert isinstance(job, BakeOffJob)
    return job


def go_to(app: AppTest, page: str) -> AppTest:
    return app.switch_page(f"app_pages/{page}").run()


def component_data(app: AppTest, name: str = "") -> Any:  # noqa: ANN401
    """Give what the page's first component, or its first of this name, was told to show."""
    shown, *_ = all_component_data(app, name)
    return shown


def all_component_data(app: AppTest, name: str = "") -> list[Any]:
    """Give what each of the page's components, or of those of this name, was told to show."""
    components = [each.proto for each in app.get("bidi_component")]
    around = () if name in AROUND_PAGES else AROUND_PAGES
    shown = [each for each in components if not each.component_name.endswith(around)]
    return [json.loads(each.json) for each in shown if each.component_name.endswith(name)]


def names_on(app: AppTest) -> list[str]:
    return [name for name, _ in component_data(app, "makemore_names")["names"]]


def steering(app: AppTest) -> AppTest:
    """Open the part of the controls that is drawn only for those who look at it."""
    app.session_state["steer"] = True
    return app.run()


def disabled(app: AppTest) -> dict[str, bool]:
    main = ("train", "pause", "resume", "continue", "stop")
    return {str(each.key): each.disabled for each in app.button if each.key in main}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_renders_with_one_title(open_page: OpenPage, page: str) -> None:
    app = open_page(page)
    assert not app.exception
    assert not app.error
    assert len(app.title) == 1


def test_one_can_walk_through_all_pages_and_keep_the_run(open_page: OpenPage) -> None:
    app = open_page()
    job = run_of(app)
    for page in [*PAGES, "train.py"]:
        go_to(app, page)
        assert not app.exception
        assert run_of(app) is job


@pytest.mark.parametrize("page", OF_A_RUN)
def test_opening_a_page_starts_a_run_without_a_click(
    open_page: OpenPage, until: Until, page: str
) -> None:
    job = run_of(open_page(page))
    until(lambda: job.step > 0)
    assert job.state is State.RUNNING


def test_the_chart_shows_the_run_and_follows_its_stream(open_page: OpenPage) -> None:
    app = open_page()
    job = run_of(app)
    data = component_data(app)
    assert data["stream"] == f"/live/{job.id}"
    assert data["snapshot"]["n_steps"] == 100_000
    assert [trace["name"] for trace in data["figure"]["data"]] == list(data["snapshot"]["traces"])


def test_the_loss_chart_carries_the_baselines_of_the_list(open_page: OpenPage) -> None:
    figure = component_data(open_page())["figure"]
    ladder = ngram_losses(bundled_dataset().split, bundled_dataset().vocabulary)
    drawn = {note["text"] for note in figure["layout"]["annotations"]}
    expected = {f"{name} {losses.val:.2f}" for name, losses in ladder.items()} - {"uniform 3.30"}
    assert expected < drawn


def test_the_unit_of_the_losses_stands_in_the_address(open_page: OpenPage) -> None:
    data = component_data(open_page(loss_unit="bits"))
    assert data["unit"] == "bits"
    assert "bits" in data["figure"]["layout"]["yaxis"]["title"]["text"]
    assert component_data(open_page(loss_unit="miles"))["unit"] == "nats"


def test_train_begins_a_run_with_the_settings_on_the_screen(open_page: OpenPage) -> None:
    app = open_page()
    before = run_of(app)
    for key, value in {"block_size": 4, "n_embd": 3, "n_hidden": 50}.items():
        app.slider(key=key).set_value(value)
    app.segmented_control(key="init").set_value("scaled")
    for key, number in {"lr": 0.25, "n_steps": 4_000, "seed": 7}.items():
        app.number_input(key=key).set_value(number)
    app.selectbox(key="batch_size").set_value("64")
    app.button(key="train").click().run()  # together with the last change, as a quick hand does
    job = run_of(app)
    assert not app.exception
    assert job is not before
    assert job.model_config == ModelConfig(27, 4, 3, 50, "scaled")
    assert job.train_config == TrainConfig(
        ((4_000, 0.25),), batch_size=64, seed=7, eval_interval=80
    )
    assert before.state is State.STOPPED


def test_a_changed_setting_says_that_a_new_run_will_begin_and_ends_none(
    open_page: OpenPage,
) -> None:
    def news(app: AppTest) -> list[str]:
        return [each.value for each in app.caption if "begins a new run" in each.value]

    app = open_page()
    job = run_of(app)
    assert news(app) == []
    app.slider(key="n_hidden").set_value(200).run()
    assert news(app) == [
        "Train begins a new run with 200 hidden units; this one ends and stays in the list."
    ]
    assert run_of(app) is job
    assert job.state is State.RUNNING
    app.button(key="train").click().run()
    assert news(app) == []


def test_train_begins_one_run_a_click(open_page: OpenPage) -> None:
    app = open_page()
    app.button(key="train").click().run()
    job = run_of(app)
    app.run()
    go_to(app, "embeddings.py")
    assert run_of(app) is job


def test_the_whole_training_split_can_be_a_batch(open_page: OpenPage) -> None:
    app = open_page(batch_size="all", n_hidden="10")
    assert run_of(app).train_config.batch_size is None
    assert "all examples" in app.caption[0].value


def test_the_same_settings_give_the_same_losses(open_page: OpenPage, until: Until) -> None:
    app = open_page(n_steps="30")
    first = run_of(app)
    until(lambda: first.state is State.DONE)
    app.button(key="train").click().run()
    second = run_of(app)
    until(lambda: second.state is State.DONE)
    assert first is not second
    assert first.history.losses.tolist() == second.history.losses.tolist()


@pytest.mark.parametrize("name", list(RECIPES))
def test_a_recipe_sets_all_but_the_seed(open_page: OpenPage, name: str) -> None:
    app = open_page(recipe=name, seed="7", n_hidden="30")
    job, recipe = run_of(app), RECIPES[name]
    assert job.model_config == recipe.model
    assert replace(job.train_config, seed=recipe.train.seed, eval_interval=None) == replace(
        recipe.train, eval_interval=None
    )
    assert job.train_config.seed == 7
    assert not app.slider  # nothing is shown that would not be used
    app.selectbox(key="recipe").set_value(None).run()
    assert app.number_input(key="seed").value == 7
    app.button(key="train").click().run()
    assert run_of(app).train_config.stages == ((100_000, 0.1, "constant", None),)


def test_optimizer_and_schedule_are_those_of_the_run(open_page: OpenPage) -> None:
    app = open_page(
        optimizer="adamw",
        schedule="one_cycle",
        weight_decay="0.01",
        dropout="0.2",
        n_steps="500",
        lr="0.02",
    )
    config = run_of(app).train_config
    assert (config.optimizer, config.weight_decay, config.momentum) == ("adamw", 0.01, 0)
    assert config.dropout == 0.2
    assert config.stages == ((500, 0.02, "one_cycle", None),)
    assert "500 steps at 0.02 (one_cycle)" in app.caption[0].value
    assert app.number_input(key="momentum").disabled  # which adamw has of its own


def test_momentum_is_kept_for_sgd_while_adamw_does_without(open_page: OpenPage) -> None:
    app = open_page(momentum="0.9", n_steps="50")
    assert run_of(app).train_config.momentum == 0.9
    for optimizer, momentum in (("adamw", 0.0), ("sgd", 0.9)):
        app.selectbox(key="optimizer").set_value(optimizer).run()
        app.button(key="train").click().run()
        assert run_of(app).train_config.momentum == momentum


def test_pause_resume_and_stop_do_what_they_say(open_page: OpenPage, until: Until) -> None:
    app = open_page(n_steps="1000000")
    job = run_of(app)
    assert disabled(app) == {"train": False, "pause": False, "stop": False}
    app.button(key="pause").click().run()
    assert job.state is State.PAUSED
    assert disabled(app) == {"train": False, "resume": False, "stop": False}
    app.button(key="resume").click().run()
    assert job.state is State.RUNNING
    step = job.step
    until(lambda: job.step > step)
    app.button(key="stop").click().run()
    assert job.state is State.STOPPED
    assert disabled(app) == {"train": False, "continue": False, "stop": True}
    assert component_data(app)["snapshot"]["state"] == "stopped"


def test_a_paused_run_takes_single_steps_and_pauses_again(
    open_page: OpenPage, until: Until
) -> None:
    app = steering(open_page(n_steps="1000000"))
    job = run_of(app)
    assert app.button(key="step_1").disabled  # not while it trains
    app.button(key="pause").click().run()
    let_turns_pass(shared_runner(), until)
    for n_steps in (1, 10, 100):
        step = job.step
        app.button(key=f"step_{n_steps}").click().run()
        until(lambda: job.state is State.PAUSED)
        let_turns_pass(shared_runner(), until)
        assert job.step == step + n_steps
        app.run()


def test_a_rate_changed_on_the_way_keeps_the_weights_and_is_marked(
    open_page: OpenPage, until: Until
) -> None:
    app = steering(open_page(n_steps="1000000"))
    job = run_of(app)
    app.button(key="pause").click().run()
    let_turns_pass(shared_runner(), until)
    step, model = job.step, job.model()
    app.number_input(key=f"new_lr_{job.id}").set_value(0.02).run()
    app.button(key="use_lr").click().run()
    assert [stage.lr for stage in job.train_config.stages] == [0.1, 0.02]
    assert_same_weights(job.model(), model)
    marks = component_data(app)["snapshot"]["marks"]
    assert [(note["x"], note["text"]) for note in marks["annotations"]] == [(step, "lr 0.02")]
    app.button(key="step_10").click().run()
    until(lambda: job.step == step + 10)
    assert job.history.lrs[-10:].tolist() == [np.float32(0.02)] * 10


def test_more_steps_are_those_of_a_run_that_was_longer_from_the_beginning(
    open_page: OpenPage, until: Until
) -> None:
    app = steering(open_page(n_steps="60"))
    job = run_of(app)
    until(lambda: is_at_rest(job))
    app.run()
    app.number_input(key=f"more_steps_{job.id}").set_value(40).run()
    app.button(key="go_on").click().run()
    until(lambda: is_at_rest(job))
    assert job.step == 100
    longer = TrainingJob.begin(
        job.dataset, job.model_config, replace(job.train_config, stages=((100, 0.1),))
    )
    while not longer.state.is_final:
        longer.run_slice()
    assert_same_weights(job.model(), longer.model())


def test_a_stopped_run_goes_on_with_the_steps_that_were_left(
    open_page: OpenPage, until: Until
) -> None:
    app = open_page(n_steps="1000000")
    job = run_of(app)
    app.button(key="stop").click().run()
    let_turns_pass(shared_runner(), until)
    step = job.step
    app.run().button(key="continue").click().run()
    until(lambda: job.step > step)
    assert job.snapshot().n_steps == 1_000_000


def test_a_fork_has_learnt_the_same_and_goes_its_own_way(
    open_page: OpenPage, until: Until
) -> None:
    app = steering(open_page(n_steps="1000000"))
    first = run_of(app)
    app.button(key="stop").click().run()
    let_turns_pass(shared_runner(), until)
    step, weights = first.step, first.model()
    app.button(key="fork").click().run()
    fork = run_of(app)
    assert fork is not first
    assert fork.state is State.PAUSED
    assert_same_weights(fork.model(), weights)
    np.testing.assert_array_equal(fork.history.losses, first.history.losses)
    app.button(key="step_10").click().run()
    until(lambda: fork.step == step + 10)
    assert first.step == step
    assert_same_weights(first.model(), weights)


def test_a_fork_of_a_run_that_is_done_can_be_given_more_steps(
    open_page: OpenPage, until: Until
) -> None:
    app = steering(open_page(n_steps="60"))
    first = run_of(app)
    until(lambda: is_at_rest(first))
    app.run().button(key="fork").click().run()
    fork = run_of(app)
    assert fork.state is State.DONE
    app.number_input(key=f"more_steps_{fork.id}").set_value(40).run()
    app.button(key="go_on").click().run()
    until(lambda: is_at_rest(fork))
    assert (fork.step, first.step) == (100, 60)


def test_more_steps_than_a_run_may_have_are_refused_with_a_word(
    open_page: OpenPage, until: Until
) -> None:
    app = steering(open_page(n_steps="60"))
    job = run_of(app)
    until(lambda: is_at_rest(job))
    for _ in range(10):
        job.extend(9_999_990)
    app.run().number_input(key=f"more_steps_{job.id}").set_value(10_000_000).run()
    app.button(key="go_on").click().run()
    assert not app.exception
    assert "10,000,000 steps" in app.toast[0].value
    assert job.step == 60


def test_another_seed_begins_another_run(open_page: OpenPage) -> None:
    app = steering(open_page(seed="7"))
    first = run_of(app)
    app.button(key="another_seed").click().run()
    assert run_of(app) is not first
    assert run_of(app).train_config.seed == 8
    assert app.number_input(key="seed").value == 8


def test_the_runs_of_a_session_are_listed_and_one_of_them_can_be_shown_again(
    open_page: OpenPage, until: Until
) -> None:
    app = open_page(n_steps="60")
    first = run_of(app)
    until(lambda: is_at_rest(first))
    app.number_input(key="lr").set_value(0.05).run()
    app.button(key="train").click().run()
    second = run_of(app)
    until(lambda: is_at_rest(second))
    table = app.run().dataframe[0].value
    assert table["run"].tolist() == ["run 1", "run 2"]
    assert table[""].tolist() == ["", "shown"]
    assert table["rates"].tolist() == ["60 steps at 0.1", "60 steps at 0.05"]
    losses = [job.history.evaluations[-1].val_loss for job in (first, second)]
    assert table["validation loss"].tolist() == pytest.approx(losses)
    app.multiselect(key="compared").set_value([first.id]).run()
    drawn = component_data(app)["figure"]["data"]
    assert [trace["name"] for trace in drawn][-1] == "run 1, validation"
    app.session_state["run"] = first.id
    del app.query_params["run"]
    table = app.run().dataframe[0].value
    assert table[""].tolist() == ["shown", ""]


@pytest.mark.parametrize("page", PAGES)
def test_a_reload_finds_the_run_again(open_page: OpenPage, page: str) -> None:
    job = run_of(open_page())
    app = open_page(page, run=job.id)
    assert run_of(app) is job
    assert not any("no longer" in each.value for each in app.info)
    assert job.state in (State.RUNNING, State.DONE)


def test_a_new_run_is_that_of_the_window_where_it_began(open_page: OpenPage) -> None:
    app = open_page()
    other = open_page(run=run_of(app).id, visitor_like=app)
    other.button(key="train").click().run()
    app.run()
    assert run_of(app) is not run_of(other)
    assert run_of(app).state is State.STOPPED


def test_whoever_is_given_the_link_of_a_run_may_look_and_fork_but_not_steer(
    open_page: OpenPage,
) -> None:
    owner = open_page()
    job = run_of(owner)
    guest = steering(open_page(run=job.id))
    assert run_of(guest) is job
    assert disabled(guest) == {"train": False, "pause": True, "stop": True}
    owner.button(key="pause").click().run()
    guest.run().button(key="fork").click().run()
    fork = run_of(guest)
    assert fork is not job
    assert_same_weights(fork.model(), job.model())
    assert not any(disabled(guest).values())
    assert guest.dataframe[0].value["run"].tolist() == ["run 1"]
    assert owner.run().dataframe[0].value["run"].tolist() == ["run 1"]


def test_a_run_is_renamed_deleted_and_brought_back(open_page: OpenPage) -> None:
    app = open_page()
    job = run_of(app)
    app.text_input(key=f"title_{job.id}_run 1").set_value("  <b>my</b>   best ").run()
    assert app.dataframe[0].value["run"].tolist() == ["<b>my</b> best"]
    app.button(key="train").click().run()
    second = run_of(app)
    app.session_state[app.dataframe[0].key] = {"selection": {"rows": [0], "columns": []}}
    app.run()
    app.button(key="delete_runs").click().run()
    assert app.dataframe[0].value["run"].tolist() == ["run 1"]
    assert job.state is State.STOPPED
    assert run_of(app) is second
    app.button(key="undo_delete").click().run()
    assert app.dataframe[0].value["run"].tolist() == ["<b>my</b> best", "run 1"]


def test_a_downloaded_run_goes_on_where_it_was(open_page: OpenPage, until: Until) -> None:
    app = open_page(n_steps="60")
    job = run_of(app)
    until(lambda: is_at_rest(job))
    data = dump_run(job.run())
    app.file_uploader(key="run_upload").set_value(("mine.safetensors", data, "")).run()
    copy = run_of(app)
    assert copy is not job
    assert (copy.title, copy.state, copy.step) == ("mine", State.DONE, 60)
    assert_same_weights(copy.model(), job.model())


def test_an_earlier_run_is_listed_and_opened_again(
    open_page: OpenPage, until: Until, tmp_path: Path
) -> None:
    keeper = Keeper(shared_runner(), Store(tmp_path / "runs.sqlite"))
    share(keeper)
    try:
        app = open_page(n_steps="60")
        job = run_of(app)
        until(lambda: is_at_rest(job))
        keeper.save_all()
        app.button(key="train").click().run()
        shared_runner().forget(job)
        app.run()
        assert "Earlier runs (1)" in [each.label for each in app.expander]
        earlier = app.dataframe[-1]
        assert earlier.value["run"].tolist() == ["run 1"]
        app.session_state[earlier.key] = {"selection": {"rows": [0], "columns": []}}
        app.run()
        app.button(key="open_run").click().run()
        assert run_of(app).id == job.id
        assert_same_weights(run_of(app).model(), job.model())
    finally:
        share(None)
        keeper.close()


def test_a_file_that_is_no_run_is_refused_with_a_word(open_page: OpenPage) -> None:
    app = open_page()
    job = run_of(app)
    app.file_uploader(key="run_upload").set_value(("mine.safetensors", b"no run", "")).run()
    assert "cannot be taken" in app.toast[0].value
    assert run_of(app) is job


def test_a_run_too_large_for_the_server_is_refused_and_the_present_one_stays(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page()
    job = run_of(app)
    monkeypatch.setattr(shared_runner(), "limits", Limits(max_parameters=5_000))
    app.slider(key="n_hidden").set_value(1000).run()
    app.button(key="train").click().run()
    assert "at most 5,000 parameters" in app.toast[0].value
    assert run_of(app) is job
    assert job.state is State.RUNNING
    assert run_of(open_page(n_hidden="1000")).model_config.n_hidden == 100


def test_a_run_at_rest_has_moved_once_another_window_lets_it_go_on(
    open_page: OpenPage, until: Until
) -> None:
    job = run_of(open_page(n_steps="20"))
    until(lambda: is_at_rest(job))
    seen = job.version
    assert not state.has_moved(job, seen)
    job.extend(20)
    shared_runner().revive(job)
    until(lambda: job.step == 40)
    assert state.has_moved(job, seen)


@pytest.mark.parametrize("page", ["embeddings.py", "samples.py", "inside.py"])
def test_a_run_at_rest_is_watched_by_its_stream_or_without_one_by_looking(
    page: str, open_page: OpenPage, until: Until
) -> None:
    app = open_page(n_steps="20", n_hidden="10")
    job = run_of(app)
    until(lambda: is_at_rest(job))
    let_turns_pass(shared_runner(), until)
    app = go_to(app, page)
    (watch,) = all_component_data(app, "rest_watch")
    assert watch == {"stream": f"/live/{job.id}", "seen": live.news_id(job)}
    app.session_state["polling"] = True
    app.run()
    assert all_component_data(app, "rest_watch") == []


def test_a_run_that_left_memory_has_not_moved_until_it_is_back(
    open_page: OpenPage, until: Until
) -> None:
    job = run_of(open_page(n_steps="20"))
    until(lambda: is_at_rest(job))
    shared_runner().forget(job)
    assert not state.has_moved(job, job.version)
    again = TrainingJob.of(job.dataset, job.run())
    again.bring_back(job.id, State.DONE, None, job.owner, job.title)
    shared_runner().start(again)
    assert state.has_moved(job, job.version)


def test_two_visitors_have_two_runs(open_page: OpenPage) -> None:
    jobs = [run_of(open_page()) for _ in range(2)]
    assert jobs[0] is not jobs[1]
    assert [job.state for job in jobs] == [State.RUNNING] * 2


@pytest.mark.parametrize("page", OF_A_RUN)
def test_a_link_to_a_lost_run_says_so_and_begins_a_new_one(open_page: OpenPage, page: str) -> None:
    app = open_page(page, run="gone", n_hidden="60")
    assert "no longer on this server" in app.info[0].value
    assert run_of(app).model_config.n_hidden == 60
    assert not app.run().info


def test_the_link_of_a_sweep_is_not_taken_for_a_run(open_page: OpenPage) -> None:
    sweep = sweep_of(open_page("learning_rate.py", sweep_steps="10"))
    app = open_page(run=sweep.id)
    assert not app.exception
    assert run_of(app).id != sweep.id


@pytest.mark.parametrize(
    ("name", "nonsense"),
    [
        ("block_size", "abc"),
        ("block_size", "9"),
        ("block_size", ""),
        ("n_embd", "2.5"),
        ("n_hidden", "0"),
        ("n_hidden", "99999999999999999999"),
        ("lr", "-1"),
        ("lr", "0"),
        ("lr", "nan"),
        ("lr", "inf"),
        ("n_steps", "1e99"),
        ("n_steps", "1e999"),
        ("seed", "-inf"),
        ("n_steps", "-5"),
        ("batch_size", "7"),
        ("seed", "-3"),
        ("seed", "9223372036854775808"),
        ("init", "<script>"),
        ("run", ""),
        ("run", "../../etc/passwd"),
        ("nothing", "\x00"),
    ],
)
def test_nonsense_in_the_address_leaves_the_page_standing(
    open_page: OpenPage, name: str, nonsense: str
) -> None:
    app = open_page(**{name: nonsense})
    assert not app.exception
    assert run_of(app).model_config == ModelConfig()
    assert run_of(app).train_config == TrainConfig(((100_000, 0.1),), eval_interval=2_000)


@pytest.mark.parametrize(
    ("page", "name", "nonsense"),
    [
        ("learning_rate.py", "lr_min", "nan"),
        ("learning_rate.py", "lr_max", "1e9"),
        ("learning_rate.py", "sweep_steps", "1"),
        ("learning_rate.py", "sweep_axis", "sideways"),
        ("learning_rate.py", "sweep_seeds", "0"),
        ("learning_rate.py", "sweep_smoothing", "1"),
        ("learning_rate.py", "sweep_whole", "perhaps"),
        ("learning_rate.py", "bake_steps", "-1"),
        ("samples.py", "n_names", "1e9"),
        ("samples.py", "temperature", "0"),
        ("samples.py", "temperature", "nan"),
        ("samples.py", "top_k", "0"),
        ("samples.py", "sample_seed", "x"),
        ("samples.py", "prefix", "<b>" * 100),
    ],
)
def test_nonsense_in_the_address_of_other_pages_leaves_them_standing(
    open_page: OpenPage, page: str, name: str, nonsense: str
) -> None:
    app = open_page(page, **{name: nonsense})
    assert not app.exception
    assert len(app.title) == 1


@pytest.mark.parametrize(("block_size", "n_embd", "n_hidden"), [(3, 2, 100), (8, 32, 1_000)])
def test_the_parameters_are_counted(
    open_page: OpenPage, block_size: int, n_embd: int, n_hidden: int
) -> None:
    app = open_page(block_size=str(block_size), n_embd=str(n_embd), n_hidden=str(n_hidden))
    count = ModelConfig(27, block_size, n_embd, n_hidden).n_parameters
    assert any(f"{count:,} parameters" in text.value for text in app.sidebar.markdown)


def test_the_rate_and_its_exponent_stay_in_step(open_page: OpenPage) -> None:
    app = open_page(lr="0.01")
    number, slider = app.number_input(key="lr"), app.slider(key="lr_exponent")
    assert (number.value, slider.value) == (0.01, -2)
    slider.set_value(-0.5).run()
    assert app.number_input(key="lr").value == 0.316
    assert app.slider(key="lr_exponent").value == -0.5
    app.number_input(key="lr").set_value(2.0).run()
    assert app.slider(key="lr_exponent").value == 0.3
    assert app.number_input(key="lr").value == 2.0


@pytest.mark.parametrize(("exponent", "lr"), [(-6.0, 1e-6), (2.0, 100.0)])
def test_the_rate_reaches_both_ends_of_its_slider(
    open_page: OpenPage, exponent: float, lr: float
) -> None:
    app = open_page()
    app.slider(key="lr_exponent").set_value(exponent).run()
    assert not app.exception
    assert app.number_input(key="lr").value == lr


@pytest.fixture
def open_sweep(open_page: OpenPage, until: Until) -> OpenPage:
    """Open the page of the learning rate by a link, and wait for the end of its sweep."""

    def open_one(**address: str) -> AppTest:
        app = open_page("learning_rate.py", **{"sweep_steps": "50", "sweep_seeds": "2"} | address)
        until(lambda: sweep_of(app).state is State.DONE)
        return app.run()

    return open_one


RULES = ("minimum", "minimum/10", "valley", "steepest")


def test_a_sweep_shows_its_chart_and_the_spread_of_its_suggestions(open_sweep: OpenPage) -> None:
    app = open_sweep(sweep_seeds="3", sweep_steps="1000")
    assert not app.exception
    names = [trace["name"] for trace in component_data(app)["figure"]["data"]]
    assert names[:4] == ["each minibatch", "lowest seed", "highest seed", "moving average"]
    spreads = sweep_of(app).result.spread
    assert len(names) == 4 + len(spreads)
    for rule in RULES:
        button, spread = app.button(key=f"adopt_{rule}"), spreads[rule]
        assert not button.disabled
        assert f"{rule}: {spread.median:.3g} ({spread.lowest:.3g} – {spread.highest:.3g})" in (
            button.label
        )
        assert "Source:" in button.help


def test_a_sweep_of_the_settings_is_that_of_the_package(open_sweep: OpenPage) -> None:
    app = open_sweep(n_hidden="20", init="scaled", batch_size="8", seed="7", optimizer="adamw")
    settings = SweepSettings(
        ModelConfig(27, n_hidden=20, init="scaled"),
        TrainConfig(batch_size=8, seed=7, optimizer="adamw"),
        n_steps=50,
        n_seeds=2,
    )
    expected = lr_range_tests(settings, bundled_dataset().examples(3).train)
    assert list(sweep_of(app).result.rows()) == list(expected.rows())


def test_suggestions_that_are_misled_are_marked(open_sweep: OpenPage) -> None:
    app = open_sweep(sweep_steps="1000")
    for rule in RULES:
        assert ("⚠" in app.button(key=f"adopt_{rule}").label) == (rule in MISLED_RULES)
    assert any("far above a uniform guess" in caption.value for caption in app.caption)
    tame = open_sweep(init="scaled")
    assert not any("far above a uniform guess" in caption.value for caption in tame.caption)


def test_what_is_cut_off_is_told_and_can_be_shown(open_sweep: OpenPage) -> None:
    app = open_sweep(sweep_steps="300")
    axis = component_data(app)["figure"]["layout"]["yaxis"]
    (told,) = (each.value for each in app.caption if "are cut off" in each.value)
    assert f"Losses above {axis['autorangeoptions']['clipmax']:.1f} nats" in told
    app.toggle(key="sweep_whole").set_value(True).run()
    assert "autorangeoptions" not in component_data(app)["figure"]["layout"]["yaxis"]
    assert not any("are cut off" in caption.value for caption in app.caption)


def test_smoothing_changes_the_suggestions_and_sweeps_nothing_again(open_sweep: OpenPage) -> None:
    app = open_sweep()
    job = sweep_of(app)
    app.slider(key="sweep_smoothing").set_value(0.5).run()
    assert sweep_of(app) is job
    lr = job.result.with_smoothing(0.5).spread["minimum"].median
    assert f"minimum: {lr:.3g}" in app.button(key="adopt_minimum").label


def test_a_sweep_is_drawn_while_it_grows_and_can_be_cancelled(
    open_page: OpenPage, until: Until
) -> None:
    endless = {"sweep_steps": "20000", "n_hidden": "1000", "batch_size": "1024"}
    app = open_page("learning_rate.py", sweep_seeds="1", **endless)
    job = sweep_of(app)
    until(lambda: len(job.result.lrs))
    app.run()
    assert job.state is State.RUNNING
    for key in (*(f"adopt_{rule}" for rule in RULES), "bake_off"):
        assert app.button(key=key).disabled  # until it is over
    assert component_data(app)["figure"]["data"][0]["y"]["bdata"]
    app.button(key="cancel_sweep").click().run()
    assert job.state is State.STOPPED
    assert "Stopped at" in app.warning[0].value
    assert sweep_of(app.run()) is job  # and does not begin again by itself
    app.button(key="go_on_sweep").click().run()
    assert job.state is State.RUNNING
    shared_runner().stop(job)


def test_a_recipe_keeps_its_rate_when_another_is_clicked(open_sweep: OpenPage) -> None:
    app = open_sweep(recipe="quick")
    app.button(key="adopt_minimum").click().run()
    assert "recipe" in app.toast[0].value
    go_to(app, "train.py").button(key="train").click().run()
    assert run_of(app).train_config.stages == RECIPES["quick"].train.stages


def test_an_adopted_rate_is_the_one_that_train_uses(open_sweep: OpenPage) -> None:
    app = open_sweep()
    job = sweep_of(app)
    app.button(key="adopt_minimum").click().run()
    lr = float(f"{job.result.spread['minimum'].median:.4g}")
    assert f"{lr:.4g}" in app.toast[0].value
    assert app.number_input(key="lr").value == lr
    assert sweep_of(app) is job  # it does not depend on the rate
    go_to(app, "train.py").button(key="train").click().run()
    assert run_of(app).train_config.stages == (Stage(100_000, lr),)


def test_a_rate_below_what_train_takes_is_adopted_as_the_lowest(open_sweep: OpenPage) -> None:
    app = open_sweep(lr_min="0.000001", lr_max="0.000002")
    assert sweep_of(app).result.spread["minimum/10"].median < state.LR_LIMITS[0]
    app.button(key="adopt_minimum/10").click().run()
    assert not app.exception
    assert app.number_input(key="lr").value == state.LR_LIMITS[0]


@pytest.mark.parametrize(("low", "high"), [("0.5", "0.5"), ("0.5", "0.1")])
def test_a_sweep_that_would_go_down_is_explained(open_page: OpenPage, low: str, high: str) -> None:
    app = open_page("learning_rate.py", lr_min=low, lr_max=high)
    assert app.error[0].value == f"“From” must be below “To”, got {low} and {high}."
    assert remembered(app, "sweep") is None


def test_a_sweep_with_other_settings_takes_the_place_of_the_one_before(
    open_page: OpenPage,
) -> None:
    app = open_page("learning_rate.py", sweep_steps="20000")
    before = sweep_of(app)
    app.run()
    assert sweep_of(app) is before
    app.number_input(key="sweep_steps").set_value(50).run()
    assert sweep_of(app) is not before
    assert before.state is State.STOPPED
    app.number_input(key="sweep_steps").set_value(20_000).run()
    assert sweep_of(app) is before  # it is taken up where it stood
    assert before.state is not State.STOPPED


def test_earlier_sweeps_can_be_drawn_over_the_current_one(
    open_sweep: OpenPage, until: Until
) -> None:
    app = open_sweep()
    app.segmented_control(key="init").set_value("scaled").run()
    until(lambda: sweep_of(app).state is State.DONE)
    (name,) = app.multiselect(key="compared_sweeps").options
    assert name == "1: lecture init"
    app.multiselect(key="compared_sweeps").set_value([name]).run()
    assert not app.exception
    assert name in [trace["name"] for trace in component_data(app)["figure"]["data"]]


def test_a_link_draws_the_same_sweeps_over_each_other(open_sweep: OpenPage) -> None:
    app = open_sweep(init="scaled", over="init:lecture;depth:3")
    assert not app.exception
    (name,) = app.multiselect(key="compared_sweeps").value
    assert name.endswith(": lecture init")
    assert app.query_params["over"] == "init:lecture"
    assert name in [trace["name"] for trace in component_data(app)["figure"]["data"]]
    app.multiselect(key="compared_sweeps").set_value([]).run()
    assert "over" not in app.query_params


def test_a_link_holds_the_bake_off_that_ran_and_runs_it_again(
    open_sweep: OpenPage, until: Until
) -> None:
    app = open_sweep(bake_steps="100")
    assert "baked" not in app.query_params
    app.button(key="bake_off").click().run()
    until(lambda: bake_off_of(app).state is State.DONE)
    result = bake_off_of(app).result
    app.slider(key="sweep_smoothing").set_value(0.5).run()  # which the rates depended on
    address = app.query_params["baked"]
    other = open_sweep(sweep_smoothing="0.5", baked=address)
    until(lambda: bake_off_of(other).state is State.DONE)
    again = bake_off_of(other).result
    assert [each.lr for each in again.contenders] == [each.lr for each in result.contenders]
    assert [each.mean for each in again.contenders] == [each.mean for each in result.contenders]
    assert not other.toast


def test_a_link_that_tells_of_no_bake_off_begins_none_and_says_so(open_page: OpenPage) -> None:
    app = open_page("learning_rate.py", sweep_steps="10", baked="4000,lecture:0.1,minimum:no")
    assert "baked" in app.toast[0].value
    assert remembered(app, "bake_offs") is None


def test_a_link_holds_the_range_that_was_dragged_over(open_sweep: OpenPage) -> None:
    app = open_sweep(lr_range="0.01..0.25")
    assert app.button(key="adopt_middle").label == "Adopt 0.05"
    assert not app.toast
    go_to(go_to(app, "train.py"), "learning_rate.py")
    assert app.query_params["lr_range"] == "0.01..0.25"
    app.button(key="forget_range").click().run()
    assert "lr_range" not in app.query_params
    app.session_state["lr_range"] = (0.01, 0.25)
    app.number_input(key="sweep_steps").set_value(60).run()  # another sweep
    assert "lr_range" not in app.query_params


def test_a_session_keeps_its_last_sweeps_and_no_more(open_page: OpenPage) -> None:
    app = open_page("learning_rate.py", sweep_steps="10", sweep_seeds="1")
    for n_steps in range(11, 19):
        app.number_input(key="sweep_steps").set_value(n_steps).run()
    assert not app.exception
    assert len(app.session_state["sweeps"]) == state.MAX_SWEEPS
    assert sweep_of(app).settings.n_steps == 18


def test_the_selected_range_is_adopted_by_its_middle_or_swept_next(
    open_sweep: OpenPage, until: Until
) -> None:
    app = open_sweep()
    app.session_state["lr_range"] = (0.01, 0.25)  # as dragging over the chart does
    app.run().button(key="adopt_middle").click().run()
    assert app.number_input(key="lr").value == 0.05
    app.button(key="sweep_range").click().run()
    settings = sweep_of(app).settings
    assert (settings.lr_min, settings.lr_max) == (0.01, 0.25)
    assert not [button for button in app.button if button.key == "adopt_middle"]


def test_a_bake_off_finds_the_winner_and_one_click_adopts_it(
    open_sweep: OpenPage, until: Until
) -> None:
    app = open_sweep(bake_steps="100", init="scaled", n_hidden="20")
    app.button(key="bake_off").click().run()
    job = bake_off_of(app)
    until(lambda: job.state is State.DONE)
    app.run()
    sweep = sweep_of(app)
    model = ModelConfig(27, n_hidden=20, init="scaled")
    proposals = propose_lrs(sweep.result)
    settings = SweepSettings(model, n_seeds=2)
    expected = bake_off(settings, bundled_dataset().examples(3), proposals, 100)
    assert expected.winner is not None
    assert [each.losses.tolist() for each in job.result.contenders] == [
        each.losses.tolist() for each in expected.contenders
    ]
    assert any(f"{expected.winner.mean:.4f} nats" in text.value for text in app.caption)
    app.button(key="adopt_winner").click().run()
    assert app.number_input(key="lr").value == state.as_lr_setting(expected.winner.lr)
    app.segmented_control(key="init").set_value("lecture").run()
    assert not [button for button in app.button if button.key == "adopt_winner"]


def test_a_bake_off_that_nobody_has_set_lasts_as_long_as_the_model_allows(
    open_sweep: OpenPage,
) -> None:
    app = open_sweep(n_hidden="1000", n_embd="32", block_size="8", batch_size="1024")
    assert app.number_input(key="bake_steps").placeholder == "200"
    app.button(key="bake_off").click().run()
    assert bake_off_of(app).n_steps == 200
    app.button(key="cancel_bake_off").click().run()


def test_a_bake_off_can_be_cancelled_and_then_has_no_winner(open_sweep: OpenPage) -> None:
    app = open_sweep(bake_steps="1000000")
    app.button(key="bake_off").click().run()
    app.button(key="cancel_bake_off").click().run()
    assert bake_off_of(app).state is State.STOPPED
    assert "There is no winner" in app.warning[0].value


def test_neither_sweep_nor_bake_off_touches_the_users_run(
    open_page: OpenPage, until: Until
) -> None:
    app = open_page()
    job = run_of(app)
    until(lambda: job.step > 0)
    app.button(key="pause").click().run()
    until(lambda: not job._advancing.locked())
    step, weights = job.step, job.model()
    go_to(app, "learning_rate.py")
    until(lambda: sweep_of(app).state is State.DONE)
    app.number_input(key="bake_steps").set_value(100)
    app.run().button(key="bake_off").click().run()
    until(lambda: bake_off_of(app).state is State.DONE)
    assert sweep_of(app).owner == bake_off_of(app).owner == job.owner  # they end when it leaves
    assert (run_of(app), job.state, job.step) == (job, State.PAUSED, step)
    assert_same_weights(job.model(), weights)


@pytest.mark.parametrize("axis", ["log lr", "lr", "exponent"])
def test_a_sweep_is_shown_against_rate_or_exponent(open_sweep: OpenPage, axis: str) -> None:
    app = open_sweep()
    app.segmented_control(key="sweep_axis").set_value(axis).run()
    x_axis = component_data(app)["figure"]["layout"]["xaxis"]
    assert (x_axis.get("type") == "log") == (axis == "log lr")
    assert ("exponent" in x_axis["title"]["text"]) == (axis == "exponent")


def test_as_many_names_are_drawn_as_asked_for(open_page: OpenPage) -> None:
    app = open_page("samples.py", n_names="7", prefix="em")
    names = names_on(app)
    assert len(names) == 7
    assert all(name.startswith("em") for name in names)


def test_names_are_marked_by_where_they_stand(open_page: OpenPage) -> None:
    app = open_page("samples.py", n_names="200", temperature="0.5")
    told, known = component_data(app, "makemore_names"), Novelty(bundled_dataset().split)
    assert [origin for _, origin in told["names"]] == [known.origin(n) for n in names_on(app)]
    counts = known.count(names_on(app))
    assert told["shares"] == [
        ["train", counts.train, counts.train / 200],
        ["held out", counts.held_out, counts.held_out / 200],
        ["new", counts.new, counts.new / 200],
    ]
    assert f"{counts.repeats} of 200 names came before" in app.markdown[0].value


def test_of_very_many_names_the_first_are_shown_and_all_are_counted(
    open_page: OpenPage, until: Until
) -> None:
    app = open_page("samples.py", n_names="100000", n_steps="20")
    until(lambda: run_of(app).state is State.DONE)
    app.run()
    assert len(names_on(app)) == N_SHOWN
    shares = component_data(app, "makemore_names")["shares"]
    assert sum(count for _, count, _ in shares) == 100_000


def test_shares_by_temperature_stand_beside_the_names(open_page: OpenPage, until: Until) -> None:
    app = open_page("samples.py", n_steps="20", sample_seed="3", prefix="a")
    job = run_of(app)
    until(lambda: job.state is State.DONE)
    figure = component_data(app.run(), "makemore_chart")["figure"]
    (new,) = (trace for trace in figure["data"] if trace["name"] == "new")
    known = Novelty(job.dataset.split)
    (counts,) = origins_by_temperature(
        job.model(), job.dataset.vocabulary, known, [1.0], seed=3, prefix="a"
    )
    assert dict(zip(new["x"], new["y"], strict=True))[1.0] == counts.new / 1_000


def test_a_name_that_is_picked_is_read_letter_by_letter(open_page: OpenPage) -> None:
    app = open_page("samples.py", samples_view="Letter by letter", name="emma")
    data = component_data(app, "makemore_name_reader")
    assert data["url"] == f"/live/{run_of(app).id}/name"
    assert (data["text"], data["reading"]["word"]) == ("emma", "emma")
    assert len(data["reading"]["nats"]["MLP"]) == 5


def test_the_name_that_is_read_outlives_a_change_of_page(open_page: OpenPage) -> None:
    app = open_page("samples.py", samples_view="Letter by letter", name="ava")
    go_to(app, "train.py")
    del app.query_params["name"]  # as a change of page does in a browser
    go_to(app, "samples.py")
    assert component_data(app, "makemore_name_reader")["text"] == "ava"
    assert app.query_params["name"] == "ava"


def test_letters_unknown_to_the_model_are_answered_kindly(open_page: OpenPage) -> None:
    app = open_page("samples.py", samples_view="Letter by letter", name="zoë")
    assert not app.exception
    told = component_data(app, "makemore_name_reader")["reading"]
    assert "has never met “ë”" in told["problem"]


def test_the_diary_shows_what_the_run_wrote_the_latest_on_top(
    open_page: OpenPage, until: Until
) -> None:
    app = open_page("samples.py", samples_view="As it learnt", n_steps="200")
    job = run_of(app)
    until(lambda: job.state is State.DONE)
    told = component_data(app.run(), "makemore_diary")["entries"]
    now, told = told[0], told[1:]
    assert now["step"] == 200  # of the diary's own entries the last may be of an earlier step
    assert [(entry["step"], [name for name, _ in entry["names"]]) for entry in told] == [
        (entry.step, list(entry.names))
        for entry in reversed(job.history.diary)
        if entry.step < 200
    ]
    assert told[-1]["loss"] is None  # before any step


def test_two_runs_write_from_the_same_noise(open_page: OpenPage, until: Until) -> None:
    app = open_page("samples.py", n_steps="20", n_names="9", sample_seed="5")
    first = run_of(app)
    until(lambda: first.state is State.DONE)
    go_to(app, "train.py").number_input(key="seed").set_value(7)
    app.button(key="train").click().run()
    second = run_of(go_to(app, "samples.py"))
    assert second is not first
    until(lambda: second.state is State.DONE)
    app.segmented_control(key="samples_view").set_value("Two runs").run()
    app.selectbox(key="beside").set_value(first.id).run()
    here, beside = all_component_data(app)
    for job, told in ((second, here), (first, beside)):
        rng = torch.Generator().manual_seed(5)
        words = sample_words(job.model(), job.dataset.vocabulary, 9, rng)
        assert [name for name, _ in told["names"]] == words


def test_a_run_can_be_seen_beside_its_own_beginning(open_page: OpenPage) -> None:
    app = open_page("samples.py", samples_view="Two runs")
    assert not app.exception
    _, beside = all_component_data(app)
    job = run_of(app)
    model = MLP(job.model_config, torch.Generator().manual_seed(job.train_config.seed))
    rng = torch.Generator().manual_seed(42)
    words = sample_words(model, job.dataset.vocabulary, 20, rng)
    assert [name for name, _ in beside["names"]] == words


def test_the_same_seed_gives_the_same_names(open_page: OpenPage, until: Until) -> None:
    app = open_page("samples.py", n_steps="20")
    job = run_of(app)
    until(lambda: job.state is State.DONE)
    names = names_on(app.run())
    assert names_on(app.run()) == names
    assert names_on(open_page("samples.py", run=job.id)) == names
    app.button[0].click().run()
    assert app.number_input(key="sample_seed").value == 43
    assert names_on(app) != names


def test_names_can_be_drawn_again_after_the_last_seed(open_page: OpenPage) -> None:
    app = open_page("samples.py", sample_seed=str(2**31 - 1))
    app.button[0].click().run()
    assert not app.exception
    assert app.number_input(key="sample_seed").value == 0


def test_the_likeliest_letter_alone_gives_one_name(open_page: OpenPage) -> None:
    assert len(set(names_on(open_page("samples.py", top_k="1")))) == 1


def test_temperature_changes_the_names(open_page: OpenPage, until: Until) -> None:
    app = open_page("samples.py", n_steps="20")
    until(lambda: run_of(app).state is State.DONE)
    names = names_on(app.run())
    app.slider(key="temperature").set_value(0.1).run()
    assert names_on(app) != names


@pytest.mark.parametrize("prefix", ["Émma", "a1", "a.b", "<b>"])
def test_letters_that_the_model_does_not_know_are_explained(
    open_page: OpenPage, prefix: str
) -> None:
    app = open_page("samples.py", prefix=prefix)
    assert not app.exception
    assert len(app.error) == 1
    assert "prefix" in app.error[0].value or "vocabulary" in app.error[0].value


@pytest.mark.parametrize(
    ("n_embd", "words", "axis"),
    [(1, "on a line", "column 0"), (2, "as they are", "column 0"), (10, "PCA of 10", "PC 1: ")],
)
def test_embeddings_of_any_size_are_brought_to_the_plane(
    open_page: OpenPage, n_embd: int, words: str, axis: str
) -> None:
    app = open_page("embeddings.py", n_embd=str(n_embd))
    assert not app.exception
    assert words in app.markdown[0].value
    figure = component_data(app)["figure"]
    assert figure["layout"]["xaxis"]["title"]["text"].startswith(axis)


def test_the_map_moves_on_with_the_run(open_page: OpenPage, until: Until) -> None:
    app = open_page("embeddings.py")
    before = component_data(app)["figure"]["data"]
    step = run_of(app).step
    until(lambda: run_of(app).step > step + 50)
    assert component_data(app.run())["figure"]["data"] != before


def charts_on(app: AppTest) -> list[str]:
    """Give the name of the first trace of each chart below the map."""
    _, *charts = [data["figure"]["data"] for data in all_component_data(app) if "figure" in data]
    return [traces[0]["name"] for traces in charts]


def test_the_film_of_a_run_goes_from_its_start_to_where_it_stands(
    open_page: OpenPage, until: Until
) -> None:
    app = open_page("embeddings.py", n_steps="20")
    until(lambda: run_of(app).state is State.DONE)
    film = component_data(app.run())
    assert film["steps"] == [0, 1, 2, 3, 4, 6, 8, 12, 16, 20]
    losses = run_of(app).history.losses
    assert film["losses"][:2] == [losses[0]] * 2
    assert film["losses"][-1] == pytest.approx(float(losses[16:].mean()))
    vectors = np.frombuffer(b64decode(film["frames"]), np.float32).reshape(10, -1)
    assert vectors.shape[1] == 2 * sum(film["lengths"]) == 2 * (81 + 27 + 27)
    marks = vectors[-1, 2 * 81 : 2 * 81 + 12].reshape(2, 6).T  # of the vowels
    table = run_of(app).frames[-1].table
    vowels = run_of(app).dataset.vocabulary.encode("aeiouy")
    np.testing.assert_allclose(marks, table[vowels], rtol=1e-5)
    assert [len(texts) for texts in film["hover"]] == [27] * 10


@pytest.mark.parametrize(
    ("distance", "look", "traces"),
    [
        ("Cosine", "Neighbours", ["distance"]),
        ("Functional", "Neighbours", ["distance"]),
        ("Functional", "Do vowels gather?", ["vowels", "silhouette"]),
        ("Euclidean", "Context slots", ["slots"]),
    ],
)
def test_neighbours_kinds_and_slots_are_shown_by_each_distance(
    open_page: OpenPage, until: Until, distance: str, look: str, traces: list[str]
) -> None:
    app = open_page("embeddings.py", n_steps="20", n_embd="3", distance=distance, look=look)
    until(lambda: run_of(app).state is State.DONE)
    app.run()
    assert not app.exception
    assert not app.error
    assert charts_on(app) == traces
    assert (distance == "Functional") == (component_data(app)["hover"][0][0] == "")
    assert component_data(app)["hover"][-1][0].startswith("nearest: ")


@pytest.mark.parametrize("distance", ["Cosine", "Functional"])
def test_an_isolated_character_has_its_neighbours_of_each_moment_if_they_are_known(
    open_page: OpenPage, until: Until, distance: str
) -> None:
    asked = {"character": "m", "isolated": "true", "distance": distance}
    app = open_page("embeddings.py", n_steps="20", n_embd="3", **asked)
    job = run_of(app)
    until(lambda: job.state is State.DONE)
    focus = component_data(app.run())["focus"]
    (m,) = job.dataset.vocabulary.encode("m")
    assert focus["character"] == m
    for frame, near in zip(job.frames, focus["near"], strict=True):
        nearest = nearest_neighbours(table_distances(frame.table, "cosine"), 5)[m].tolist()
        if distance == "Cosine":
            assert near == nearest
        else:
            assert len(near) == (5 if frame.step == 20 else 0)
    app.segmented_control(key="look").set_value("slots").run()  # of characters nothing is said
    assert component_data(app)["focus"] is None


@pytest.mark.parametrize(
    ("film", "moment"), [("8", 8), ("-1", None), ("٣", None), ("9" * 99, None)]
)
def test_a_link_says_at_which_moment_the_film_stands(
    open_page: OpenPage, film: str, moment: int | None
) -> None:
    app = open_page("embeddings.py", n_steps="20", film=film)
    assert component_data(app)["moment"] == moment
    assert bool(app.toast) == (moment is None)


def test_the_neighbours_of_a_character_are_the_nearest_in_the_table(
    open_page: OpenPage, until: Until
) -> None:
    app = open_page("embeddings.py", n_steps="20", n_embd="10", character="e")
    until(lambda: run_of(app).state is State.DONE)
    app.run()
    job = run_of(app)
    distances = table_distances(job.frames[-1].table)
    e = job.dataset.vocabulary.encode("e")[0]
    nearest = nearest_neighbours(distances, 8)[e]
    shown = app.dataframe[0].value
    characters = [job.dataset.vocabulary.characters[other] for other in nearest]
    assert shown["character"].tolist() == [{".": "end"}.get(each, each) for each in characters]
    assert shown["distance"].tolist() == pytest.approx(distances[e][nearest].tolist())


@pytest.mark.parametrize(
    ("address", "words", "axes"),
    [
        ({"n_embd": "5"}, "PCA of 5 dimensions). Of each character's 5 nearest in all 5", "PC 1"),
        ({"map_view": "Two columns", "map_x": "4", "map_y": "1"}, "column 4 and column 1", "col"),
        ({"map_view": "Two columns", "map_x": "99"}, "column 9 and column 1 of 10", "column 9"),
        ({"map_view": "One column", "map_x": "3"}, "on a line, column 3. Of each", "column 3"),
    ],
)
def test_the_axes_of_the_map_can_be_chosen(
    open_page: OpenPage, address: dict[str, str], words: str, axes: str
) -> None:
    app = open_page("embeddings.py", **{"n_embd": "10", **address})
    assert not app.exception
    assert words in app.markdown[0].value
    assert "trustworthiness" in app.markdown[0].value
    title = component_data(app)["figure"]["layout"]["xaxis"]["title"]["text"]
    assert title.startswith(axes)


def test_a_picture_that_leaves_nothing_out_needs_no_score(open_page: OpenPage) -> None:
    for n_embd in ("1", "2"):
        app = open_page("embeddings.py", n_embd=n_embd)
        assert "trustworthiness" not in app.markdown[0].value


def test_the_untrained_start_stands_beside_the_map_on_demand(
    open_page: OpenPage, until: Until
) -> None:
    app = open_page("embeddings.py", n_steps="20")
    until(lambda: run_of(app).state is State.DONE)
    assert component_data(app.run())["beside"] is None
    app.toggle(key="untrained").set_value(True).run()
    beside = component_data(app)["beside"]
    drawn = {trace["name"]: trace for trace in beside["figure"]["data"]}
    x = np.frombuffer(b64decode(drawn["end mark"]["x"]["bdata"]))
    model = MLP(run_of(app).model_config, torch.Generator().manual_seed(42))
    np.testing.assert_allclose(x, [model.C[0, 0].item()], rtol=1e-5)
    assert beside["title"] == "Untrained start"


def test_nonsense_in_the_address_leaves_the_map_standing(open_page: OpenPage) -> None:
    nonsense = {"map_view": "sideways", "map_x": "-1", "map_y": "1e9", "distance": "far"}
    more = {"untrained": "perhaps", "look": "away", "character": "☃"}
    app = open_page("embeddings.py", **nonsense, **more)
    assert not app.exception
    assert not app.error
    assert charts_on(app) == ["distance"]


@pytest.mark.parametrize(
    ("look", "distance"), [("Neighbours", "Functional"), ("Do vowels gather?", "Euclidean")]
)
def test_of_a_diverged_run_the_page_shows_what_there_is(
    open_page: OpenPage, diverged: TrainingJob, look: str, distance: str
) -> None:
    app = open_page("embeddings.py", run=diverged.id, look=look, distance=distance)
    assert not app.exception
    assert "The run diverged: the loss is" in app.markdown[0].value
    assert component_data(app)["steps"][0] == 0


@pytest.mark.parametrize("page", PAGES)
def test_a_diverged_run_leaves_every_page_standing(
    open_page: OpenPage, diverged: TrainingJob, page: str
) -> None:
    app = open_page(page, run=diverged.id)
    assert not app.exception
    assert run_of(app) is diverged


def test_a_diverged_run_says_on_the_train_page_at_which_step_and_rate(
    open_page: OpenPage, diverged: TrainingJob
) -> None:
    app = open_page(run=diverged.id)
    told = component_data(app)["snapshot"]
    assert told["state"] == "diverged"
    assert told["message"] == str(diverged.divergence)
    assert disabled(app) == {"train": False, "pause": True, "stop": True}


@pytest.mark.parametrize("page", ["samples.py", "embeddings.py"])
def test_what_a_diverged_model_still_shows_is_said_to_be_of_one(
    open_page: OpenPage, diverged: TrainingJob, page: str
) -> None:
    app = open_page(page, run=diverged.id)
    said = [element.value for element in (*app.markdown, *app.error)]
    assert any("diverged" in text for text in said)


@pytest.mark.parametrize("view", state.SAMPLE_VIEWS)
def test_every_view_of_the_samples_says_that_its_run_diverged(
    open_page: OpenPage, diverged: TrainingJob, view: str
) -> None:
    app = open_page("samples.py", run=diverged.id, samples_view=view)
    assert not app.exception
    said = [element.value for element in (*app.markdown, *app.error, *app.caption)]
    assert any("diverged" in text for text in said)


@pytest.mark.parametrize("view", state.SAMPLE_VIEWS)
def test_every_view_of_the_samples_stands_while_its_run_is_paused(
    open_page: OpenPage, view: str
) -> None:
    app = open_page(n_steps="1000000")
    app.button(key="pause").click().run()
    assert run_of(app).state is State.PAUSED
    go_to(app, "samples.py").segmented_control(key="samples_view").set_value(view).run()
    assert not app.exception
    assert not app.error
    assert run_of(app).state is State.PAUSED


def test_large_type_stays_through_every_page_until_it_is_switched_off(open_page: OpenPage) -> None:
    app = open_page(large_type="true", n_steps="1")
    assert not app.exception
    app.switch_page("app_pages/data.py")
    app.query_params.clear()  # as a change of page does
    app.run()
    assert app.query_params["large_type"] == "true"
    run_with(app, large_type="false")  # sent before the browser had heard
    assert app.query_params["large_type"] == "true"
    press_back(app, large_type="false")
    assert "large_type" not in app.query_params


@pytest.mark.parametrize(
    ("key", "value"), [("samples_view", "Nonsense"), ("name", "<b>" * 100), ("loss_unit", "")]
)
def test_a_spoilt_address_leaves_the_samples_standing(
    open_page: OpenPage, key: str, value: str
) -> None:
    app = open_page("samples.py", **{"samples_view": "Letter by letter", key: value})
    assert not app.exception


def test_without_the_stream_the_page_asks_for_itself(open_page: OpenPage) -> None:
    app = open_page()
    assert component_data(app)["stream"] is not None
    app.session_state["polling"] = True
    app.run()
    assert not app.exception
    assert component_data(app)["stream"] is None
    assert component_data(app)["snapshot"]["step"] >= 0


@pytest.mark.parametrize("page", ["embeddings.py", "samples.py", "inside.py"])
def test_a_page_that_shows_a_run_says_which_and_what_the_settings_are_for(
    open_page: OpenPage, page: str
) -> None:
    app = open_page(page, n_steps="20", n_hidden="20")
    told = [caption.value for caption in app.sidebar.caption]
    assert any("20 hidden units" in text for text in told)
    assert "For the next run; they change nothing here." in told
    assert app.sidebar.slider(key="n_hidden").value == 20
    there = [caption.value for caption in go_to(app, "train.py").sidebar.caption]
    assert not any("change nothing" in text for text in there)


def test_another_run_is_chosen_where_runs_are_shown(open_page: OpenPage) -> None:
    app = open_page(n_steps="20")
    first = run_of(app)
    app.number_input(key="seed").set_value(7)
    app.button(key="train").click().run()
    second = run_of(go_to(app, "embeddings.py"))
    assert second is not first
    choice = app.selectbox(key="shown_run")
    assert (choice.value, choice.options) == (second.id, ["run 2", "run 1"])
    choice.set_value(first.id).run()
    assert run_of(app) is first
    assert app.query_params["run"] == first.id
    run_with(app, run=second.id)  # sent before the browser had heard of the choice
    assert run_of(app) is first
    press_back(app, run=second.id)
    assert run_of(app) is second
    app.selectbox(key="shown_run").set_value(first.id).run()
    assert run_of(go_to(app, "samples.py")) is first


def test_a_link_to_two_runs_shows_both_to_somebody_else(open_page: OpenPage) -> None:
    first = run_of(open_page(n_steps="20"))
    app = open_page("samples.py", n_steps="20", samples_view="Two runs", beside=first.id)
    assert not app.exception
    assert app.selectbox(key="beside").value == first.id
    assert app.query_params["beside"] == first.id
    assert first not in state_runs(app)


def state_runs(app: AppTest) -> list[TrainingJob]:
    return [job for job in shared_runner().training_jobs() if job.owner == run_of(app).owner]


def test_an_address_whose_choices_and_switches_are_taken_is_not_complained_of(
    open_page: OpenPage,
) -> None:
    choices = {"look": "Neighbours", "distance": "Cosine", "map_view": "Two columns"}
    app = open_page("embeddings.py", n_steps="20", untrained="true", character="end", **choices)
    assert [each.value for each in app.toast] == []
    assert app.session_state["distance"] == "cosine"
    (toast,) = open_page("embeddings.py", n_steps="20", look="away", untrained="perhaps").toast
    assert "look" in toast.value
    assert "untrained" in toast.value
