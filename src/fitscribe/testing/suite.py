"""The conformance suite as pytest sees it: subclass `Conformance` in one test file."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import pytest

from fitscribe.testing.cases import Training
from fitscribe.testing.checks import CHECKS
from fitscribe.testing.client import Processes
from fitscribe.testing.orders import ORDERS


class Conformance:
    """What an integration must prove, each check on each training as a test of its own.

    Attributes:
        integration: the name of an installed integration, such as ``"sklearn"``; where it is not installed,
            the line of its entry point: ``"toy = fitscribe_toy:integration"``.
        trainings: one tiny training per patch point at least.
        path: folders that hold the framework, the integration or what the trainings import, where these are
            not installed.
    """

    integration: ClassVar[str]
    trainings: ClassVar[Sequence[Training]]
    path: ClassVar[Sequence[str | os.PathLike[str]]] = ()
    _processes: ClassVar[Processes]

    @classmethod
    def setup_class(cls) -> None:
        """Prepare for the processes that train; none is started yet."""
        request = {
            "integration": cls.integration,
            "trainings": [training.to_request() for training in cls.trainings],
        }
        here = os.path.dirname(inspect.getfile(cls))
        cls._processes = Processes(request, [*cls.path, here])

    @classmethod
    def teardown_class(cls) -> None:
        """End the processes."""
        cls._processes.close()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make one test of each check and training."""
        kind = metafunc.function.__name__
        if kind == "test_check":
            metafunc.parametrize(("name", "training"), self._pairs(CHECKS))
        elif kind == "test_order":
            metafunc.parametrize(("name", "training"), self._pairs(ORDERS, limit="order"))
        elif kind == "test_workers":
            metafunc.parametrize(("name", "training"), self._pairs(("spawn", "loky")))

    def _pairs(self, names: Iterable[str], limit: str = "") -> list[Any]:
        pairs = []
        # Training by training: what the server keeps of one is used by all checks on it.
        for number, training in enumerate(self.trainings):
            for name in names:
                if training.only and name not in training.only:
                    continue
                reason = training.limits.get(limit or name)
                marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
                pairs.append(pytest.param(name, number, id=f"{name}-{training.label}", marks=marks))
        return pairs

    def test_check(self, name: str, training: int) -> None:
        """One thing that is proved of a training; `CHECKS` says what it is."""
        answer = self._processes.check(name, training)
        if answer["verdict"] == "unfit":
            pytest.skip(answer["message"])
        self._judge(
            [answer["message"]] if answer["verdict"] == "broken" else [], training, CHECKS[name].proves
        )

    def test_order(self, name: str, training: int) -> None:
        """Import, activate and deactivate in any order: recorded when active, untouched when not."""
        answer = self._processes.order(name)
        failures = [answer["died"]] if "died" in answer else answer["failures"][training]
        self._judge(failures, training, "Trainings are recorded when active and untouched when not.")

    def test_workers(self, name: str, training: int) -> None:
        """Worker processes train as ever; those that run the script again record as well."""
        answer = self._processes.workers()
        if name not in answer.get("failures", [name]):
            pytest.skip("joblib is not installed")
        failures = [answer["died"]] if "died" in answer else answer["failures"][name][training]
        self._judge(failures, training, "Worker processes train as ever.")

    def test_imports(self) -> None:
        """The import of the framework brings the same modules with fitscribe active as without."""
        without, active = self._processes.order(ORDERS[0]), self._processes.order(ORDERS[1])
        more = sorted({*active.get("modules", ())} - {*without.get("modules", ())})
        assert not more, f"imported only where fitscribe is active: {', '.join(more)}"

    def test_every_point_has_a_training(self) -> None:
        """No patch point of the integration is left unproved."""
        answer = self._processes.order(ORDERS[0])
        bare = answer.get("points", [answer.get("died", "the process that would tell failed")])
        assert not bare, f"patch points without a training: {', '.join(bare)}"

    def _judge(self, failures: Sequence[str], training: int, proves: str) -> None:
        __tracebackhide__ = True
        if failures:
            shown = "\n".join(failures[:5])
            pytest.fail(
                f"{proves}\n{self.integration}, {self.trainings[training].label}: {shown}", pytrace=False
            )
