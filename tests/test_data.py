"""`data/`: the bundled list is what its README says, and can be built again."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from makemore import Vocabulary, build_examples, load_words

DATA = Path(__file__).parents[1] / "data"
README = (DATA / "README.md").read_text(encoding="utf-8")
SOURCE = "Emma,F,18770\nOlivia,F,17964\nAva,F,14965\nLiam,M,19837\nEmma,M,9\n"


def build(source: Path, out: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(DATA / "build_names.py"), str(source), "--out", str(out)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_counts_are_those_of_the_readme(names: list[str]) -> None:
    assert len(names) == 32_178
    assert len(set(names)) == 29_619
    assert "32,178, of which 29,619 are distinct" in README


@pytest.mark.parametrize("block_size", [1, 3, 8])
def test_there_are_229201_examples_at_any_block_size(names: list[str], block_size: int) -> None:
    assert len(build_examples(names, Vocabulary.from_words(names), block_size)) == 229_201
    assert "229,201" in README


def test_the_first_eight_are_the_lectures(names: list[str]) -> None:
    first = ["emma", "olivia", "ava", "isabella", "sophia", "charlotte", "mia", "amelia"]
    assert names[:8] == first
    assert ", ".join(first) in " ".join(README.split())


def test_the_letters_are_a_to_z(names: list[str]) -> None:
    assert set("".join(names)) == set("abcdefghijklmnopqrstuvwxyz")


def test_the_checksum_is_that_of_the_readme() -> None:
    written = re.search(r"SHA-256 \| `([0-9a-f]{64})`", README)
    assert written is not None
    assert hashlib.sha256((DATA / "names.txt").read_bytes()).hexdigest() == written[1]


def test_the_list_holds_one_name_a_line_and_nothing_else(names: list[str]) -> None:
    assert (DATA / "names.txt").read_bytes() == ("\n".join(names) + "\n").encode("ascii")


def test_a_list_is_built_in_the_files_order_in_lower_case(tmp_path: Path) -> None:
    source, out = tmp_path / "yob2018.txt", tmp_path / "names.txt"
    for ends in ("\n", "\r\n"):
        source.write_bytes(SOURCE.replace("\n", ends).encode())
        result = build(source, out)
        assert result.returncode == 0, result.stderr
        assert out.read_bytes() == b"emma\nolivia\nava\nliam\nemma\n"
        assert load_words(out) == ["emma", "olivia", "ava", "liam", "emma"]


@pytest.mark.parametrize("line", ["", "Emma", "Emma,F", "Emma,X,3", "Em ma,F,3", "Emma,F,3,4"])
def test_a_line_of_another_form_is_refused_by_number(tmp_path: Path, line: str) -> None:
    source, out = tmp_path / "yob.txt", tmp_path / "names.txt"
    source.write_text(f"Olivia,F,17964\n{line}\nLiam,M,19837\n")
    result = build(source, out)
    assert result.returncode != 0
    assert f"line 2 must be like Emma,F,18770, got {line!r}" in result.stderr
    assert not out.exists()
