"""The run of one observed training."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any

from fitscribe import engine
from fitscribe.engine import Call
from fitscribe.store import Store
from fitscribe.tracking import context, continued, sweeps
from fitscribe.tracking.opening import name_of_program, options_in_force, part
from fitscribe.tracking.outcome import end_training, status_of
from fitscribe.tracking.run import ActiveRun

if TYPE_CHECKING:
    from fitscribe.engine import Moment
    from fitscribe.tracking.sweeps import Seat


class training_run:  # noqa: N801 - read as a statement: ``with training_run(call) as run``
    """Open a run for an observed call; the observer yields inside of the block.

    The run fails only if the user's call did: an error of the observer itself is noted on the run, and leaves
    through the block for the engine to report.

    Args:
        call: the observed call.
        name: what is trained, such as the estimator's class.
        params: its parameters.
        changed: names of the parameters that differ from their defaults.
        framework: the framework whose options apply and whose coverage the run shows; by default the call's.
        going_on: the run of an earlier call that this one goes on with; by default a new one is opened.
    """

    def __init__(
        self,
        call: Call,
        *,
        name: str,
        params: Mapping[str, Any] | None = None,
        changed: Collection[str] | None = None,
        framework: str | None = None,
        going_on: ActiveRun | None = None,
    ) -> None:
        self._call = call
        self._name = name
        self._params = params
        self._changed = changed
        self._framework = framework or call.framework
        self._going_on = going_on

    def __enter__(self) -> ActiveRun:
        with engine.guarded("run.end"):
            continued.end_those_gone()
        self.run = run = self._going_on or Opening(self._call, self._framework).open(self._name)
        run.call = self._call
        try:
            if run.ended:
                run.resume()
            context.enter(run, explicit=False)
            if self._params is not None:
                with run.section("parameters"):
                    run.log_params(self._params, changed=self._changed)
        except BaseException as error:
            # An interrupt, or a time limit of the script's: nobody leaves a block that was not entered.
            end_training(run, status_of(error), error)
            raise
        return run

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        call, run = self._call, self.run
        users = call.exception
        try:
            if error is not None and error is not users and not engine.is_from_outside(error):
                run.note_problem("observer", error)
            if run.seat is None or not run.seat.is_within:  # these share that of their sweep
                with run.section("coverage"):
                    run.log_coverage(self._framework)
            run.training_cpu_s += call.cpu
        finally:
            try:
                self._end(users)
            except BaseException:
                # An interrupt, or a defect: a run that stays open would take all that comes after.
                self._end(users)
                raise

    def _end(self, error: BaseException | None) -> None:
        if error is None and continued.is_left_open(self.run):
            context.leave(self.run)
        else:
            end_training(self.run, status_of(error), error)


class Opening:
    """All that is needed to open the run of a training, taken down where and when it began.

    The run is a child of the run around it, and a round of the loop that it stands in.

    Args:
        call: the observed call, or the moment at which a training is noticed to have begun.
        framework: the framework whose options apply and whose coverage the run shows.
    """

    def __init__(self, call: Call | Moment, framework: str) -> None:
        self.outer = outer = context.enclosing_run()
        self._store = store = outer.store if outer is not None else Store.for_recording()
        self._loop = part("sweep", lambda: sweeps.loop_at(call, store, outer), None)
        # Asked for now: a process that ends knows its own name no more.
        self._experiment = outer.experiment if outer is not None else name_of_program()
        self._site = part("call site", lambda: f"{call.site.file}:{call.site.line}", "")
        self._framework = framework
        self._header = {
            "framework": framework,
            "framework_version": call.framework_version,
            "point": call.point_id,
            "untested": call.untested,
        }

    def open(self, name: str) -> ActiveRun:
        """Open the run.

        Args:
            name: what is trained.
        """
        make = partial(self._make, name)
        run = None
        if self._loop is not None:
            run = part("sweep", partial(self._loop.begin, name, make), None)
        return run or make(None)

    def _make(self, name: str, seat: Seat | None) -> ActiveRun:
        return ActiveRun(
            self._store,
            name=name,
            experiment=self._experiment,
            role="training",
            options=options_in_force(self._framework),
            site=self._site,
            header=self._header,
            seat=seat,
        )
