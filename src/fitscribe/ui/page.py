"""Everything about one run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fitscribe.reading import Run, launches
from fitscribe.reading.directions import FACT, RANKED_BY, STOPPING, direction_of, stated_in
from fitscribe.reading.leading import ReadRun, leading_metrics
from fitscribe.reading.missing import damaged, not_seen
from fitscribe.reading.plain_data import plain_data
from fitscribe.reading.progress import progress
from fitscribe.reading.query_fields import written
from fitscribe.reading.series_names import (
    SYSTEM,
    in_order,
    is_background,
    means_of,
    split,
)
from fitscribe.reading.snapshot import Snapshot
from fitscribe.reading.stored_numbers import real, whole
from fitscribe.reading.text import plain_text
from fitscribe.ui.kept import artifacts_of, models_of
from fitscribe.ui.shown import json_of, value_of

if TYPE_CHECKING:
    from fitscribe.ui.catalog import Catalog

_HEADLINE = 6
_MOST_ANCESTORS = 20


def page(catalog: Catalog, run: Run, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the page of a run, as docs/ui-api.md has it.

    Args:
        catalog: of the store.
        run: the run.
        row: its row in the table.
    """
    seen = run.snapshot()
    source = dict(run.source)
    texts = {name: plain_text(source.pop(name, "")) for name in launches.TEXTS}
    environment = dict(run.environment)
    packages = environment.pop("distributions", None)
    facts = dict(seen.facts)
    stopping = facts.pop(STOPPING, None)
    stated = stated_in(facts | ({STOPPING: stopping} if stopping is not None else {}))
    ranked_by = facts.pop(RANKED_BY, None)
    facts.pop(FACT, None)
    changed = None if seen.changed is None else frozenset(seen.changed)
    return {
        **row,
        "notes": seen.own.notes,
        "stopped": seen.stopped,
        "framework_version": _text(seen.head_of_training("framework_version")),
        "site": run.site,
        "launch": run.launch_id,
        "point": _text(seen.head_of_training("point")),
        "ancestors": _ancestors(run),
        "only_training": None if seen.training is None else seen.training.id,
        "error": _error(seen.error),
        "tags_typed": {name: value_of(each) for name, each in seen.tags.items()},
        "progress": progress(seen),
        "headline": leading_metrics([ReadRun(run)])[:_HEADLINE],
        "metrics": metrics_of(seen, stated),
        "params": [
            {
                "name": name,
                "value": value_of(each),
                "changed": None if changed is None else name in changed,
            }
            for name, each in seen.params.items()
        ],
        "early_stopping": json_of(stopping) if isinstance(stopping, dict) else None,
        "facts": [{"name": name, "value": value_of(each)} for name, each in facts.items()],
        "datasets": [
            {"role": plain_text(each.get("role") or ""), "description": json_of(each.get("description"))}
            for each in seen.datasets
        ],
        "signature": json_of(seen.signature),
        "models": models_of(run.id, seen),
        "artifacts": artifacts_of(run.id, seen),
        "environment": json_of(environment),
        "packages": json_of(packages) if isinstance(packages, dict) else {},
        "source": {**json_of(source), **{f"{name}_size": len(text) for name, text in texts.items()}},
        "coverage": {
            "points": [
                {name: plain_text(each[name]) for name in ("id", "state", "reason") if each.get(name)}
                for each in seen.coverage
            ],
            "not_seen": not_seen(seen),
            "damage": damaged(seen),
        },
        "cost": _cost(seen),
        "child_roles": _child_roles(catalog, run.id if seen.training is None else seen.training.id),
        "ranked_by": written("metrics", ranked_by) if isinstance(ranked_by, str) and ranked_by else None,
        "chosen": _chosen(catalog, run.id if seen.training is None else seen.training.id, seen.facts),
    }


def metrics_of(seen: Snapshot, stated: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the metrics of a run, those that matter first.

    Args:
        seen: the run.
        stated: the directions that libraries have said.
    """
    found, summaries = [], seen.summaries
    for name in in_order(summaries):
        each = summaries[name]
        role, metric = split(name)
        direction = direction_of(name, stated)
        best = None if direction is None else each.min if direction == "min" else each.max
        found.append(
            {
                "name": name,
                "role": role,
                "metric": metric,
                "field": written("metrics", name),
                "last": plain_data(each.last),
                "min": plain_data(each.min),
                "max": plain_data(each.max),
                "best": plain_data(best),
                "direction": direction,
                "count": each.count,
                "last_step": each.last_step,
                "background": is_background(name),
                "system": name.startswith(SYSTEM),
                "means_of": means_of(name, summaries),
            }
        )
    return found


def _child_roles(catalog: Catalog, parent: str) -> dict[str, int]:
    return catalog.ask(
        lambda connection: dict(
            connection.execute(
                "SELECT ifnull(role, ''), count(*) FROM runs WHERE parent = ? GROUP BY 1", (parent,)
            )
        )
    )


def _chosen(catalog: Catalog, parent: str, facts: Mapping[str, Any]) -> str | None:
    """The id of the child that a search has chosen, where it says which one that is."""
    index, trial = whole(facts.get("best_index_")), facts.get("best_trial")
    if index is not None:
        name = f"candidate {index}"
    elif isinstance(trial, dict):
        name = f"trial {plain_text(trial.get('trial'))}"
    else:
        return None
    # A trial that was tried again has the same name with its number behind it, and the last one counts.
    sql = (
        "SELECT id FROM runs WHERE parent = ? AND (name = ? OR substr(name, 1, ?) = ?) "
        "ORDER BY started DESC, id DESC LIMIT 1"
    )
    again = f"{name}, attempt "
    values = (parent, name, len(again), again)
    found = catalog.ask(lambda connection: connection.execute(sql, values).fetchone())
    return None if found is None else str(found[0])


def _ancestors(run: Run) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    known = {run.id}
    parent = run.parent
    while parent is not None and parent.id not in known and len(found) < _MOST_ANCESTORS:
        known.add(parent.id)
        found.insert(0, {"id": parent.id, "name": parent.name})
        parent = parent.parent
    return found


def _error(error: Mapping[str, Any] | None) -> dict[str, str] | None:
    if not error:
        return None
    return {name: plain_text(error.get(name) or "") for name in ("type", "message", "traceback")}


def _cost(seen: Snapshot) -> dict[str, Any] | None:
    spent = real((seen.cost or {}).get("cpu_s"))
    if spent is None:
        return None
    whole = seen.duration
    share = spent / whole if whole and 0 <= spent < whole else None
    return {"cpu_s": json_of(spent), "share": share}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
