"""One chapter on the page, and the way to the others."""

import streamlit as st

from dashboard import state
from dashboard.components.chapters import CHAPTERS
from dashboard.components.chapters.chapter import filled_in

_SLUGS = list(CHAPTERS)


def choose_chapter() -> str:
    """Show where one is, with the way back and on; give the chapter's slug."""
    state.adopt_choice("chapter", CHAPTERS)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        slug: str = st.selectbox(
            "Chapter",
            _SLUGS,
            key="chapter",
            format_func=_heading,
            on_change=state.publish_choice,
            args=("chapter",),
            width=330,
            **state.KEPT,
        )
        before, after = _neighbours(slug)
        _button("← Back", "chapter_back", before)
        _button("Next →", "chapter_next", after, is_primary=True)
    state.publish_choice("chapter")
    return slug


def show_chapter(slug: str) -> None:
    """Show the idea, what there is to touch, a question and its answer, the code, the way on."""
    chapter = CHAPTERS[slug]
    st.subheader(_heading(slug))
    st.markdown(filled_in(chapter.text))
    chapter.show()
    st.info(f"**Try.** {filled_in(chapter.question)}")
    if chapter.answer:
        with st.expander("What one finds"):
            st.markdown(filled_in(chapter.answer))
    if chapter.page is not None:
        file, label = chapter.page
        st.page_link(f"app_pages/{file}.py", label=label)
    st.markdown("**The code**")
    st.code(chapter.code, language="python")
    _show_way_on(slug)


def _show_way_on(slug: str) -> None:
    """Name the chapters before and after; a key takes you there, too."""
    before, after = _neighbours(slug)
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        if before is not None:
            _button(f"← {_heading(before)}", "chapter_before", before, shortcut="b")
        if after is not None:
            _button(f"{_heading(after)} →", "chapter_after", after, True, shortcut="n")
        else:
            st.page_link("app_pages/lecture.py", label="The lecture's experiments →")


def _button(
    label: str, key: str, to: str | None, is_primary: bool = False, shortcut: str | None = None
) -> None:
    st.button(
        label,
        key=key,
        on_click=state.choose,
        args=("chapter", to),
        disabled=to is None,
        type="primary" if is_primary else "secondary",
        shortcut=shortcut,
    )


def _heading(slug: str) -> str:
    return f"{_SLUGS.index(slug) + 1}. {CHAPTERS[slug].title}"


def _neighbours(slug: str) -> tuple[str | None, str | None]:
    """Give the chapters before and after, where there are any."""
    number = _SLUGS.index(slug)
    before = _SLUGS[number - 1] if number > 0 else None
    after = _SLUGS[number + 1] if number + 1 < len(_SLUGS) else None
    return before, after
