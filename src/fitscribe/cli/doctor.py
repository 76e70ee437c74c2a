"""``fitscribe doctor``: what is recorded here, what is not, and what is worth fixing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from fitscribe.cli.options import json_option, print_json, store_option
from fitscribe.cli.store import located_store

if TYPE_CHECKING:
    from fitscribe.cli.checks import Check
    from fitscribe.cli.frameworks import FrameworkReport
    from fitscribe.cli.screen import Screen
    from fitscribe.cli.table import Cell

_STATE_STYLES = {"applied": "green", "observes only": "yellow", "skipped": "red", "will be applied": "green"}
_FINDINGS_SHOWN = 10


@click.command()
@click.option("--fast", is_flag=True, help="Judge by installed versions; import no framework.")
@click.option("--full", is_flag=True, help="List every finding.")
@json_option
@store_option
def doctor(fast: bool, full: bool, as_json: bool, store: str | None) -> int:
    """Say what is recorded here and what is not, and how the store is.

    Imports each installed framework that has an integration, in a process of its own, to see what becomes of
    every patch point. The exit code is 1 if something is wrong.
    """
    from fitscribe.cli.checks import check_all
    from fitscribe.cli.frameworks import report_frameworks

    reports = report_frameworks(fast=fast)
    checks = check_all(located_store(store))
    wrong = [check for check in checks if check.problem] + [report for report in reports if report.problem]
    if as_json:
        print_json(_document(reports, checks, healthy=not wrong))
    else:
        from fitscribe.cli.screen import Screen

        _print(Screen(), reports, checks, full=full)
    return 1 if wrong else 0


def _document(
    reports: Sequence[FrameworkReport], checks: Sequence[Check], *, healthy: bool
) -> dict[str, Any]:
    return {
        "healthy": healthy,
        "frameworks": [report._asdict() for report in reports],
        "checks": [check._asdict() for check in checks],
    }


def _print(
    screen: Screen, reports: Sequence[FrameworkReport], checks: Sequence[Check], *, full: bool
) -> None:
    from fitscribe.cli.screen import joined

    screen.line(joined(("Frameworks", "bold")))
    _print_frameworks(screen, reports)
    if not any(report.version for report in reports):
        screen.line("  none is installed that fitscribe has an integration of")
    screen.line(
        joined(
            ("  Trainings of any other framework are not seen: log them by hand inside start_run().", "dim")
        )
    )
    topics = list(dict.fromkeys(check.topic for check in checks))
    for topic in topics:
        screen.heading(topic)
        found = [check for check in checks if check.topic == topic]
        for check in found if full else found[:_FINDINGS_SHOWN]:
            _print_check(screen, check)
        if not full and len(found) > _FINDINGS_SHOWN:
            screen.line(joined((f"  {len(found) - _FINDINGS_SHOWN} more with --full", "dim")))
    wrong = sum(report.problem for report in reports) + sum(check.problem for check in checks)
    screen.line()
    if wrong:
        screen.line(
            joined(
                ("1 thing is worth fixing." if wrong == 1 else f"{wrong} things are worth fixing.", "bold")
            )
        )
    else:
        screen.line(joined(("Everything is as it should be.", "bold")))


def _print_frameworks(screen: Screen, reports: Sequence[FrameworkReport]) -> None:
    from fitscribe.cli.screen import joined
    from fitscribe.cli.table import Column, table

    for report in reports:
        name = f"{report.framework} {report.version or ''}".strip()
        style = "red" if report.problem else "green" if report.points else "dim"
        screen.line(joined("  ", (f"{name}: ", "bold"), (report.summary, style)))
        if report.problem:
            screen.line(joined(f"    {report.remedy}"))
        rows: list[list[Cell]] = [
            [
                point["id"],
                joined((point["state"], _STATE_STYLES.get(point["state"], "dim"))),
                joined((point["reason"], "dim")),
            ]
            for point in report.points
        ]
        columns = [Column("", shrinks=False), Column("", shrinks=False), Column("", shrinks=False)]
        screen.lines(table(columns, rows, width=None, indent=4, titles=False))


def _print_check(screen: Screen, check: Check) -> None:
    from fitscribe.cli.screen import joined

    if not check.problem:
        screen.line(joined(f"  {check.text}"))
        return
    screen.line(joined("  ", (check.text, "red")))
    screen.line(joined(f"    {check.remedy}"))
