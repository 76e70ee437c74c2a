"""What a check works with: one training, in a process where nothing has been patched."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from fitscribe import engine
from fitscribe.testing.cases import Case, Inside, load_maker, takes_inside
from fitscribe.testing.forks import Broken, Unfit, apart, require
from fitscribe.testing.layers import Home, home_of, with_before
from fitscribe.testing.snapshots import difference, fingerprint, seed

if TYPE_CHECKING:
    from fitscribe.store import RunRecord
    from fitscribe.testing.subject import Subject

T = TypeVar("T")

# How a run says that a part was left out for the time that it would have taken.
_OVER_BUDGET = re.compile(r"\bwould take about [\d.,]+ m?s\b")


class Lab:
    """One training under examination.

    Arguments:
        subject: the integration.
        training: the request that a `Training` made.

    A check begins in a process in which fitscribe is not active; `observed` calls functions where it is.
    """

    def __init__(self, subject: Subject, training: Mapping[str, Any]) -> None:
        self.subject = subject
        self.framework = subject.framework
        self.point = subject.point_id(training)
        self.runs_per_call: int = training["runs"]
        self.reports: list[str] = []
        self.maker = load_maker(training["make"])
        self._inside: Inside | None = None
        self._has_layer = False

    # -- cases

    def case(self, inside: Inside | None = None) -> Case:
        """Make the case afresh.

        Arguments:
            inside: called while the observed call runs. The check must be declared with ``inside=True``.
        """
        if takes_inside(self.maker):
            return self.maker(inside)
        if inside is not None:
            self._inside = inside
        return self.maker()

    def open_inside(self) -> None:
        """Make room for code inside of the call, in a layer beneath fitscribe where the maker offers none."""
        if not self._has_layer and not takes_inside(self.maker):
            self._has_layer = True
            self.put_beneath(lambda args, kwargs: self._inside and self._inside())

    def put_beneath(self, before: Callable[[tuple[Any, ...], dict[str, Any]], object]) -> None:
        """Have another tool wrap the function, before fitscribe does if it is not active yet."""
        home = self.home()
        home.put(with_before(home.raw, before))

    def home(self) -> Home:
        """Find where the function lives that every case calls.

        Raises:
            Unfit: each case has a class of its own.
        """
        home = home_of(self.case().call)
        if home_of(self.case().call) != home:
            raise Unfit("the maker makes a class of its own for each case")
        return home

    def train(self, case: Case) -> Any:
        """Run a case with the random generators in a known state; return the result in comparable form."""
        seed()
        return fingerprint(case.compare(case.run()))

    def outcome(self) -> Any:
        """Make the case and train it."""
        return self.train(self.case())

    # -- processes

    def observed(self, function: Callable[[], T], *, reports: bool = False) -> T:
        """Call a function in a process of its own in which fitscribe is active.

        Arguments:
            function: what it returns must pickle.
            reports: whether fitscribe may report defects of its own meanwhile.

        Raises:
            Broken: as the function does, or because fitscribe reported a defect.
        """

        def there() -> T:
            self.activate()
            value = function()
            if self.reports and not reports:
                raise Broken(f"fitscribe reported: {'; '.join(self.reports)}")
            return value

        return apart(there)

    def activate(self) -> None:
        """Switch fitscribe on for good in this process, and listen to its reports."""
        engine.on_report(
            lambda where, error: self.reports.append(f"{where}: {type(error).__name__}: {error}")
        )
        self.subject.activate()

    def expect_same(self, function: Callable[[], Any], what: str) -> Any:
        """Require a function to return the same with fitscribe and without, and return that.

        Arguments:
            function: returns plain values.
            what: names them in the message.
        """
        try:
            observed = self.observed(function)
        except Unfit as reason:
            apart(function)  # it may be unfit here as well
            raise Broken(f"{what} cannot be compared: {reason}") from None
        bare = apart(function)
        found = difference(bare, observed)
        require(not found, f"{what} differ from those of an unpatched process: {found}")
        return bare

    # -- runs

    def records(self) -> list[RunRecord]:
        """Return what the store of this check holds, runs within runs included."""
        from fitscribe.store import Store, read_run

        store = Store.locate()
        return [read_run(store.run_folder(run_id)) for run_id in store.run_ids()]

    def runs(self) -> list[RunRecord]:
        """Return the top-level runs."""
        return [record for record in self.records() if not record.header.get("parent")]

    def require_runs(self, calls: int, when: str, status: str = "finished") -> list[RunRecord]:
        """Require as many complete runs as so many calls make, and return them.

        Arguments:
            calls: how often the training was called since the store is there.
            when: ends the sentence "expected 2 runs ...".
            status: how each run must have ended.
        """
        runs = self.runs()
        wanted = calls * self.runs_per_call
        require(len(runs) == wanted, f"expected {wanted} runs {when}, found {len(runs)}: {names(runs)}")
        for run in runs:
            require(run.status == status, f"a run {when} is {run.status!r} instead of {status!r}")
            require(not run.damage, f"a run {when} is damaged: {run.damage}")
            point = run.header.get("point")
            require(point == self.point, f"a run {when} is of {point}, not of {self.point}")
        return runs


def names(runs: list[RunRecord]) -> str:
    """Name runs in a message."""
    return ", ".join(f"{run.header.get('name')} ({run.status})" for run in runs) or "none"


def picture(run: RunRecord) -> dict[str, Any]:
    """Return what two runs of the same training must have in common."""
    parts = {
        "name": run.header.get("name"),
        "point": run.header.get("point"),
        "params": run.params,
        "changed": run.changed,
        # Of the framework's making: what the system's sampler saw is another matter.
        "metrics": {name: summary.last for name, summary in sorted(run.last.items()) if "/" in name},
        "facts": run.facts,
        "datasets": run.datasets,
        "signature": run.signature,
        "models": [model.get("type") for model in run.models],
    }
    if any(_OVER_BUDGET.search(str(note.get("why"))) for note in run.unseen):
        # On a busy machine an evaluation may cost more than it is allowed to, and is left out.
        del parts["metrics"]
    return parts


def unlike(expected: list[dict[str, Any]], found: list[dict[str, Any]]) -> str:
    """Say in what the pictures of runs differ first, or return the empty string."""
    if len(expected) != len(found):
        return f"{len(found)} runs instead of {len(expected)}"
    for number, (old, new) in enumerate(zip(expected, found, strict=True)):
        shared = [part for part in old if part in new]
        was, now = ({part: each[part] for part in shared} for each in (old, new))
        where = difference(was, now, f"run {number}")
        if where:
            return where
    return ""


def shape(run: RunRecord) -> dict[str, Any]:
    """Return what runs of the same training have in common wherever the random generators stood."""
    parts = ("name", "point", "params", "changed", "datasets", "signature", "models")
    whole = picture(run)
    return {**{part: whole[part] for part in parts}, "facts": list(run.facts)}


def in_fresh_store(folder: str) -> None:
    """Point fitscribe at a store of this process' own."""
    os.makedirs(folder, exist_ok=True)
    os.chdir(folder)
    os.environ["FITSCRIBE_STORE"] = os.path.join(folder, "store")
