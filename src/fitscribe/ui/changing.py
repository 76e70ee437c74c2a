"""What the page may change: tags, notes, stars, and which runs are in the trash."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fitscribe.reading import Run
from fitscribe.reading.running import running_among
from fitscribe.store import ChildWriter, RunWriter, Store, is_valid_id, read_run
from fitscribe.store.layout import TRASH
from fitscribe.ui.asked import MOST_ROWS, Asked
from fitscribe.ui.catalog import Catalog, in_parts, marks_for
from fitscribe.ui.failures import Failure
from fitscribe.ui.rows import STAR
from fitscribe.ui.shown import json_of

if TYPE_CHECKING:
    from sqlite3 import Connection

_LONGEST_NAME, _LONGEST_TAG, _LONGEST_NOTES = 200, 10_000, 200_000
_MOST_AT_ONCE = 10_000


def change(run: Run, body: Mapping[str, Any]) -> None:
    """Write tags, notes and the star of a run.

    Args:
        run: the run.
        body: `tags`, `notes` and `star`, as docs/ui-api.md has them.

    Raises:
        Failure: something in it has another form.
        OSError: the store does not take it.
    """
    unknown = body.keys() - {"tags", "notes", "star"}
    if unknown:
        raise Failure(
            "bad_request", f"only tags, notes and star can be changed, not {', '.join(unknown)[:100]}"
        )
    tags = _tags(body.get("tags", {}))
    if "star" in body:
        if not isinstance(body["star"], bool):
            raise Failure("bad_request", "star is true or false")
        tags[STAR] = True if body["star"] else None
    notes = body.get("notes")
    if notes is not None and not (isinstance(notes, str) and len(notes) <= _LONGEST_NOTES):
        raise Failure("bad_request", f"notes are text of at most {_LONGEST_NOTES:,} characters")
    with _writing(run) as files:
        writer = _of(run, files)
        if tags:
            writer.event("tags", values=tags)
        if notes is not None:
            writer.event("notes", text=notes)


def tag(catalog: Catalog, body: Mapping[str, Any]) -> list[str]:
    """Write the same tags of several runs, and return the ids of those that there are.

    Args:
        catalog: of the store.
        body: `runs` and `tags`.

    Raises:
        Failure: something in it has another form.
        OSError: the store does not take it.
    """
    chosen, tags = _ids(body), _tags(body.get("tags", {}))
    by_folder: dict[str, list[Run]] = {}
    for run in catalog.runs(chosen):
        by_folder.setdefault(os.fspath(run.path), []).append(run)
    for runs in by_folder.values():
        # The candidates of a search share its files.
        with _writing(runs[0]) as writer:
            for run in runs:
                _of(run, writer).event("tags", values=tags)
    return [run.id for runs in by_folder.values() for run in runs]


def _tags(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise Failure("bad_request", "tags are an object")
    for name, value in given.items():
        if not 0 < len(name) <= _LONGEST_NAME:
            raise Failure("bad_request", f"the name of a tag has 1 to {_LONGEST_NAME} characters")
        if not (value is None or isinstance(value, bool | int | float | str)):
            raise Failure("bad_request", f"the tag {name!r} is a text, a number, true, false or null")
        if isinstance(value, str) and len(value) > _LONGEST_TAG:
            raise Failure("bad_request", f"the tag {name!r} has more than {_LONGEST_TAG:,} characters")
    return dict(given)


@contextmanager
def _writing(run: Run) -> Iterator[RunWriter]:
    """Files of this process' own beside those of the run, closed again."""
    folder = run.path
    if not os.path.isdir(folder) or os.path.islink(folder):
        raise Failure("not_found", f"the run {run.id} is no longer there")
    writer = RunWriter(folder)
    try:
        yield writer
    finally:
        writer.close()


def _of(run: Run, writer: RunWriter) -> RunWriter | ChildWriter:
    return writer if run.holder is None else ChildWriter(writer, run.id)


def trash(catalog: Catalog, body: Mapping[str, Any]) -> dict[str, list[str]]:
    """Move runs to the trash.

    Args:
        catalog: of the store.
        body: `runs`, and whether `running` ones may go, too.

    Returns:
        The ids of what was moved, and of what was `kept`: runs without files of their own, whose holder is to
        stay.

    Raises:
        Failure: a run, or one below it, still runs, or none has files of its own.
    """
    chosen = _ids(body)
    may_run = body.get("running") is True

    def find(connection: Connection) -> list[tuple[Any, ...]]:
        return [
            row
            for some in in_parts(chosen)
            for row in connection.execute(
                f"SELECT id, name, holder FROM runs WHERE id IN ({marks_for(some)})", some
            )
        ]

    rows = catalog.ask(find, age=0.0)
    there = set(chosen)
    kept = {run_id: holder for run_id, _, holder in rows if holder is not None and holder not in there}
    if kept and len(kept) == len(rows):
        run_id, name, holder = rows[0]
        raise Failure(
            "conflict",
            f"the run {run_id} ({name}) has no files of its own: the run {holder} holds it",
            "They go together: move that one.",
            kept_in=holder,
        )
    if not may_run:
        named = [run for run in catalog.runs(chosen) if run.id not in kept]
        for run in running_among(catalog.store, named):
            raise Failure("conflict", f"the run {run.id} ({run.name}) is still running", running=[run.id])
    return {"moved": catalog.store.trash(chosen), "kept": list(kept)}


def restore(catalog: Catalog, body: Mapping[str, Any]) -> list[str]:
    """Bring runs back from the trash, and return the ids of what was moved.

    Raises:
        Failure: `runs` are no ids.
    """
    return catalog.store.restore(_ids(body))


def _ids(body: Mapping[str, Any]) -> list[str]:
    chosen = body.get("runs")
    if not isinstance(chosen, list) or not all(
        isinstance(each, str) and is_valid_id(each) for each in chosen
    ):
        raise Failure("bad_request", "runs is a list of whole ids")
    if len(chosen) > _MOST_AT_ONCE:
        raise Failure("too_large", f"at most {_MOST_AT_ONCE:,} runs at once")
    return chosen


def trashed(store: Store, asked: Asked) -> dict[str, Any]:
    """Answer ``/api/trash``.

    Raises:
        Failure: a parameter is no number.
    """
    offset, limit = asked.whole("offset", 0, 0, 1 << 40), asked.whole("limit", 100, 0, MOST_ROWS)
    found = [(store.root / TRASH / each, each) for each in store.trashed_ids()]
    # What was moved last changed last, and reading all of a full trash would take minutes.
    found.sort(key=lambda each: (-_changed(each[0]), each[1]))
    window = found[offset : offset + limit]
    return {"total": len(found), "rows": [_trashed(folder, run_id) for folder, run_id in window]}


def _changed(folder: os.PathLike[str]) -> float:
    try:
        return os.stat(folder).st_mtime
    except OSError:
        return 0.0


def _trashed(folder: os.PathLike[str], run_id: str) -> dict[str, Any]:
    record = read_run(os.fspath(folder))
    head = record.header
    return {
        "id": run_id,
        "name": str(head.get("name") or ""),
        "experiment": str(head.get("experiment") or ""),
        "status": record.status,
        "started": json_of(record.started),
        "parent": head.get("parent") if isinstance(head.get("parent"), str) else None,
        "size": _size(folder),
    }


def _size(folder: os.PathLike[str]) -> int:
    total = 0
    for place, _, names in os.walk(folder):
        total += sum(os.lstat(os.path.join(place, name)).st_size for name in names)
    return total
