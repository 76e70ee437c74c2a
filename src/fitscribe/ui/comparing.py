"""Runs beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Any

from fitscribe.reading import Run, compare
from fitscribe.reading.directions import STOPPING, direction_of, stated_in
from fitscribe.reading.series_names import SYSTEM, in_order, is_background, split
from fitscribe.reading.text import plain_text
from fitscribe.ui.asked import Asked
from fitscribe.ui.catalog import Catalog
from fitscribe.ui.code_changes import between
from fitscribe.ui.failures import Failure
from fitscribe.ui.shown import value_of
from fitscribe.ui.table import table

MOST_RUNS = 200
_DRAWN = frozenset(
    "confusion_matrix roc pr calibration residuals feature_importance coefficients curve".split()
)
# Of a diff, where the remarks in front of it are looked for.
_NOTES = 20_000
_LONGEST_TEXT = 2_000_000
_NOTHING = "Nothing is known of their code: neither a commit nor a script."


def comparison(catalog: Catalog, runs: Sequence[Run]) -> dict[str, Any]:
    """Answer ``/api/compare``.

    Args:
        catalog: of the store.
        runs: two or more, each once.
    """
    ids = [run.id for run in runs]
    head = table(catalog, Asked([*(("run", run_id) for run_id in ids), ("limit", str(MOST_RUNS))]))
    return {
        "token": head["token"],
        "runs": head["rows"],
        "sections": [
            {
                "name": name,
                "rows": [_row(each, values, ids) for each, values in section.items()],
            }
            for name, section in compare(runs).sections().items()
        ],
        "series": _series(runs),
        "records": _records(runs),
    }


def _known(name: str, value: Any) -> Any:
    """A value; of how a training ended without what nobody knows, which may be most of it."""
    if not name.endswith(STOPPING) or not isinstance(value, Mapping):
        return value
    return {key: each for key, each in value.items() if each is not None}


def _row(name: str, values: Mapping[str, Any], ids: Iterable[str]) -> dict[str, Any]:
    shown = [value_of(_known(name, values[run_id])) if run_id in values else None for run_id in ids]
    change = None
    if len(shown) == 2:
        numbers = [None if each is None else each.get("number") for each in shown]
        if all(isinstance(each, int | float) and not isinstance(each, bool) for each in numbers):
            difference = float(numbers[1]) - float(numbers[0])  # type: ignore[arg-type] # both are numbers
            change = difference if difference - difference == 0 else None
    return {"name": name, "values": shown, "change": change}


def _series(runs: Iterable[Run]) -> list[dict[str, Any]]:
    having: dict[str, list[str]] = {}
    stated: dict[str, str] = {}
    for run in runs:
        seen = run.snapshot()
        stated |= stated_in(seen.facts)
        for name, each in seen.summaries.items():
            if each.count > 1:
                having.setdefault(name, []).append(run.id)
    order = in_order(having)
    order.sort(key=lambda name: (name.startswith(SYSTEM), is_background(name), -len(having[name])))
    return [
        {
            "name": name,
            "role": split(name)[0],
            "metric": split(name)[1],
            "direction": direction_of(name, stated),
            "background": is_background(name),
            "system": name.startswith(SYSTEM),
            "runs": having[name],
        }
        for name in order
    ]


def _records(runs: Iterable[Run]) -> list[dict[str, Any]]:
    having: dict[tuple[str, str], list[str]] = {}
    for run in runs:
        for each in run.artifacts:
            kind = plain_text(each.get("kind"))  # which may be a list
            if kind in _DRAWN and "data" in each:
                having.setdefault((kind, plain_text(each.get("name"))), []).append(run.id)
    return [
        {"kind": kind, "role": name.rpartition("/")[0], "name": name, "runs": ids}
        for (kind, name), ids in having.items()
        if len(ids) > 1
    ]


def code(runs: Sequence[Run]) -> dict[str, Any]:
    """Answer ``/api/compare/code``."""
    told = [_code(run) for run in runs]
    if not any(each["commit"] or each["diff"] or each["code"] for each in told):
        return {"runs": told, "same": False, "between": None, "remark": _NOTHING}
    same = len({(each["commit"], each["diff"], each["code"]) for each in told}) == 1
    diff, remark = between(*told) if len(told) == 2 and not same else (None, "")
    return {"runs": told, "same": same, "between": diff, "remark": remark}


def _code(run: Run) -> dict[str, Any]:
    source = run.source
    git = source.get("git")
    git = git if isinstance(git, dict) else {}
    diff = diff_of(run)
    return {
        "id": run.id,
        "path": str(source.get("module") or source.get("path") or ""),
        "commit": _text(git.get("commit")),
        "branch": _text(git.get("branch")),
        "dirty": bool(git.get("dirty")),
        "diff": diff["diff"],
        "code": diff["code"],
        "cut": diff["cut"],
    }


def diff_of(run: Run) -> dict[str, Any]:
    """Answer ``/api/runs/ID/diff``: what was not committed, and the remarks in front of it."""
    source = run.source
    text = str(source.get("diff") or "")[:_LONGEST_TEXT]
    notes = list(takewhile(lambda line: line.startswith("# "), text[:_NOTES].splitlines()))
    body = text
    for note in notes:
        body = body[len(note) :].lstrip("\r\n")
    return {
        "diff": body,
        "code": str(source.get("code") or "")[:_LONGEST_TEXT],
        "notes": [note[2:] for note in notes],
        "cut": len(text) == _LONGEST_TEXT
        or any(note.startswith("# the diff is longer than") for note in notes),
    }


def named_runs(asked: Asked, find: Any) -> list[Run]:
    """Return the runs of `run`, each once.

    Args:
        asked: the request.
        find: returns the run of an id.

    Raises:
        Failure: these are not between two and the most that can stand beside each other.
    """
    named = dict.fromkeys(asked.texts("run"))
    if len(named) > MOST_RUNS:  # before any of them is read
        raise Failure("bad_request", f"2 to {MOST_RUNS} runs are compared, not {len(named)}")
    runs = list({run.id: run for run in map(find, named)}.values())
    if len(runs) < 2:
        raise Failure("bad_request", f"2 to {MOST_RUNS} runs are compared, not {len(runs)}")
    return runs


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
