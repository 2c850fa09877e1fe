"""One chapter on the page, and the way to the others."""

import streamlit as st

from dashboard import state
from dashboard.components.chapters import CHAPTERS

_SLUGS = list(CHAPTERS)


def choose_chapter() -> str:
    """Show where one is, with the way back and on; give the chapter's slug."""
    state.adopt_choice("chapter", CHAPTERS)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        slug: str = st.selectbox(
            "Chapter",
            _SLUGS,
            key="chapter",
            format_func=lambda each: f"{_SLUGS.index(each) + 1}. {CHAPTERS[each].title}",
            width=330,
            **state.KEPT,
        )
        number = _SLUGS.index(slug)
        for label, key, to in (("← Back", "back", number - 1), ("Next →", "next", number + 1)):
            is_there = 0 <= to < len(_SLUGS)
            st.button(
                label,
                key=f"chapter_{key}",
                on_click=state.choose,
                args=("chapter", _SLUGS[to] if is_there else slug),
                disabled=not is_there,
                type="primary" if key == "next" else "secondary",
            )
    state.publish_choice("chapter")
    return slug


def show_chapter(slug: str) -> None:
    """Show the idea, what there is to touch, a question, and the code."""
    chapter = CHAPTERS[slug]
    st.subheader(f"{_SLUGS.index(slug) + 1}. {chapter.title}")
    st.markdown(chapter.text)
    chapter.show()
    st.info(f"**Try.** {chapter.question}")
    st.code(chapter.code, language="python")
