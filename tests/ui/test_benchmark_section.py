"""The figures of the browser view are one section of docs/benchmarks.md, beside those of the workloads."""

from __future__ import annotations

from benchmarks.ui.section import kept, placed, section


def made(table: str) -> str:
    return section(table, rounds=3, load=0.25, chromium="140.0", machine="A chip")


def test_a_section_takes_the_place_of_the_one_before() -> None:
    page = "# Benchmarks\n\n| a | b |\n"
    once = placed(page, made("| old |"))
    assert once.startswith(page) and "3 rounds, load 0.2, Chromium 140.0" in once
    assert kept(once) == made("| old |")
    twice = placed(once, made("| new |"))
    assert twice == placed(page, made("| new |"))


def test_a_page_that_is_written_anew_keeps_it() -> None:
    before = placed("# Benchmarks\n", made("| old |"))
    assert placed("# Benchmarks, anew\n", kept(before)) == f"# Benchmarks, anew\n\n{made('| old |')}\n"
    assert (kept("# Benchmarks\n"), placed("# Benchmarks\n", "")) == ("", "# Benchmarks\n")
