"""The integration under test, as the processes that run the checks know it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from fitscribe import engine
from fitscribe.engine import Integration


class Subject(NamedTuple):
    """An integration and its trainings.

    Attributes:
        framework: the framework's name.
        source: ``"module:attribute"`` of the integration; empty where its entry point is installed.
        trainings: each as `Training.to_request` gives it.
        reports: the defects of its own that fitscribe has reported in this process.
    """

    framework: str
    source: str
    trainings: list[dict[str, Any]]
    reports: list[str]

    @classmethod
    def from_request(cls, request: Mapping[str, Any]) -> Subject:
        """Read what the pytest side sent, and make the integration known to this process."""
        framework, _, source = (part.strip() for part in request["integration"].partition("="))
        subject = cls(framework, source, request["trainings"], [])
        engine.on_report(
            lambda where, error: subject.reports.append(f"{where}: {type(error).__name__}: {error}")
        )
        if source:
            engine.register(framework, source)
        return subject

    def activate(self) -> None:
        """What the user does: the one line."""
        import fitscribe

        fitscribe.autolog(self.framework)

    def deactivate(self) -> None:
        """What the user does to be rid of it."""
        import fitscribe

        fitscribe.disable(self.framework)

    def point_id(self, point: str) -> str:
        """The full id of a patch point, which may be given without the framework."""
        return point if point.startswith(f"{self.framework}.") else f"{self.framework}.{point}"

    def load(self) -> Integration:
        """Import the integration.

        Raises:
            LookupError: no entry point has the framework's name.
        """
        from pkgutil import resolve_name

        from fitscribe.engine.activation import declared

        source = self.source
        if not source:
            entries = [entry for entry in declared() if entry.name == self.framework]
            if not entries:
                raise LookupError(f"no entry point of an integration is named {self.framework!r}")
            source = entries[0].value
        found = resolve_name(source)
        integration: Integration = found if isinstance(found, Integration) else found()
        return integration

    def root(self) -> str:
        """The package of the integration's modules."""
        return self.load().points[0].function.__module__.partition(".")[0]
