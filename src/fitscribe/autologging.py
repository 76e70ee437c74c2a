"""The one line: switching autologging on and off."""

from __future__ import annotations

import atexit
import sys
from collections.abc import Iterable
from typing import Any

from fitscribe import engine
from fitscribe.tracking.options import configure

_tells = False


def autolog(
    *frameworks: str,
    exclude: Iterable[str] = (),
    strict: bool = False,
    **options: Any,
) -> None:
    """Record every training of the frameworks from here on, imported already or later.

    Args:
        frameworks: names such as ``"sklearn"``; none means every framework that has an integration.
        exclude: frameworks to leave alone: names, or one name.
        strict: patch only framework versions that fitscribe was tested with.
        options: those of :class:`fitscribe.tracking.Options`, such as ``models`` and ``quiet``; they apply to
            the frameworks named, else to all. ``FITSCRIBE_<OPTION>`` in the environment overrides them,
            ``[tool.fitscribe]`` in ``pyproject.toml`` gives their defaults.

    Raises:
        UnsupportedFramework: a framework asked for by name has no integration, or its installed version is
            not supported.
        ValueError: an option is unknown or has an impossible value.
    """
    global _tells
    configure(frameworks, options)
    engine.activate(frameworks, exclude=(exclude,) if isinstance(exclude, str) else exclude, strict=strict)
    if not _tells:
        _tells = True
        atexit.register(_tell_of_workers)


def _tell_of_workers() -> None:
    # Loaded with the first library that starts workers.
    if "fitscribe.engine.parallel" in sys.modules and engine.unseen_processes():
        from fitscribe.tracking import unseen

        unseen.tell()


def disable(*frameworks: str) -> None:
    """Stop recording, and put the original functions and methods back.

    Args:
        frameworks: names such as ``"sklearn"``; none means all.
    """
    engine.deactivate(*frameworks)
