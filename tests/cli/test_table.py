"""Aligned columns of a page."""

from __future__ import annotations

from fitscribe.cli.table import Column, table

COLUMNS = [Column(""), Column("", right=True)]


def test_a_cell_of_thousands_of_characters_is_kept_whole_in_a_pipe_and_does_not_push_the_others_aside() -> (
    None
):
    rows = [["n" * 5_000, "1.0"], ["short", "12.5"]]
    long, short = (line.plain for line in table(COLUMNS, rows, width=None, titles=False))
    assert long == "n" * 5_000 + "   1.0"
    assert short.startswith("short ") and short.endswith(" 12.5") and len(short) < 150


def test_on_a_screen_it_is_cut() -> None:
    rows = [["n" * 5_000, "1.0"], ["short", "12.5"]]
    lines = [line.plain for line in table(COLUMNS, rows, width=60, titles=False)]
    assert [len(line) for line in lines] == [60, 60] and "…" in lines[0]
