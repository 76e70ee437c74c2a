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
from fitscribe.cli.page.parts import part
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
    with part(screen, "what it is"):
        print_headline(screen, run)
    with part(screen, "the children"):
        print_children(screen, run, full=full)
    with part(screen, "the metrics"):
        print_metrics(screen, run, full=full)
    with part(screen, "the early stopping"):
        print_early_stopping(screen, run)
    with part(screen, "the matrices and curves"):
        print_drawings(screen, run, full=full)
    with part(screen, "the parameters"):
        print_params(screen, run, full=full)
    print_data(screen, run, full=full)
    with part(screen, "what was kept"):
        print_kept(screen, run, full=full)
    with part(screen, "the surroundings"):
        print_surroundings(screen, run, full=full)
    with part(screen, "the coverage"):
        print_coverage(screen, run, full=full)
