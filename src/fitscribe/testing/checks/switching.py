"""Off means off, and back means the very same objects, whoever else has wrapped them meanwhile."""

from __future__ import annotations

import os
from typing import Any

from fitscribe.engine import PatchedFunction
from fitscribe.testing.checks.registry import check
from fitscribe.testing.forks import Answer, Unfit, require
from fitscribe.testing.lab import Lab, in_fresh_store
from fitscribe.testing.layers import Home, with_before
from fitscribe.testing.snapshots import Attributes, attributes, changed_attributes, difference, instances


def watched_modules(lab: Lab) -> list[str]:
    """The root modules whose attributes must come back."""
    return [lab.framework, lab.maker.__module__.partition(".")[0], "joblib", "concurrent", "multiprocessing"]


def _switched(lab: Lab) -> dict[str, Answer]:
    """Train, switch off, and look at what is left and at what is recorded then: once for both checks."""
    before: dict[str | int, Attributes] = {}

    def look() -> None:
        lab.case().run()
        before.update(attributes(watched_modules(lab)))

    def left() -> list[str]:
        patched = instances(watched_modules(lab), PatchedFunction)
        require(any(patched), "nothing is patched while fitscribe is active")
        lab.case().run()
        lab.subject.deactivate()
        return changed_attributes(before, attributes(watched_modules(lab)))

    def switched() -> dict[str, Answer]:
        kept = lab.case()
        found = {"left": Answer.of(left)}

        def after() -> Any:
            outcome = lab.train(kept)
            lab.case().run()
            lab.require_runs(1, "before disable()")
            return outcome

        return {**found, "after": Answer.of(after)}

    return lab.observed(switched, before=look, once="switched")


@check()
def uninstall(lab: Lab) -> None:
    """`disable()` puts back the very same objects, on every module and class."""
    changed = _switched(lab)["left"].take()
    require(not changed, f"not as before: {'; '.join(changed[:8])}")


@check()
def disable(lab: Lab) -> None:
    """After `disable()` nothing is recorded, not even through references taken while it was active."""
    found = difference(lab.bare_look()["outcome"], _switched(lab)["after"].take())
    require(not found, f"a reference kept from before disable() trains differently: {found}")


@check(shared=True)
def suppress(lab: Lab) -> None:
    """Nothing inside of `suppress()` is recorded; blocks nest, and end where they end."""
    import fitscribe

    def observed() -> None:
        with fitscribe.suppress():
            lab.case().run()
            with fitscribe.suppress():
                lab.case().run()
            lab.case().run()
            require(not lab.records(), "a training inside of suppress() was recorded")
        lab.case().run()
        lab.require_runs(1, "outside of suppress()")

    lab.observed(observed)


class _Counter:
    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.calls += 1


@check(beneath=True)
def wrapper_beneath(lab: Lab) -> None:
    """Another tool's wrapper that was there first is called through, and stays when fitscribe goes."""
    counter = _Counter()

    def observed() -> Any:
        lab.on_call = counter
        home = lab.home()
        outcome = lab.outcome()
        calls = counter.calls
        require(calls, "the other tool's wrapper was not called")
        lab.require_runs(1, "through another tool's wrapper")
        lab.subject.deactivate()
        require(home.raw is lab.layer, "the other tool's wrapper is gone after disable()")
        lab.outcome()
        lab.require_runs(1, "before disable()")
        require(counter.calls == 2 * calls, "the other tool's wrapper is not called after disable()")
        return outcome

    found = difference(lab.bare_look()["outcome"], lab.observed(observed))
    require(not found, f"with another tool's wrapper beneath it trains differently: {found}")


@check()
def wrapper_on_top(lab: Lab) -> None:
    """Another tool's wrapper that came later keeps its place; ours is off beneath it, and on when asked."""

    def observed() -> list[Any]:
        home = lab.home()
        # Most functions are what the namespace holds also where they are read as an attribute.
        is_bound = _read(home) is not home.raw
        outcomes = [_train_beneath(lab, home, home.raw)]
        if is_bound:
            in_fresh_store(os.path.abspath("bound"))
            lab.subject.activate()
            outcomes.append(_train_beneath(lab, home, _read(home)))
        return outcomes

    bare = lab.bare_look()["outcome"]
    for outcome in lab.observed(observed):
        found = difference(bare, outcome)
        require(not found, f"with another tool's wrapper on top it trains differently: {found}")


def _read(home: Home) -> Any:
    return getattr(home.holder, home.name)


def _train_beneath(lab: Lab, home: Home, found: Any) -> Any:
    """Train beneath another tool's wrapper around what that found, on and off, until the tool is gone."""
    counter = _Counter()
    ours = home.raw
    if not isinstance(ours, PatchedFunction):
        raise Unfit("the function is patched elsewhere")
    theirs = with_before(found, counter)
    home.put(theirs)
    outcome = lab.outcome()
    require(counter.calls, "the other tool's wrapper was not called")
    lab.require_runs(1, "beneath another tool's wrapper")
    lab.subject.deactivate()
    require(home.raw is theirs, "disable() took the other tool's wrapper away")
    lab.case().run()
    lab.require_runs(1, "before disable()")
    lab.subject.activate()
    lab.case().run()
    lab.require_runs(2, "after another autolog()")
    home.put(ours)  # the other tool goes, and puts back what it found
    lab.case().run()
    lab.require_runs(3, "after the other tool was gone")
    lab.subject.deactivate()
    lab.case().run()
    lab.require_runs(3, "before the last disable()")
    return outcome
