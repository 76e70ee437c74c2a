"""The code and the environment that the run was made in."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from fitscribe.cli.screen import Screen, joined
from fitscribe.cli.table import Cell, Column, paragraph, table
from fitscribe.cli.text import plural, size, value
from fitscribe.reading.stored_numbers import whole

if TYPE_CHECKING:
    from fitscribe.reading import Run

_COMMIT = 10
_DISTRIBUTIONS_SHOWN = 12
# Of a diff, where the remarks in front of it are looked for.
_NOTES = 20_000


def print_surroundings(screen: Screen, run: Run, *, full: bool) -> None:
    """Print the source (script, arguments, commit) and the environment (Python, machine, distributions)."""
    _print_rows(screen, "Source", _source(run, full=full), full=full)
    environment = run.environment or {}
    _print_rows(screen, "Environment", _environment(environment, full=full), full=full)
    distributions = environment.get("distributions") or {}
    words = [f"{name} {version}" for name, version in distributions.items()]
    if words:
        shown = words if full else words[:_DISTRIBUTIONS_SHOWN]
        rest = len(words) - len(shown)
        shown += [f"{rest} more with --full"] if rest else []
        screen.lines(joined((line, "dim")) for line in paragraph(shown, screen.prose_width, indent=2))


def _print_rows(screen: Screen, title: str, rows: list[tuple[str, str]], *, full: bool) -> None:
    kept: list[list[Cell]] = [[joined((name, "dim")), text] for name, text in rows if text]
    if kept:
        screen.heading(title)
        width = None if full else screen.width
        screen.lines(
            table([Column("", shrinks=False), Column("")], kept, width=width, indent=2, titles=False)
        )


def _source(run: Run, *, full: bool) -> list[tuple[str, str]]:
    source = run.source or {}
    git = source.get("git") or {}
    return [
        (str(source.get("kind", "")), str(source.get("module") or source.get("path") or "")),
        ("command", shlex.join(map(str, source.get("argv") or ()))),
        ("folder", str(source.get("folder") or "")),
        ("called at", str(run.site or "")),
        ("commit", _commit(git, str(source.get("diff") or ""), full=full)),
        ("remote", str(git.get("remote") or "")),
        ("git", str(git.get("not_read") or "")),
        ("code", "kept, as git does not have it" if source.get("code") else ""),
        ("launch", str(run.launch_id or "") if full else ""),
    ]


def _commit(git: Mapping[str, Any], diff: str, *, full: bool) -> str:
    commit = git.get("commit")
    if not commit:
        return "none yet" if "commit" in git else ""
    parts = [str(commit) if full else str(commit)[:_COMMIT]]
    parts.append(f"on {git['branch']}" if git.get("branch") else "detached")
    untracked = len(git.get("untracked") or ()) + (whole(git.get("untracked_more")) or 0)
    if git.get("dirty"):
        parts.append(f"with changes ({_kept(diff)})")
    if untracked:
        parts.append(plural(untracked, "untracked file"))
    return ", ".join(parts)


def _kept(diff: str) -> str:
    """How much of a diff is kept: `fitscribe.capture.provenance.diff` says in front of it what is not."""
    notes = list(takewhile(lambda line: line.startswith("# "), diff[:_NOTES].splitlines()))
    failed = next((note[2:] for note in notes if note.startswith("# no diff:")), "")
    if failed or not diff:
        return failed or "no diff is kept"
    cut = any(note.startswith("# the diff is longer than") for note in notes)
    return "only the beginning of the diff is kept" if cut else "the diff is kept"


def _environment(environment: Mapping[str, Any], *, full: bool) -> list[tuple[str, str]]:
    cpu = environment.get("cpu") or {}
    gpus = environment.get("gpus") or ()
    inside = f" in {environment['virtualenv']}" if environment.get("virtualenv") else ""
    python = f"{environment.get('implementation', '')} {environment.get('python', '')}".strip()
    variables = environment.get("variables") or {} if full else {}
    machine = [str(cpu.get("model") or ""), f"{cpu['count']} CPUs" if cpu.get("count") else ""]
    return [
        ("python", python + inside if python else ""),
        ("platform", str(environment.get("platform") or "")),
        ("machine", ", ".join(filter(None, [*machine, size(environment.get("memory"))]))),
        ("gpus", ", ".join(str(gpu.get("name", "")) for gpu in gpus)),
        *((name, value(text)) for name, text in variables.items()),
    ]
