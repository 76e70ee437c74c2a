"""The page that leads from an empty folder to an integration shows what the example really is."""

from __future__ import annotations

import re
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("yaml", reason="only developers read the matrix")

from fitscribe.matrix import load

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "fitscribe-minisom"
PAGE = (ROOT / "docs" / "adding-an-integration.md").read_text("utf-8")


def block(kind: str) -> str:
    """The first block of a kind in the part of the page about a distribution of one's own."""
    own = PAGE.partition("## From an empty folder to a distribution of your own")[2]
    found = re.search(rf"^   ```{kind}\n(.*?)^   ```$", own, re.DOTALL | re.MULTILINE)
    assert found is not None
    return textwrap.dedent(found[1])


def is_within(part: Any, whole: Any) -> bool:
    if isinstance(part, dict):
        return all(key in whole and is_within(value, whole[key]) for key, value in part.items())
    return bool(part == whole)


def test_the_files_are_those_of_the_page() -> None:
    own = PAGE.partition("## From an empty folder to a distribution of your own")[2]
    tree = own.partition("```\n")[2].partition("```")[0]
    names = {line.split()[0] for line in tree.splitlines() if not line.split()[0].endswith("/")}
    files = [file.relative_to(EXAMPLE) for file in EXAMPLE.rglob("*") if file.is_file()]
    files = [file for file in files if not file.parts[0].startswith(".") and "__pycache__" not in file.parts]
    assert {file.name for file in files} == {*names, "README.md"}


@pytest.mark.skipif(sys.version_info < (3, 11), reason="this Python reads no TOML")
def test_the_project_is_that_of_the_page() -> None:
    import tomllib

    assert is_within(tomllib.loads(block("toml")), tomllib.loads((EXAMPLE / "pyproject.toml").read_text()))


def test_the_matrix_of_the_page_becomes_that_of_the_example(tmp_path: Path) -> None:
    path = tmp_path / "compat_matrix.yaml"
    path.write_text(block("yaml"))
    (before,) = load(path).frameworks
    (now,) = load(EXAMPLE / "src" / "fitscribe_minisom" / "compat_matrix.yaml").frameworks
    assert before.candidates == now.cells and not before.cells and not now.candidates
    assert before.compat._replace(tested=now.compat.tested) == now.compat
