"""Releases that are newer than anything tested: found on the package index, run, and compared."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from fitscribe.engine.versions import matches
from fitscribe.matrix.results import Row
from fitscribe.matrix.schema import Cell, Framework


class LookupFailed(OSError):
    """The package index does not answer."""


class Move(NamedTuple):
    """What is different with a newer version.

    Attributes:
        lost: patch points that were applied and are not, each with its state and the reason.
        differs: places where what an observer relies on is not as it was.
        failures: tests that fail, or what kept them from running.
    """

    lost: tuple[str, ...]
    differs: tuple[str, ...]
    failures: tuple[str, ...]

    def __bool__(self) -> bool:
        return any(self)


def available(distribution: str, python: str) -> list[str]:
    """The versions of a distribution for a Python, pre-releases included.

    Args:
        distribution: its name.
        python: such as ``3.11``.

    Raises:
        LookupFailed: pip does not find it.
    """
    command = [sys.executable, "-m", "pip", "index", "versions", distribution, "--pre"]
    command += ["--python-version", python, "--only-binary=:all:", "--disable-pip-version-check"]
    done = subprocess.run(command, capture_output=True, text=True)
    found = re.search(r"^Available versions: (.*)$", done.stdout, re.MULTILINE)
    if done.returncode != 0 or found is None:
        raise LookupFailed(
            f"pip finds no versions of {distribution}: {done.stderr.strip().rpartition(chr(10))[2]}"
        )
    return found[1].split(", ")


def newer_cells(framework: Framework, versions: Iterable[str]) -> list[Cell]:
    """Cells for what is newer than the newest tested version, in the environment of that.

    Args:
        framework: of the matrix, with a tested version.
        versions: those that there are.

    Returns:
        One for the newest release of each minor version, and one for the newest pre-release where no release
        has come after it; none for what is not supported, or known to be bad.
    """
    from packaging.version import Version

    newest = newest_cell(framework)
    compat = framework.compat
    found = sorted(
        Version(version)
        for version in versions
        if Version(version) > Version(newest.version)
        and matches(version, compat.supported)
        and not any(matches(version, bad.versions) for bad in compat.known_bad)
    )
    # The last of each minor version stays.
    chosen = {version.release[:2]: version for version in found if not version.is_prerelease}
    if found and found[-1].is_prerelease:
        chosen[()] = found[-1]
    return [_beside(newest, str(version)) for version in chosen.values()]


def newest_cell(framework: Framework) -> Cell:
    """The environment of the newest tested version."""
    from packaging.version import Version

    return max(framework.cells, key=lambda cell: Version(cell.version))


def _beside(newest: Cell, version: str) -> Cell:
    distribution = newest.requirements[0].partition("==")[0]
    requirements = (f"{distribution}=={version}", *newest.requirements[1:])
    return replace(newest, name=f"{newest.framework}-{version}", version=version, requirements=requirements)


def moved(before: Row | None, now: Row) -> Move:
    """What has moved since the newest tested version.

    Args:
        before: what came of that; where it was not run, every point is taken to have been applied.
        now: what came of the newer one.
    """
    unapplied, unmet = (before.unapplied, before.unmet) if before is not None else ({}, {})
    return Move(
        tuple(f"{point}: {why}" for point, why in now.unapplied.items() if point not in unapplied),
        tuple(f"{place}: {why}" for place, why in now.unmet.items() if unmet.get(place) != why),
        now.why,
    )
