"""The NumPy companion of fitscribe: which files arrays were read from."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from fitscribe.engine import Call, Integration, observes

__all__ = ["integration"]


@observes("numpy:load,loadtxt,genfromtxt", id="read", from_outside=True)
def read(call: Call) -> Generator[None, Any, None]:
    """Note which file an array, or an archive of arrays, comes from."""
    from fitscribe import lineage

    path = next(iter(call.arguments.values()), None)
    result = yield
    lineage.source(result, f"numpy.{call.name}", path)


@observes("numpy.lib.npyio:NpzFile.__getitem__", id="read_archive", from_outside=True)
def read_archive(call: Call) -> Generator[None, Any, None]:
    """Note which archive an array comes from: it is read when it is asked for."""
    from fitscribe import lineage

    name = next(iter(call.arguments.values()), None)
    archive = call.instance
    result = yield
    lineage.derive(result, f"array {name!r} of", [archive])


integration = Integration("numpy", [read, read_archive])
