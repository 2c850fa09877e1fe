"""Which list of words a session trains on, how it is split, and a visitor's own lists."""

from __future__ import annotations

import unicodedata
from typing import Final

import streamlit as st

from dashboard.corpus import bundled_dataset, shared_dataset
from dashboard.library import shared_library
from dashboard.runner import shared_runner
from dashboard.state.address import news_in_url
from dashboard.state.people import person
from makemore import Dataset, ListRules, StoredList, WordList, read_word_list
from makemore.vocabulary import JOINERS

_LIST, _SPLIT = "words", "split"
_BY_NAME, _BY_WORD = "by_name", "by_word"
_PROBLEM, _N_TAKEN, _IS_NEW = "list_problem", "n_lists_taken", "is_list_new"
# Settings that name letters, and so go when the letters do.
_OF_LETTERS = ("name", "prefix", "character", "windows_name", "probs_text", "lookup_letter")

MAX_LIST_NAME: Final = 40  # characters
MAX_PASTED: Final = 200_000  # characters, which take a browser seconds; a file may have more
_LOOKED_AT = 4_096  # bytes of a file that tell whether it is a text
_UNNAMED = "my list"


def dataset() -> Dataset:
    """Give the words that this session trains on, split as it wants them."""
    entry, by_name = current_list(), is_by_name()
    if entry is not None:
        for each in (by_name, False):  # a list of one word three times has no split by name
            try:
                return shared_library().dataset(entry, by_name=each)
            except ValueError as error:
                st.session_state[_PROBLEM] = str(error)
        choose_list(None)
    bundled = bundled_dataset()
    return shared_dataset(bundled.digest, lambda: bundled.words, by_name=by_name)


def current_list() -> StoredList | None:
    """Give the list that the URL names, or else the session's own; none: the bundled names."""
    list_id = news_in_url(_LIST) or st.session_state.get(_LIST)
    entry = shared_library().find(list_id) if list_id else None
    if entry is not None:
        _make_current(entry)
    return entry


def is_list_lost() -> bool:
    """Say whether the URL names a list that this server does not know (any more)."""
    return bool(st.query_params.get(_LIST)) and current_list() is None


def own_lists() -> list[StoredList]:
    """Give this visitor's lists, and the one of the link that they followed."""
    own, current = shared_library().of(person()), current_list()
    if current is not None and current.id not in (each.id for each in own):
        return [current, *own]
    return own


def choose_list(list_id: str | None) -> None:
    """Train on a list from now on; on the bundled names without one."""
    entry = shared_library().find(list_id) if list_id else None
    for name in _OF_LETTERS:
        st.session_state.pop(name, None)
        if name in st.query_params:
            del st.query_params[name]
    if entry is not None:
        _make_current(entry)
        return
    st.session_state[_LIST] = ""  # chosen, whatever the URL still says
    if _LIST in st.query_params:
        del st.query_params[_LIST]


def choose_list_of(key: str) -> None:
    """Train on the list that a widget names."""
    choose_list(st.session_state[key])


def delete_list(entry: StoredList) -> None:
    """Let go of a list of this visitor's; runs that were trained on it keep its words."""
    if entry.owner == person():
        shared_library().delete(entry)
        choose_list(None)


def is_own_list(entry: StoredList) -> bool:
    """Say whether a list is this visitor's, and not that of somebody who gave them a link."""
    return entry.owner == person()


def list_report(entry: StoredList) -> WordList | None:
    """Say what was left out of a list, as long as this server knows."""
    return shared_library().report(entry)


def is_by_name() -> bool:
    """Say whether the different words are split, so that none is trained on and held out."""
    wanted = news_in_url(_SPLIT) or st.session_state.get(_SPLIT)
    by_name = wanted == _BY_NAME
    _use_split(by_name)
    return by_name


def use_split_of(key: str) -> None:
    """Split by name from now on, or not, as a widget says."""
    _use_split(st.session_state[key])


def _use_split(by_name: bool) -> None:
    st.session_state[_SPLIT] = _BY_NAME if by_name else _BY_WORD
    if by_name != (st.query_params.get(_SPLIT) == _BY_NAME):
        if by_name:
            st.query_params[_SPLIT] = _BY_NAME
        else:
            del st.query_params[_SPLIT]


def list_widget(name: str) -> str:
    """Give the key of a widget of the form for a list: another one once a list was taken."""
    return f"own_list_{name}_{st.session_state.get(_N_TAKEN, 0)}"


def take_list() -> None:
    """Take the list that stands in the form, and train on it from now on; or note why not."""
    upload, text = (st.session_state.get(list_widget(each)) for each in ("upload", "text"))
    name = st.session_state.get(list_widget("name"), "")
    is_folded = bool(st.session_state.get(list_widget("fold")))
    limits = shared_runner().limits
    rules = ListRules(is_folded, limits.max_words, max_symbols=limits.max_symbols)
    try:
        data = _pasted(text or "") if upload is None else _read(upload, limits.max_list_bytes)
        found = read_word_list(data, rules)
        title = _as_title(name or ("" if upload is None else upload.name.rpartition(".")[0]))
        entry = shared_library().add(person(), title, found, limits.max_lists_per_person)
    except ValueError as error:
        st.session_state[_PROBLEM] = str(error)
        return
    st.session_state[_N_TAKEN] = st.session_state.get(_N_TAKEN, 0) + 1
    st.session_state[_IS_NEW] = True
    choose_list(entry.id)


def is_list_new() -> bool:
    """Say once whether a list was taken since this was asked last."""
    return bool(st.session_state.pop(_IS_NEW, False))


def max_list_megabytes() -> int:
    """Say how large a list may be as a file."""
    return max(1, round(shared_runner().limits.max_list_bytes / 1e6))


def take_list_problem() -> str | None:
    """Say once why the last list could not be taken, if it could not."""
    problem: str | None = st.session_state.pop(_PROBLEM, None)
    return problem


def _pasted(text: str) -> str:
    """Give a pasted text if there is one, not too long.

    Raises:
        ValueError: if not.
    """
    if not text or text.isspace():
        raise ValueError(
            "There is no list yet: paste words, or choose a file. One with a red sign was not "
            f"taken; a file must be a txt or csv and may have {max_list_megabytes()} MB."
        )
    if len(text) > MAX_PASTED:
        raise ValueError(
            f"A pasted list may have at most {MAX_PASTED:,} characters, this one has "
            f"{len(text):,}. Upload it as a file."
        )
    return text


def _read(upload: st.runtime.uploaded_file_manager.UploadedFile, max_bytes: int) -> bytes:
    """Read a file that is small enough and looks like a text.

    Raises:
        ValueError: if it is not.
    """
    if upload.size > max_bytes:
        raise ValueError(
            f"A list may have at most {max_bytes / 1e6:g} MB on this server, this file has "
            f"{upload.size / 1e6:.1f} MB."
        )
    upload.seek(0)
    start = upload.read(_LOOKED_AT)
    if b"\0" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ValueError("A list must be a text, one word a line; this file is none.")
    return start + upload.read()


def _as_title(name: str) -> str:
    """Make a name of any text: one line, nothing that turns or hides what follows."""
    is_seen = (unicodedata.category(each)[0] != "C" or each in JOINERS for each in name)
    seen = "".join(each if is_kept else " " for each, is_kept in zip(name, is_seen, strict=True))
    return " ".join(seen.split())[:MAX_LIST_NAME].strip() or _UNNAMED


def _make_current(entry: StoredList) -> None:
    st.session_state[_LIST] = entry.id
    if st.query_params.get(_LIST) != entry.id:
        st.query_params[_LIST] = entry.id
