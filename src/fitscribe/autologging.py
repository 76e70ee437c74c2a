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
        TypeError: a name is no text, or ``strict`` no truth value.
    """
    global _tells
    _need_names(frameworks, "autolog")
    is_one = isinstance(exclude, str) or not isinstance(exclude, Iterable)
    left_out: tuple[Any, ...] = (exclude,) if is_one else tuple(exclude)
    if not all(map(_is_text, left_out)):
        raise TypeError(f"autolog(exclude=...) takes names of frameworks, as ['torch'], not {exclude!r}")
    if not isinstance(strict, bool):
        raise TypeError(f"autolog(strict=...) is True or False, not {strict!r}")
    configure(frameworks, options)
    engine.activate(frameworks, exclude=left_out, strict=strict)
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

    Raises:
        UnsupportedFramework: a name has no integration.
        TypeError: a name is no text.
    """
    _need_names(frameworks, "disable")
    engine.deactivate(*frameworks)


def _need_names(frameworks: tuple[Any, ...], call: str) -> None:
    for given in frameworks:
        if not isinstance(given, str):
            names = given if isinstance(given, list | tuple) and all(map(_is_text, given)) else ["sklearn"]
            example = ", ".join(f'"{name}"' for name in names)
            raise TypeError(f"{call} takes names of frameworks, not {given!r}: fitscribe.{call}({example})")


def _is_text(name: Any) -> bool:
    return isinstance(name, str)
