"""Learn: the lecture's ideas one after the other, each to be played with. Layout only."""

import streamlit as st

from dashboard.components.chapter_view import choose_chapter, show_chapter

st.title("Learn")
st.caption("The lecture's ideas, one after the other, each to be played with.")
show_chapter(choose_chapter())
