"""Artifacts and models of a run, and where their files lie."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fitscribe.reading.paths import path_inside
from fitscribe.reading.snapshot import Snapshot
from fitscribe.reading.stored_numbers import whole
from fitscribe.reading.text import plain_text
from fitscribe.store import Store
from fitscribe.ui.failures import Failure
from fitscribe.ui.shown import json_of

_LARGEST_INLINE = 200_000


def artifacts_of(run_id: str, seen: Snapshot) -> list[dict[str, Any]]:
    """Return the artifacts of a run, as docs/ui-api.md has them."""
    return [_artifact(run_id, each) for each in seen.artifacts]


def _artifact(run_id: str, artifact: Mapping[str, Any]) -> dict[str, Any]:
    name, kind = plain_text(artifact.get("name", "")), plain_text(artifact.get("kind", ""))
    role, _, last = name.rpartition("/")
    is_data = "data" in artifact
    title = last.replace("_", " ").capitalize() if is_data else name
    found = {
        "name": name,
        "role": role,
        "kind": kind,
        "title": f"{title} ({role})" if is_data and role else title,
        "size": whole(artifact.get("size")),
        "file": None if is_data else url(run_id, "file", name=name),
        "preview": None if is_data else url(run_id, "preview", name=name),
    }
    if is_data:
        data = json_of(artifact["data"])
        if len(json.dumps(data)) <= _LARGEST_INLINE:
            found["data"] = data
        else:
            found["data_at"] = url(run_id, "data", name=name)
    return found


def data_of(seen: Snapshot, name: str) -> Any:
    """Return the data of an artifact that was kept as data.

    Raises:
        Failure: there is no such artifact.
    """
    for each in seen.artifacts:
        if each.get("name") == name and "data" in each:
            return json_of(each["data"])
    raise Failure("not_found", f"the run has no data {name[:100]!r}")


def models_of(run_id: str, seen: Snapshot) -> list[dict[str, Any]]:
    """Return the models of a run, as docs/ui-api.md has them."""
    return [
        {
            "name": plain_text(each.get("name") or "model"),
            "type": plain_text(each.get("type") or ""),
            "format": plain_text(each.get("format") or ""),
            "size": whole(each.get("size")),
            "file": url(run_id, "file", name=plain_text(each.get("name")), model="1")
            if each.get("path")
            else None,
            "description": json_of(each.get("description")),
        }
        for each in seen.models
    ]


def url(run_id: str, what: str, **parameters: str) -> str:
    """Return the address of something of a run."""
    return f"/api/runs/{run_id}/{what}?{urlencode(parameters, errors='replace')}"


def file_of(store: Store, seen: Snapshot, name: str, *, entry: str = "", model: bool = False) -> Path:
    """Return the file or folder of an artifact or a model.

    Args:
        store: where the run is.
        seen: the run.
        name: what it was logged as.
        entry: of a folder, the file in it.
        model: whether it is a model.

    Raises:
        Failure: there is none, or it lies outside of the run's own folder: a record, a link or an entry may
            lead anywhere.
    """
    for record in reversed(seen.records):
        listed: Mapping[str, Mapping[str, Any]] = record.models if model else record.artifacts
        each = listed.get(name)
        if each is not None and "data" not in each:
            found = path_inside(_own_folder(store, record.folder_id), each.get("path"))
            if found is not None and entry:
                found = path_inside(found, entry)
            if found is not None and os.path.exists(found):
                return found
    raise Failure("not_found", f"the run has no file of the name {name[:100]!r}")


def _own_folder(store: Store, run_id: str) -> Path:
    """The folder of a run, which must not be a link that leads out of the store.

    Raises:
        Failure: it is one.
    """
    folder = store.run_folder(run_id)
    if os.path.islink(folder):
        raise Failure("not_found", "the run's folder is a link to another place")
    return folder
