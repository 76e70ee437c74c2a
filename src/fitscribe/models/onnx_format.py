"""ONNX: a graph of operators that runs without the framework that trained it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from typing import Any

from fitscribe.models.errors import ModelNotLoadable, ModelNotSavable
from fitscribe.models.signing import SavedModel, read_model, shown, write_signed

FORMAT = "onnx"

_METADATA = "fitscribe"
_FATAL = 4  # of onnxruntime's levels: what it raises is not printed, too
_TYPES = {
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(int64)": "int64",
    "tensor(bool)": "bool",
    "tensor(string)": "object",
}


def save_onnx(
    convert: Callable[[], bytes],
    path: str | os.PathLike[str],
    *,
    limit_bytes: int | None = None,
    bound_to: bytes = b"",
) -> SavedModel:
    """Write a model as ONNX.

    Args:
        convert: gives the serialized graph, or raises ``ModelNotSavable`` with the reason why there is none.
        path: the file to write; its folder must exist.
        limit_bytes: the most bytes it may take; None for no limit.
        bound_to: what the signature holds for besides the bytes; see :func:`fitscribe.models.binding`.

    Raises:
        ModelTooLarge: it takes more than that.
        ModelNotSavable: the model cannot be converted.
        KeyUnavailable: there is no key to sign it with.
        OSError: the file cannot be written.
    """
    graph = convert()
    return write_signed(
        path,
        FORMAT,
        lambda writer: _write(writer, graph),
        lambda error: ModelNotSavable(str(error)),
        limit_bytes=limit_bytes,
        bound_to=bound_to,
    )


def _write(writer: Any, graph: bytes) -> None:
    writer.write(graph)


def describe_onnx(model: Any, *, columns: Sequence[str] | None, probabilities: bool) -> None:
    """Write into an ONNX model what its inputs and outputs do not tell.

    Args:
        model: an ``onnx.ModelProto``.
        columns: names of the columns that it takes, in the order of its inputs, or of the columns of its only
            one; None where it takes no frame.
        probabilities: whether its second output are the probabilities of classes.

    Raises:
        ValueError: it has several inputs, and not one for each column.
    """
    inputs = len(model.graph.input)
    if inputs > 1 and inputs != len(columns or ()):
        raise ValueError(f"it has {inputs} inputs for {len(columns or ())} columns")
    entry = model.metadata_props.add()
    entry.key = _METADATA
    entry.value = json.dumps({"columns": columns, "probabilities": probabilities})


class OnnxModel:
    """A model out of an ONNX file: it predicts, and that is all.

    Args:
        source: the file, or what is in it. It is data, whoever wrote it: nothing in it is executed but the
            operators of ONNX.

    Raises:
        ModelNotLoadable: ``onnxruntime`` is not installed, or cannot read the file.
        OSError: the file cannot be read.
    """

    def __init__(self, source: str | os.PathLike[str] | bytes) -> None:
        name = "the graph" if isinstance(source, bytes) else shown(source)
        try:
            import onnxruntime
        except ImportError as error:
            raise ModelNotLoadable(
                f"the model {name} is in ONNX, and onnxruntime cannot be imported ({error}): "
                "pip install onnxruntime"
            ) from error
        data = source if isinstance(source, bytes) else read_model(source)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _FATAL
        try:
            self._session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
            about = json.loads(self._session.get_modelmeta().custom_metadata_map.get(_METADATA, "{}"))
            self._columns: list[str] | None = about.get("columns")
            outputs = self._session.get_outputs()
            self._gives_probabilities: bool = about.get("probabilities", len(outputs) > 1)
        except Exception as error:
            # Types of its own that derive from nothing but Exception.
            raise ModelNotLoadable(f"onnxruntime cannot load {name}: {error}") from error

    def predict(self, X: Any) -> Any:
        """Return the labels or values that the model predicts.

        Args:
            X: rows and columns as the model was trained on: an array, or a data frame. A model that was
                trained on a frame takes the columns by their names.
        """
        return self._run(X)[0]

    def predict_proba(self, X: Any) -> Any:
        """Return the probability of each class, one column each.

        Raises:
            AttributeError: the model is no classifier with probabilities.
        """
        if not self._gives_probabilities:
            raise AttributeError("this model gives no probabilities")
        return self._run(X)[1]

    def _run(self, X: Any) -> list[Any]:
        found = self._session.run(None, self._feed(X))
        # A regression comes as one column.
        first = found[0]
        return [first.ravel() if first.ndim == 2 and first.shape[1] == 1 else first, *found[1:]]

    def _feed(self, X: Any) -> dict[str, Any]:
        """The data by input: all columns for the only one, or one column for each."""
        import narwhals
        import numpy as np

        inputs = self._session.get_inputs()
        frame = narwhals.from_native(X, eager_only=True, pass_through=True)
        if self._columns is None or not isinstance(frame, narwhals.DataFrame):
            table = X.toarray() if hasattr(X, "toarray") else np.asarray(X)
            columns = [table] if len(inputs) == 1 else list(table.T)
        else:
            names = {str(name): name for name in frame.columns}
            columns = [frame.get_column(names[name]).to_numpy() for name in self._columns]
            if len(inputs) == 1:
                columns = [np.column_stack([_cast(column, inputs[0]) for column in columns])]
        return {each.name: _cast(column, each) for each, column in zip(inputs, columns, strict=True)}


def _cast(values: Any, tensor: Any) -> Any:
    """Values in the type of an input; a single column as a table of one."""
    cast = values.astype(_TYPES.get(tensor.type, "float32"), copy=False)
    return cast.reshape(-1, 1) if cast.ndim == 1 else cast
