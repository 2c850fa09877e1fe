"""A button that keeps a table as a CSV file, whatever the page does meanwhile.

Streamlit's own button serves the file from the server, where it is gone as soon as the numbers of
a run that trains have moved on.
"""

from collections.abc import Iterable, Sequence
from math import isfinite
from pathlib import Path

import streamlit as st

_folder = Path(__file__).parent
_button = st.components.v2.component(
    "makemore_save_table",
    html='<button class="save-table" type="button">Save as CSV</button>',
    css=(_folder / "save_table.css").read_text(encoding="utf-8"),
    js=(_folder / "save_table.js").read_text(encoding="utf-8"),
)


def save_table(name: str, titles: Sequence[str], rows: Iterable[Sequence[str | float]]) -> None:
    """Offer a table as a file.

    Args:
        name: of the file, without its ending; of the button too, so once on a page.
        titles: of the columns.
        rows: texts and numbers; unknown ones (NaN) are left empty.
    """
    table = [[_cell(value) for value in row] for row in rows]
    _button(key=f"save_{name}", data={"name": name, "rows": [list(titles), *table]})


def _cell(value: str | float) -> str | float | None:
    return value if isinstance(value, str) or isfinite(value) else None
