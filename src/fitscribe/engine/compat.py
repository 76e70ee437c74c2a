"""The compiled compatibility matrix, read when a framework is imported and never before."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

FORMAT = 1


class KnownBad(NamedTuple):
    """Versions that are left alone, and why."""

    versions: str
    reason: str


class PointCompat(NamedTuple):
    """What the matrix says of one patch point beyond its framework."""

    supported: str = ""
    known_bad: tuple[KnownBad, ...] = ()


class FrameworkCompat(NamedTuple):
    """What the matrix says of one framework."""

    distributions: tuple[str, ...]
    supported: str
    tested: tuple[str, ...]
    known_bad: tuple[KnownBad, ...]
    points: dict[str, PointCompat]


def load_compat(framework: str, integration_package: str | None) -> FrameworkCompat | None:
    """What is known of a framework's versions.

    Args:
        framework: its name.
        integration_package: where to look if fitscribe's own matrix has nothing on it: a third party ships
            its ``_compat.json`` beside its integration.

    Returns:
        None where neither knows the framework.

    Raises:
        ValueError: a file is there and cannot be read, or has a format that this version does not know.
    """
    for package in ("fitscribe", integration_package):
        if package in (None, "__main__"):
            continue  # an integration within a script ships no file
        entry = _compiled(package).get(framework)
        if entry is not None:
            try:
                return _framework(entry)
            except (AttributeError, KeyError, TypeError) as error:
                raise _unreadable(package, error) from None
    return None


@cache
def _compiled(package: str) -> dict[str, Any]:
    """What the file of a package says, by framework; read once, as that takes a quarter of a millisecond."""
    import json
    from pkgutil import get_data

    try:
        data = get_data(package, "_compat.json")
    except Exception:  # there is no such file; or its package does not import, which loading it will say
        data = None
    if data is None:
        return {}
    try:
        compiled = json.loads(data)
        version = compiled.get("format")
        frameworks: dict[str, Any] = dict(compiled.get("frameworks", {}))
    except (AttributeError, TypeError, ValueError) as error:
        raise _unreadable(package, error) from None
    if version != FORMAT:
        raise ValueError(f"{package}/_compat.json has format {version!r}, not {FORMAT}")
    return frameworks


def _unreadable(package: str | None, error: Exception) -> ValueError:
    return ValueError(f"{package}/_compat.json cannot be read: {type(error).__name__}: {error}")


def _framework(entry: dict[str, Any]) -> FrameworkCompat:
    return FrameworkCompat(
        distributions=tuple(entry["distributions"]),
        supported=entry["supported"],
        tested=tuple(entry["tested"]),
        known_bad=_known_bad(entry),
        points={
            name: PointCompat(point.get("supported", ""), _known_bad(point))
            for name, point in entry["points"].items()
        },
    )


def _known_bad(entry: dict[str, Any]) -> tuple[KnownBad, ...]:
    return tuple(KnownBad(bad["versions"], bad["reason"]) for bad in entry.get("known_bad", ()))
