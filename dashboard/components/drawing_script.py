"""Scripts and styles of components that draw: what they share stands once, before their own."""

from pathlib import Path

_FOLDER = Path(__file__).parent
_OF_DRAWINGS = ("plotly.js", "scale.js", "foot.js")


def drawing_script(
    name: str, shared: tuple[str, ...] = _OF_DRAWINGS, also: tuple[str, ...] = ()
) -> str:
    """Give the script of a component; a component's script cannot import another file.

    Args:
        name: of its own file.
        shared: what it shares with others that draw.
        also: further files of this folder that it needs.
    """
    return _joined(*shared, *also, name)


def drawing_style(name: str) -> str:
    """Give the style of a component and of what stands below its drawing."""
    return _joined("foot.css", name)


def _joined(*names: str) -> str:
    return "\n".join((_FOLDER / each).read_text(encoding="utf-8") for each in names)
