"""The checkpoints of a trainer: those that it wrote, and the one that it went on from."""

from __future__ import annotations

import os
from typing import Any

# Of each callback, the best ones.
_LISTED = 100


def facts(trainer: Any) -> dict[str, Any]:
    """Return the fact ``checkpoints``: for each `ModelCheckpoint` what it watches, and what it kept.

    Args:
        trainer: as the training left it.
    """
    found = [_described(each) for each in trainer.checkpoint_callbacks if hasattr(each, "best_model_path")]
    return {"checkpoints": found} if found else {}


def resumed(trainer: Any) -> dict[str, Any]:
    """Return the fact ``resumed_from``: the checkpoint, and how far the training had come.

    Args:
        trainer: when it has restored its state.
    """
    at = {"epoch": trainer.current_epoch, "global_step": trainer.global_step}
    return {"resumed_from": {"path": _text(trainer.ckpt_path), **at}}


def _described(callback: Any) -> dict[str, Any]:
    kept = list(callback.best_k_models.items())
    if callback.monitor is not None:
        kept.sort(key=lambda item: float(item[1]), reverse=callback.mode == "max")
    return {
        "dirpath": _text(callback.dirpath),
        "monitor": callback.monitor,
        **({"mode": callback.mode} if callback.monitor is not None else {}),
        "save_top_k": callback.save_top_k,
        "best_model_path": callback.best_model_path,
        "best_model_score": _number(callback.best_model_score),
        "last_model_path": callback.last_model_path,
        "kept": [
            {"path": path, "score": _number(score), "bytes": _size(path)} for path, score in kept[:_LISTED]
        ],
    }


def _number(score: Any) -> float | None:
    return None if score is None else float(score)


def _size(path: str) -> int | None:
    try:
        return os.path.getsize(path) if os.path.isfile(path) else None
    except OSError:
        return None


def _text(path: Any) -> str | None:
    return None if path is None else os.fspath(path)
