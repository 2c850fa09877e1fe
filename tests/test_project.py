"""The rules of the project that a machine can check."""

import ast
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DASHBOARD = ROOT / "dashboard"

# What each part of the dashboard may import of the others: one way, from the viewer to the runner.
# Figures are pure, so whatever draws may use them; a component asks `live` for a stream's address.
MAY_IMPORT = {
    "main": {"app_pages", "components", "state", "figures", "runner"},
    "app_pages": {"components", "state", "figures", "runner"},
    "components": {"state", "live", "figures", "runner"},
    "state": {"runner"},
    "app": {"entry_page", "live", "protection", "runner"},
    "live": {"figures", "runner"},
    "figures": set[str](),
    "protection": set[str](),
    "entry_page": set[str](),
    "runner": set[str](),
}
WITH_STREAMLIT = {"app", "main", "state", "app_pages", "components"}


def run_module(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def imports_of(file: Path) -> set[str]:
    """Give the dotted names of all modules that a file imports, at any depth."""
    package = file.relative_to(ROOT).parent.parts
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return found


def part_of(file: Path) -> str:
    """Give the part of the dashboard that a file belongs to: its folder, or its own name."""
    return file.relative_to(DASHBOARD).with_suffix("").parts[0]


def parts_imported_by(file: Path) -> set[str]:
    names = (name.split(".") for name in imports_of(file))
    return {parts[1] for parts in names if parts[0] == "dashboard" and len(parts) > 1}


PARTS = {part_of(file) for file in DASHBOARD.rglob("*.py")}
FILES = [
    pytest.param(file, id=str(file.relative_to(ROOT)))
    for folder in (DASHBOARD, ROOT / "makemore")
    for file in sorted(folder.rglob("*.py"))
]
DASHBOARD_FILES = [case for case in FILES if str(case.id).startswith("dashboard")]


def test_the_plain_test_command_runs_every_file_of_tests() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    paths = [ROOT / path for path in settings["tool"]["pytest"]["ini_options"]["testpaths"]]
    files = set((ROOT / "tests").rglob("test_*.py"))
    assert files
    assert [file for file in files if not {file, *file.parents} & set(paths)] == []


def test_a_wheel_installed_elsewhere_brings_the_list_of_names(tmp_path: Path) -> None:
    result = run_module(
        *("pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"),
        *("--disable-pip-version-check", "--wheel-dir", str(tmp_path), str(ROOT)),
    )
    assert result.returncode == 0, result.stderr
    (wheel,) = tmp_path.glob("makemore-*.whl")
    with zipfile.ZipFile(wheel) as contents:
        contents.extractall(tmp_path / "installed")
    # -I and the path by hand, so that neither this folder nor an installed copy is found.
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'installed')!r})\n"
        "import makemore; print(makemore.__file__, len(makemore.load_words()))"
    )
    found = subprocess.run(
        [sys.executable, "-I", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert found == [str(tmp_path / "installed" / "makemore" / "__init__.py"), "32178"]


def test_makemore_loads_no_viewer() -> None:
    code = (
        "import sys, pkgutil, importlib, makemore\n"
        "for module in pkgutil.walk_packages(makemore.__path__, 'makemore.'):\n"
        "    importlib.import_module(module.name)\n"
        "print(sorted({'streamlit', 'plotly', 'pandas', 'dashboard'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("file", DASHBOARD_FILES)
def test_the_dashboard_imports_one_way(file: Path) -> None:
    part = part_of(file)
    others = {other for other in parts_imported_by(file) & PARTS if other != part}
    if part in MAY_IMPORT:
        # What the list does not name is a plain module that any part may use.
        assert others & MAY_IMPORT.keys() <= MAY_IMPORT[part]
    else:
        assert not others & (WITH_STREAMLIT | {"live"})


@pytest.mark.parametrize("file", DASHBOARD_FILES)
def test_no_page_imports_a_page(file: Path) -> None:
    if part_of(file) != "main":
        assert "app_pages" not in parts_imported_by(file)


@pytest.mark.parametrize("file", FILES)
def test_only_what_is_seen_imports_streamlit(file: Path) -> None:
    uses_streamlit = any(name.split(".")[0] == "streamlit" for name in imports_of(file))
    may_use = file.is_relative_to(DASHBOARD) and part_of(file) in WITH_STREAMLIT
    assert may_use or not uses_streamlit


@pytest.mark.parametrize("file", [case for case in FILES if case not in DASHBOARD_FILES])
def test_makemore_imports_nothing_of_the_dashboard(file: Path) -> None:
    roots = {name.split(".")[0] for name in imports_of(file)}
    assert not roots & {"dashboard", "plotly", "pandas"}


def test_the_code_is_formatted() -> None:
    result = run_module("ruff", "format", "--check", ".")
    assert result.returncode == 0, result.stdout


def test_the_code_keeps_the_linters_rules() -> None:
    result = run_module("ruff", "check", ".")
    assert result.returncode == 0, result.stdout


@pytest.mark.slow
def test_the_types_fit() -> None:
    result = run_module("mypy")
    assert result.returncode == 0, result.stdout


def tracked_files() -> list[Path]:
    result = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in result.stdout.split("\0") if name]


def test_no_tracked_file_names_a_folder_of_one_machine() -> None:
    folder = b"/" + b"work" + b"/"
    assert [f for f in tracked_files() if f.is_file() and folder in f.read_bytes()] == []


def test_the_lectures_own_list_is_not_tracked(lecture_words: list[str]) -> None:
    text = "\n".join(lecture_words[:2_000]).encode()
    found = [f for f in tracked_files() if f.is_file() and text in f.read_bytes()]
    assert found == []
