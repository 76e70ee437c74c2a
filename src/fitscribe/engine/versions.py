"""Versions of frameworks: which one is installed, and how it compares."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from functools import cache
from operator import eq, ge, gt, le, lt, ne
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.metadata import Distribution

# Stands among the distributions of a module of the standard library.
PYTHON = "python"


def installed_version(distributions: Iterable[str], module: ModuleType | None = None) -> str | None:
    """The version of a framework.

    A module that was loaded from elsewhere than its distribution lies is a copy that somebody vendored, and
    the metadata are those of another one: what it states itself goes before them. Not so of an editable
    installation.

    Args:
        distributions: names under which it may be installed, such as ``xgboost`` and ``xgboost-cpu``;
            ``python`` is the interpreter, of whose versions only the first two numbers count.
        module: its root module where it has been imported; asked also where no distribution is found.

    Returns:
        The version as it is written, or None where nobody knows.
    """
    from importlib.metadata import PackageNotFoundError, distribution

    stated = _stated_by(module)
    for name in distributions:
        if name == PYTHON:
            return "{}.{}".format(*sys.version_info)
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            continue
        found = _stated_in(installed.read_text("METADATA")) or _parsed(name)
        if found:
            return stated if stated and _is_anothers(module, installed) else found
    return stated


def _stated_by(module: ModuleType | None) -> str | None:
    # Past __getattr__: a lazy module imports what it is asked for.
    stated = vars(module).get("__version__") if module is not None else None
    return stated if isinstance(stated, str) else None


def _is_anothers(module: ModuleType | None, installed: Distribution) -> bool:
    """Whether a module is not that of the distribution: it was loaded from elsewhere."""
    file = vars(module).get("__file__") if module is not None else None
    if not isinstance(file, str):
        return False
    folder = os.path.join(str(installed.locate_file("")), "")
    if file.startswith(folder):
        return False
    if os.path.realpath(file).startswith(os.path.join(os.path.realpath(folder), "")):
        return False
    return '"editable"' not in (installed.read_text("direct_url.json") or "")


def _stated_in(metadata: str | None) -> str:
    # The header alone, without the parser of e-mails, which takes longer to import than all of this.
    header = (metadata or "").partition("\n\n")[0]
    lines = (line for line in header.splitlines() if line.startswith("Version:"))
    return next(lines, "").partition(":")[2].strip()


def _parsed(name: str) -> str:
    from importlib.metadata import metadata

    # Not version(): where broken metadata has none, that warns, and is to raise KeyError one day.
    found: list[str] = metadata(name).get_all("Version") or []
    return found[0] if found else ""


@cache
def matches(version: str, specifier: str) -> bool:
    """Whether a version lies in a range. Pre-releases and local builds count as what they are close to.

    Args:
        version: as it is written, such as ``2.15.0+cu132``.
        specifier: such as ``>=1.2,<3``; the empty one holds everything.

    Returns:
        False also for a version that cannot be read.
    """
    inside = _is_inside(version, specifier)
    if inside is not None:
        return inside
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
    found, *known = _comparable((version, *others)) or [None]
    return found is None or all(found > other for other in known)


def is_among(version: str, others: Iterable[str]) -> bool:
    """Whether a version is one of the others; a build number after ``+`` does not count."""
    found, *known = _comparable((version, *others)) or [None]
    return found in known


# `packaging` takes 10 ms to import, and most versions are plain releases: it is asked about the others.


def _release(version: str) -> tuple[int, ...] | None:
    """The numbers of a plain release, without zeros at the end; None of any other version."""
    parts = version.split(".")
    if not all(part.isascii() and part.isdigit() for part in parts):
        return None
    numbers = [int(part) for part in parts]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def _is_inside(version: str, specifier: str) -> bool | None:
    """As :func:`matches`, of a plain release and bounds that are such; None where one is not."""
    found = _release(version)
    for bound in specifier.split(",") if specifier else ():
        sign = next((each for each in _COMPARE if bound.startswith(each)), "")
        limit = _release(bound[len(sign) :].strip())
        if found is None or limit is None or not sign:
            return None
        if not _COMPARE[sign](found, limit):
            return False
    return None if found is None else True


_COMPARE = {">=": ge, "<=": le, "==": eq, "!=": ne, ">": gt, "<": lt}


def _comparable(versions: tuple[str, ...]) -> list[Any] | None:
    """Versions as values that compare as they do; None where one cannot be read."""
    plain = [_release(version) for version in versions]
    if None not in plain:
        return list(plain)
    from packaging.version import InvalidVersion, Version

    try:
        return [Version(Version(version).public) for version in versions]
    except InvalidVersion:
        return None
