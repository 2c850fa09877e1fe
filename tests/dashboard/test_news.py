"""What a stream's news are called, by which a page knows whether it has seen them."""

from dashboard import live
from dashboard.jobs import State
from tests.dashboard.conftest import NewRun, run_to_the_end


def test_news_keep_their_name_until_there_are_others(new_run: NewRun) -> None:
    job = new_run(n_steps=50)
    names = [live.news_id(job)]
    job.run_slice()
    names.append(live.news_id(job))
    run_to_the_end(job)
    names.append(live.news_id(job))
    assert live.news_id(job) == names[-1]
    job.extend(10)
    names.append(live.news_id(job))
    assert len(set(names)) == len(names)
    assert live.news_id(new_run()) not in names  # of another life


def test_an_event_says_its_name_before_its_data(new_run: NewRun) -> None:
    job = new_run(n_steps=50)
    run_to_the_end(job)
    assert job.state is State.DONE
    assert live._payload(job).startswith(f"id: {live.news_id(job)}\ndata: {{")
