"""Which list of words is trained on: chosen, pasted or uploaded, with a report, and its split."""

from itertools import count

import streamlit as st

from dashboard import state
from dashboard.components.large_type import sized_key
from dashboard.jobs import TrainingJob
from dashboard.plain_text import as_text, isolated
from makemore import Dataset, StoredList, WordList

BUNDLED = "bundled names"


def choose_list() -> None:
    """Ask which list is trained on and how it is split, and offer to bring one's own."""
    dataset, current = state.dataset(), state.current_list()
    labels = _labels(state.own_lists())
    chosen = current.id if current is not None else ""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Words",
            list(labels),
            index=list(labels).index(chosen),
            format_func=lambda list_id: labels[list_id],
            key=(key := f"list_{chosen}_{len(labels)}"),
            on_change=state.choose_list_of,
            args=(key,),
            help="Everything here works on this list: runs that you begin, sweeps, chapters.",
            width=330,
        )
        st.toggle(
            "Split by name",
            dataset.by_name,
            key=(split := f"split_{chosen}_{dataset.by_name}"),
            on_change=state.use_split_of,
            args=(split,),
            help="Shuffles and cuts the different names, each with its repeats, so that no "
            "held-out name was trained on. Otherwise every line by itself, as the lecture does.",
        )
        if current is not None:
            _offer_training()
            _offer_deletion(current)
    _form()
    if current is not None and (report := state.list_report(current)) is not None:
        _show_report(current, report)


def _labels(lists: list[StoredList]) -> dict[str, str]:
    """Give each list's label by its id, each another: Streamlit tells choices by their labels."""
    labels = {"": "The bundled names"}
    for entry in lists:
        label = wanted = f"{isolated(entry.name)} ({entry.n_words:,})"
        for number in count(2):
            if label not in labels.values():
                break
            label = f"{wanted}, {number}"
        labels[entry.id] = label
    return labels


def _offer_training() -> None:
    if st.button(
        "Train on it",
        type="primary",
        key="train_on_list",
        on_click=state.ask_for_run,
        help="Begin a run with the settings in the sidebar.",
    ):
        # Without parameters it would refuse where a widget stands in the address; what is to
        # stay there puts itself back.
        st.switch_page("app_pages/train.py", query_params={})


def _offer_deletion(current: StoredList) -> None:
    if state.is_own_list(current):
        st.button(
            "Delete",
            key="delete_list",
            on_click=state.delete_list,
            args=(current,),
            help="Takes the list away from here. Runs that were trained on it keep its words.",
        )


def _form() -> None:
    problem = state.take_list_problem()
    with (
        st.expander(
            "Bring your own list",
            expanded=problem is not None,
            key=state.list_widget("expander"),
        ),
        st.form(state.list_widget("form"), border=False),
    ):
        pasted, uploaded = st.columns(2, gap="medium")
        pasted.text_area(
            "Paste words",
            key=state.list_widget("text"),
            height=150,  # no max_chars: the browser would drop a longer text without a word
            placeholder="Анна\nБорис\nВера",
            help="One a line, in any alphabet. One single line may have spaces or commas between. "
            f"At most {state.MAX_PASTED:,} characters; a longer list comes as a file.",
        )
        uploaded.file_uploader(
            "Or upload a text",
            type=["txt", "csv", "text", "lst"],
            key=state.list_widget("upload"),
            max_upload_size=state.max_list_megabytes(),
            help="UTF-8, one word a line. It takes the place of what is pasted.",
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input(
                "Called",
                key=state.list_widget("name"),
                max_chars=state.MAX_LIST_NAME,
                placeholder="my list",
                width=200,
            )
            st.toggle(
                "Capitals as small letters",
                key=state.list_widget("fold"),
                help="So that A and a are one letter. Otherwise they are two.",
            )
            st.form_submit_button("Use this list", on_click=state.take_list, type="primary")
        if problem is not None:
            st.error(as_text(problem[:1].upper() + problem[1:]))
        st.caption(
            "The list is kept on this server for your browser. Runs that are trained on it carry "
            "it: whoever has a link to such a run, or its file, can read the words."
        )


def _show_report(current: StoredList, report: WordList) -> None:
    """Say what of the list was not taken, what was changed, and where to see it."""
    taken = f"**{current.n_words:,}** words taken"
    changes = "".join(f", {n:,} × {what}" for what, n in report.changed)
    if not report.left_out:
        st.success(f"{taken}, nothing left out{changes}.")
        return
    told = f"{taken}, **{report.n_left_out:,}** lines left out{changes}"
    with st.expander(told, expanded=state.is_list_new(), key=f"told_{current.id}"):
        st.dataframe(
            {
                "left out for": [each.reason for each in report.left_out],
                "lines": [each.n for each in report.left_out],
                "such as": [_examples(each.examples) for each in report.left_out],
            },
            key=sized_key(f"report_{current.id}"),
            hide_index=True,
            column_config={"such as": st.column_config.TextColumn(width="large")},
        )


def _examples(examples: tuple[tuple[int, str], ...]) -> str:
    return ", ".join(f"line {number}: {isolated(line)}" for number, line in examples)


def tell_list(job: TrainingJob) -> None:
    """Say in a quiet line on which words a run was trained, if Train would take others."""
    dataset = state.dataset()
    if job.dataset is dataset:
        return
    before, after = (isolated(as_text(name_of(each))) for each in (job.dataset, dataset))
    st.caption(
        f"This run was trained on {before}; Train begins one on {after}, chosen on the Data page."
    )


def name_of(dataset: Dataset) -> str:
    """Give what a list is called, as plain text, and how it is split if not by lines."""
    name = dataset.name or BUNDLED
    return f"{name}, split by name" if dataset.by_name else name
