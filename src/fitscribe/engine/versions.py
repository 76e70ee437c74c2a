"""Versions of frameworks: which one is installed, and how it compares."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import cache
from types import ModuleType

# Stands among the distributions of a module of the standard library.
PYTHON = "python"


def installed_version(distributions: Iterable[str], module: ModuleType | None = None) -> str | None:
    """The version of a framework.

    Args:
        distributions: names under which it may be installed, such as ``xgboost`` and ``xgboost-cpu``;
            ``python`` is the interpreter, of whose versions only the first two numbers count.
        module: its root module where it has been imported; asked where no distribution is found.

    Returns:
        The version as it is written, or None where nobody knows.
    """
    from importlib.metadata import PackageNotFoundError, metadata

    for name in distributions:
        if name == PYTHON:
            return "{}.{}".format(*sys.version_info)
        try:
            # Not version(): where broken metadata has none, that warns, and is to raise KeyError one day.
            found: list[str] = metadata(name).get_all("Version") or []
        except PackageNotFoundError:
            continue
        if found and found[0]:
            return found[0]
    stated = vars(module).get("__version__") if module is not None else None
    return stated if isinstance(stated, str) else None


@cache
def matches(version: str, specifier: str) -> bool:
    """Whether a version lies in a range. Pre-releases and local builds count as what they are close to.

    Args:
        version: as it is written, such as ``2.15.0+cu132``.
        specifier: such as ``>=1.2,<3``; the empty one holds everything.

    Returns:
        False also for a version that cannot be read.
    """
    from packaging.specifiers import SpecifierSet
    from packaging.version import InvalidVersion, Version

    try:
        # The public part: packaging before 26 puts 2.7.0a0+git outside of >=2.0.
        return SpecifierSet(specifier).contains(Version(version).public, prereleases=True)
    except InvalidVersion:
        return False


@cache
def is_newer(version: str, others: tuple[str, ...]) -> bool:
    """Whether a version is newer than each of the others; a build number after ``+`` does not count."""
    from packaging.version import InvalidVersion, Version

    try:
        found = Version(Version(version).public)
    except InvalidVersion:
        return True
    return all(found > Version(other) for other in others)


def is_among(version: str, others: Iterable[str]) -> bool:
    """Whether a version is one of the others; a build number after ``+`` does not count."""
    from packaging.version import InvalidVersion, Version

    try:
        found = Version(Version(version).public)
    except InvalidVersion:
        return False
    return any(found == Version(other) for other in others)
