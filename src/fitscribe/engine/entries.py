"""What distributions declare under a name: one for each, fitscribe's own before others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from fitscribe.engine.points import Integration


def by_name(entries: Iterable[EntryPoint]) -> dict[str, EntryPoint]:
    """Return the one entry point that is taken of each name, in the order of the names.

    Nobody replaces what fitscribe itself declares by coming earlier on the path; of others the first counts.

    Args:
        entries: of one or more groups.
    """
    taken: dict[str, EntryPoint] = {}
    for entry in entries:
        first = taken.setdefault(entry.name, entry)
        if first is not entry and _is_own(entry) and not _is_own(first):
            taken[entry.name] = entry
    return taken


def integration_of(entry: EntryPoint) -> Integration:
    """Load an integration; raises whatever its module does.

    Args:
        entry: names an integration, or a function that returns one.
    """
    source = entry.load()
    integration: Integration = source() if callable(source) else source
    return integration


def _is_own(entry: EntryPoint) -> bool:
    return entry.dist is not None and entry.dist.name == "fitscribe"
