"""A matrix that is wrong gives one error that says where, and what is expected there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

pytest.importorskip("yaml", reason="only developers read the matrix")

from fitscribe.matrix import MatrixError, environments, generated, load

GOOD = """\
frameworks:
  boosty:
    title: Boosty
    distributions: [boosty, boosty-cpu]
    supported: ">=1.2"
    tested:
      - version: 1.10
        python: 3.10
        with: [numpy<2, "pandas==2.3.3"]
      - version: 2.0.1
        python: 3.13
    known_bad:
      - versions: ==1.5.0
        reason: it forgets its callbacks
    points:
      train: {}
      cv:
        supported: ">=1.4"
        known_bad:
          - versions: ">=2.1,<2.1.3"
            reason: it swallows exceptions
core:
  - python: 3.10
    with: [wrapt==1.14.2]
  - python: 3.13
"""

CANDIDATES = GOOD.replace(
    "    known_bad:\n      - versions: ==1.5.0",
    """\
    candidates:
      - version: 2.0.1
        python: 3.12
        with: [numpy>=2]
        environ: {BACKEND: fast}
      - version: 2.1.4
        python: 3.13
    known_bad:
      - versions: ==1.5.0""",
)


def write(folder: Path, text: str) -> Path:
    path = folder / "compat_matrix.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_good_one(tmp_path: Path) -> None:
    matrix = load(write(tmp_path, GOOD))
    (boosty,) = matrix.frameworks
    assert (boosty.name, boosty.title) == ("boosty", "Boosty")
    assert boosty.compat.distributions == ("boosty", "boosty-cpu")
    assert boosty.compat.tested == ("1.10", "2.0.1")  # text, not the number 1.1
    assert boosty.compat.known_bad == (("==1.5.0", "it forgets its callbacks"),)
    assert boosty.compat.points == {
        "train": ("", ()),
        "cv": (">=1.4", ((">=2.1,<2.1.3", "it swallows exceptions"),)),
    }


def test_environments(tmp_path: Path) -> None:
    cells = environments(write(tmp_path, GOOD))
    assert [(cell.name, cell.python, cell.requirements) for cell in cells] == [
        ("core-3.10", "3.10", ("wrapt==1.14.2",)),
        ("core-3.13", "3.13", ()),
        ("boosty-1.10", "3.10", ("boosty==1.10", "numpy<2", "pandas==2.3.3")),
        ("boosty-2.0.1", "3.13", ("boosty==2.0.1",)),
    ]


def test_candidates_are_run_and_claimed_by_nobody(tmp_path: Path) -> None:
    matrix = load(write(tmp_path, CANDIDATES))
    (boosty,) = matrix.frameworks
    assert boosty.compat.tested == ("1.10", "2.0.1")
    assert [(cell.name, cell.python, cell.requirements, cell.environ) for cell in boosty.candidates] == [
        ("boosty-2.0.1-py3.12", "3.12", ("boosty==2.0.1", "numpy>=2"), (("BACKEND", "fast"),)),
        ("boosty-2.1.4", "3.13", ("boosty==2.1.4",), ()),
    ]
    assert [*matrix.tested, *boosty.candidates] == matrix.cells


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("version: 2.1.4", "version: 1.1", 17, "boosty 1.1 is tested, but not supported (>=1.2)"),
        ("python: 3.12", "python: 3.13", 13, "boosty 2.0.1 is tested twice on Python 3.13: one"),
        ("{BACKEND: fast}", "[BACKEND]", 16, "environ must be a table of `key: value`, and is a list"),
        ("{BACKEND: fast}", "{BACKEND: [fast]}", 16, "environ.BACKEND must be a value, and is a list"),
        ("candidates:", "candidate:", 12, "no key 'candidate': did you mean 'candidates'?"),
    ],
)  # fmt: skip
def test_candidates_that_are_wrong(old: str, new: str, line: int, problem: str, tmp_path: Path) -> None:
    path = write(tmp_path, CANDIDATES.replace(old, new))
    with pytest.raises(MatrixError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}:{line}: ") and problem in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("title: Boosty", "titel: Boosty", 3, "frameworks.boosty has no key 'titel': did you mean 'title'?"),
        ("title: Boosty", "colour: red", 3, "no key 'colour': its keys are title, distributions, supported"),
        ("    title: Boosty\n", "", 3, "frameworks.boosty has no 'title', which is required"),
        ("title: Boosty", "title:", 3, "frameworks.boosty.title must be a value, and is nothing"),
        ("[boosty, boosty-cpu]", "boosty", 4, "distributions must be a list, and is 'boosty'"),
        ("[boosty, boosty-cpu]", "[]", 4, "boosty needs the name of a distribution"),
        ("boosty-cpu", "'boosty cpu'", 4, "is 'boosty cpu', and must be the name of a distribution"),
        ('supported: ">=1.2"', "supported: from 1.2", 5, "from 1.2', and must be a range such as '>=1.2,<3'"),
        ('supported: ">=1.2"', "supported: 1.2", 5, "supported is '1.2', and must be a range"),
        ('supported: ">=1.2"', "supported: >=1.2", 5, "this is not YAML: expected chomping"),
        ("version: 1.10", "version: one", 7, "version is 'one', and must be one version such as 1.4.2"),
        ("version: 1.10", "version: 1.1", 7, "boosty 1.1 is tested, but not supported (>=1.2)"),
        ("version: 1.10", "version: 1.5", 7, "boosty 1.5 is tested, and known to be bad"),
        ("2.0.1\n        python: 3.13", "1.10.0\n        python: 3.10", 10, "1.10.0 is tested twice on"),
        ("3.10\n        with: [n", "3.9\n        with: [n", 8, "is '3.9', and fitscribe needs 3.10 or newer"),
        ("numpy<2, ", "numpy<2, NumPy>1, ", 9, "with[1] is 'NumPy>1', and numpy is named already"),
        ("numpy<2, ", "boosty-cpu, ", 9, "with[0] is 'boosty-cpu', and boosty-cpu is named already"),
        (">=1.4", ">=3", 18, "cv is supported by none of the versions that it is tested with"),
        ("python: 3.13\n    known", "python: 313\n    known", 11, "is '313', and must be a Python such as"),
        ("numpy<2", "numpy 2", 9, "with[0] is 'numpy 2', and must be a requirement such as numpy<2"),
        ("versions: ==1.5.0", "version: ==1.5.0", 13, "[0] has no key 'version': did you mean 'versions'?"),
        ("reason: it forgets its callbacks", "reason: []", 14, "reason must be a value, and is a list"),
        ("train: {}", "train:", 16, "points.train must be a table of `key: value`, and is nothing"),
        ("train: {}", "boosty.train: {}", 16, "'boosty.train' is no id of a patch point"),
        ("      cv:", "      train:", 17, "'train' stands twice in frameworks.boosty.points, first in"),
        ("  boosty:", "  boost-y:", 3, "'boost-y' cannot be the name of a module"),
        ("core:", "cores:", 22, "the file has no key 'cores': did you mean 'core'?"),
        ("frameworks:", "? [a, b]\n: c\nframeworks:", 1, "a key of the file must be a plain word"),
        ("  - python: 3.13", "  - python: 3.10", 25, "core has two environments for Python 3.10"),
        ("    title: Boosty", "\ttitle: Boosty", 3, "this is not YAML: found character '\\t'"),
    ],
)  # fmt: skip
def test_one_error_with_its_line(old: str, new: str, line: int, problem: str, tmp_path: Path) -> None:
    assert GOOD.count(old) == 1
    path = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(MatrixError) as caught:
        load(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:{line}: ")
    assert problem in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", ":1: the file is empty"),
        (b"- a\n", ":1: the file must be a table of `key: value`, and is a list"),
        (b"frameworks: {}\n", ":1: frameworks holds none"),
        (b"core: []\n", ":1: the file has no 'frameworks', which is required"),
        (b"a: \xff\n", " is not UTF-8"),
        (b"a: \x00\n", ": this is not YAML"),
    ],
)
def test_a_file_that_is_no_matrix(content: bytes, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "compat_matrix.yaml"
    path.write_bytes(content)
    with pytest.raises(MatrixError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}{problem}")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(MatrixError, match="cannot be read: No such file"):
        load(tmp_path / "compat_matrix.yaml")


COMPANIONS = """\
companions:
  pandas:
    title: pandas
    distributions: [pandas]
    supported: ">=1.4"
    tested: [2.3.3]
    points:
      read: {}
"""


def test_companions_have_no_environments_of_their_own(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("core:\n", f"{COMPANIONS}core:\n"))
    (pandas,) = load(path).companions
    assert (pandas.name, pandas.compat.tested, pandas.cells) == ("pandas", ("2.3.3",), ())
    assert environments(path) == environments(write(tmp_path, GOOD))
    compiled = json.loads(generated.compiled(load(write(tmp_path, GOOD + COMPANIONS))))
    assert compiled["frameworks"]["pandas"]["points"] == {"read": {}}


@pytest.mark.parametrize(
    ("tested", "problem"),
    [
        ("[2.3.4]", "pandas 2.3.4 is tested, and installed in no environment of a framework"),
        ("[2.3.3, 2.3.3]", "pandas 2.3.3 is tested twice"),
        ("[two]", "is 'two', and must be one version such as 1.4.2"),
        ("2.3.3", "tested must be a list, and is '2.3.3'"),
    ],
)
def test_companions_are_tested_with_what_is_installed(tested: str, problem: str, tmp_path: Path) -> None:
    text = GOOD + COMPANIONS.replace("[2.3.3]", tested)
    with pytest.raises(MatrixError, match=re.escape(problem)):
        load(write(tmp_path, text))


def test_a_companion_of_python_has_the_versions_of_the_environments(tmp_path: Path) -> None:
    companion = COMPANIONS.replace("pandas", "argparse").replace("[argparse]", "[python]")
    (argparse,) = load(write(tmp_path, GOOD + companion.replace("2.3.3", "3.10, 3.13"))).companions
    assert argparse.compat.distributions == ("python",) and argparse.compat.tested == ("3.10", "3.13")
    problem = "argparse 3.12 is tested, and installed in no environment of a framework"
    with pytest.raises(MatrixError, match=re.escape(problem)):
        load(write(tmp_path, GOOD + companion.replace("2.3.3", "3.12")))
    problem = ":4: boosty is a part of Python: only a companion can be that"
    with pytest.raises(MatrixError, match=re.escape(problem)):
        load(write(tmp_path, GOOD.replace("[boosty, boosty-cpu]", "[python]")))


def test_a_version_that_is_installed_as_another_distribution(tmp_path: Path) -> None:
    text = GOOD.replace(
        "python: 3.13\n    known", "python: 3.13\n        distribution: boosty-cpu\n    known"
    )
    cells = environments(write(tmp_path, text))
    assert [cell.requirements[0] for cell in cells if cell.framework] == ["boosty==1.10", "boosty-cpu==2.0.1"]
    with pytest.raises(MatrixError, match=r":12: boosty 2.0.1 is tested as 'boosted', which is none of its"):
        load(write(tmp_path, text.replace("distribution: boosty-cpu", "distribution: boosted")))
