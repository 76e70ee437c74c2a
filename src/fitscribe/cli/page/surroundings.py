"""The code and the environment that the run was made in."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fitscribe.cli.screen import Screen, joined
from fitscribe.cli.table import Cell, Column, paragraph, table
from fitscribe.cli.text import plural, size, value

if TYPE_CHECKING:
    from fitscribe.reading import Run

_COMMIT = 10
_DISTRIBUTIONS_SHOWN = 12


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
        ("commit", _commit(git, full=full)),
        ("remote", str(git.get("remote") or "")),
        ("git", str(git.get("not_read") or "")),
        ("launch", str(run.launch_id or "") if full else ""),
    ]


def _commit(git: Mapping[str, Any], *, full: bool) -> str:
    commit = git.get("commit")
    if not commit:
        return "none yet" if "commit" in git else ""
    parts = [str(commit) if full else str(commit)[:_COMMIT]]
    parts.append(f"on {git['branch']}" if git.get("branch") else "detached")
    untracked = len(git.get("untracked") or ()) + int(git.get("untracked_more") or 0)
    if git.get("dirty"):
        parts.append("with changes (the diff is kept)")
    if untracked:
        parts.append(plural(untracked, "untracked file"))
    return ", ".join(parts)


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
