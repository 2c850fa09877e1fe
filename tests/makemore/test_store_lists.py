"""`makemore.store.lists`: a list of words is kept once, found by its owner, and lent to runs."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from makemore import Store
from tests.makemore.test_store import ID, OTHER, WORDS, contents, run_of


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with Store(place) as store:
        yield store


def n_kept(store: Store) -> int:
    with store._reader.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM makemore_words")).scalar_one())


def test_a_list_is_its_owners_and_outlives_the_store(place: str) -> None:
    with Store(place) as store:
        saved = store.lists.save("me", "Имена", ["Анна", "Борис", "شیما"])
        store.lists.save("you", "yours", WORDS)
    with Store(place) as store:
        (found,) = store.lists.of("me")
        assert (found.id, found.name, found.n_words) == (saved.id, "Имена", 3)
        assert store.lists.words(found.digest) == ["Анна", "Борис", "شیما"]
        assert store.lists.find(saved.id) is not None
        assert [each.name for each in store.lists.of("you")] == ["yours"]


def test_the_list_saved_last_stands_first(store: Store) -> None:
    store.lists.save("me", "one", WORDS)
    store.lists.save("me", "two", WORDS[1:])
    assert [each.name for each in store.lists.of("me")] == ["two", "one"]
    store.lists.save("me", "one", WORDS)
    assert [each.name for each in store.lists.of("me")] == ["one", "two"]


def test_the_same_words_are_kept_once_and_renamed(store: Store) -> None:
    one, two = (store.lists.save("me", name, WORDS) for name in ("one", "two"))
    store.lists.save("you", "yours", WORDS)
    assert one.id == two.id
    assert [each.name for each in store.lists.of("me")] == ["two"]
    assert n_kept(store) == 1


def test_runs_share_the_words_of_their_list(store: Store) -> None:
    run = run_of(10, has_words=True)
    store.save(ID, run, "running")
    store.save(OTHER, run_of(26, has_words=True), "done")
    assert n_kept(store) == 1
    assert contents(store.load(ID)) == contents(run)
    found = store.find(ID)
    assert found is not None
    assert run.words is not None
    assert found.words_digest == run.words.digest


def test_a_deleted_list_stays_with_the_runs_that_were_trained_on_it(store: Store) -> None:
    kept = store.lists.save("me", "mine", WORDS)
    store.save(ID, run_of(10, has_words=True), "done")
    store.lists.delete(kept.id)
    store.purge()
    assert store.lists.of("me") == []
    assert store.lists.find(kept.id) is None
    assert store.load(ID).dataset().words == WORDS


def test_words_that_nothing_refers_to_are_purged(store: Store) -> None:
    store.lists.save("me", "mine", WORDS[1:])
    other = store.lists.save("me", "other", WORDS[2:])
    store.save(ID, run_of(10, has_words=True), "done")
    assert n_kept(store) == 3
    store.lists.delete(other.id)
    store.delete(ID)
    store.purge(timedelta(0))
    assert n_kept(store) == 1
    assert store.lists.words(store.lists.of("me")[0].digest) == WORDS[1:]


def test_what_is_no_list_is_refused_and_an_unknown_one_not_found(store: Store) -> None:
    with pytest.raises(ValueError, match="must hold at least one word, got none"):
        store.lists.save("me", "mine", [])
    with pytest.raises(ValueError, match="the name of a list must have at most 200 characters"):
        store.lists.save("me", "x" * 201, WORDS)
    for text_of_no_list in ("", "' OR 1 = 1 --", ID):
        assert store.lists.find(text_of_no_list) is None
        store.lists.delete(text_of_no_list)
    assert store.lists.words("0" * 64) is None
