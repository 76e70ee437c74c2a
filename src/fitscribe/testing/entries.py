"""Each entry of a function of fitscribe's: seen, counted, made to fail or to take longer."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable
from time import perf_counter
from types import CodeType, FrameType, TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple

import fitscribe

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

PACKAGE = os.path.dirname(fitscribe.__file__)
# Of each function that is entered, of which a training has some thousands.
_SLOW_S = 50e-6
_LEFT_ALONE = (
    # What stands in the place of a framework's function cannot be done without.
    os.path.join(PACKAGE, "engine", "_importlib_bootstrap.py"),
    os.path.join(PACKAGE, "engine", "_importlib_bootstrap_watched.py"),
    os.path.join(PACKAGE, "engine", "wrappers.py"),
    # What cannot be encoded is kept as its text, and marked as that: there is nothing to report.
    os.path.join(PACKAGE, "store", "values.py"),
    os.path.join(PACKAGE, "store", "repeats.py"),
)
_TESTING = os.path.join(PACKAGE, "testing", "")


class Place(NamedTuple):
    """A function of fitscribe's, and how often a training enters it."""

    file: str
    line: int
    name: str
    entered: int

    def __str__(self) -> str:
        return f"{self.name} ({os.path.basename(self.file)}:{self.line})"


class Entries:
    """Sees each entry of a function of fitscribe's in this thread, within its block.

    Args:
        folders: that its sources are in.
    """

    def __init__(self, folders: tuple[str, ...]) -> None:
        self._folders = folders
        self._ours: dict[CodeType, bool] = {}

    def __enter__(self) -> Entries:
        sys.setprofile(self._see)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        sys.setprofile(None)

    def _see(self, frame: FrameType, event: str, argument: Any) -> None:
        if event != "call":
            return
        code = frame.f_code
        known = self._ours.get(code)
        if known is None:
            file = code.co_filename
            known = self._ours[code] = (
                file.startswith(self._folders)
                and not file.startswith(_TESTING)
                and file not in _LEFT_ALONE
                and not code.co_name.startswith("<")
            )
        if not known:
            return
        caller = frame.f_back
        # What a framework calls by itself, such as a callback, is guarded from its first line on.
        if caller is not None and caller.f_code.co_filename.startswith(self._folders):
            self._entered(code)

    def _entered(self, code: CodeType) -> None:
        raise NotImplementedError


class Counted(Entries):
    """Counts them."""

    def __init__(self, folders: tuple[str, ...]) -> None:
        super().__init__(folders)
        self._found: Counter[CodeType] = Counter()

    def _entered(self, code: CodeType) -> None:
        self._found[code] += 1

    def places(self) -> list[Place]:
        """All that were entered."""
        return sorted(
            Place(code.co_filename, code.co_firstlineno, getattr(code, "co_qualname", code.co_name), n)
            for code, n in self._found.items()
        )


class Failing(Entries):
    """Has one entry of one function fail.

    Args:
        folders: as ever.
        place: the function.
        at: which of its entries, from 1 on.
        error: makes what it fails with. That is not kept: its traceback holds the user's objects.
    """

    def __init__(
        self, folders: tuple[str, ...], place: Place, at: int, error: Callable[[], BaseException]
    ) -> None:
        super().__init__(folders)
        self._place = place
        self._left = at
        self._error = error
        self._raised = 0
        self.has_failed = False
        """Whether it did, and the caller could know: Python ignores what is raised as an object goes."""

    def __enter__(self) -> Failing:
        self._hook = sys.unraisablehook
        sys.unraisablehook = self._ignored
        super().__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        sys.unraisablehook = self._hook

    def _ignored(self, unraisable: UnraisableHookArgs) -> None:
        if id(unraisable.exc_value) == self._raised:
            self.has_failed = False
        else:
            self._hook(unraisable)

    def _entered(self, code: CodeType) -> None:
        if (code.co_firstlineno, code.co_filename) != (self._place.line, self._place.file):
            return
        self._left -= 1
        if self._left == 0:
            self.has_failed = True
            error = self._error()
            self._raised = id(error)
            # Python takes away a profiler that raises: nothing fails twice.
            raise error


class Slow(Entries):
    """Has every entry take longer."""

    def _entered(self, code: CodeType) -> None:
        ends = perf_counter() + _SLOW_S
        while perf_counter() < ends:
            pass
