"""What goes wrong with a request, as the API says it."""

from __future__ import annotations

from typing import Any

from fitscribe.reading import AmbiguousRun, QueryError, RunNotFound

_STATUS = {
    "bad_request": 400,
    "filter": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "too_large": 413,
    "internal": 500,
    "store": 503,
}


class Failure(Exception):
    """A request that cannot be answered.

    Args:
        kind: one of the kinds of docs/ui-api.md.
        message: what is wrong, for a person.
        remedy: what helps.
        details: further fields of the answer.
    """

    def __init__(self, kind: str, message: str, remedy: str = "", **details: Any) -> None:
        super().__init__(message)
        self.status = _STATUS[kind]
        self._answer = {"kind": "forbidden" if kind == "unauthorized" else kind, "message": message}
        if remedy:
            self._answer["remedy"] = remedy
        self._details = details

    def answer(self) -> dict[str, Any]:
        """The body of the answer."""
        return {"error": {**self._answer, **self._details}}


def described(error: Exception) -> Failure:
    """Return what an error of the reading side is to whoever asked."""
    if isinstance(error, Failure):
        return error
    if isinstance(error, RunNotFound):
        return Failure("not_found", str(error))
    if isinstance(error, AmbiguousRun):
        return Failure("bad_request", str(error))
    if isinstance(error, ModuleNotFoundError):
        return Failure("internal", f"{error.name} is not installed", f"pip install {error.name}")
    if isinstance(error, OSError):
        return Failure("store", f"the store cannot be used: {error.strerror or error}")
    return Failure("internal", f"{type(error).__name__}: {error}", "Please report it, with the traceback.")


def in_query(error: QueryError, where: str) -> Failure:
    """Return what an error in the filter language is.

    Args:
        error: the error.
        where: the parameter whose text it is in.
    """
    return Failure(
        "filter",
        error.problem,
        where=where,
        text=error.query,
        position=_utf16(error.query, error.position),
        end=_utf16(error.query, error.end),
    )


def _utf16(text: str, position: int) -> int:
    """A place in a text as JavaScript counts it."""
    return len(text[:position].encode("utf-16-le", "surrogatepass")) // 2
