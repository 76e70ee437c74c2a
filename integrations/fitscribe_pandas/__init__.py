"""The pandas companion of fitscribe: which files frames were read from."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from fitscribe.engine import Call, Integration, observes

__all__ = ["integration"]


@observes("pandas:read_*", id="read", from_outside=True)
def read(call: Call) -> Generator[None, Any, None]:
    """Note which file a frame comes from; what reads no file is a beginning without one."""
    from fitscribe import lineage

    path = next(iter(call.arguments.values()), None)
    if call.name in ("read_clipboard", "read_gbq") or call.name.startswith("read_sql"):
        path = None
    result = yield
    lineage.source(result, f"pandas.{call.name}", path)


integration = Integration("pandas", [read])
