"""Which frameworks are recorded here: judged by their installed versions, or seen by importing them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe.engine import gate
from fitscribe.engine.activation import COMPANIONS, declared
from fitscribe.engine.compat import load_compat
from fitscribe.engine.entries import integration_of
from fitscribe.engine.versions import installed_version

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from fitscribe.engine.compat import FrameworkCompat

_PATIENCE_S = 120
# As with Python's -P, which 3.10 lacks: a `numpy.py` that lies in the working directory is not ours to run.
_PROBE = """
import sys
if sys.path[0] == "":
    del sys.path[0]
from fitscribe.cli import probe
probe.main()
"""
WILL_BE_APPLIED = "will be applied"


class FrameworkReport(NamedTuple):
    """What becomes of one framework's trainings.

    Attributes:
        framework: its name.
        version: the installed one; None where it is not installed.
        summary: the answer in one phrase.
        problem: whether trainings go unrecorded that could be recorded.
        remedy: what to do about that.
        points: its patch points, each with `id`, `state` and `reason`.
    """

    framework: str
    version: str | None
    summary: str
    problem: bool = False
    remedy: str = ""
    points: tuple[dict[str, str], ...] = ()


def report_frameworks(*, fast: bool) -> list[FrameworkReport]:
    """Report on every framework that has an integration, and on what the core itself patches.

    Args:
        fast: import no framework; what its functions look like is not seen then.
    """
    entries = sorted(declared(), key=lambda entry: (entry.group == COMPANIONS, entry.name))
    judged = [_judge(entry) for entry in entries]
    installed = [each.entry.name for each in judged if each.version is not None]
    seen = _see(installed) if installed and not fast else None
    if seen:
        loaded = {point["framework"]: point["version"] for point in seen.get("points", ())}
        judged = [_judge(entry, loaded.get(entry.name)) for entry in entries]
    reports = [_report(each, seen) for each in judged]
    if seen and "points" in seen:
        reports.append(_report_core(seen["points"]))
    return reports


class _Judged(NamedTuple):
    """One entry point, and what is known of its framework without importing anything."""

    entry: EntryPoint
    version: str | None
    verdict: gate.Verdict
    compat: FrameworkCompat | None
    unreadable: str
    """Why nobody knows which versions are supported."""

    @property
    def remedy(self) -> str:
        if self.compat is None or not self.compat.tested:
            return "Install another version."
        return f"Install a version that was tested: {self.compat.tested[0]} to {self.compat.tested[-1]}."


def _judge(entry: EntryPoint, loaded: str | None = None) -> _Judged:
    """Judge by versions.

    Args:
        entry: of the integration.
        loaded: the version that was seen when it was imported; that which is installed may be another one.
    """
    compat, unreadable = None, ""
    try:
        compat = load_compat(entry.name, entry.value.partition(":")[0].partition(".")[0])
    except ValueError as error:
        unreadable = str(error)
    version = loaded or installed_version(compat.distributions if compat else (entry.name,))
    return _Judged(entry, version, gate.judge(entry.name, version, compat), compat, unreadable)


def _see(frameworks: list[str]) -> dict[str, Any]:
    """Import frameworks in a process of its own, so that a crash there is one answer more."""
    environment = {name: text for name, text in os.environ.items() if name != "FITSCRIBE_ACTIVE"}
    try:
        done = subprocess.run(
            [sys.executable, "-c", _PROBE, *frameworks],
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            env=environment,
            stdin=subprocess.DEVNULL,
        )
        found: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return {"error": f"importing takes more than {_PATIENCE_S} s"}
    except ValueError:
        return {
            "error": f"importing ends with {done.returncode}: {done.stderr.strip().rpartition(chr(10))[2]}"
        }
    return found


def _report(judged: _Judged, seen: dict[str, Any] | None) -> FrameworkReport:
    name, version, verdict = judged.entry.name, judged.version, judged.verdict
    if version is None:
        return FrameworkReport(name, None, "not installed")
    if judged.unreadable:
        summary = f"not recorded: {judged.unreadable}"
        return FrameworkReport(name, version, summary, True, "Install what it belongs to anew.")
    unloadable = "" if seen is None else seen.get("unloadable", {}).get(name, "")
    points: tuple[dict[str, str], ...] = ()
    if verdict.state == gate.SKIPPED or seen is None:
        try:
            points = tuple(_expected(judged))
        except Exception as error:  # whatever somebody else's module raises
            unloadable = f"{type(error).__name__}: {error}"
    if unloadable:
        remedy = f"Look at: python -c 'import {judged.entry.value.partition(':')[0]}'"
        return FrameworkReport(
            name, version, f"not recorded: its integration does not load: {unloadable}", True, remedy
        )
    if verdict.state == gate.SKIPPED:
        return FrameworkReport(name, version, f"not recorded: {verdict.reason}", True, judged.remedy, points)
    if seen is None:
        return FrameworkReport(name, version, _recorded(verdict), points=points)
    failed = seen.get("error") or seen["failed"].get(name)
    if failed:
        return FrameworkReport(
            name, version, f"does not import: {failed}", True, f"Look at: python -c 'import {name}'"
        )
    points = tuple(_plain(point) for point in seen["points"] if point["id"].startswith(f"{name}."))
    unused = [point for point in points if point["state"] != gate.APPLIED]
    if points and len(unused) == len(points):
        summary = f"not recorded: {unused[0]['reason']}"
        return FrameworkReport(name, version, summary, True, judged.remedy, points)
    if unused:
        return FrameworkReport(name, version, f"{_recorded(verdict)}, in part", True, judged.remedy, points)
    return FrameworkReport(name, version, _recorded(verdict), points=points)


def _recorded(verdict: gate.Verdict) -> str:
    return f"recorded, untested: {verdict.reason}" if verdict.untested else "recorded"


def _expected(judged: _Judged) -> Iterator[dict[str, str]]:
    """What the gate will say of each patch point, as far as versions tell."""
    name = judged.entry.name
    for point in integration_of(judged.entry).points:
        verdict = gate.judge(name, judged.version, judged.compat, point=point.id)
        state = WILL_BE_APPLIED if verdict.state == gate.APPLIED else verdict.state
        yield {"id": f"{name}.{point.id}", "state": state, "reason": verdict.reason}


def _report_core(points: list[dict[str, Any]]) -> FrameworkReport:
    core = tuple(_plain(point) for point in points if point["id"].startswith("core."))
    skipped = [point for point in core if point["state"] == gate.SKIPPED]
    summary = (
        "threads and worker processes are followed" if not skipped else f"not all: {skipped[0]['reason']}"
    )
    remedy = "Runs of threads may not know what they belong to; report this to fitscribe." if skipped else ""
    return FrameworkReport("core", None, summary, bool(skipped), remedy, core)


def _plain(point: dict[str, Any]) -> dict[str, str]:
    return {key: str(point[key] or "") for key in ("id", "state", "reason")}
