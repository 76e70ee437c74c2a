"""Converting a fitted estimator to ONNX, where the user asked for it, and comparing what came of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any, NamedTuple

from fitscribe.engine.silencing import no_warnings
from fitscribe.models import ModelNotLoadable, ModelNotSavable, OnnxModel, describe_onnx
from fitscribe_sklearn.kinds import Kind, descends_from, is_search, kind_of
from fitscribe_sklearn.parameters import read_parameters
from fitscribe_sklearn.predictions import calm, untouched_random_state
from fitscribe_sklearn.rows import every, first, row_count
from fitscribe_sklearn.stateless import objection

# Rows of the training data that the model and its graph are compared on, and how many may differ.
ROWS = 200
MAY_DIFFER = 0.01
# How far a probability may be off; of values, this share of their range.
TOLERANCE = 1e-3

# The newest in which skl2onnx 1.20 writes all of its operators.
_ML_OPSET = 3
_MESSAGE = 200


class _Inputs(NamedTuple):
    """What the graph is given.

    Attributes:
        columns: names of the columns of a frame; None for other data.
        texts: for each column whether it is text.
        apart: whether each column is an input of its own; else all of them are one.
    """

    columns: list[str] | None
    texts: list[bool]
    apart: bool


def convert(estimator: Any, data: Any, note: Callable[[str, str], None]) -> bytes:
    """Return a fitted estimator as a serialized ONNX graph that predicts what the estimator does.

    Numbers are taken in double precision where skl2onnx can, else in single precision. Where onnxruntime is
    installed the graph is loaded, and compared with the estimator on rows of the training data.

    Args:
        estimator: a fitted estimator.
        data: what it was trained on.
        note: told what was not checked, and why.

    Raises:
        ModelNotSavable: ``skl2onnx`` is not installed, or has no converter for a part of it; or the graph
            cannot be loaded, or predicts something else.
    """
    with no_warnings():
        try:
            import skl2onnx  # noqa: F401 - only whether it is there
        except ImportError as error:
            raise ModelNotSavable(
                f"ONNX was asked for, and skl2onnx cannot be imported ({error}): pip install skl2onnx"
            ) from error
        predicting = vars(estimator).get("best_estimator_") if is_search(estimator) else estimator
        if predicting is None:
            raise ModelNotSavable("the search was not refitted: there is nothing that predicts")
        parameters = read_parameters(predicting).raw
        inputs = _inputs(predicting, parameters, data)
        unchecked = "onnxruntime is not installed" if find_spec("onnxruntime") is None else ""
        not_compared = unchecked or objection(predicting, parameters)
        rows = None if not_compared else _rows(data)
        if rows is None and not not_compared:
            not_compared = "fitscribe takes no rows out of this data"
        found: ModelNotSavable | None = None
        # Not all that skl2onnx makes in double precision loads: where that is not seen, single is safer.
        for double in (False,) if unchecked else (True, False):
            try:
                graph = _converted(estimator, inputs, double=double)
                if not unchecked:
                    _check(estimator, graph, rows)
            except ModelNotSavable as error:
                found = error
            else:
                if not_compared:
                    note("comparison of the ONNX graph with the model", not_compared)
                return graph
        raise found or ModelNotSavable("there is nothing to convert")


def _inputs(estimator: Any, parameters: Mapping[str, Any], data: Any) -> _Inputs:
    """Tell how the graph takes its data: by column only where the estimator chooses among them by name."""
    import narwhals

    numpy: Any = sys.modules["numpy"]
    few = first(data, 1)
    columns = [str(name) for name in getattr(few, "columns", ())]
    if len(set(columns)) < len(columns):
        raise ModelNotSavable("several columns of the data have the same name")
    frame = narwhals.from_native(few, eager_only=True, allow_series=True, pass_through=True)
    if isinstance(frame, narwhals.DataFrame):
        texts = [_is_text(name, frame.get_column(name).dtype) for name in frame.columns]
        by_name = any(descends_from(each, "ColumnTransformer") for each in (estimator, *parameters.values()))
        return _Inputs(columns, texts, apart=by_name or len(set(texts)) > 1)
    if isinstance(frame, narwhals.Series):
        return _Inputs(None, [_is_text("data", frame.dtype)], apart=False)
    array = few if hasattr(few, "dtype") else numpy.asarray(few)
    width = array.shape[1] if array.ndim > 1 else 1
    return _Inputs(None, [array.dtype.kind not in "biuf"] * width, apart=False)


def _is_text(name: Any, dtype: Any) -> bool:
    import narwhals

    if dtype.is_numeric() or dtype == narwhals.Boolean:
        return False
    if dtype.is_temporal():
        raise ModelNotSavable(f"ONNX has no type for column {name!r}, which is {dtype}")
    return True


def _rows(data: Any) -> Any:
    """Evenly spaced rows to compare on; None where none can be taken."""
    count = row_count(data)
    return every(data, max(1, -(-count // ROWS))) if count else None


def _converted(estimator: Any, inputs: _Inputs, *, double: bool) -> bytes:
    import skl2onnx
    from skl2onnx.common import data_types

    numbers = data_types.DoubleTensorType if double else data_types.FloatTensorType
    kinds = [data_types.StringTensorType if is_text else numbers for is_text in inputs.texts]
    if inputs.apart and inputs.columns is not None:
        types = [(name, kind([None, 1])) for name, kind in zip(inputs.columns, kinds, strict=True)]
    else:
        types = [("X", kinds[0]([None, len(kinds)]))]
    gives_probabilities = hasattr(estimator, "predict_proba")
    try:
        model = skl2onnx.to_onnx(
            estimator,
            initial_types=types,
            options={"zipmap": False} if gives_probabilities else None,
            target_opset={"": skl2onnx.get_latest_tested_opset_version(), "ai.onnx.ml": _ML_OPSET},
        )
        describe_onnx(model, columns=inputs.columns, probabilities=gives_probabilities)
        serialized: bytes = model.SerializeToString()
    except Exception as error:
        # Its own types derive from RuntimeError, and what lies beneath raises any.
        raise ModelNotSavable(
            f"skl2onnx cannot convert {type(estimator).__name__}: {_shortly(error)}"
        ) from error
    return serialized


def _check(estimator: Any, graph: bytes, rows: Any) -> None:
    """Load the graph, and compare what it predicts with what the estimator does.

    Args:
        estimator: the estimator.
        graph: what it was converted to.
        rows: those to compare on; None for none.

    Raises:
        ModelNotSavable: it cannot be loaded, or predicts something else.
    """
    name = type(estimator).__name__
    try:
        loaded = OnnxModel(graph)
        if rows is None:
            return
        predicted = loaded.predict(rows)
        probabilities = loaded.predict_proba(rows) if hasattr(estimator, "predict_proba") else None
    except ModelNotLoadable as error:
        raise ModelNotSavable(f"what skl2onnx makes of {name} does not load: {_shortly(error)}") from error
    except Exception as error:
        # onnxruntime raises types of its own that derive from nothing but Exception.
        raise ModelNotSavable(f"what skl2onnx makes of {name} does not run: {_shortly(error)}") from error
    with untouched_random_state(), calm():
        expected = estimator.predict(rows)
        expected_probabilities = None if probabilities is None else estimator.predict_proba(rows)
    is_value = kind_of(estimator) is Kind.REGRESSOR
    _compare(name, "predict", predicted, expected, _range(expected) if is_value else 0.0)
    if probabilities is not None:
        _compare(name, "predict_proba", probabilities, expected_probabilities, 1.0)


def _compare(name: str, method: str, found: Any, expected: Any, scale: float) -> None:
    """Raise where rows differ by more than the tolerance of values on a scale; at all, where that is 0."""
    numpy: Any = sys.modules["numpy"]
    found, expected = numpy.asarray(found), numpy.asarray(expected)
    if found.shape != expected.shape:
        raise ModelNotSavable(
            f"what skl2onnx makes of {name} gives {method} of shape {found.shape} instead of {expected.shape}"
        )
    # Written so that NaN counts as a difference.
    alike = found == expected if scale == 0.0 else abs(found - expected) <= TOLERANCE * scale
    rows = len(alike)
    differing = rows - int(alike.reshape(rows, -1).all(axis=1).sum())
    if differing > MAY_DIFFER * rows:
        raise ModelNotSavable(
            f"what skl2onnx makes of {name} predicts something else: {method} differs on {differing} of "
            f"{rows} rows of the training data"
        )


def _range(values: Any) -> float:
    numpy: Any = sys.modules["numpy"]
    return float(numpy.ptp(values)) or float(abs(numpy.asarray(values)).max()) or 1.0


def _shortly(error: BaseException) -> str:
    """The beginning of a message, and of what it comes from: the message may list all nodes of a tree."""
    causes = filter(None, (error, error.__cause__))
    return ": ".join(" ".join(str(each).split())[:_MESSAGE] for each in causes)
