"""Models of XGBoost's: its own format, UBJSON, and what of them may be let predict."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fitscribe.models import Models, NativeFormat
from fitscribe_xgboost.diagram import diagram

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun

_PLAIN = (str, bool, int, float, type(None))
# What a fit leaves on an estimator, beside its booster, with 1.7 to 3.2.
_FITTED = ("n_classes_", "classes_", "evals_result_")
# What only a fit asks. Code of the script itself is nowhere else, and what was trained does without it.
_OF_THE_FIT = ("eval_metric", "callbacks")
_DEPTH = 6


def log_booster(
    run: ActiveRun, booster: Any, signature: Mapping[str, Any] | None, raw: bytearray | None
) -> None:
    """Keep a trained booster as the options of its run say.

    Args:
        run: the run.
        booster: the booster.
        signature: the columns and types that it takes and gives.
        raw: the booster in its own format, where it has been saved already.
    """
    wanted = run.options.models
    if not wanted:
        return
    if wanted in ("skops", "onnx"):
        run.note_unseen(f"the model as {wanted}", f"it is kept as {BOOSTER.name}: {wanted} holds no boosters")
    native = _format_of(booster, run)
    if native is not None and raw is not None:
        native = native._replace(save=lambda booster: raw)
    run.log_model(booster, native=native, signature=signature, of_training=True)


def log_checkpoint(run: ActiveRun, booster: Any, rounds: int, prefix: str = "") -> None:
    """Keep a booster in the middle of its training.

    Args:
        run: the run.
        booster: the booster.
        rounds: how many it has by now.
        prefix: what the name begins with.
    """
    run.log_model(booster, f"{prefix}checkpoint/{rounds}", native=_format_of(booster, run))


def _format_of(booster: Any, run: ActiveRun) -> NativeFormat | None:
    return BOOSTER if run.options.models != "pickle" and BOOSTER.takes(booster) else None


# -- boosters


def _is_booster(model: Any) -> bool:
    cls = type(model)
    return (cls.__module__, cls.__qualname__) == ("xgboost.core", "Booster")


def booster_bytes(booster: Any) -> bytearray:
    """Return a booster in its own format, UBJSON.

    Args:
        booster: the booster, which this only reads.
    """
    raw: bytearray = booster.save_raw(raw_format="ubj")
    return raw


def _load_booster(data: bytes, facts: Mapping[str, Any]) -> Any:
    import xgboost

    return xgboost.Booster(model_file=bytearray(data))


# -- estimators


def _is_own(model: Any) -> bool:
    """Whether it is an estimator of a class of XGBoost's own."""
    cls = type(model)
    return cls.__module__ == "xgboost.sklearn" and hasattr(cls, "get_booster")


def _is_whole(model: Any) -> bool:
    """Whether an estimator is its booster and plain values, save for code that only a fit asks."""
    if not _is_own(model) or "_Booster" not in vars(model):
        return False
    held = {name: value for name, value in _attributes(model).items() if not _is_plain(value, _DEPTH)}
    unknown = vars(model).keys() - _names(model) - {"_Booster"}
    return not held and not unknown


def _names(model: Any) -> set[str]:
    # Not by `get_params`, which draws from a `random_state` that is a generator.
    classes = [each for each in type(model).__mro__ if hasattr(each, "_get_param_names")]
    parameters = {name for each in classes for name in each._get_param_names()}
    return {*parameters, *getattr(model, "kwargs", {}), *_FITTED, "kwargs"}


def _attributes(model: Any) -> dict[str, Any]:
    """Its parameters, and what was fitted, in plain form."""
    names = _names(model).difference(_left_out(model))
    return {name: _plain(value) for name, value in vars(model).items() if name in names}


def _left_out(model: Any) -> list[str]:
    return [name for name in _OF_THE_FIT if _is_of_the_script(vars(model).get(name))]


def _is_of_the_script(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(map(_is_of_the_script, value))
    code = value if hasattr(value, "__qualname__") else type(value)
    return code.__module__ in ("__main__", "__mp_main__") or "<" in code.__qualname__  # local, or a lambda


def _plain(value: Any) -> Any:
    if isinstance(value, dict):  # the results of the rounds are ordered ones
        return {key: _plain(each) for key, each in value.items()}
    return value.tolist() if _is_array(value) else value


def _is_array(value: Any) -> bool:
    return type(value) is sys.modules["numpy"].ndarray and value.dtype.kind in "biufU"


def _is_plain(value: Any, depth: int) -> bool:
    if isinstance(value, dict):
        return depth > 0 and all(
            type(key) is str and _is_plain(each, depth - 1) for key, each in value.items()
        )
    if type(value) in (list, tuple):
        return depth > 0 and all(_is_plain(each, depth - 1) for each in value)
    if isinstance(value, sys.modules["numpy"].generic):
        return value.dtype.kind in "biufU"
    return type(value) in _PLAIN


def _describe_estimator(model: Any) -> dict[str, Any]:
    left_out = _left_out(model)
    return {
        "class": type(model).__name__,
        "attributes": _attributes(model),
        **({"left_out": left_out} if left_out else {}),
    }


def _estimator_bytes(model: Any) -> bytearray:
    return booster_bytes(model.get_booster())


def _load_estimator(data: bytes, facts: Mapping[str, Any]) -> Any:
    import xgboost.sklearn

    cls = vars(xgboost.sklearn).get(str(facts["class"]))
    if not (isinstance(cls, type) and cls.__module__ == "xgboost.sklearn" and hasattr(cls, "get_booster")):
        raise ValueError(f"XGBoost has no estimator {facts['class']!r}")
    model: Any = cls()
    known = _names(model)
    attributes = {name: value for name, value in facts["attributes"].items() if name in known}
    if isinstance(attributes.get("classes_"), list):
        attributes["classes_"] = sys.modules["numpy"].asarray(attributes["classes_"])
    # Not by its `load_model`, which puts what the booster knows in the place of what the fit was told.
    vars(model).update(attributes)
    if facts.get("left_out"):
        warnings.warn(
            f"{' and '.join(facts['left_out'])} of this {facts['class']} are the script's own code, which is "
            "not in the model: it predicts as before, and another fit needs them set again",
            stacklevel=2,
        )
    params = {"nthread": model.n_jobs} if model.n_jobs else {}
    model._Booster = xgboost.Booster(params, model_file=bytearray(data))
    return model


# -- predicting


def objection(model: Any) -> str:
    """Return why fitscribe does not let a model predict by itself; empty where that has no effects.

    Args:
        model: a model of a class in XGBoost.
    """
    name = type(model).__name__
    if not _is_own(model):
        return f"predict of {name} is not known to be free of effects"
    function = next(
        (each for each, value in vars(model).items() if callable(value) and each not in _OF_THE_FIT), ""
    )
    if function:
        return f"predict may call {function} of this {name}"
    if _draws(vars(model).get("random_state")):
        return "predict may draw from its random_state"  # before 2.0 it asks for the parameters
    on_a_device = [
        f"{parameter}={value!r}"
        for parameter in ("device", "tree_method", "predictor")
        for value in [vars(model).get(parameter)]
        if isinstance(value, str) and value.startswith(("cuda", "gpu", "sycl"))
    ]
    return f"it predicts on a device ({on_a_device[0]})" if on_a_device else ""


def _draws(random_state: Any) -> bool:
    return hasattr(random_state, "randint") or hasattr(random_state, "integers")


BOOSTER = NativeFormat(
    name="xgboost/ubj",
    ending=".ubj",
    takes=_is_booster,
    save=booster_bytes,
    describe=lambda booster: {},
    load=_load_booster,
)
ESTIMATOR = NativeFormat(
    name="xgboost/sklearn",
    ending=".ubj",
    takes=_is_whole,
    save=_estimator_bytes,
    describe=_describe_estimator,
    load=_load_estimator,
)
MODELS = Models(formats=(BOOSTER, ESTIMATOR), objection=objection, diagram=diagram)
