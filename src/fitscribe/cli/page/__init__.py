"""What ``fitscribe show`` prints of a run, section by section, as a person reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fitscribe.cli.page.children import print_children
from fitscribe.cli.page.coverage import print_coverage
from fitscribe.cli.page.data import print_data
from fitscribe.cli.page.drawings import print_drawings
from fitscribe.cli.page.headline import print_headline
from fitscribe.cli.page.kept import print_early_stopping, print_kept
from fitscribe.cli.page.numbers import print_metrics, print_params
from fitscribe.cli.page.surroundings import print_surroundings
from fitscribe.cli.screen import Screen

if TYPE_CHECKING:
    from fitscribe.reading import Run

__all__ = ["print_page"]


def print_page(screen: Screen, run: Run, *, full: bool) -> None:
    """Print everything about a run.

    Args:
        screen: where to.
        run: the run.
        full: shorten and leave out nothing.
    """
    print_headline(screen, run)
    print_children(screen, run, full=full)
    print_metrics(screen, run, full=full)
    print_early_stopping(screen, run)
    print_drawings(screen, run, full=full)
    print_params(screen, run, full=full)
    print_data(screen, run, full=full)
    print_kept(screen, run, full=full)
    print_surroundings(screen, run, full=full)
    print_coverage(screen, run, full=full)
