"""What a check works with: one training, in a process where nothing has been patched."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from fitscribe.testing.cases import Case, Inside, load_maker, takes_inside
from fitscribe.testing.forks import Broken, Unfit, require
from fitscribe.testing.layers import Before, Home, home_of, with_before
from fitscribe.testing.looks import Look, look
from fitscribe.testing.pictures import names
from fitscribe.testing.snapshots import difference, fingerprint, seed

if TYPE_CHECKING:
    from fitscribe.store import RunRecord
    from fitscribe.testing.parts import Parts
    from fitscribe.testing.subject import Subject

T = TypeVar("T")


class Lab:
    """One training under examination.

    Arguments:
        subject: the integration.
        training: the request that a `Training` made.

    Attributes:
        parts: who makes the parts of the check; the processes that make no checks have none.
        layer: the wrapper of another tool, where there is one beneath fitscribe's.
        on_call: called with the arguments of each call that comes to the layer.

    A check trains by `bare`, where nothing is patched, and by `observed`, where fitscribe is active.
    """

    parts: Parts

    def __init__(self, subject: Subject, training: Mapping[str, Any]) -> None:
        self.subject = subject
        self.framework = subject.framework
        self.point = subject.point_id(training["point"])
        self.run_of = subject.point_id(training["run_of"])
        self.runs_per_call: int = training["runs"]
        self.is_loop: bool = training["is_loop"]
        self.maker = load_maker(training["make"])
        self._inside: Inside | None = None
        self.on_call: Before | None = None
        self.layer: Any = None
        self._has_setup = False

    # -- cases

    def case(self, inside: Inside | None = None) -> Case:
        """Make the case afresh.

        Arguments:
            inside: called while the observed call runs. The check must be declared with ``inside=True``.
        """
        if takes_inside(self.maker):
            made = self.maker(inside)
        else:
            if inside is not None:
                self._inside = inside
            made = self.maker()
        self._has_setup = made.setup is not None
        return made

    def ready_case(self) -> Case:
        """Make the case, and do what must have happened before its call."""
        seed()
        return self.case().set_up()

    def put_layer(self) -> None:
        """Have another tool wrap the function, as it does before fitscribe is active.

        The wrapper calls `on_call`, and what `case` is given as ``inside`` where the maker takes none.
        """
        home = self.home()
        home.put(with_before(home.raw, self._before_call))
        self.layer = home.raw

    def forget(self) -> None:
        """Call nothing more of what an earlier check wanted to be called."""
        self._inside = self.on_call = None

    def _before_call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if self.on_call is not None:
            self.on_call(args, kwargs)
        if self._inside is not None:
            self._inside()

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
        case.set_up()
        seed()
        return fingerprint(case.compare(case.run()))

    def outcome(self) -> Any:
        """Make the case and train it."""
        return self.train(self.case())

    # -- processes

    def bare(self, function: Callable[[], T], *, once: str = "") -> T:
        """Call a function in a process of its own in which nothing is patched.

        Arguments:
            function: what it returns must pickle.
            once: a name, where other checks on the training call the same function: it is called for all.

        Raises:
            Broken, Unfit: as the function does.
        """
        value: T = self.parts.bare(function, once)
        return value

    def bare_look(self) -> Look:
        """Train once where nothing is patched, for all checks, and look at everything."""
        return self.bare(lambda: look(self), once="look")

    def observed_look(self) -> Look:
        """Train once where fitscribe is active, for all checks, and look at everything."""
        return self.observed(lambda: look(self), once="look")

    def observed(
        self,
        function: Callable[[], T],
        *,
        before: Callable[[], object] | None = None,
        reports: bool = False,
        once: str = "",
    ) -> T:
        """Call a function in a process of its own in which fitscribe is active.

        Arguments:
            function: what it returns must pickle.
            before: called there before fitscribe is activated.
            reports: whether fitscribe may report defects of its own meanwhile.
            once: as in `bare`.

        Raises:
            Broken: as the function does, or because fitscribe reported a defect.
        """

        def there() -> T:
            value = function()
            told = self.subject.reports
            if told and not reports:
                raise Broken(f"fitscribe reported: {'; '.join(told)}")
            return value

        def activated() -> T:
            assert before is not None
            before()
            self.subject.activate()
            return there()

        value: T = self.parts.active(there, once) if before is None else self.parts.bare(activated, once)
        return value

    def expect_same(self, function: Callable[[], Any], what: str) -> Any:
        """Require a function to return the same with fitscribe and without, and return that.

        Arguments:
            function: returns plain values.
            what: names them in the message.
        """
        return expect_equal(lambda: self.bare(function), lambda: self.observed(function), what)

    # -- runs

    def records(self) -> list[RunRecord]:
        """Return what the store of this check holds, runs within runs included, sweeps around them not."""
        return [record for record in self._all_records() if record.header.get("role") != "sweep"]

    def runs(self) -> list[RunRecord]:
        """Return the runs that are within no other, except within a sweep."""
        records = self._all_records()
        sweeps = {record.id for record in records if record.header.get("role") == "sweep"}
        outer = {None, "", *sweeps}
        return [each for each in records if each.id not in sweeps and each.header.get("parent") in outer]

    def _all_records(self) -> list[RunRecord]:
        from fitscribe.store import Store, read_run
        from fitscribe.tracking import continued

        # A training that goes on over several calls ends with its model.
        gc.collect()
        continued.end_those_gone()
        store = Store.locate()
        return [read_run(store.run_folder(run_id)) for run_id in store.run_ids()]

    def require_runs(self, calls: int, when: str, status: str = "finished") -> list[RunRecord]:
        """Require as many complete runs as so many calls make, and return them.

        Arguments:
            calls: how often the training was called since the store is there.
            when: ends the sentence "expected 2 runs ...".
            status: how each run must have ended, unless that of the set-up has ended already.
        """
        if self._has_setup or self.is_loop:
            status = "finished"
        runs = self.runs()
        wanted = calls * self.runs_per_call
        require(len(runs) == wanted, f"expected {wanted} runs {when}, found {len(runs)}: {names(runs)}")
        for run in runs:
            require(run.status == status, f"a run {when} is {run.status!r} instead of {status!r}")
            require(not run.damage, f"a run {when} is damaged: {run.damage}")
            point = run.header.get("point")
            require(point == self.run_of, f"a run {when} is of {point}, not of {self.run_of}")
        return runs


def expect_equal(bare: Callable[[], T], observed: Callable[[], T], what: str) -> T:
    """Require what is found with fitscribe to be what is found without, and return that.

    Arguments:
        bare: finds it; may raise `Unfit`.
        observed: as well.
        what: names it in the message.
    """
    try:
        found = observed()
    except Unfit as reason:
        bare()  # it may be unfit here as well
        raise Broken(f"{what} cannot be compared: {reason}") from None
    expected = bare()
    where = difference(expected, found)
    require(not where, f"{what} differ from those of an unpatched process: {where}")
    return expected


def settle() -> None:
    """Have what is there pass for permanent.

    Checks collect garbage again and again: of the trainings, not of all that the framework brought.
    """
    gc.collect()
    gc.freeze()


def in_fresh_store(folder: str) -> None:
    """Point fitscribe at a store of this process' own, in which the launch that it was given is described."""
    os.makedirs(folder, exist_ok=True)
    os.chdir(folder)
    os.environ["FITSCRIBE_STORE"] = os.path.join(folder, "store")
    launch = os.environ.get("FITSCRIBE_LAUNCH")
    if launch:
        from fitscribe.store import Store

        described = Store.locate().launch_folder(launch.partition(".")[0])
        described.mkdir(parents=True, exist_ok=True)
        (described / "launch.json").write_text("{}")
