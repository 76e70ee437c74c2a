"""The run of one observed training."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import TracebackType
from typing import Any

from fitscribe import engine
from fitscribe.engine import Call
from fitscribe.tracking import context
from fitscribe.tracking.launch import launch_store
from fitscribe.tracking.opening import name_of_program, options_in_force, part
from fitscribe.tracking.outcome import status_of
from fitscribe.tracking.run import ActiveRun


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
    """

    def __init__(
        self,
        call: Call,
        *,
        name: str,
        params: Mapping[str, Any] | None = None,
        changed: Collection[str] | None = None,
        framework: str | None = None,
    ) -> None:
        self._call = call
        self._name = name
        self._params = params
        self._changed = changed
        self._framework = framework or call.framework

    def __enter__(self) -> ActiveRun:
        call = self._call
        site = part("call site", lambda: f"{call.site.file}:{call.site.line}", "")
        outer = context.enclosing_run()
        self.run = run = ActiveRun(
            outer.store if outer is not None else launch_store(),
            name=self._name,
            experiment=outer.experiment if outer is not None else name_of_program(),
            role="training",
            options=options_in_force(self._framework),
            site=site,
            header={
                "framework": self._framework,
                "framework_version": call.framework_version,
                "point": call.point_id,
                "untested": call.untested,
            },
        )
        context.enter(run, explicit=False)
        if self._params is not None:
            with run.section("parameters"):
                run.log_params(self._params, changed=self._changed)
        return run

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        call, run = self._call, self.run
        users = call.exception
        if error is not None and error is not users:
            run.note_problem("observer", error)
        with run.section("coverage"):
            points = [status._asdict() for status in engine.coverage_for(self._framework)]
            run._record("coverage", points=points)
        run._record("cost", cpu_s=round(call.cpu + run._sampling_cpu, 6))
        run.end(status_of(users), users)
