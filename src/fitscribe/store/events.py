"""What each kind of event says of a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fitscribe.store.record import ENDS, RunRecord

# The end of the year 9999, beyond which no calendar of Python's goes.
_LAST_MOMENT = 253_402_214_400

Event = dict[str, Any]
"""One line, or one event of a child within it, with a text as "event" and a number as "time"."""


def add_event(record: RunRecord, event: Event) -> None:
    """Add to a record what an event says; one that is not known is skipped, a damaged one is listed."""
    add = ADD.get(event["event"])
    if add is None:
        return
    try:
        add(record, event)
    except (TypeError, ValueError, KeyError):
        record.damage.append(f"an event {event['event']!r} cannot be read")


def pairs(data: Any) -> dict[str, Any]:
    """Return the names and encoded values of an encoded dict, whatever form its names made it take.

    Raises:
        TypeError: it is none.
        ValueError: it is damaged.
    """
    if not isinstance(data, dict):
        raise TypeError(data)
    if data.keys() == {"$dict"}:
        return {name: value for name, value in data["$dict"] if isinstance(name, str)}
    return data


def _fields(event: Event) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name not in ("event", "time")}


def _moment(record: RunRecord, event: Event) -> float | None:
    """When an event was; None, which is listed, where that is no time at all."""
    if 0 <= event["time"] < _LAST_MOMENT:
        return float(event["time"])
    record.damage.append(f"the time of an event {event['event']!r} cannot be read")
    return None


def _run(record: RunRecord, event: Event) -> None:
    if record.started is None:
        # What has changed since may have been read before: of several writers, each has its own clock.
        record.header = {**_fields(event), **record.header}
        record.started = _moment(record, event)


def _joined(record: RunRecord, event: Event) -> None:
    record.header["parent"] = str(event["parent"])


def _renamed(record: RunRecord, event: Event) -> None:
    record.header["name"] = str(event["name"])


def _params(record: RunRecord, event: Event) -> None:
    values = pairs(event["values"])
    fresh = [name for name in values if name not in record.params]
    record.params.update(values)
    if "changed" in event:
        record.changed = list(dict.fromkeys([*(record.changed or ()), *_texts(event["changed"])]))
        record.given = [name for name in record.given if name not in values]
    else:
        record.given += fresh


def _texts(data: Any) -> list[str]:
    if not isinstance(data, list) or not all(isinstance(item, str) for item in data):
        raise TypeError(data)
    return data


def _tags(record: RunRecord, event: Event) -> None:
    for name, value in pairs(event["values"]).items():
        if value is None:
            record.tags.pop(name, None)
        else:
            record.tags[name] = value


def _notes(record: RunRecord, event: Event) -> None:
    record.notes = str(event["text"])


def _facts(record: RunRecord, event: Event) -> None:
    record.facts.update(pairs(event["values"]))


def _signature(record: RunRecord, event: Event) -> None:
    record.signature = pairs(event["signature"])


def _coverage(record: RunRecord, event: Event) -> None:
    points = event["points"]
    if not isinstance(points, list):
        raise TypeError(points)
    record.coverage = [point for point in points if isinstance(point, dict)]


def _cost(record: RunRecord, event: Event) -> None:
    record.cost = _fields(event)


def _end(record: RunRecord, event: Event) -> None:
    if event["status"] not in ENDS:
        raise ValueError(event["status"])
    record.end = _fields(event)
    record.ended = _moment(record, event)


def _resumed(record: RunRecord, event: Event) -> None:
    record.end = record.ended = None


def _removed(record: RunRecord, event: Event) -> None:
    name = event["model"]
    record.models.pop(name, None)
    what = "model" if name == "model" else f"model {name}"
    record.unseen.append({"what": what, "why": event["why"]})


def _seen(record: RunRecord, event: Event) -> None:
    record.unseen[:] = [other for other in record.unseen if other["what"] != event["what"]]


def _lost(record: RunRecord, event: Event) -> None:
    """What is lost for one reason is added up: a store in trouble is told of with each word that it takes."""
    told, when = _fields(event), _moment(record, event)
    points, why = told.get("points"), told.get("why")
    for known in record.lost if type(points) is int else ():
        if known.get("why") == why and type(known.get("points")) is int:
            known["points"] += points
            known["last"] = when
            return
    record.lost.append({**told, "first": when, "last": when})


def _each(attribute: str) -> Callable[[RunRecord, Event], None]:
    def add(record: RunRecord, event: Event) -> None:
        getattr(record, attribute).append(_fields(event))

    return add


def _each_name(attribute: str) -> Callable[[RunRecord, Event], None]:
    """What is logged again under the same name takes the place of what was there, as its file does."""

    def add(record: RunRecord, event: Event) -> None:
        name = event["name"]
        if not isinstance(name, str):
            raise TypeError(name)
        known = getattr(record, attribute)
        known.pop(name, None)  # in the order of logging
        known[name] = _fields(event)

    return add


ADD: dict[str, Callable[[RunRecord, Event], None]] = {
    "run": _run,
    "joined": _joined,
    "renamed": _renamed,
    "params": _params,
    "tags": _tags,
    "notes": _notes,
    "facts": _facts,
    "signature": _signature,
    "coverage": _coverage,
    "cost": _cost,
    "end": _end,
    "resumed": _resumed,
    "dataset": _each("datasets"),
    "seen": _seen,
    "unseen": _each("unseen"),
    "problem": _each("problems"),
    "lost": _lost,
    "model": _each_name("models"),
    "removed": _removed,
    "artifact": _each_name("artifacts"),
}
"""By the kind of an event, what puts it into a record."""
