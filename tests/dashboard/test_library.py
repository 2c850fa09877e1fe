"""`dashboard.library`: lists are their owners', in a store or in memory; one dataset for all."""

from pathlib import Path

import pytest

from dashboard.corpus import bundled_dataset, dataset_of, shared_dataset
from dashboard.library import Library
from makemore import Store, StoredList, StoreError, read_word_list
from tests.dashboard.conftest import NewRun

WORDS = "Анна\nБорис\nВера\nАнна"
FOUND = read_word_list(f"{WORDS}\nno way")


@pytest.fixture(params=["in memory", "in a store"])
def library(request: pytest.FixtureRequest, tmp_path: Path) -> Library:
    return Library(Store(tmp_path / "x.sqlite") if request.param == "in a store" else None)


def add(library: Library, owner: str = "ada", name: str = "mine", text: str = WORDS) -> StoredList:
    return library.add(owner, name, read_word_list(text), max_lists=3)


def test_a_list_is_found_by_its_id_and_by_its_owner(library: Library) -> None:
    mine, others = add(library), add(library, "bob", text="a\nb\nc")
    assert [each.id for each in library.of("ada")] == [mine.id]
    found = library.find(others.id)
    assert found is not None
    assert (found.name, found.n_words, found.owner) == ("mine", 3, "bob")
    assert library.find("x" * 22) is None


def test_the_same_words_of_the_same_owner_are_one_list(library: Library) -> None:
    first, again = add(library), add(library, name="renamed")
    assert first.id == again.id
    assert [each.name for each in library.of("ada")] == ["renamed"]


def test_a_list_has_one_dataset_for_each_split(library: Library) -> None:
    entry = add(library)
    dataset = library.dataset(entry, by_name=False)
    assert dataset.words == WORDS.split("\n")
    assert dataset.name == "mine"
    assert library.dataset(entry, by_name=False) is dataset
    assert library.dataset(entry, by_name=True).by_name
    other = add(library, "bob", "not mine")
    assert library.dataset(other, by_name=False).name == "not mine"  # nobody's name leaks


def test_the_report_is_kept_without_the_words(library: Library) -> None:
    entry = library.add("ada", "mine", FOUND, max_lists=3)
    report = library.report(entry)
    assert report is not None
    assert report.left_out == FOUND.left_out
    assert report.words == ()


def test_nobody_keeps_more_lists_than_the_limit(library: Library) -> None:
    for number in range(3):
        add(library, text=f"a\nb\nc{number}")
    with pytest.raises(ValueError, match="at most 3 lists on this server; delete one first"):
        add(library, text="a\nb\nd")
    add(library, name="renamed", text="a\nb\nc0")
    add(library, "bob")


def test_a_deleted_list_is_gone_and_the_room_is_free(library: Library) -> None:
    entry = add(library)
    library.delete(entry)
    assert library.find(entry.id) is None
    assert library.of("ada") == []


def test_a_list_outlives_the_server_though_no_run_used_it(tmp_path: Path) -> None:
    with Store(tmp_path / "x.sqlite") as store:
        entry = add(Library(store))
        words = Library(store).dataset(entry, by_name=False).words
    with Store(tmp_path / "x.sqlite") as store:
        library = Library(store)
        assert [each.id for each in library.of("ada")] == [entry.id]
        found = library.find(entry.id)
        assert found is not None
        assert library.dataset(found, by_name=True).words == words


def test_where_the_store_fails_lists_are_kept_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store(tmp_path / "x.sqlite") as store:

        def fail(*_: object) -> None:
            raise StoreError("the store must have room")

        for method in ("save", "of", "find", "words", "delete"):
            monkeypatch.setattr(store.lists, method, fail)
        library = Library(store)
        entry = add(library, text="a\nb\nq")
        assert library.of("ada") == [entry]
        assert library.dataset(entry, by_name=False).words == ["a", "b", "q"]


def test_the_bundled_list_is_one_dataset_however_it_comes(names: list[str]) -> None:
    bundled = bundled_dataset()
    assert shared_dataset(bundled.digest, lambda: []) is bundled
    by_name = shared_dataset(bundled.digest, lambda: [], by_name=True)
    assert by_name.words is bundled.words
    assert by_name.by_name


def test_the_words_of_a_run_are_shared_or_those_that_one_gives(new_run: NewRun) -> None:
    run = new_run(n_steps=5).run()
    assert dataset_of(run) is dataset_of(run)
    assert dataset_of(run).words == run.dataset().words
    given, run.words = dataset_of(run), None  # as of a file of an earlier version
    assert dataset_of(run) is bundled_dataset()
    assert dataset_of(run, given) is given
