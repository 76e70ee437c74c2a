"""The decision, per framework and per patch point, whether to patch here."""

from __future__ import annotations

from collections.abc import Iterable
from inspect import Parameter, Signature
from typing import NamedTuple

from fitscribe.engine.compat import FrameworkCompat
from fitscribe.engine.versions import is_among, is_newer, matches

APPLIED = "applied"
OBSERVES_ONLY = "observes only"
SKIPPED = "skipped"
RETIRED = "retired in place"
DISPLACED = "displaced"
WAITING = "waiting"
OFF = "off"


class Verdict(NamedTuple):
    """What the gate decided, and why."""

    state: str
    reason: str = ""
    untested: bool = False


def judge(
    framework: str,
    version: str | None,
    compat: FrameworkCompat | None,
    *,
    point: str | None = None,
    strict: bool = False,
) -> Verdict:
    """Decide by versions alone.

    Args:
        framework: its name, for the reason.
        version: the installed one, None where nobody knows it.
        compat: what the matrix says; None where it says nothing.
        point: the id of a patch point, for ranges of its own.
        strict: take tested versions only.

    Returns:
        Applied or skipped; ``untested`` where the version is unknown or newer than the newest tested one.
    """
    if compat is None or version is None:
        unknown = f"the version of {framework} is unknown" if compat else f"{framework} is in no matrix"
        return Verdict(SKIPPED, f"strict: {unknown}") if strict else Verdict(APPLIED, unknown, untested=True)
    ranges = [(compat.supported, compat.known_bad)]
    of_point = compat.points.get(point) if point is not None else None
    if of_point is not None:
        ranges.append((of_point.supported, of_point.known_bad))
    for supported, known_bad in ranges:
        if not matches(version, supported):
            return Verdict(SKIPPED, f"{framework} {version} is not supported (needs {supported})")
        for bad in known_bad:
            if matches(version, bad.versions):
                return Verdict(SKIPPED, f"{framework} {version} is known to be bad: {bad.reason}")
    if strict and not is_among(version, compat.tested):
        return Verdict(SKIPPED, f"strict: {framework} {version} is not a tested version")
    if is_newer(version, compat.tested):
        than = f"{framework} {version} is newer than the newest tested"
        reason = than if compat.tested else f"no version of {framework} is tested yet"
        return Verdict(APPLIED, reason, untested=True)
    return Verdict(APPLIED)


def unmet_reliance(signature: Signature | None, names: Iterable[str]) -> str | None:
    """What an observer relies on and does not find.

    Args:
        signature: of the wrapped function; None where it has none that can be read.
        names: parameters in their order, each as ``name``, ``name:keyword`` or ``name:positional``.

    Returns:
        The first difference in words, or None.
    """
    wanted = [name.partition(":")[::2] for name in names]
    if not wanted:
        return None
    if signature is None:
        return "its signature cannot be read"
    parameters = list(signature.parameters.values())
    position = -1
    for name, kind in wanted:
        index = next((i for i, parameter in enumerate(parameters) if parameter.name == name), None)
        if index is None or parameters[index].kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD):
            return f"it has no parameter {name!r}"
        found = parameters[index].kind
        if kind == "keyword" and found is Parameter.POSITIONAL_ONLY:
            return f"{name!r} cannot be passed by keyword"
        if kind == "positional" and found is Parameter.KEYWORD_ONLY:
            return f"{name!r} cannot be passed by position"
        if found is not Parameter.KEYWORD_ONLY:
            if index < position:
                return f"{name!r} is not where it was in the tested versions"
            position = index
    return None
