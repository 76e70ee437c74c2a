"""What each address of the API answers, with the store as it is then."""

from __future__ import annotations

import asyncio
import os
import stat
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import FileResponse, Response

from fitscribe.reading import Run, get_run
from fitscribe.reading.plain_data import writable
from fitscribe.reading.query_names import unknown_names
from fitscribe.ui import changing, comparing
from fitscribe.ui.asked import Asked
from fitscribe.ui.catalog import Catalog, token_of
from fitscribe.ui.changes import wait_for_changes
from fitscribe.ui.columns import columns
from fitscribe.ui.completing import complete
from fitscribe.ui.curves import Curves
from fitscribe.ui.exports import exported
from fitscribe.ui.failures import Failure
from fitscribe.ui.groups import groups
from fitscribe.ui.importance import importance
from fitscribe.ui.kept import data_of, file_of
from fitscribe.ui.page import page
from fitscribe.ui.previews import image_type, preview
from fitscribe.ui.table import row_of, table, values

if TYPE_CHECKING:
    from sqlite3 import Connection

_NOTICED_S = 0.25
# Nothing may be run or loaded by a file, should a browser show it after all.
_FILE_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


class Endpoints:
    """The answers of one server.

    Args:
        catalog: of the store.
        version: of fitscribe.
        is_ending: tells whether the server is to end, which nobody who waits may delay.
    """

    def __init__(self, catalog: Catalog, version: str, is_ending: Callable[[], bool]) -> None:
        self._catalog = catalog
        self._version = version
        self._is_ending = is_ending
        self._curves = Curves(catalog)

    # -- the store

    def store(self, asked: Asked) -> dict[str, Any]:
        """``GET /api/store``."""

        def find(connection: Connection) -> dict[str, Any]:
            rows = connection.execute(
                "SELECT ifnull(experiment, ''), count(*) FROM runs GROUP BY 1 ORDER BY max(started) DESC"
            ).fetchall()
            return {
                "token": token_of(connection),
                "runs": len(self._catalog.order(connection, "", "").entries),
                "experiments": [{"name": name, "runs": runs} for name, runs in rows],
            }

        store = self._catalog.store
        trashed = len(store.trashed_ids())
        return {
            "path": str(store.root),
            "version": self._version,
            "trashed": trashed,
            **self._catalog.ask(find),
        }

    async def changes(
        self,
        asked: Asked,
        in_thread: Callable[[Callable[[], dict[str, Any]]], Awaitable[dict[str, Any]]],
        is_gone: Callable[[], Awaitable[bool]],
    ) -> dict[str, Any]:
        """``GET /api/changes``."""

        async def pause(seconds: float) -> bool:
            until = time.monotonic() + seconds
            while (rest := until - time.monotonic()) > 0 and not self._is_ending():
                await asyncio.sleep(min(rest, _NOTICED_S))
            return not (self._is_ending() or await is_gone())

        return await wait_for_changes(self._catalog, asked, in_thread=in_thread, pause=pause)

    # -- many runs

    def runs(self, asked: Asked) -> dict[str, Any]:
        """``GET /api/runs``."""
        return table(self._catalog, asked)

    def columns(self, asked: Asked) -> dict[str, Any]:
        """``GET /api/columns``."""
        return columns(self._catalog, asked)

    def complete(self, asked: Asked) -> dict[str, Any]:
        """``GET /api/complete``."""
        return complete(self._catalog, asked)

    def check(self, asked: Asked) -> dict[str, Any]:
        """``GET /api/check``."""
        query = asked.text("filter")

        def find(connection: Connection) -> dict[str, Any]:
            order = self._catalog.order(connection, query, "")
            return {"runs": len(order.entries), "unknown": unknown_names(connection, query)}

        return self._catalog.ask(find)

    def groups(self, asked: Asked) -> dict[str, Any]:
        """``GET /api/groups``."""
        return groups(self._catalog, asked)

    def values(self, asked: Asked) -> dict[str, Any]:
        """``GET /api/values``."""
        return values(self._catalog, asked)

    def importance(self, asked: Asked) -> dict[str, Any]:
        """``GET /api/importance``."""
        return importance(self._catalog, asked)

    def series(self, asked: Asked) -> dict[str, Any]:
        """``GET /api/series``."""
        return self._curves.answer(asked)

    def compare(self, asked: Asked) -> dict[str, Any]:
        """``GET /api/compare``."""
        return comparing.comparison(self._catalog, comparing.named_runs(asked, self._find))

    def compare_code(self, asked: Asked) -> dict[str, Any]:
        """``GET /api/compare/code``."""
        return comparing.code(comparing.named_runs(asked, self._find))

    def export(self, asked: Asked) -> Response:
        """``GET /api/export``."""
        name, kind, text = exported(self._catalog, asked)
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(text.encode("utf-8", "replace"), media_type=kind, headers=headers)

    # -- one run

    def run(self, asked: Asked, run: str) -> dict[str, Any]:
        """``GET /api/runs/ID``."""
        found = self._find(run)
        token = self._catalog.token()
        row = row_of(self._catalog, found.id)
        if row is None:
            raise Failure("not_found", f"the run {found.id} is no longer there")
        return {"token": token, **page(self._catalog, found, row)}

    def children(self, asked: Asked, run: str) -> dict[str, Any]:
        """``GET /api/runs/ID/children``."""
        return table(self._catalog, asked.with_value("parent", self._find(run).id))

    def diff(self, asked: Asked, run: str) -> dict[str, Any]:
        """``GET /api/runs/ID/diff``."""
        return comparing.diff_of(self._find(run))

    def data(self, asked: Asked, run: str) -> Any:
        """``GET /api/runs/ID/data``."""
        return data_of(self._find(run).snapshot(), asked.needed("name"))

    def preview(self, asked: Asked, run: str) -> dict[str, Any]:
        """``GET /api/runs/ID/preview``."""
        found = self._find(run)
        parameters = {"name": asked.needed("name")}
        if asked.text("entry"):
            parameters["entry"] = asked.text("entry")
        return preview(self._file(found, asked), found.id, parameters)

    def file(self, asked: Asked, run: str) -> Response:
        """``GET /api/runs/ID/file``."""
        path = self._file(self._find(run), asked)
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise Failure("not_found", "this is a folder: name one of its entries")
        kind = image_type(path) if asked.switch("inline", False) else None
        headers = {"content-security-policy": _FILE_POLICY}
        return FileResponse(
            path,
            media_type=kind or "application/octet-stream",
            filename=writable(path.name),
            content_disposition_type="inline" if kind else "attachment",
            headers=headers,
        )

    # -- changes

    def change(self, asked: Asked, run: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """``PATCH /api/runs/ID``."""
        found = self._find(run)
        changing.change(found, body)
        self._look_again()
        row = row_of(self._catalog, found.id)
        if row is None:
            raise Failure("not_found", f"the run {found.id} is no longer there")
        return row

    def tag(self, asked: Asked, body: Mapping[str, Any]) -> dict[str, Any]:
        """``PATCH /api/runs``."""
        return {"changed": changing.tag(self._catalog, body), "token": self._look_again()}

    def trash(self, asked: Asked, body: Mapping[str, Any]) -> dict[str, Any]:
        """``POST /api/trash``."""
        return {**changing.trash(self._catalog, body), "token": self._look_again()}

    def restore(self, asked: Asked, body: Mapping[str, Any]) -> dict[str, Any]:
        """``POST /api/restore``."""
        return {"moved": changing.restore(self._catalog, body), "token": self._look_again()}

    def trashed(self, asked: Asked) -> dict[str, Any]:
        """``GET /api/trash``."""
        return changing.trashed(self._catalog.store, asked)

    # -- parts

    def _find(self, run: str) -> Run:
        found = get_run(run, store=self._catalog.store)
        # The index has read it already, unless it is being written.
        return next(iter(self._catalog.runs([found.id])), found)

    def _file(self, run: Run, asked: Asked) -> Path:
        return file_of(
            self._catalog.store,
            run.snapshot(),
            asked.needed("name"),
            entry=asked.text("entry"),
            model=asked.switch("model", False),
        )

    def _look_again(self) -> str:
        return self._catalog.ask(token_of, age=0.0)
