"""What has changed in a store since somebody looked: what makes the page live."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from fitscribe.ui.asked import Asked
from fitscribe.ui.catalog import Catalog, token_of

if TYPE_CHECKING:
    from sqlite3 import Connection

_MOST = 1000
_LONGEST_WAIT_S = 25
# A store is looked at so often while somebody waits, but that takes a fifth of one processor at most.
_EVERY_S = 0.25
_REST = 4.0


def changes(catalog: Catalog, since: str, *, age: float = _EVERY_S) -> dict[str, Any]:
    """Return the runs that have changed, as docs/ui-api.md has them.

    Args:
        catalog: of the store.
        since: the token that was seen last; empty for nothing but the present one.
        age: how old what is known of the store may be, in seconds.
    """

    def find(connection: Connection) -> dict[str, Any]:
        token = token_of(connection)
        if not since or since == token:
            return {"token": token, "changed": [], "structure": False}
        (structural,) = connection.execute("SELECT structural FROM changes").fetchone()
        if not since.isdigit() or int(since) > int(token) or len(since) > len(token):
            return {"token": token, "changed": None, "structure": True}
        rows = connection.execute(
            f"SELECT id FROM runs WHERE changed > ? LIMIT {_MOST + 1}", (int(since),)
        ).fetchall()
        changed = [run_id for (run_id,) in rows] if len(rows) <= _MOST else None
        return {"token": token, "changed": changed, "structure": structural > int(since)}

    return catalog.ask(find, age=age)


async def wait_for_changes(
    catalog: Catalog,
    asked: Asked,
    *,
    in_thread: Callable[[Callable[[], dict[str, Any]]], Awaitable[dict[str, Any]]],
    pause: Callable[[float], Awaitable[bool]],
) -> dict[str, Any]:
    """Answer ``/api/changes``.

    Args:
        catalog: of the store.
        asked: `since` and `wait`.
        in_thread: runs what reads files.
        pause: sleeps, and tells whether somebody still waits.

    Raises:
        Failure: a parameter is no number.
    """
    since = asked.text("since")
    until = time.monotonic() + asked.whole("wait", 0, 0, _LONGEST_WAIT_S)
    age = 0.0 if not since else _EVERY_S
    while True:
        began = time.monotonic()
        found = await in_thread(lambda: changes(catalog, since, age=age))
        now = time.monotonic()
        if not since or found["token"] != since or now >= until:
            return found
        rest = max(_EVERY_S, _REST * (now - began))
        if not await pause(min(rest, max(0.0, until - now))):
            return found
