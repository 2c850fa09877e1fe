"""Scripts of components that draw with Plotly: what they share stands once, before their own."""

from pathlib import Path

_FOLDER = Path(__file__).parent


def drawing_script(name: str) -> str:
    """Give the script of a component; a component's script cannot import another file."""
    return "\n".join((_FOLDER / each).read_text(encoding="utf-8") for each in ("plotly.js", name))
