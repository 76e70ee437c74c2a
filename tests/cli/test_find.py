from __future__ import annotations

from collections.abc import Callable

from fitscribe.cli.find import short_ids

from .conftest import Builder, Result

Run = Callable[..., Result]


def test_an_id_typed_wrong_gets_the_nearest(build: Builder, fitscribe: Run) -> None:
    build.run("k3f9qa2b7c4d", "Ridge")
    build.run("zzzzzz777777", "Lasso")
    found = fitscribe("show", "k3g9qa")
    assert found == Result(
        1, "", "fitscribe: there is no run 'k3g9qa'\nNearest are:\n  k3f9qa  Ridge  2001-09-09\n"
    )
    found = fitscribe("show", "ooo")
    assert found == Result(1, "", "fitscribe: there is no run 'ooo'\nSee what there is: fitscribe ls\n")


def test_a_beginning_of_several_lists_them(build: Builder, fitscribe: Run) -> None:
    for number in range(12):
        build.run(f"aaaaaaa{number:02}", f"fit {number}")
    found = fitscribe("show", "aaaaaaa")
    lines = found.err.splitlines()
    assert (found.code, found.out) == (1, "")
    assert lines[:3] == [
        "fitscribe: 'aaaaaaa' is the beginning of 12 runs",
        "Give more of the id:",
        "  aaaaaaa00  fit 0  2001-09-09",
    ]
    assert lines[-1] == "  and 2 more (fitscribe ls)"


def test_latest_is_the_one_that_began_last(build: Builder, fitscribe: Run) -> None:
    build.run("aaaaaa111111", "older")
    build.run("bbbbbb222222", "newer")
    assert fitscribe("show", "latest").out.startswith("newer  bbbbbb222222")


def test_shown_ids_are_unique_beginnings(build: Builder) -> None:
    ids = ["abcdefgh0001", "abcdefgh0002", "zzzzzzzz0001"]
    for each in ids:
        build.run(each)
    assert short_ids(build.store, ids) == {
        "abcdefgh0001": "abcdefgh0001",
        "abcdefgh0002": "abcdefgh0002",
        "zzzzzzzz0001": "zzzzzz",
    }


def test_odd_ids_are_refused_without_a_traceback(build: Builder, fitscribe: Run) -> None:
    build.run("aaaaaa111111")
    for odd in ("", "../x", "a/b", "\x1b[31m", "x" * 1000):
        found = fitscribe("show", odd)
        assert (found.code, found.out) == (1, "") and "\x1b" not in found.err
        assert "there is no run" in found.err
