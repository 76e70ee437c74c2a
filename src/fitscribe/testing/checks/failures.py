"""A failure at any place of fitscribe's: no training is harmed, whatever function cannot even be begun.

Other checks break what a part of fitscribe offers. These let one function after the other fail as it is
entered, wherever it stands: in the engine, an integration, the recorder, the store. A generator is entered
whenever it goes on, so an observer fails before the call and after it.
"""

from __future__ import annotations

import importlib.util
import os
import random
import sys
from collections.abc import Callable
from typing import Any

from fitscribe.testing.checks.registry import check
from fitscribe.testing.entries import PACKAGE, Counted, Entries, Failing, Place, Slow
from fitscribe.testing.forks import Broken, apart, require
from fitscribe.testing.lab import Lab, in_fresh_store
from fitscribe.testing.pictures import names, picture, unlike
from fitscribe.testing.snapshots import difference, fingerprint, seed

# How many functions of each training are made to fail; "all" of them takes a minute and more per training.
MOST = os.environ.get("CONFORMANCE_FAILURES", "4")

_PLANTED = "planted by the conformance suite"


def _folders(lab: Lab) -> tuple[str, ...]:
    """Where fitscribe's sources are: its own, and those of every integration that is loaded."""
    packages = [name for name in sys.modules if name.startswith("fitscribe_") and "." not in name]
    return (os.path.join(PACKAGE, ""), *{_folder(name) for name in [*packages, lab.subject.root()]})


def _folder(package: str) -> str:
    """What the files of a package begin with."""
    module = sys.modules[package]
    return os.path.join(module.__path__[0], "") if hasattr(module, "__path__") else str(module.__file__)


def _trained(lab: Lab, entries: Entries) -> Any:
    seed()
    case = lab.case().set_up()
    seed()
    with entries:
        returned = case.run()
    return fingerprint(case.compare(returned))


def _counted(lab: Lab) -> tuple[list[Place], list[str]]:
    """Find what a training enters and what it imports, for all checks."""

    def count() -> tuple[list[Place], list[str]]:
        before = {*sys.modules}
        counted = Counted(_folders(lab))
        _trained(lab, counted)
        return counted.places(), [name for name in sys.modules if name not in before]

    return lab.observed(count, reports=True, once="counted")


def _some(places: list[Place], most: int, integration: str) -> list[Place]:
    """Choose functions, half of them of the integration; the same ones while the sources are the same."""
    drawn = random.Random(len(places))
    of_it = [place for place in places if place.file.startswith(integration)]
    of_it = drawn.sample(of_it, min(most // 2, len(of_it)))
    others = [place for place in places if place not in of_it]
    return of_it + drawn.sample(others, min(most - len(of_it), len(others)))


def _entries_of(places: list[Place]) -> list[tuple[Place, int]]:
    """The first entry of each function, and the last."""
    return [(place, at) for place in places for at in sorted({1, place.entered})]


def _each(lab: Lab, one: Callable[[Place, int], str]) -> None:
    """Have functions fail, each in a process of its own.

    Args:
        lab: the training.
        one: trains with a failure of that entry of that function; returns what is wrong then, if anything.
    """
    places, modules = _counted(lab)
    if MOST != "all":
        places = _some(places, int(MOST), _folder(lab.subject.root()))

    def all_of_them() -> list[str]:
        # Imported once, the forks to come need not.
        for name in modules:
            if importlib.util.find_spec(name) is not None:
                importlib.import_module(name)
        found = []
        for number, (place, at) in enumerate(_entries_of(places)):

            def there(place: Place = place, at: int = at, folder: str = f"{number}") -> str:
                in_fresh_store(os.path.abspath(folder))
                return one(place, at)

            try:
                wrong = apart(there)
            except Broken as broken:
                wrong = str(broken)
            if wrong:
                found.append(f"{place}, entry {at} of {place.entered}: {wrong}")
        return found

    found = lab.observed(all_of_them, reports=True)
    require(not found, "\n".join(found))


@check()
def failures(lab: Lab) -> None:
    """Whichever function of fitscribe fails, the training is the same, and the next is recorded whole."""
    expected = lab.bare_look()["outcome"]
    healthy = lab.observed_look()["runs"]

    def one(place: Place, at: int) -> str:
        kind = (RuntimeError, MemoryError)[place.line % 2]
        failing = Failing(_folders(lab), place, at, lambda: kind(_PLANTED))
        trained = _trained(lab, failing)
        where = difference(expected, trained)
        if where:
            return f"the training comes out differently: {where}"
        said = {report for report in lab.subject.reports if _PLANTED in report}
        if len(said) > 1:
            return f"it is reported {len(said)} times: {sorted(said)}"
        runs = lab.runs()
        told = lab.subject.reports or any(run.problems or run.unseen or run.lost for run in runs)
        if failing.has_failed and not told and unlike(healthy, [picture(run) for run in runs]):
            return f"nothing is said of it: {unlike(healthy, [picture(run) for run in runs])}"
        return _the_next_is_whole(lab, healthy, {run.id for run in runs})

    _each(lab, one)


@check()
def interrupts(lab: Lab) -> None:
    """Ctrl-C within whichever function of fitscribe's reaches the user, and the next training is whole."""
    healthy = lab.observed_look()["runs"]

    def one(place: Place, at: int) -> str:
        failing = Failing(_folders(lab), place, at, KeyboardInterrupt)
        try:
            _trained(lab, failing)
        except (KeyboardInterrupt, SystemExit):
            pass  # Lightning makes an exit of it
        else:
            if failing.has_failed:
                return "Ctrl-C was swallowed"
        before: set[str | None] = {run.id for run in lab.runs()}
        if not lab.is_loop:
            return _the_next_is_whole(lab, healthy, before)
        # A loop that is left in the middle of a batch may be gone on with, and its loader with it: its run is
        # open, and may get to the disk only as the next training shows that it is over.
        late = lab.runs_per_call - len(before)
        return _the_next_is_whole(lab, [], before, late=late)

    _each(lab, one)


def _the_next_is_whole(
    lab: Lab, healthy: list[dict[str, Any]], before: set[str | None], late: int = 0
) -> str:
    lab.outcome()
    runs = [run for run in lab.runs() if run.id not in before]
    if not lab.runs_per_call <= len(runs) <= lab.runs_per_call + late:
        return f"the next training makes {len(runs)} runs: {names(runs)}"
    where = unlike(healthy, [picture(run) for run in runs]) if healthy else ""
    return f"the next training has another run: {where}" if where else ""


@check()
def slowness(lab: Lab) -> None:
    """Where all of fitscribe's functions are slow, the training comes out the same, and so do its runs."""

    def slowly() -> tuple[Any, int]:
        trained = _trained(lab, Slow(_folders(lab)))
        return trained, len(lab.runs())

    trained, runs = lab.observed(slowly)
    where = difference(lab.bare_look()["outcome"], trained)
    require(not where, f"the training comes out differently: {where}")
    require(runs == lab.runs_per_call, f"{runs} runs instead of {lab.runs_per_call}")
