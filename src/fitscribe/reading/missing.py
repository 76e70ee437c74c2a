"""What is known to be missing from a run, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from fitscribe.reading.launches import FACTS
from fitscribe.reading.stored_numbers import whole
from fitscribe.reading.text import clock, plain_text, plural

if TYPE_CHECKING:
    from fitscribe.reading.snapshot import Snapshot

APPLIED = "applied"
"""The state of a patch point that is in use."""


def not_seen(seen: Snapshot) -> list[str]:
    """Return what was not recorded, and why: by the script, by patch points, by what failed in fitscribe."""
    found = [_line("{}: {}", each, "what", "why") for each in _told(seen, "unseen")]
    if seen.lacks_launch and FACTS not in [each.get("what") for each in _told(seen, "unseen")]:
        found.append(f"{FACTS}: its files are no longer in the store")
    found += _of_points(filter(_is_remarkable, seen.coverage))
    found += [_line("{} failed: {}", each, "where", "error") for each in _told(seen, "problems")]
    return found + list(map(_of_lost, _told(seen, "lost")))


def _of_lost(lost: Mapping[str, Any]) -> str:
    first, last = lost.get("first"), lost.get("last")
    are_many = isinstance(first, float) and isinstance(last, float) and first != last
    times = f" from {clock(first)} to {clock(last)}" if are_many else ""
    return _line(f"{plural(whole(lost.get('points')) or 0, 'point')} lost{times}: {{}}", lost, "why")


def _told(seen: Snapshot, name: str) -> list[Mapping[str, Any]]:
    return [each for each in seen.everything(name) if isinstance(each, Mapping)]


def _line(form: str, told: Mapping[str, Any], *names: str) -> str:
    return form.format(*(plain_text(told.get(name, "")) for name in names))


def _of_points(points: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """A line for each patch point; one for all those of a framework that are in a state for one reason."""
    alike: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for point in points:
        framework = plain_text(point.get("id", "")).partition(".")[0]
        state, reason = (plain_text(point.get(name)) for name in ("state", "reason"))
        alike.setdefault((framework, state, reason), []).append(point)
    for (framework, _, _), found in alike.items():
        name = "" if len(found) == 1 else f"{framework}, {plural(len(found), 'patch point')}"
        yield point_line({**found[0], "id": name} if name else found[0])


def damaged(seen: Snapshot) -> list[str]:
    """Return what cannot be read of the run's files."""
    return [f"the run's files: {each}" for each in seen.everything("damage")]


def point_line(point: Mapping[str, Any]) -> str:
    """One patch point and what became of it."""
    reason = f": {plain_text(point['reason'])}" if point.get("reason") else ""
    return _line("{} {}", point, "id", "state") + reason


def _is_remarkable(point: Mapping[str, Any]) -> bool:
    """Whether a point did less than it should; one whose module the script never imported missed nothing."""
    state = point.get("state")
    return state not in (APPLIED, "waiting", "off") or (state == APPLIED and bool(point.get("reason")))
