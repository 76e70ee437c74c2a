"""Verdicts of a small framework that is really installed.

It is written to a folder with its metadata, its integration is found through an entry point, and each
script is a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.engine.conftest import COMPAT

from fitscribe.engine.compat import load_compat

INTEGRATION = """
from fitscribe.engine import Integration, observes

seen = []

@observes("boosty.training:train", id="train", relies_on=["params"], injects=["callbacks"])
def train(call):
    injected = call.add_to_list("callbacks", len)
    seen.append({"params": call.arguments.get("params"), "state": call.state, "injected": injected,
                 "version": call.framework_version, "untested": call.untested})
    yield

@observes("boosty.training:cv", id="cv")
def cv(call):
    yield

integration = Integration("boosty", [train, cv])
"""

TRAINING = """
def train(params, data=None, callbacks=None):
    return [getattr(each, "__name__", each) for each in callbacks or ()]

def cv(params):
    return "cv"
"""

# Classes that train, one of them in a way of its own, and the point for them.
FAMILY = """
class Base:
    def fit(self, X, y=None): ...

class Odd(Base):
    def fit(self, X): ...
"""
POINT_OF_FAMILY = """
@observes("boosty.training:Base", id="fit", methods=("fit",), relies_on=["X", "y"])
def fit(call):
    yield

integration ="""

# What every script ends with: what the calls returned, what was seen of them, and what became of the points.
REPORT = """
import json, sys
of_boosty = [point for point in fitscribe.engine.coverage() if point.framework == "boosty"]
points = {point.id: [point.state, point.reason, point.untested] for point in of_boosty}
seen = sys.modules["fitscribe_boosty"].seen if "fitscribe_boosty" in sys.modules else []
print(json.dumps({"returned": returned, "seen": seen, "points": points}))
"""

TRAIN = """
import fitscribe
fitscribe.engine.activate()
import boosty.training
returned = boosty.training.train({"depth": 3}, callbacks=[abs])
"""


class Site:
    """A folder with the framework, its metadata and its integration in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("boosty/__init__.py", "")
        self.write("boosty/training.py", TRAINING)
        self.write("fitscribe_boosty/__init__.py", INTEGRATION)
        self.install("fitscribe-boosty", "0.1")
        entry = "[fitscribe.integrations]\nboosty = fitscribe_boosty:integration\n"
        self.write("fitscribe_boosty-1.dist-info/entry_points.txt", entry)
        self.compat = COMPAT

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def install(self, distribution: str, version: str | None) -> None:
        stated = f"Version: {version}\n" if version is not None else ""
        folder = f"{distribution.replace('-', '_')}-1.dist-info"
        self.write(f"{folder}/METADATA", f"Metadata-Version: 2.1\nName: {distribution}\n{stated}")

    def _write_compat(self) -> None:
        entry = self.compat._asdict()
        entry["known_bad"] = [bad._asdict() for bad in self.compat.known_bad]
        entry["points"] = {
            name: {"supported": point.supported, "known_bad": [bad._asdict() for bad in point.known_bad]}
            for name, point in self.compat.points.items()
        }
        compiled = {"format": 1, "frameworks": {"boosty": entry}}
        self.write("fitscribe_boosty/_compat.json", json.dumps(compiled))

    def python(self, code: str, *, warnings: str = "error") -> subprocess.CompletedProcess[str]:
        self._write_compat()
        paths = [str(self.folder), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
        command = [sys.executable, "-W", warnings, "-c", code]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    def report(self, code: str = TRAIN, *, said: str = "") -> Any:
        """What a script reports; it must say no more on standard error than it is meant to."""
        done = self.python(code + REPORT)
        assert done.returncode == 0, done.stderr
        assert done.stderr == said
        return json.loads(done.stdout)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "site")


def test_a_tested_version(site: Site) -> None:
    site.install("boosty", "1.4.2")
    assert site.report() == {
        "returned": ["abs", "len"],
        "seen": [
            {
                "params": {"depth": 3},
                "state": "applied",
                "injected": True,
                "version": "1.4.2",
                "untested": False,
            }
        ],
        "points": {"boosty.train": ["applied", "", False], "boosty.cv": ["applied", "", False]},
    }


def test_under_its_other_distribution_name(site: Site) -> None:
    site.install("boosty-cpu", "1.9.1+cu132")
    found = site.report()
    assert found["seen"][0]["version"] == "1.9.1+cu132"
    assert found["points"]["boosty.train"] == ["applied", "", False]


@pytest.mark.parametrize("version", ["2.0", "2.0rc1", "2.7.0a0+git", "2.15.0+cu132"])
def test_newer_than_tested_is_applied_and_flagged(version: str, site: Site) -> None:
    site.install("boosty", version)
    found = site.report()
    newer = ["applied", f"boosty {version} is newer than the newest tested", True]
    assert found["points"] == {"boosty.train": newer, "boosty.cv": newer}
    assert found["seen"][0]["untested"] is True and found["returned"] == ["abs", "len"]


@pytest.mark.parametrize("stated", ["", "__version__ = None\n", "__version__ = (1, 5)\n"])
@pytest.mark.parametrize("has_metadata", [True, False])
def test_a_version_that_nobody_knows(has_metadata: bool, stated: str, site: Site) -> None:
    if has_metadata:
        site.install("boosty", None)
    site.write("boosty/__init__.py", stated)
    found = site.report()
    assert found["points"]["boosty.train"] == ["applied", "the version of boosty is unknown", True]
    assert found["seen"][0]["version"] is None and found["returned"] == ["abs", "len"]


def test_an_older_pre_release_is_not_supported(site: Site) -> None:
    site.install("boosty", "1.2rc1")
    too_old = "boosty 1.2rc1 is not supported (needs >=1.2)"
    found = site.report(said=f"fitscribe: {too_old}: its trainings are not recorded\n")
    assert found["points"]["boosty.train"] == ["skipped", too_old, False]


def test_a_pre_release_among_tested_versions_is_applied(site: Site) -> None:
    site.install("boosty", "1.9.1rc1")
    assert site.report()["points"]["boosty.train"] == ["applied", "", False]


def test_a_copy_beside_the_script_goes_before_what_is_installed(site: Site, tmp_path: Path) -> None:
    site.install("boosty", "1.9.1")
    copy = tmp_path / "project"
    copy.mkdir()
    (site.folder / "boosty").rename(copy / "boosty")
    (copy / "boosty" / "__init__.py").write_text("__version__ = '1.1'\n")
    too_old = "boosty 1.1 is not supported (needs >=1.2)"
    beside = f"import sys\nsys.path.insert(0, {str(copy)!r})\n{TRAIN}"
    found = site.report(beside, said=f"fitscribe: {too_old}: its trainings are not recorded\n")
    assert found["points"]["boosty.train"] == ["skipped", too_old, False]
    assert found["returned"] == ["abs"]


def test_a_copy_within_another_package_is_left_alone(site: Site) -> None:
    site.write("bundle/__init__.py", "")
    site.write("bundle/_vendor/__init__.py", "")
    (site.folder / "boosty").rename(site.folder / "bundle" / "_vendor" / "boosty")
    found = site.report(TRAIN.replace("boosty.", "bundle._vendor.boosty."))
    assert found["returned"] == ["abs"] and found["seen"] == []
    assert found["points"] == {"boosty.*": ["waiting", "boosty is not imported", False]}


def test_an_editable_installation(site: Site, tmp_path: Path) -> None:
    site.install("boosty", "1.9.1")
    origin = '{"dir_info": {"editable": true}}'
    site.write("boosty-1.dist-info/direct_url.json", origin)
    source = tmp_path / "source"
    source.mkdir()
    (site.folder / "boosty").rename(source / "boosty")
    (source / "boosty" / "__init__.py").write_text("__version__ = '0+unknown'\n")
    found = site.report(f"import sys\nsys.path.append({str(source)!r})\n{TRAIN}")
    assert found["points"]["boosty.train"] == ["applied", "", False]
    assert found["seen"][0]["version"] == "1.9.1"


def test_a_version_that_only_the_module_states(site: Site) -> None:
    site.write("boosty/__init__.py", "__version__ = '1.1'\n")
    too_old = "boosty 1.1 is not supported (needs >=1.2)"
    found = site.report(said=f"fitscribe: {too_old}: its trainings are not recorded\n")
    assert found["points"]["boosty.train"] == ["skipped", too_old, False]


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("1.1.3", "boosty 1.1.3 is not supported (needs >=1.2)"),
        ("1.5.0", "boosty 1.5.0 is known to be bad: it forgets its callbacks"),
    ],
)
def test_unsupported_in_automatic_mode_is_one_line(version: str, reason: str, site: Site) -> None:
    site.install("boosty", version)
    found = site.report(TRAIN * 2, said=f"fitscribe: {reason}: its trainings are not recorded\n")
    assert found == {
        "returned": ["abs"],
        "seen": [],
        "points": {"boosty.train": ["skipped", reason, False], "boosty.cv": ["skipped", reason, False]},
    }


def test_a_point_has_a_range_of_its_own(site: Site) -> None:
    site.install("boosty", "1.3")
    found = site.report()
    assert found["points"] == {
        "boosty.train": ["applied", "", False],
        "boosty.cv": ["skipped", "boosty 1.3 is not supported (needs >=1.4)", False],
    }


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("1.1.3", "boosty 1.1.3 is not supported (needs >=1.2)"),
        ("1.5.0", "boosty 1.5.0 is known to be bad: it forgets its callbacks"),
    ],
)
@pytest.mark.parametrize("imported", ["", "import boosty.training\n"], ids=["before", "after"])
def test_unsupported_and_asked_for_by_name_is_an_error(
    imported: str, version: str, reason: str, site: Site
) -> None:
    site.install("boosty", version)
    site.write(
        "fitscribe_other.py", "from fitscribe.engine import Integration\nit = Integration('other', [])\n"
    )
    code = f"""
import fitscribe
{imported}
fitscribe.engine.register("other", "fitscribe_other:it")
try:
    fitscribe.engine.activate(["other", "boosty"])
except ValueError as error:
    message = f"{{type(error).__name__}}: {{error}}"
assert not fitscribe.engine.is_active()
import boosty.training
returned = [message, boosty.training.train({{"depth": 3}})]
"""
    found = site.report(code)
    error, returned = found["returned"]
    assert error == (
        f"UnsupportedFramework: {reason}; tested with 1.4.2, 1.9.1. "
        "Install another version of boosty, or leave 'boosty' out of the frameworks asked for"
    )
    assert returned == []
    assert found["points"] == {"boosty.*": ["off", "fitscribe is switched off for it", False]}


def test_unsupported_and_excluded_is_nobodys_business(site: Site) -> None:
    site.install("boosty", "1.1.3")
    found = site.report(TRAIN.replace("activate()", "activate(exclude=['boosty'])"))
    assert found["returned"] == ["abs"] and found["seen"] == []


def test_strict(site: Site) -> None:
    strict = TRAIN.replace("activate()", "activate(strict=True)")
    site.install("boosty", "1.6")
    reason = "strict: boosty 1.6 is not a tested version"
    found = site.report(strict, said=f"fitscribe: {reason}: its trainings are not recorded\n")
    assert found["points"]["boosty.train"] == ["skipped", reason, False] and found["seen"] == []
    site.install("boosty", "1.9.1+cu132")
    assert site.report(strict)["points"]["boosty.train"] == ["applied", "", False]


def test_strict_and_asked_for_by_name(site: Site) -> None:
    site.install("boosty", "2.0")
    done = site.python("import fitscribe\nfitscribe.engine.activate(['boosty'], strict=True)")
    assert done.returncode == 1
    assert "strict: boosty 2.0 is not a tested version; tested with 1.4.2, 1.9.1." in done.stderr


@pytest.mark.parametrize(
    ("definition", "reason"),
    [
        ("def train(parameters, data=None, callbacks=None):", "it has no parameter 'params'"),
        ("def train(params, data=None, hooks=None, **callbacks):", "it has no parameter 'callbacks'"),
    ],
)
def test_what_differs_observes_only_and_injects_nothing(definition: str, reason: str, site: Site) -> None:
    site.install("boosty", "2.0")
    site.write("boosty/training.py", f"{definition}\n    return len(callbacks or ())\ndef cv(params): ...\n")
    found = site.report(TRAIN.replace("callbacks=[abs]", "[]"))
    assert found["returned"] == 0  # as without fitscribe
    assert found["points"]["boosty.train"] == ["observes only", f"boosty.training:train: {reason}", True]
    (seen,) = found["seen"]
    assert seen["state"] == "observes only" and seen["injected"] is False


def test_every_place_where_something_differs_is_told(site: Site) -> None:
    site.install("boosty", "1.9.1")
    site.write("boosty/training.py", TRAINING.replace("train(params", "train(parameters") + FAMILY)
    family = INTEGRATION.replace("integration =", POINT_OF_FAMILY).replace("[train, cv]", "[train, cv, fit]")
    site.write("fitscribe_boosty/__init__.py", family)
    code = """
import fitscribe.engine.activation
fitscribe.engine.activate()
import boosty.training
returned = fitscribe.engine.activation.differing("boosty")
"""
    assert site.report(code)["returned"] == {
        "boosty.fit boosty.training.Odd.fit": "it has no parameter 'y'",
        "boosty.train boosty.training.train": "it has no parameter 'params'",
    }


@pytest.mark.parametrize(
    ("instead", "what"),
    [("", "missing"), ("cv = 3\n", "no function"), ("class cv: ...\n", "a class")],
    ids=["gone", "no function", "a class"],
)
def test_a_target_that_is_missing_is_skipped_with_the_reason(instead: str, what: str, site: Site) -> None:
    site.install("boosty", "1.9.1")
    site.write("boosty/training.py", TRAINING.partition("def cv")[0] + instead)
    found = site.report()
    assert found["points"] == {
        "boosty.train": ["applied", "", False],
        "boosty.cv": ["skipped", f"boosty.training:cv is {what}", False],
    }
    assert found["returned"] == ["abs", "len"]


def test_a_module_that_is_never_imported_is_waited_for(site: Site) -> None:
    site.install("boosty", "1.9.1")
    found = site.report("import fitscribe\nfitscribe.engine.activate()\nimport boosty\nreturned = None\n")
    waiting = ["waiting", "boosty.training is not imported", False]
    assert found["points"] == {"boosty.train": waiting, "boosty.cv": waiting}


def test_a_compat_file_of_another_format_is_said_and_training_goes_on(site: Site) -> None:
    site.install("boosty", "1.9.1")
    code = f"import os\nos.environ.pop('FITSCRIBE_RERAISE')\n{TRAIN}"
    site._write_compat = lambda: site.write("fitscribe_boosty/_compat.json", '{"format": 99}')  # type: ignore[method-assign]
    done = site.python(code + REPORT)
    assert done.returncode == 0, done.stderr
    assert "fitscribe_boosty/_compat.json has format 99, not 1" in done.stderr
    assert done.stderr.count("\n") == 1
    assert json.loads(done.stdout)["returned"] == ["abs"]


def test_the_matrix_of_fitscribe_comes_first_and_strangers_are_in_none(site: Site) -> None:
    site._write_compat()
    assert load_compat("sklearn", None) is not None
    assert load_compat("boosty", None) is None
    assert load_compat("boosty", "no_such_package") is None
    assert load_compat("boosty", "__main__") is None
