"""Pickles that are the same for what is the same: of tensors, too."""

from __future__ import annotations

import io
import pickle
import sys
from typing import Any


def pickled(value: Any) -> bytes:
    """Return the pickle of a value, with the bytes of its tensors in it.

    PyTorch's own pickle of a tensor names the place of its memory, which is another one in each process.

    Raises:
        Exception: the value cannot be pickled; whichever its own class raises.
    """
    buffer = io.BytesIO()
    _Pickler(buffer).dump(value)
    return buffer.getvalue()


class _Pickler(pickle.Pickler):
    def reducer_override(self, obj: Any) -> Any:
        torch = sys.modules.get("torch")
        if torch is None or not isinstance(obj, (torch.storage.TypedStorage, torch.UntypedStorage)):
            return NotImplemented
        storage = obj.untyped() if isinstance(obj, torch.storage.TypedStorage) else obj
        return bytes, (bytes(storage.tolist()),)
