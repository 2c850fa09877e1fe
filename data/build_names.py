"""Build names.txt from a national list of given names of the US Social Security Administration.

    python data/build_names.py yob2018.txt

The administration's file has lines such as `Emma,F,18770`, girls by falling count, then boys.
Each name is written in lower case, in the file's order, one a line.
"""

import argparse
from pathlib import Path


def names_of(lines: list[str]) -> list[str]:
    """Give the lower-case names of lines such as `Emma,F,18770`.

    Raises:
        ValueError: if a line is of another form.
    """
    names = []
    for number, line in enumerate(lines, start=1):
        fields = line.strip().split(",")
        if len(fields) != 3 or not fields[0].isalpha() or fields[1] not in ("F", "M"):
            raise ValueError(f"line {number} must be like Emma,F,18770, got {line.strip()!r}")
        names.append(fields[0].lower())
    return names


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, help="a file such as yob2018.txt")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("names.txt"))
    arguments = parser.parse_args()
    names = names_of(arguments.source.read_text(encoding="ascii").splitlines())
    arguments.out.write_text("\n".join(names) + "\n", encoding="ascii", newline="\n")
