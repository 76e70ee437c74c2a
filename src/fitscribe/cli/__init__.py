"""The terminal: ``fitscribe run`` and the commands that read, compare and tidy up runs."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line.

    Args:
        arguments: what follows ``fitscribe``; this process' own by default.

    Returns:
        The exit code: 0 done, 1 not found or failed, 2 not understood.
    """
    from fitscribe.cli.app import invoke

    return invoke(arguments)
