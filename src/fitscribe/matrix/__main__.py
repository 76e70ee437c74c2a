"""`python -m fitscribe.matrix write | check`: the files that follow from compat_matrix.yaml."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from fitscribe.matrix.document import MatrixError
from fitscribe.matrix.generated import COMMAND, compiled, tox_ini, with_table
from fitscribe.matrix.schema import load

_PROJECT = Path("compat_matrix.yaml")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: ``write`` or ``check``, and the path of a matrix; this process' own by default.

    Returns:
        1 if something is stale, the matrix is wrong, or a file cannot be written, else 0.
    """
    parser = argparse.ArgumentParser(prog="python -m fitscribe.matrix", description=__doc__)
    parser.add_argument(
        "action", choices=["write", "check"], help="bring the files up to date, or name the stale ones"
    )
    parser.add_argument(
        "matrix",
        nargs="?",
        type=Path,
        help="a matrix within the package of an integration: from it follows the _compat.json beside it. "
        "By default compat_matrix.yaml of the checkout, and all that follows from that",
    )
    options = parser.parse_args(arguments)
    try:
        return _bring(options.action, _expected(options.matrix), options.matrix)
    except (MatrixError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def _expected(path: Path | None) -> dict[Path, str]:
    """What each generated file should hold."""
    if path is not None:
        return {path.parent / "_compat.json": compiled(load(path))}
    matrix = load(_PROJECT)
    expected = {Path("src/fitscribe/_compat.json"): compiled(matrix), Path("tox.ini"): tox_ini(matrix)}
    for page in (Path("README.md"), *sorted(Path("docs").glob("*.md"))):
        text = with_table(page, matrix)
        if text is not None:
            expected[page] = text
    return expected


def _bring(action: str, expected: dict[Path, str], matrix: Path | None) -> int:
    stale = [path for path, text in expected.items() if not path.is_file() or path.read_text("utf-8") != text]
    for path in stale:
        if action == "write":
            path.write_text(expected[path], "utf-8")
        print(f"{path} {'written' if action == 'write' else 'is stale'}")
    if action == "check" and stale:
        print(f"run: {COMMAND}{f' {matrix}' if matrix is not None else ''}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
