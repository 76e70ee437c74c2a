"""Texts of a store, such as names of runs, as a terminal may be given them."""

from __future__ import annotations


def visible(text: str) -> str:
    """The text with what would steer the terminal, such as escape sequences in a run's name, spelled out."""
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text
    )
