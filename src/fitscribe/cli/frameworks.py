"""Which frameworks are recorded here: judged by their installed versions, or seen by importing them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

from fitscribe.engine import gate
from fitscribe.engine.activation import COMPANIONS, declared
from fitscribe.engine.compat import load_compat
from fitscribe.engine.versions import installed_version

_PATIENCE_S = 120
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
    judged = [(entry, *_judge(entry.name, entry.value)) for entry in entries]
    installed = [entry.name for entry, version, _, _ in judged if version is not None]
    seen = _see(installed) if installed and not fast else None
    if seen:
        loaded = {point["framework"]: point["version"] for point in seen.get("points", ())}
        judged = [(entry, *_judge(entry.name, entry.value, loaded.get(entry.name))) for entry in entries]
    reports = [_report(entry, version, verdict, tested, seen) for entry, version, verdict, tested in judged]
    if seen and "points" in seen:
        reports.append(_report_core(seen["points"]))
    return reports


def _judge(
    framework: str, integration: str, loaded: str | None = None
) -> tuple[str | None, gate.Verdict, str]:
    """The version of a framework, what the gate says of it, and which ones are tested.

    Args:
        framework: its name.
        integration: the value of its entry point.
        loaded: the version that was seen when it was imported; that which is installed may be another one.
    """
    compat = load_compat(framework, integration.partition(":")[0].partition(".")[0])
    version = loaded or installed_version(compat.distributions if compat else (framework,))
    tested = f"{compat.tested[0]} to {compat.tested[-1]}" if compat and compat.tested else ""
    return version, gate.judge(framework, version, compat), tested


def _see(frameworks: list[str]) -> dict[str, Any]:
    """Import frameworks in a process of its own, so that a crash there is one answer more."""
    environment = {name: text for name, text in os.environ.items() if name != "FITSCRIBE_ACTIVE"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "fitscribe.cli.probe", *frameworks],
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


def _report(
    entry: Any, version: str | None, verdict: gate.Verdict, tested: str, seen: dict[str, Any] | None
) -> FrameworkReport:
    name = entry.name
    if version is None:
        return FrameworkReport(name, None, "not installed")
    remedy = f"Install a version that was tested: {tested}." if tested else "Install another version."
    if verdict.state == gate.SKIPPED:
        points = tuple(_expected(entry, version))
        return FrameworkReport(name, version, f"not recorded: {verdict.reason}", True, remedy, points)
    if seen is None:
        points = tuple(_expected(entry, version))
        return FrameworkReport(name, version, _recorded(verdict), points=points)
    error = seen.get("error") or seen["failed"].get(name)
    if error:
        return FrameworkReport(
            name, version, f"does not import: {error}", True, f"Look at: python -c 'import {name}'"
        )
    points = tuple(_plain(point) for point in seen["points"] if point["id"].startswith(f"{name}."))
    unused = [point for point in points if point["state"] != gate.APPLIED]
    if points and len(unused) == len(points):
        return FrameworkReport(name, version, f"not recorded: {unused[0]['reason']}", True, remedy, points)
    if unused:
        return FrameworkReport(name, version, f"{_recorded(verdict)}, in part", True, remedy, points)
    return FrameworkReport(name, version, _recorded(verdict), points=points)


def _recorded(verdict: gate.Verdict) -> str:
    return f"recorded, untested: {verdict.reason}" if verdict.untested else "recorded"


def _expected(entry: Any, version: str) -> Iterator[dict[str, str]]:
    """What the gate will say of each patch point, as far as versions tell."""
    integration = entry.load()
    compat = load_compat(entry.name, entry.value.partition(":")[0].partition(".")[0])
    for point in integration.points:
        verdict = gate.judge(entry.name, version, compat, point=point.id)
        state = WILL_BE_APPLIED if verdict.state == gate.APPLIED else verdict.state
        yield {"id": f"{entry.name}.{point.id}", "state": state, "reason": verdict.reason}


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
