from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Builder, Result, process

Run = Callable[..., Result]
pytest.importorskip("sklearn")


def fake_version(folder: Path, version: str) -> dict[str, str]:
    """An environment in which scikit-learn says that it is another version."""
    info = folder / "fake" / f"scikit_learn-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: scikit-learn\nVersion: {version}\n")
    # As of an editable installation, whose modules are elsewhere.
    (info / "direct_url.json").write_text('{"dir_info": {"editable": true}}')
    return {**os.environ, "PYTHONPATH": str(folder / "fake")}


def test_a_healthy_place_is_said_to_be_healthy(build: Builder, own_store: Path) -> None:
    build.run("aaaaaa111111")
    done = process("doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("Frameworks\n  ") and "\n  sklearn " in done.stdout
    assert "sklearn.estimator_fit" in done.stdout and "core.joblib_parallel" in done.stdout
    assert f"\nStore\n  {own_store}: 1 run\n" in done.stdout
    assert done.stdout.endswith("\nEverything is as it should be.\n")


def test_json_has_the_documented_keys(build: Builder) -> None:
    document = json.loads(process("doctor", "--json").stdout)
    assert set(document) == {"healthy", "frameworks", "checks"}
    sklearn = next(each for each in document["frameworks"] if each["framework"] == "sklearn")
    assert set(sklearn) == {"framework", "version", "summary", "problem", "remedy", "points"}
    assert {point["state"] for point in sklearn["points"]} == {"applied"}
    assert set(document["checks"][0]) == {"topic", "text", "problem", "remedy"}


def test_a_framework_that_is_too_old_is_not_recorded(tmp_path: Path) -> None:
    done = process("doctor", env=fake_version(tmp_path, "0.19.2"))
    assert done.returncode == 1
    assert "sklearn 0.19.2: not recorded: sklearn 0.19.2 is not supported (needs " in done.stdout
    assert "Install a version that was tested: " in done.stdout
    assert re.search(r"    sklearn\.estimator_fit +skipped +sklearn 0\.19\.2 is not supported", done.stdout)
    assert done.stdout.endswith("\n1 thing is worth fixing.\n")


@pytest.mark.parametrize("options", [[], ["--fast"]])
def test_a_newer_framework_is_recorded_and_flagged(tmp_path: Path, options: list[str]) -> None:
    done = process("doctor", *options, env=fake_version(tmp_path, "99.0"))
    assert done.returncode == 0, done.stdout
    assert "sklearn 99.0: recorded, untested: sklearn 99.0 is newer than the newest tested\n" in done.stdout


def test_fast_imports_no_framework(build: Builder) -> None:
    code = (
        "import sys; from fitscribe.cli import main; main(['doctor', '--fast']); "
        "assert not {'sklearn', 'numpy', 'scipy'} & set(sys.modules)"
    )
    done = process("run", "-c", code)
    assert (done.returncode, done.stderr) == (0, "")
    assert "will be applied" in done.stdout


def test_a_framework_that_does_not_import_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "sklearn"
    broken.mkdir()
    (broken / "__init__.py").write_text("print('noise'); raise RuntimeError('broken build')")
    done = process("doctor", env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert done.returncode == 1
    assert "does not import: RuntimeError: broken build" in done.stdout
    assert "python -c 'import sklearn'" in done.stdout and "noise" not in done.stdout


def test_what_is_wrong_comes_with_its_remedy(
    build: Builder, fitscribe: Run, own_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build.run("aaaaaa111111")
    (file,) = own_store.glob("runs/aaaaaa111111/*.jsonl")
    file.write_bytes(file.read_bytes() + b"\xffnot a line\n")
    (own_store / ".gitignore").unlink()
    monkeypatch.setenv("FITSCRIBE_MODELS", "perhaps")
    monkeypatch.setenv("FITSCRIBE_KEY", "short")
    monkeypatch.setenv("FITSCRIBE_CACHE", str(tmp_path / "file"))
    (tmp_path / "file").touch()
    found = fitscribe("doctor", "--fast")
    assert found.code == 1
    for said in (
        "runs/aaaaaa111111: ",
        "git offers to commit the runs",
        "FITSCRIBE_MODELS: models is true or false or 'pickle' or 'skops' or 'onnx', not 'perhaps'",
        "FITSCRIBE_KEY is shorter than",
        f"{tmp_path / 'file'} cannot be written",
        "5 things are worth fixing.",
    ):
        assert said in found.out


def test_nothing_is_created(
    fitscribe: Run, own_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FITSCRIBE_KEY")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    before = sorted(tmp_path.rglob("*"))
    found = fitscribe("doctor", "--fast")
    assert found.code == 0
    assert "comes into being with the first run" in found.out
    if sys.platform.startswith("linux"):
        assert "made with the first model that is saved" in found.out
    assert sorted(tmp_path.rglob("*")) == before


def test_a_damaged_launch_is_named(build: Builder, own_store: Path) -> None:
    build.run("aaaaaa111111", launch="bbbbbb222222")
    folder = own_store / "launches" / "bbbbbb222222"
    folder.mkdir(parents=True)
    (folder / "launch.json").write_text("{broken")
    done = process("doctor")
    assert done.returncode == 1
    assert "launches/bbbbbb222222/launch.json: cannot be read as JSON" in done.stdout


def plugin(folder: Path, code: str, declared: str, compat: str | None = None) -> dict[str, str]:
    """An environment with the distribution of somebody else, before all others on the path."""
    (folder / "theirs").mkdir()
    (folder / "theirs" / "__init__.py").write_text(code)
    if compat is not None:
        (folder / "theirs" / "_compat.json").write_text(compat)
    (folder / "boosty.py").write_text("__version__ = '1.0'\ndef train():\n    pass\n")
    for name, version in (("theirs", "2.0"), ("boosty", "1.0")):
        info = folder / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    entries = folder / "theirs-2.0.dist-info" / "entry_points.txt"
    entries.write_text(f"[fitscribe.integrations]\n{declared}\n")
    inherited = {name: value for name, value in os.environ.items() if name != "FITSCRIBE_RERAISE"}
    return {**inherited, "PYTHONPATH": str(folder)}


INTEGRATION = """
from fitscribe.engine import Integration, observes

@observes("boosty:train", id="train")
def train(call):
    yield

def made():
    return Integration("boosty", [train])
"""


@pytest.mark.parametrize("options", [[], ["--fast"]])
def test_somebody_elses_integration_that_does_not_load_is_named(tmp_path: Path, options: list[str]) -> None:
    environment = plugin(tmp_path, "raise RuntimeError('broken plugin')", "boosty = theirs:made")
    done = process("doctor", *options, env=environment)
    assert done.returncode == 1 and done.stderr == ""
    said = "  boosty 1.0: not recorded: its integration does not load: RuntimeError: broken plugin\n"
    assert f"{said}    Look at: python -c 'import theirs'\n" in done.stdout
    assert "sklearn.estimator_fit" in done.stdout and done.stdout.endswith("\n1 thing is worth fixing.\n")


@pytest.mark.parametrize("options", [[], ["--fast"]])
@pytest.mark.parametrize(
    "compat", ["", "{", "[]", '{"format": 1, "frameworks": {"boosty": {}}}', '{"format": 99}']
)
def test_a_matrix_that_cannot_be_read_is_named(tmp_path: Path, options: list[str], compat: str) -> None:
    environment = plugin(tmp_path, INTEGRATION, "boosty = theirs:made", compat)
    done = process("doctor", *options, env=environment)
    assert done.returncode == 1 and done.stderr == ""
    assert "  boosty 1.0: not recorded: theirs/_compat.json " in done.stdout
    assert "sklearn.estimator_fit" in done.stdout and done.stdout.endswith("\n1 thing is worth fixing.\n")


def test_fitscribes_own_integration_goes_before_others_of_its_name(tmp_path: Path) -> None:
    environment = plugin(tmp_path, INTEGRATION, "sklearn = theirs:made\nboosty = theirs:made")
    done = process("doctor", "--fast", env=environment)
    assert done.returncode == 1 and "sklearn.estimator_fit" in done.stdout
    assert "  boosty 1.0: recorded" in done.stdout
    assert "theirs declares an integration of sklearn, which fitscribe has: it is not used\n" in done.stdout
