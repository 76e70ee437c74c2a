"""What a command ends with when it cannot do what it was asked for."""

from __future__ import annotations

import click


class Failure(click.ClickException):
    """An error with a remedy.

    Attributes:
        exit_code: 1, since the command was understood.
    """

    exit_code = 1

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


def describe(error: BaseException) -> str:
    """The message of an error of the layers below, in one or more lines without a traceback."""
    if isinstance(error, KeyError) and error.args:
        return str(error.args[0])
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        return f"{error.strerror}{where}"
    return str(error) or type(error).__name__
