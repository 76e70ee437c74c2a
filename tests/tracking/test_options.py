from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import fitscribe
from fitscribe.tracking import options
from fitscribe.tracking.options import configure, options_for


@pytest.fixture(autouse=True)
def fresh_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "_given", {})
    monkeypatch.setattr(options, "_pyproject_cache", (None, {}))
    monkeypatch.setattr(options, "_unread", "")


def test_environment_over_arguments_over_pyproject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text(
        "[tool.fitscribe]\nmodels = false\nquiet = true\nlog_every = 5\n"
    )
    monkeypatch.chdir(tmp_path)
    found = options_for("sklearn")
    assert (found.models, found.quiet) == (False, True)
    configure((), {"quiet": False})
    configure(("sklearn",), {"log_every": 7})
    assert (options_for("sklearn").log_every, options_for("xgboost").log_every) == (7, 5)
    assert options_for("sklearn").quiet is False
    monkeypatch.setenv("FITSCRIBE_LOG_EVERY", "9")
    monkeypatch.setenv("FITSCRIBE_MODELS", "yes")
    assert (options_for("sklearn").log_every, options_for("sklearn").models) == (9, True)


def test_texts_of_the_environment_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in {"MODELS": "skops", "KEEP_DATA": "no", "EVALUATION": "No", "LOG_EVERY": " 4 "}.items():
        monkeypatch.setenv(f"FITSCRIBE_{name}", text)
    found = options_for("sklearn")
    assert (found.models, found.keep_data, found.evaluation, found.log_every) == ("skops", "no", False, 4)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"modells": True}, "no option 'modells'; the options are models, input_example"),
        ({"models": "perhaps"}, "models is true or false or 'pickle' or 'skops' or 'onnx', not 'perhaps'"),
        ({"models": "yes"}, "models is true or false"),
        ({"evaluation": 1}, "evaluation is true or false, not 1"),
        ({"keep_data": True}, "keep_data is 'no' or 'sample' or 'whole', not True"),
        ({"log_every": 0}, "whole number from 1"),
        ({"log_every": "3"}, "whole number from 1"),
    ],
)
def test_a_bad_option_is_named(given: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fitscribe.autolog(**given)  # type: ignore[arg-type]
    assert options._given == {}


CONFLICT = """[project]
name = "mine"
<<<<<<< HEAD
[tool.fitscribe]
models = false
=======
>>>>>>> theirs
"""


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (CONFLICT, r"\(at line 3, column 1\)"),
        ("[tool.fitscribe\n", r"\(at line 1, column 16\)"),
        ("fitscribe = " + "[" * 100_000, "recursion|nested more"),
        ("fitscribe = " + "1" * 5_000, "digits"),
    ],
)
@pytest.mark.parametrize("first", ["fitscribe.autolog()", "fitscribe.log_metric('x', 1)"])
def test_a_pyproject_that_cannot_be_read_stops_no_script(
    text: str, place: str, first: str, tmp_path: Path
) -> None:
    """One line names the file, the place and the remedy; the defaults are used."""
    (tmp_path / "pyproject.toml").write_text(text)
    script = f"import fitscribe\n{first}\nfitscribe.autolog()\nwith fitscribe.start_run() as run:\n    pass\n"
    script += "print(run.options == fitscribe.tracking.Options())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "True\n")
    (line,) = [line for line in done.stderr.splitlines() if "TOML" in line]
    assert line.startswith(f"fitscribe: {tmp_path / 'pyproject.toml'} is not valid TOML: ")
    assert re.search(place, line)
    assert line.endswith(": until it is mended, no options of fitscribe are taken from it")


def test_a_bad_option_in_a_pyproject_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.fitscribe]\nmodells = true\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"in .*pyproject.toml: there is no option 'modells'"):
        fitscribe.autolog()


@pytest.mark.parametrize(
    "text",
    [
        "[tool.fitscribe]\nquiet = true\n",
        "[tool]\nfitscribe = {quiet = true}\n",
        "[tool]\nfitscribe.quiet = true\n",
        "tool.fitscribe.quiet = true\n",
        "[ tool . 'fitscribe' ]\nquiet = true\n",
    ],
)
def test_options_in_every_way_that_toml_writes_a_table(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FITSCRIBE_QUIET", raising=False)
    assert options_for().quiet is True


@pytest.mark.parametrize("text", ["tool.fitscribe = 3\n", "[[tool.fitscribe]]\nquiet = true\n"])
def test_what_is_no_table_is_named(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"\[tool.fitscribe\] in .*pyproject.toml is a table of options"):
        options_for()


def test_a_project_that_only_depends_on_fitscribe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text("tool = 3\n[project]\ndependencies = ['fitscribe']\n")
    monkeypatch.chdir(tmp_path)
    assert options_for().log_every == 1
