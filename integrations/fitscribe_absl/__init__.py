"""The absl companion of fitscribe: the flags that a script defines."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Generator, Iterator
from typing import Any

from fitscribe.engine import Call, Integration, observes

__all__ = ["integration"]


@observes("absl.flags._flagvalues:FlagValues", id="parse", methods=("__call__",))
def parse(call: Call) -> Generator[None, Any, None]:
    """Note the flags of the script's own modules; those of libraries are in the same table."""
    from fitscribe.capture import command_line

    flags = call.instance
    yield
    reference = weakref.ref(flags)

    def now() -> dict[str, Any] | None:
        table = reference()
        return None if table is None else {flag.name: flag.value for flag in _of_script(table)}

    defaults = {flag.name: flag.default for flag in _of_script(flags)}
    if defaults:
        command_line.parsed(flags, now() or {}, defaults, now)


def _of_script(flags: Any) -> Iterator[Any]:
    from fitscribe.capture.script_code import is_script_code

    for name, defined in flags.flags_by_module_dict().items():
        # The script itself goes by how it was called.
        file = name if name == sys.argv[0] else getattr(sys.modules.get(name), "__file__", None)
        if file and is_script_code(file):
            yield from defined


integration = Integration("absl", [parse])
