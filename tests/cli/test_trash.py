from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from .conftest import Builder, Result, terminal

Run = Callable[..., Result]


@pytest.fixture
def family(build: Builder) -> Builder:
    build.run("group1", "sweep", role="group")
    build.run("child1", "first", parent="group1")
    build.run("child2", "second", parent="group1")
    build.run("alone1", "Ridge")
    return build


def test_a_run_goes_with_its_children_and_comes_back(family: Builder, fitscribe: Run) -> None:
    moved = "moved 3 runs to the trash; back with: fitscribe restore group1\n"
    assert fitscribe("rm", "group1", "group1") == Result(0, moved, "")
    assert family.store.run_ids() == ["alone1"]
    trash = fitscribe("ls", "--trash").out.splitlines()
    assert trash[0].split() == ["id", "name", "status", "started"]
    assert trash[1].split() == ["child2", "second", "finished", "2001-09-09"]
    assert {each["id"] for each in json.loads(fitscribe("ls", "--trash", "--json").out)} == {
        "group1",
        "child1",
        "child2",
    }
    hint = fitscribe("show", "group1")
    assert (hint.code, hint.err) == (
        1,
        "fitscribe: the run 'group1' is in the trash\nBring it back: fitscribe restore group1\n",
    )
    assert fitscribe("restore", "grou") == Result(0, "restored 3 runs\n", "")
    assert sorted(family.store.run_ids()) == ["alone1", "child1", "child2", "group1"]


def test_purge_needs_to_be_told_where_it_cannot_ask(family: Builder, fitscribe: Run) -> None:
    assert fitscribe("purge") == Result(0, "the trash is empty\n", "")
    fitscribe("rm", "child1", "child2", "alone1")
    refused = fitscribe("purge")
    assert refused == Result(1, "", "fitscribe: 3 runs would be deleted for good\nIf you mean it: --yes\n")
    assert fitscribe("purge", "child1", "--yes") == Result(0, "deleted 1 run for good\n", "")
    assert fitscribe("purge", "--yes") == Result(0, "deleted 2 runs for good\n", "")
    assert family.store.run_ids() == ["group1"]


@pytest.mark.parametrize(("answer", "code", "left"), [("n\n", 1, 4), ("y\n", 0, 1), ("\n", 1, 4)])
def test_a_terminal_is_asked(family: Builder, answer: str, code: int, left: int) -> None:
    ended, shown = terminal("rm", "group1", answer=answer)
    assert "  group1  sweep  2001-09-09  with 2 children\n" in shown
    assert "Move 1 run to the trash? [y/N]" in shown
    assert (ended, len(family.store.run_ids())) == (code, left)


REFUSED = """\
fitscribe: the run aaaaaa111111 (open) is still running
Wait for its end, or move it all the same with --force.
"""


@pytest.mark.parametrize("arguments", [(), ("--yes",), ("--json", "--yes")])
def test_a_running_run_is_left_alone_unless_forced(
    build: Builder, fitscribe: Run, arguments: tuple[str, ...]
) -> None:
    build.run("aaaaaa111111", "open", status=None)
    build.run("bbbbbb111111", "over")
    assert fitscribe("rm", "bbb", "aaa", *arguments) == Result(1, "", REFUSED)
    assert build.store.run_ids() == ["aaaaaa111111", "bbbbbb111111"]
    assert fitscribe("rm", "bbb", "aaa", "--force", *arguments).code == 0
    assert build.store.run_ids() == []


def test_a_run_that_holds_a_running_one_is_left_alone_unless_forced(build: Builder, fitscribe: Run) -> None:
    build.run("gggggg111111", "sweep", role="group")
    build.run("ffffff111111", "search", parent="gggggg111111", role="group")
    build.run("aaaaaa111111", "open", parent="ffffff111111", status=None)
    build.run("bbbbbb111111", "beside")
    assert fitscribe("rm", "ggg", "--yes") == Result(1, "", REFUSED)
    assert fitscribe("rm", "bbb", "--yes").code == 0
    moved = fitscribe("rm", "ggg", "--force").out
    assert moved == "moved 3 runs to the trash; back with: fitscribe restore gggggg\n"
    assert build.store.run_ids() == []


def test_a_terminal_is_asked_though_it_is_forced(build: Builder) -> None:
    build.run("aaaaaa111111", "open", status=None)
    ended, shown = terminal("rm", "aaa", "--force", answer="n\n")
    assert "Move 1 run to the trash? [y/N]" in shown
    assert (ended, build.store.run_ids()) == (1, ["aaaaaa111111"])


def test_what_is_not_in_the_trash_is_said(family: Builder, fitscribe: Run) -> None:
    found = fitscribe("restore", "alone1")
    assert (found.code, found.out) == (1, "")
    assert "there is no run 'alone1' in the trash" in found.err
    fitscribe("rm", "child1", "child2")
    assert "'child' is the beginning of 2 runs in the trash" in fitscribe("restore", "child").err


def test_rm_prints_the_ids_as_json(family: Builder, fitscribe: Run) -> None:
    moved = fitscribe("rm", "group1", "--json")
    assert (moved.code, moved.err) == (0, "")
    assert json.loads(moved.out) == {"trashed": ["child1", "child2", "group1"]}


def test_restore_prints_the_ids_as_json(family: Builder, fitscribe: Run) -> None:
    fitscribe("rm", "group1", "alone1")
    moved = fitscribe("restore", "group1", "--json")
    assert (moved.code, moved.err) == (0, "")
    assert json.loads(moved.out) == {"restored": ["child1", "child2", "group1"]}


def test_purge_prints_the_ids_as_json(family: Builder, fitscribe: Run) -> None:
    assert json.loads(fitscribe("purge", "--json").out) == {"deleted": []}
    fitscribe("rm", "child1", "alone1")
    refused = fitscribe("purge", "--json")
    assert (refused.code, refused.out) == (1, "") and "--yes" in refused.err
    assert json.loads(fitscribe("purge", "--json", "--yes").out) == {"deleted": ["alone1", "child1"]}


def test_nothing_is_moved_if_one_of_the_runs_is_not_there(family: Builder, fitscribe: Run) -> None:
    assert fitscribe("rm", "alone1", "nothing").code == 1
    assert len(family.store.run_ids()) == 4
