"""The files that follow from a matrix: for this project they are up to date, for another's they are made."""

from __future__ import annotations

import configparser
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("yaml", reason="only developers read the matrix")

from fitscribe.engine.compat import load_compat
from fitscribe.matrix import MatrixError, load
from fitscribe.matrix.generated import tox_ini
from fitscribe.matrix.pages import with_generated
from fitscribe.matrix.results import Results

ROOT = Path(__file__).resolve().parents[2]

MATRIX = """\
frameworks:
  boosty:
    title: Boosty
    distributions: [boosty]
    supported: ">=1.2"
    tested:
      - version: 1.10
        python: 3.10
        with: [numpy<2]
      - version: 2.0.1
        python: 3.13
    candidates:
      - version: 2.0.1
        python: 3.12
        environ: {BACKEND: fast}
    known_bad:
      - versions: ==1.5.0
        reason: a|b
    points:
      train: {}
      cv:
        supported: ">=1.4"
  other:
    title: Other
    distributions: [other]
    supported: ">=1"
    tested: []
    points: {}
core:
  - python: 3.10
    with: [wrapt==1.14.2]
"""


NOT_RUN = "not run yet as it is now: 3 of the cells that are called tested\n"


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fitscribe.matrix", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A checkout like this one, small, in which everything is up to date."""
    (tmp_path / "src" / "fitscribe").mkdir(parents=True)
    (tmp_path / "docs").mkdir()
    (tmp_path / "compat_matrix.yaml").write_text(MATRIX)
    (tmp_path / "README.md").write_text("before\n<!-- versions -->\n<!-- end -->\nafter\n")
    (tmp_path / "docs" / "other.md").write_text("<!-- versions -->\nold\n<!-- end -->\n")
    (tmp_path / "docs" / "index.md").write_text("no table here\n")
    done = run("write", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    return tmp_path


def test_this_project_is_up_to_date() -> None:
    done = run("check", folder=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    assert "stale" not in done.stdout


def test_the_matrix_knows_each_patch_point_of_each_integration() -> None:
    from fitscribe.engine.activation import declared

    points = {entry.name: sorted(point.id for point in entry.load().points) for entry in declared()}
    matrix = load(ROOT / "compat_matrix.yaml")
    frameworks = (*matrix.frameworks, *matrix.companions)
    # A point with a range of its own is there where the installed version is in it.
    ranged = {
        framework.name: {name for name, point in framework.compat.points.items() if point.supported}
        for framework in frameworks
    }
    known = {framework.name: set(framework.compat.points) for framework in frameworks}
    assert known.keys() == points.keys()
    for name, ids in points.items():
        assert known[name] - ranged[name] <= set(ids) <= known[name], name


def test_what_is_written_is_what_the_engine_reads(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "src" / "fitscribe").rename(project / "fitscribe_boosty")
    (project / "fitscribe_boosty" / "__init__.py").touch()
    monkeypatch.syspath_prepend(project)
    expected = load(project / "compat_matrix.yaml").frameworks[0].compat
    assert load_compat("boosty", "fitscribe_boosty") == expected


def test_tables_of_versions(project: Path) -> None:
    assert (project / "README.md").read_text() == (
        "before\n<!-- versions -->\n"
        "| framework | supported | tested with | exceptions |\n"
        "|---|---|---|---|\n"
        "| Boosty | `>=1.2` | 1.10 (Python 3.10), 2.0.1 (Python 3.13) | not `==1.5.0`: a\\|b; cv: `>=1.4` |\n"
        "| Other | `>=1` |  | none |\n"
        "<!-- end -->\nafter\n"
    )
    of_other = (project / "docs" / "other.md").read_text()
    assert "| Other |" in of_other and "Boosty" not in of_other and "old" not in of_other
    assert (project / "docs" / "index.md").read_text() == "no table here\n"


def test_a_table_without_end(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("\n\n<!-- versions -->\n")
    with pytest.raises(MatrixError, match=r"page\.md:3: <!-- versions --> has no <!-- end --> below it"):
        with_generated(tmp_path / "page.md", load(ROOT / "compat_matrix.yaml"), Results({}))


def test_tox_ini(project: Path) -> None:
    text = tox_ini(load(project / "compat_matrix.yaml"))
    assert text.startswith(
        "# Generated from compat_matrix.yaml by `python -m fitscribe.matrix write`. Do not edit."
    )
    parsed = configparser.ConfigParser(interpolation=None)
    parsed.read_string(text)
    names = parsed["tox"]["env_list"].split()
    assert names == ["py310-core", "py310-boosty1.10", "py313-boosty2.0.1", "py312-boosty2.0.1"]
    assert {f"testenv:{name}" for name in names} == set(parsed.sections()) - {"tox", "testenv"}
    older = parsed["testenv:py310-boosty1.10"]
    assert older["base_python"] == "python3.10"
    assert older["deps"].split() == ["boosty==1.10", "numpy<2", "matplotlib", "pandas", "polars"]
    # With any Python, a version goes by two of its numbers.
    deps = parsed["testenv"]["deps"].split("\n")
    assert deps[1:4] == ["boosty110: boosty==1.10", "boosty110: numpy<2", "boosty110: matplotlib"]
    assert "boosty20: boosty==2.0.1" in deps
    commands = parsed["testenv"]["commands"].split("\n")
    assert commands[1:] == [f"{factor}: {older['commands']}" for factor in ("boosty110", "boosty20")]
    variables = parsed["testenv:py312-boosty2.0.1"]["set_env"].split("\n")
    assert variables == ["", "{[testenv]set_env}", "BACKEND = fast"]
    assert parsed["testenv:py310-core"]["deps"].split() == ["wrapt==1.14.2"]


def test_tox_ini_has_what_a_version_needs_of_the_environment_with_any_python(project: Path) -> None:
    matrix = project / "compat_matrix.yaml"
    matrix.write_text(
        matrix.read_text().replace("python: 3.13\n", "python: 3.13\n        environ: {MODE: a}\n")
    )
    parsed = configparser.ConfigParser(interpolation=None)
    parsed.read_string(tox_ini(load(matrix)))
    variables = parsed["testenv"]["set_env"].split("\n")
    assert "boosty20: MODE = a" in variables  # of the first that is named
    assert not any("BACKEND" in each for each in variables)


@pytest.mark.parametrize("name", ["src/fitscribe/_compat.json", "tox.ini", "README.md", "docs/other.md"])
def test_check_names_each_stale_file_and_the_remedy(name: str, project: Path) -> None:
    path = project / name
    before = path.read_text()
    path.write_text(
        before.replace("other", "another", 1).replace("Other", "Another", 1).replace("py310", "py3", 1)
    )
    assert path.read_text() != before
    done = run("check", folder=project)
    assert done.returncode == 1
    assert done.stdout == f"{Path(name)} is stale\n{NOT_RUN}"
    assert done.stderr == "run: python -m fitscribe.matrix write\n"
    assert run("write", folder=project).stdout == f"{Path(name)} written\n"
    assert path.read_text() == before
    assert run("check", folder=project).returncode == 0


def test_check_finds_a_missing_file(project: Path) -> None:
    (project / "tox.ini").unlink()
    done = run("check", folder=project)
    assert (done.returncode, done.stdout) == (1, f"tox.ini is stale\n{NOT_RUN}")


def test_a_wrong_matrix_ends_the_command_in_one_line(project: Path) -> None:
    (project / "compat_matrix.yaml").write_text(MATRIX.replace("title: Other", "titel: Other"))
    for action in ("write", "check"):
        done = run(action, folder=project)
        assert done.returncode == 1
        assert done.stderr == (
            "compat_matrix.yaml:24: frameworks.other has no key 'titel': did you mean 'title'?\n"
        )


def test_the_matrix_of_somebody_else(project: Path) -> None:
    package = project / "elsewhere" / "fitscribe_boosty"
    package.mkdir(parents=True)
    (package / "matrix.yaml").write_text(MATRIX)
    path = "elsewhere/fitscribe_boosty/matrix.yaml"
    before = (project / "tox.ini").stat()
    done = run("check", path, folder=project)
    assert (done.returncode, done.stderr) == (1, f"run: python -m fitscribe.matrix write {path}\n")
    assert run("write", path, folder=project).returncode == 0
    assert (package / "_compat.json").read_text() == (project / "src/fitscribe/_compat.json").read_text()
    assert sorted(file.name for file in package.iterdir()) == ["_compat.json", "matrix.yaml"]
    assert (project / "tox.ini").stat() == before
    assert run("check", path, folder=project).returncode == 0
