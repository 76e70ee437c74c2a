"""What ``fitscribe show`` prints of a run, section by section, as a person reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fitscribe.cli.page.children import print_children
from fitscribe.cli.page.coverage import print_coverage
from fitscribe.cli.page.data import print_data
from fitscribe.cli.page.drawings import print_drawings
from fitscribe.cli.page.headline import print_headline
from fitscribe.cli.page.kept import print_early_stopping, print_kept
from fitscribe.cli.page.numbers import print_metrics, print_params
from fitscribe.cli.page.surroundings import print_surroundings
from fitscribe.cli.screen import Screen, joined
from fitscribe.engine.guard import reraises

if TYPE_CHECKING:
    from fitscribe.reading import Run

__all__ = ["print_page"]

# What a value raises that is not what fitscribe writes: a file may hold anything.
_UNREADABLE = (TypeError, ValueError, AttributeError, LookupError, ArithmeticError, RecursionError)


def print_page(screen: Screen, run: Run, *, full: bool) -> None:
    """Print everything about a run.

    Args:
        screen: where to.
        run: the run.
        full: shorten and leave out nothing.
    """
    parts: tuple[tuple[str, Callable[[], None]], ...] = (
        ("what it is", lambda: print_headline(screen, run)),
        ("the children", lambda: print_children(screen, run, full=full)),
        ("the metrics", lambda: print_metrics(screen, run, full=full)),
        ("the early stopping", lambda: print_early_stopping(screen, run)),
        ("the matrices and curves", lambda: print_drawings(screen, run, full=full)),
        ("the parameters", lambda: print_params(screen, run, full=full)),
        ("the data", lambda: print_data(screen, run, full=full)),
        ("what was kept", lambda: print_kept(screen, run, full=full)),
        ("the surroundings", lambda: print_surroundings(screen, run, full=full)),
        ("the coverage", lambda: print_coverage(screen, run, full=full)),
    )
    for name, print_part in parts:
        try:
            print_part()
        except _UNREADABLE as error:
            if reraises():
                raise
            told = f"  {name} cannot be shown, since the files say something unheard of"
            screen.line(joined((f"{told} ({type(error).__name__}: {error})", "red")))
