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
    """

    framework: str
    source: str
    trainings: list[dict[str, Any]]

    @classmethod
    def from_request(cls, request: Mapping[str, Any]) -> Subject:
        """Read what the pytest side sent, and make the integration known to this process."""
        framework, _, source = (part.strip() for part in request["integration"].partition("="))
        subject = cls(framework, source, request["trainings"])
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

    def point_id(self, training: Mapping[str, Any]) -> str:
        """The full id of the patch point that a training goes through."""
        point: str = training["point"]
        return point if point.startswith(f"{self.framework}.") else f"{self.framework}.{point}"

    def load(self) -> Integration:
        """Import the integration.

        Raises:
            LookupError: no entry point has the framework's name.
        """
        from importlib.metadata import entry_points
        from pkgutil import resolve_name

        source = self.source
        if not source:
            entries = list(entry_points(group="fitscribe.integrations", name=self.framework))
            if not entries:
                raise LookupError(f"no entry point in fitscribe.integrations is named {self.framework!r}")
            source = entries[0].value
        found = resolve_name(source)
        integration: Integration = found if isinstance(found, Integration) else found()
        return integration
