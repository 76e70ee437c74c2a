"""Runs as one HTML file that opens anywhere."""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence
from typing import Any

import fitscribe
from fitscribe.reading import Run
from fitscribe.store import Store
from fitscribe.ui import comparing
from fitscribe.ui.asked import MOST_ROWS, Asked
from fitscribe.ui.catalog import Catalog
from fitscribe.ui.curves import Curves
from fitscribe.ui.failures import Failure
from fitscribe.ui.kept import data_of, file_of
from fitscribe.ui.modules import one_file
from fitscribe.ui.page import page
from fitscribe.ui.previews import image_type, preview
from fitscribe.ui.table import row_of, table

# Of series with more points, so many columns of pixels are kept.
_COLUMNS, _FEW_COLUMNS = 2000, 400
_MANY_SERIES = 40
_LARGEST_IMAGE, _ALL_IMAGES = 4_000_000, 40_000_000


def report(store: Store, runs: Sequence[Run]) -> str:
    """Return a page about runs, with all that it shows in it.

    Args:
        store: where the runs are.
        runs: one or more; several are compared, too.

    Raises:
        LookupError: a run is no longer there.
        ModuleNotFoundError: a run has curves, and NumPy, which thins them, is not installed.
    """
    ids = [run.id for run in runs]
    catalog = Catalog(store)
    answers = _of_runs(catalog, runs)
    answers["rows"] = table(catalog, Asked([*(("run", run_id) for run_id in ids), ("limit", str(MOST_ROWS))]))
    if 1 < len(runs) <= comparing.MOST_RUNS:
        answers["compare"] = comparing.comparison(catalog, runs)
        answers["code"] = comparing.code(runs)
    title = runs[0].name or runs[0].id if len(runs) == 1 else f"{len(runs)} runs"
    return one_file(
        f"{title} - fitscribe",
        {"runs": ids, "version": fitscribe.__version__, "made": time.time(), "answers": answers},
    )


def _of_runs(catalog: Catalog, runs: Sequence[Run]) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    curves = Curves(catalog)
    room = _ALL_IMAGES
    token = catalog.token()
    for run in runs:
        row = row_of(catalog, run.id)
        if row is None:
            raise LookupError(f"the run {run.id} is no longer there")
        shown = page(catalog, run, row)
        room = _fill(catalog.store, run, shown, room)
        answers[f"run/{run.id}"] = {"token": token, **shown}
        answers[f"diff/{run.id}"] = comparing.diff_of(run)
        names = [each["name"] for each in shown["metrics"] if each["count"] > 1]
        if not names:
            continue
        columns = _COLUMNS if len(names) * len(runs) <= _MANY_SERIES else _FEW_COLUMNS
        asked = Asked([("run", run.id), *(("name", name) for name in names), ("px", str(columns))])
        for series in curves.answer(asked)["series"]:
            answers[f"series/{run.id}/{series['name']}"] = series
    return answers


def _fill(store: Store, run: Run, shown: dict[str, Any], room: int) -> int:
    """Put what addresses lead to in their place; returns how many bytes of images may still follow."""
    seen = run.snapshot()
    for model in shown["models"]:
        model["file"] = None
    for artifact in shown["artifacts"]:
        if artifact.pop("data_at", None) is not None:
            artifact["data"] = data_of(seen, artifact["name"])
        if artifact["file"] is None:
            continue
        artifact["file"] = artifact["preview"] = ""
        try:
            path = file_of(store, seen, artifact["name"])
            kind = image_type(path)
            if kind is None:
                artifact["shown"] = _without_addresses(preview(path, run.id, {"name": artifact["name"]}))
                continue
            size = path.stat().st_size
            if size > min(room, _LARGEST_IMAGE):
                artifact["shown"] = {"kind": "none", "why": "it is too large for a report"}
                continue
            room -= size
            artifact["image"] = f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
        except (Failure, OSError) as error:
            artifact["shown"] = {"kind": "none", "why": str(error)}
    return room


def _without_addresses(found: dict[str, Any]) -> dict[str, Any]:
    for entry in found.get("entries", ()):
        entry["file"] = None
    return found
