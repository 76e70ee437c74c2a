"""Which version is installed: real dist-info folders, good and broken ones; and how versions compare."""

from __future__ import annotations

import platform
from pathlib import Path
from types import ModuleType

import pytest

from fitscribe.engine.versions import installed_version, is_among, is_newer, matches


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed distributions, looked at first."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return folder


def install(site: Path, distribution: str, metadata: str | None) -> None:
    """Put a dist-info folder there; without METADATA where that is None."""
    folder = site / f"{distribution.replace('-', '_')}-1.dist-info"
    folder.mkdir()
    if metadata is not None:
        (folder / "METADATA").write_text(metadata)


def stating(version: object) -> ModuleType:
    module = ModuleType("boosty")
    vars(module)["__version__"] = version
    return module


def good(name: str, version: str) -> str:
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"


def test_from_the_distribution(site: Path) -> None:
    install(site, "boosty", good("boosty", "1.2.3"))
    assert installed_version(["boosty"], stating("9.9")) == "1.2.3"


def test_whichever_of_two_distributions_is_installed(site: Path) -> None:
    install(site, "boosty-cpu", good("boosty-cpu", "2.1.4"))
    assert installed_version(["boosty", "boosty-cpu"]) == "2.1.4"
    install(site, "boosty", good("boosty", "3.0"))
    assert installed_version(["boosty", "boosty-cpu"]) == "3.0"


@pytest.mark.parametrize("metadata", [None, "", "Metadata-Version: 2.1\nName: boosty\n", good("boosty", "")])
def test_broken_metadata(metadata: str | None, site: Path) -> None:
    install(site, "boosty", metadata)
    assert installed_version(["boosty"]) is None
    assert installed_version(["boosty"], stating("1.5")) == "1.5"
    install(site, "boosty-cpu", good("boosty-cpu", "2.1.4"))
    assert installed_version(["boosty", "boosty-cpu"], stating("1.5")) == "2.1.4"


def test_no_metadata(site: Path) -> None:
    assert installed_version(["boosty", "boosty-cpu"]) is None
    assert installed_version(["boosty"], stating("1.5.dev0")) == "1.5.dev0"


def test_a_module_of_python_has_the_version_of_the_interpreter(site: Path) -> None:
    install(site, "python", good("python", "9.9"))
    assert installed_version(["python"], stating("1.1")) == ".".join(platform.python_version_tuple()[:2])


@pytest.mark.parametrize("stated", [None, (1, 5), 1.5])
def test_a_module_that_states_something_else(stated: object, site: Path) -> None:
    assert installed_version(["boosty"], stating(stated)) is None


def test_a_module_that_states_nothing(site: Path) -> None:
    class Lazy(ModuleType):
        def __getattr__(self, name: str) -> object:
            raise AssertionError("a lazy module must not be woken up")

    assert installed_version(["boosty"], Lazy("boosty")) is None


@pytest.mark.parametrize(
    ("version", "specifier", "expected"),
    [
        ("1.2", ">=1.2", True),
        ("1.1.3", ">=1.2", False),
        ("1.2rc1", ">=1.2", False),  # older than the release
        ("1.3.dev0", ">=1.2", True),
        ("1.3.0.post1", "<1.3.1", True),
        ("2.15.0+cu132", ">=2,<2.16", True),
        ("2.15.0+cu132", "==2.15.0", True),
        ("2.15.0+cu132", "!=2.15.0", False),
        ("2.7.0a0+git", ">=2.0", True),  # packaging before 26 says no
        ("2.7.0a0+git1a2b3c4.cpu", "<2.7", False),  # neither a 2.6 nor a release of 2.7
        ("2.7.0a0+git", "==2.7.*", True),
        ("1.5", "", True),
        ("from source", ">=1.2", False),
        ("from source", "", False),
    ],
)
def test_matches(version: str, specifier: str, expected: bool) -> None:
    assert matches(version, specifier) is expected


@pytest.mark.parametrize(
    ("version", "newer"),
    [
        ("1.9.1", False),
        ("1.9.1+cu132", False),
        ("1.9.0", False),
        ("1.9.1.post1", True),
        ("1.9.2rc1", True),
        ("1.9.1rc1", False),
        ("1.10", True),
        ("from source", True),
    ],
)
def test_is_newer_than_the_newest_tested(version: str, newer: bool) -> None:
    assert is_newer(version, ("1.9.1", "1.4.2")) is newer


@pytest.mark.parametrize(
    ("version", "tested"),
    [
        ("1.4.2", True),
        ("1.4.2+local", True),
        ("1.9", True),
        ("1.9.0", True),
        ("1.4.3", False),
        ("1.4.2rc1", False),
        ("from source", False),
    ],
)
def test_is_among_the_tested(version: str, tested: bool) -> None:
    assert is_among(version, ["1.4.2", "1.9.0"]) is tested


def test_metadata_of_a_source_folder(site: Path) -> None:
    folder = site / "boosty.egg-info"  # what `setup.py develop` leaves
    folder.mkdir()
    (folder / "PKG-INFO").write_text(good("boosty", "1.7.dev3"))
    assert installed_version(["boosty"]) == "1.7.dev3"


def loaded_from(file: Path, version: str | None) -> ModuleType:
    module = stating(version)
    vars(module)["__file__"] = str(file)
    return module


def test_a_copy_beside_the_script_is_not_what_is_installed(site: Path, tmp_path: Path) -> None:
    install(site, "boosty", good("boosty", "1.9"))
    copy = tmp_path / "project" / "boosty" / "__init__.py"
    assert installed_version(["boosty"], loaded_from(copy, "0.8")) == "0.8"
    assert installed_version(["boosty"], loaded_from(copy, None)) == "1.9"  # better than nothing
    assert installed_version(["boosty"], loaded_from(site / "boosty" / "__init__.py", "0.8")) == "1.9"
    assert installed_version(["boosty"], loaded_from(site / "boosty.py", "0.8")) == "1.9"


def test_a_folder_of_packages_may_be_reached_by_a_link(site: Path, tmp_path: Path) -> None:
    install(site, "boosty", good("boosty", "1.9"))
    (tmp_path / "lib64").symlink_to(site)
    module = loaded_from(tmp_path / "lib64" / "boosty" / "__init__.py", "0.8")
    assert installed_version(["boosty"], module) == "1.9"


def test_an_editable_installation_is_elsewhere_by_nature(site: Path, tmp_path: Path) -> None:
    install(site, "boosty", good("boosty", "1.9"))
    origin = '{"url": "file:///src/boosty", "dir_info": {"editable": true}}'
    (site / "boosty-1.dist-info" / "direct_url.json").write_text(origin)
    module = loaded_from(tmp_path / "src" / "boosty" / "__init__.py", "0+unknown")
    assert installed_version(["boosty"], module) == "1.9"
