"""Models that a test keeps in a run, and what the run says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn

from fitscribe_torch.weights import log_weights


def kept(run: Any, *modules: nn.Module, **named: nn.Module) -> Any:
    """The model as it comes back from the run; a single module is named ``net``."""
    log_weights(run, {**({"net": modules[0]} if modules else {}), **named})
    return run.load_model()


def path_of(run: Any, name: str = "model") -> Path:
    (entry,) = [each for each in run.models if each["name"] == name]
    folder: Path = run.store.run_folder(run.id)
    return folder / entry["path"]


def unseen(run: Any) -> dict[str, str]:
    return {each["what"]: each["why"] for each in run.unseen}
