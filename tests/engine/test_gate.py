"""Verdicts: by version, and by what an observer relies on."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any

import pytest
from tests.engine.conftest import COMPAT

from fitscribe.engine.gate import APPLIED, SKIPPED, Verdict, judge, unmet_reliance


@pytest.mark.parametrize(
    ("version", "point", "verdict"),
    [
        ("1.4.2", None, Verdict(APPLIED)),
        ("1.6", "train", Verdict(APPLIED)),
        ("1.6", "unlisted", Verdict(APPLIED)),
        ("1.9.1+cu132", "cv", Verdict(APPLIED)),
        ("1.1.3", "train", Verdict(SKIPPED, "boosty 1.1.3 is not supported (needs >=1.2)")),
        ("1.2rc1", "train", Verdict(SKIPPED, "boosty 1.2rc1 is not supported (needs >=1.2)")),
        ("1.5.0", "train", Verdict(SKIPPED, "boosty 1.5.0 is known to be bad: it forgets its callbacks")),
        ("1.3", "train", Verdict(APPLIED)),
        ("1.3", "cv", Verdict(SKIPPED, "boosty 1.3 is not supported (needs >=1.4)")),
        ("1.8.1", "train", Verdict(APPLIED)),
        ("1.8.1", "cv", Verdict(SKIPPED, "boosty 1.8.1 is known to be bad: it swallows exceptions")),
        ("1.8.2", "cv", Verdict(APPLIED)),
        ("2.0", "cv", Verdict(APPLIED, "boosty 2.0 is newer than the newest tested", untested=True)),
        ("2.7.0a0+git", "cv", Verdict(APPLIED, "boosty 2.7.0a0+git is newer than the newest tested", True)),
        (None, "cv", Verdict(APPLIED, "the version of boosty is unknown", untested=True)),
    ],
)  # fmt: skip
def test_by_version(version: str | None, point: str | None, verdict: Verdict) -> None:
    assert judge("boosty", version, COMPAT, point=point) == verdict


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("1.4.2", ""),
        ("1.9.1+cu132", ""),
        ("1.6", "strict: boosty 1.6 is not a tested version"),
        ("2.0", "strict: boosty 2.0 is not a tested version"),
        (None, "strict: the version of boosty is unknown"),
        ("1.1", "boosty 1.1 is not supported (needs >=1.2)"),
    ],
)
def test_strict_takes_tested_versions_only(version: str | None, reason: str) -> None:
    assert judge("boosty", version, COMPAT, strict=True) == Verdict(SKIPPED if reason else APPLIED, reason)


def test_a_framework_that_is_in_no_matrix() -> None:
    unknown = "boosty is in no matrix"
    assert judge("boosty", "1.0", None) == Verdict(APPLIED, unknown, untested=True)
    assert judge("boosty", "1.0", None, strict=True) == Verdict(SKIPPED, f"strict: {unknown}")


def plain(params: Any, data: Any, rounds: int = 10, callbacks: Any = None) -> None: ...
def keyword_only(params: Any, *, callbacks: Any = None) -> None: ...
def positional_only(params: Any, callbacks: Any = None, /) -> None: ...
def reordered(callbacks: Any, params: Any) -> None: ...
def renamed(parameters: Any, callbacks: Any = None) -> None: ...
def swallowing(*params: Any, **callbacks: Any) -> None: ...


@pytest.mark.parametrize(
    ("function", "names", "unmet"),
    [
        (plain, [], None),
        (plain, ["params", "callbacks"], None),
        (plain, ["params:positional", "callbacks:keyword"], None),
        (keyword_only, ["params", "callbacks:keyword"], None),
        (keyword_only, ["callbacks", "params"], None),  # what is passed by keyword has no order
        (keyword_only, ["callbacks:positional"], "'callbacks' cannot be passed by position"),
        (positional_only, ["callbacks:keyword"], "'callbacks' cannot be passed by keyword"),
        (positional_only, ["params", "callbacks"], None),
        (reordered, ["params", "callbacks"], "'callbacks' is not where it was in the tested versions"),
        (renamed, ["params", "callbacks"], "it has no parameter 'params'"),
        (swallowing, ["params"], "it has no parameter 'params'"),
        (swallowing, ["callbacks"], "it has no parameter 'callbacks'"),
        (None, ["params"], "its signature cannot be read"),
        (None, [], None),
    ],
)
def test_what_an_observer_relies_on(
    function: Callable[..., None] | None, names: list[str], unmet: str | None
) -> None:
    assert unmet_reliance(None if function is None else signature(function), names) == unmet


def test_where_no_version_is_tested_yet() -> None:
    compat = COMPAT._replace(tested=())
    expected = Verdict(APPLIED, "no version of boosty is tested yet", untested=True)
    assert judge("boosty", "1.4.2", compat) == expected
    strict = Verdict(SKIPPED, "strict: boosty 1.4.2 is not a tested version")
    assert judge("boosty", "1.4.2", compat, strict=True) == strict
