"""Parameters that have no default stand with those that somebody chose, wherever runs are shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import Builder, Result

Run = Callable[..., Result]
ARGUMENTS = ("params", {"values": {"fit__epochs": 5, "C": 2.0}})
BY_HAND = ("params", {"values": {"warmup": 3}})


@pytest.fixture
def run(build: Builder) -> None:
    """Of `tol` the default is known, and of `C`, which is corrected later; of the others there is none."""
    params = {"C": 1.0, "tol": 0.1, "depth": 6}
    build.run("aaaaaa111111", params=params, changed=["depth"], events=[ARGUMENTS, BY_HAND])


def test_show_has_them_among_the_chosen(run: None, fitscribe: Run) -> None:
    _, _, found = fitscribe("show", "aaa").out.partition("Parameters")
    chosen, _, defaults = found.partition("at their defaults")
    assert [line.split()[0] for line in chosen.splitlines()[1:] if line.strip()] == [
        "depth",
        "fit__epochs",
        "warmup",
    ]
    assert "C=2.0, tol=0.1" in defaults and "warmup" not in defaults


def test_a_list_has_a_column_for_them(run: None, build: Builder, fitscribe: Run) -> None:
    other = ("params", {"values": {"fit__epochs": 9}})
    build.run("bbbbbb222222", params={"C": 1.0, "tol": 0.1, "depth": 6}, changed=["depth"], events=[other])
    heads = fitscribe("ls").out.splitlines()[0].split()
    assert "fit__epochs" in heads and "tol" not in heads


def test_a_comparison_shows_what_one_run_alone_was_given(run: None, build: Builder, fitscribe: Run) -> None:
    build.run("bbbbbb222222", "Lasso", params={"depth": 6}, changed=["depth"])
    shown = fitscribe("compare", "aaa", "bbb").out
    assert "fit__epochs" in shown and "warmup" in shown
    assert "  tol" not in shown


def test_what_is_chosen_for_the_only_training_of_a_group(build: Builder, fitscribe: Run) -> None:
    build.run("aaaaaa111111", "tuned", role="group", events=[("params", {"values": {"tol": 0.5}})])
    build.run("bbbbbb222222", params={"C": 1.0, "tol": 0.1}, changed=[], parent="aaaaaa111111")
    _, _, found = fitscribe("show", "aaa").out.partition("Parameters")
    chosen, _, defaults = found.partition("at their defaults")
    assert "tol" in chosen and "C=1.0" in defaults
