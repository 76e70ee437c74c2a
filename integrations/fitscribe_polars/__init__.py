"""The polars companion of fitscribe: which files frames were read from."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from fitscribe.engine import Call, Integration, observes

__all__ = ["integration"]


@observes("polars:read_*", id="read", from_outside=True, but=("*_schema", "*_metadata"))
def read(call: Call) -> Generator[None, Any, None]:
    """Note which file a frame comes from; what reads no file is a beginning without one."""
    from fitscribe import lineage

    path = next(iter(call.arguments.values()), None)
    if call.name == "read_clipboard" or call.name.startswith("read_database"):
        path = None
    result = yield
    lineage.source(result, f"polars.{call.name}", path)


integration = Integration("polars", [read])
