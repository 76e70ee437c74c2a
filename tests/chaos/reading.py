"""Every way to read a store: none may end in a traceback, whatever lies in the store."""

from __future__ import annotations

import contextlib
import io
from typing import Any

from tests.ui.conftest import Client

from fitscribe.cli import main
from fitscribe.models import ModelNotLoadable, UntrustedModel
from fitscribe.reading import Run, search_runs
from fitscribe.store import Store

STATUSES = ("finished", "failed", "interrupted", "unobserved", "running", "silent", "crashed")
_ATTRIBUTES = (
    "name experiment role site launch_id framework framework_version status started stopped duration error "
    "params metrics tags notes facts datasets artifacts models signature environment source parent children "
    "coverage unseen problems damage cost"
).split()


def command(*arguments: str) -> tuple[int, str, str]:
    """Run a command of the command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(list(arguments))
    assert code in (0, 1) and "Traceback" not in out.getvalue() + err.getvalue(), (arguments, err.getvalue())
    return code, out.getvalue(), err.getvalue()


def by_commands(store: Store) -> None:
    place = ("--store", str(store.root))
    command("ls", *place)
    command("ls", "--trash", *place)
    command("ls", "--json", *place)
    command("ls", "--filter", "metrics.loss < 1 or params.C > 0.2", "--sort", "metrics.loss", *place)
    ids = sorted(store.run_ids())
    for run_id in ids:
        command("show", run_id, *place)
        command("show", run_id, "--json", *place)
    if len(ids) > 1:
        command("compare", *ids, *place)
        command("compare", *ids[:2], "--json", *place)
    for kind in ("json", "csv", "latex"):
        command("export", "--format", kind, *place)
    command("export", "--series", *place)
    command("doctor", "--fast", *place)


def by_python(store: Store) -> list[Run]:
    runs = list(search_runs(store=store))
    search_runs("status = 'finished' and started > '2020-01-01'", order_by="duration desc", store=store)
    repr(search_runs(store=store))
    for run in [*runs, *(Run(store, run_id) for run_id in store.run_ids())]:
        read(run)
        for child in run.children:
            read(child)
    return runs


def read(run: Run) -> None:
    for attribute in _ATTRIBUTES:
        getattr(run, attribute)
    assert run.status in STATUSES
    assert run.duration is None or run.duration >= 0
    for name in run.metrics:
        run.series(name)
    repr(run)
    for model in run.models:
        # What another one's pickle could do: it is never opened, let alone run, without its signature.
        with contextlib.suppress(UntrustedModel, ModelNotLoadable, LookupError, OSError):
            run.load_model(str(model.get("name")))


def by_browser(store: Store, client: Client) -> None:
    ids = sorted(store.run_ids())
    asked: list[tuple[str, dict[str, Any]]] = [
        ("store", {}),
        ("runs", {}),
        ("runs", {"filter": "metrics.loss < 1", "sort": "metrics.loss desc"}),
        ("columns", {}),
        ("complete", {"text": "metrics.", "position": 8}),
        ("check", {"filter": "params.C > 1"}),
        ("groups", {"by": "params.C", "column": "metrics.loss"}),
        ("importance", {"metric": "metrics.loss"}),
        ("values", {"column": ["metrics.loss", "params.C"]}),
        ("series", {"run": ids, "name": ["loss", "train/loss"]}),
        ("compare", {"run": ids}),
        ("compare/code", {"run": ids[:2]}),
        ("trash", {}),
        ("export", {"format": "csv"}),
    ]
    for run_id in ids:
        asked += [(f"runs/{run_id}{part}", {}) for part in ("", "/children", "/diff")]
        record = client.answer(f"runs/{run_id}")
        if record.status != 200:
            continue
        kept = record.json["artifacts"]
        files = {each["name"]: ("preview", "file") for each in kept if each["file"]}
        records = {each["name"]: ("data",) for each in kept if not each["file"]}
        asked += [
            (f"runs/{run_id}/{part}", {"name": name})
            for name, parts in [*files.items(), *list(records.items())[:2]]
            for part in parts
        ]
    for path, parameters in asked:
        answer = client.answer(path, **parameters)
        assert answer.status != 500, (path, parameters, answer.content[:3000])
