"""What a run is opened with, part by part: each part may fail without the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from fitscribe import capture
from fitscribe.engine import guarded
from fitscribe.tracking.options import Options, options_for, tell_unread

T = TypeVar("T")


def part(name: str, make: Callable[[], T], otherwise: T) -> T:
    """One part of a run's header; what goes wrong is reported and costs that part.

    Args:
        name: of the part, which the report begins with.
        make: gives it.
        otherwise: stands for it where ``make`` fails.
    """
    with guarded(name):
        return make()
    return otherwise


def name_of_program() -> str:
    """The name of the running program, which names runs and experiments that have no other."""
    return part("program name", lambda: capture.program_name(), "unknown")


def options_in_force(framework: str | None = None) -> Options:
    """The options for a framework's runs; the defaults where they cannot be read.

    ``pyproject.toml`` or the environment may have changed since the training began.
    """
    options = part("options", lambda: options_for(framework), Options())
    tell_unread()
    return options
