"""The parameters of a training: those given, under one name each, and those that XGBoost has by default."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from fitscribe.capture import plain_value
from fitscribe.engine import Call, guarded
from fitscribe.tracking.weakly import WeakTable
from fitscribe_xgboost.iterables import items_of

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun
    from fitscribe.tracking.hosting import Guest

# What XGBoost 1.7 to 3.2 declares as aliases of each other, by the name that its scikit-learn interface has.
ALIASES = {
    "eta": "learning_rate",
    "min_split_loss": "gamma",
    "lambda": "reg_lambda",
    "alpha": "reg_alpha",
    "seed": "random_state",
    "nthread": "n_jobs",
    "updater_seq": "updater",
}
# Arguments of `train` and `cv` that are data, or objects whose names say nothing.
_NOT_SHOWN = frozenset(
    {"params", "dtrain", "evals", "evals_result", "callbacks", "verbose_eval", "as_pandas", "show_stdv"}
)
_OF_FOLDS = ("nfold", "stratified", "shuffle", "seed")
# What else models have is learned, or is of the data.
_OF_MODELS = frozenset({"num_parallel_tree"})
# Of the tree updaters' own: knobs for the developers of XGBoost.
_INTERNAL = frozenset({"hist_train_param", "colmaker_train_param", "approx_train_param"})


def parameters_of(call: Call) -> dict[str, Any]:
    """Return what a call was told, see :func:`given_parameters`; nothing where that cannot be read."""
    with guarded("xgboost, parameters"):
        return given_parameters(call.arguments)
    return {}


def default_arguments(call: Call) -> dict[str, Any]:
    """Return what decides how a call of ``train`` or ``cv`` goes on and was left to its defaults, by name."""
    # Where the folds are given, nothing is asked for how to make them.
    others = _OF_FOLDS if call.arguments.get("folds") is not None else ()
    return {
        name: default
        for name, default in call.defaults.items()
        if type(default) in (bool, int) and name not in {*_NOT_SHOWN, *others}
    }


def given_parameters(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a call of ``train`` or ``cv`` was told, as plain values by name.

    Args:
        arguments: of the call. Functions are named, aliases resolved, and what is None is left out, as
            XGBoost itself passes it over. A function ``obj`` is the objective; where ``params`` name one as
            well, which transforms the predictions, it stays apart.
    """
    found: dict[str, Any] = {}
    pairs = [(name, value) for name, value in _pairs(arguments.get("params")) if value is not None]
    heeded = _heeded(name for name, _ in pairs)
    for written, value in pairs:
        name = ALIASES.get(written, written)
        if name == "eval_metric" and name in found:
            before = found[name]
            found[name] = [*(before if isinstance(before, list) else [before]), plain_value(value)]
        elif heeded[name] == written:
            found[name] = plain_value(value)
    for name, value in arguments.items():
        if name not in _NOT_SHOWN and value is not None:
            found[name] = _shown(value)
    if "obj" in found and "objective" not in found:
        found["objective"] = found.pop("obj")
    return found | named_callbacks(arguments.get("callbacks"))


# By the booster. No other one is made to find out what differs from the defaults: configuring it would seed
# the random numbers that all boosters draw from.
_told: WeakTable[dict[str, Any]] = WeakTable()


def remember_told(booster: Any, params: Any) -> None:
    """Remember what a booster was told by whoever made it, for a loop of the script's around it.

    Args:
        booster: the booster.
        params: of the call that made it.
    """
    _told.set(booster, given_parameters({"params": params}))


def told_to(booster: Any) -> dict[str, Any]:
    """Return what :func:`remember_told` knows of a booster: nothing of one that was loaded or copied."""
    return dict(_told.get(booster) or {})


def named_callbacks(callbacks: Any) -> dict[str, Any]:
    """Return the classes of the callbacks, as a parameter; nothing where none are known.

    Args:
        callbacks: the argument.
    """
    names = [type(each).__name__ for each in items_of(callbacks)]
    return {"callbacks": names} if names else {}


def scheduled(callbacks: Any) -> list[str]:
    """Return the parameters that have another value in each round: those of a ``LearningRateScheduler``.

    Args:
        callbacks: the argument.
    """
    from xgboost.callback import LearningRateScheduler

    is_rate = any(isinstance(each, LearningRateScheduler) for each in items_of(callbacks))
    return ["learning_rate"] if is_rate else []


def log_defaults(run: ActiveRun, booster: Any, known: Collection[str], changing: Collection[str]) -> None:
    """Record what a booster was trained with that nobody gave: the defaults of this version.

    Args:
        run: the run.
        booster: a booster that is configured.
        known: the parameters that the run has.
        changing: those that have changed from round to round: what they are in the end is no default.
    """
    defaults = resolved_parameters(booster)
    left_out = {*known, *changing}
    run.log_params({name: defaults[name] for name in defaults if name not in left_out}, changed=[])


def correct(guest: Guest, call: Call, booster: Any) -> None:
    """Record what an estimator was trained with, where its parameters do not say it.

    The run has what ``get_params`` gave before the fit: None where XGBoost decides, the objective that
    ``XGBClassifier`` replaces where there are several classes, a default beside an alias that was given. If
    that is an ``XGBModel``'s own, each of these gets the value that counted.

    Args:
        guest: the place of the training in the run of the estimator.
        call: of ``train`` within the estimator's ``fit``, which is over.
        booster: what was trained.
    """
    given = dict(_pairs(call.arguments.get("params")))
    counts = given_parameters({"params": given})
    differing = {
        name: (alias, name)
        for alias, name in ALIASES.items()
        if given.get(alias) is not None and name in given and given[name] != given[alias]
    }
    named = {name: counts[name] for name in differing}
    host = None if call.owner is None else call.owner.instance
    if not guest.prefix and _is_estimator(host):
        both = {each: counts[name] for name, names in differing.items() for each in names}
        if both:
            guest.run.log_params(both, changed=list(both))
        left_out = {*both, *scheduled(call.arguments.get("callbacks"))}
        guest.log_decided({k: v for k, v in _decided(host, booster).items() if k not in left_out})
    elif isinstance(given.get("objective"), str):
        named["objective"] = given["objective"]
    if named:
        guest.run.log_facts({f"{guest.prefix}parameters_that_count": named})


def _decided(estimator: Any, booster: Any) -> dict[str, Any]:
    """What the training used of the parameters that an estimator left to XGBoost, by its names of them."""
    resolved = resolved_parameters(booster)
    attributes = vars(estimator)
    found = {name: value for name, value in resolved.items() if attributes.get(name, value) is None}
    if not callable(attributes.get("objective")):
        found["objective"] = resolved["objective"]
    if attributes.get("n_estimators", 0) is None:
        # Of a forest they are trees of one round.
        found["n_estimators"] = sys.modules["xgboost.sklearn"].XGBModel.get_num_boosting_rounds(estimator)
    return found


def _is_estimator(instance: Any) -> bool:
    return isinstance(instance, sys.modules["xgboost.sklearn"].XGBModel)


def _heeded(names: Iterable[str]) -> dict[str, str]:
    """Which one XGBoost heeds of the names that one parameter is given under: the last in their alphabet.

    It keeps what it is told in a sorted map, and sets one after the other (``Booster.save_config`` shows it,
    1.7 to 3.2).
    """
    return {ALIASES.get(name, name): name for name in sorted(names)}


def _pairs(params: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(params, Mapping):
        return [(str(name), value) for name, value in params.items()]
    if isinstance(params, (list, tuple)):
        return [(str(each[0]), each[1]) for each in params if len(each) == 2]
    return []


def _shown(value: Any) -> Any:
    # A model to go on with would be shown by its address, splitters and folds by all their rows.
    return plain_value(value) if _is_plain(value) else f"{type(value).__module__}:{type(value).__qualname__}"


def _is_plain(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(isinstance(each, str) for each in value)
    return callable(value) or isinstance(value, (str, int, float)) or hasattr(value, "__fspath__")


def resolved_parameters(booster: Any) -> dict[str, Any]:
    """Return every parameter of a booster as XGBoost has resolved it, by the same names.

    Args:
        booster: a booster that is configured, as it is after a round. ``Booster.save_config`` says all of it
            (1.7 to 3.2), as texts and each alias besides.
    """
    learner = json.loads(booster.save_config())["learner"]
    metrics = [each["name"] for each in learner["metrics"]]
    found: dict[str, Any] = {"eval_metric": metrics} if metrics else {}
    for name, value in _settings(learner):
        found.setdefault(ALIASES.get(name, name), _number(value))
    return found


def _settings(section: Mapping[str, Any], inside: str = "") -> Iterator[tuple[str, str]]:
    for key, value in section.items():
        if isinstance(value, dict) and key not in _INTERNAL:
            yield from _settings(value, key)
        elif isinstance(value, list):
            for each in value:
                if isinstance(each, dict) and inside == "gradient_booster":
                    yield from _settings(each, key)
        elif isinstance(value, str) and _is_setting(key, inside):
            yield key, value


def _is_setting(key: str, section: str) -> bool:
    return section.endswith("_param") and ("model" not in section or key in _OF_MODELS)


def _number(text: str) -> Any:
    for kind in (int, _single):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _single(text: str) -> float:
    # XGBoost computes with single precision: 0.300000012 is its 0.3.
    return float(str(sys.modules["numpy"].float32(text)))


def outputs_of(booster: Any) -> dict[str, Any]:
    """Return what a booster predicts, in the words of :func:`fitscribe.capture.signature`.

    Args:
        booster: a configured booster. It gives one column for each class, target or quantile, but for
            ``multi:softmax``, which gives labels; all of single precision (1.7 to 3.2).
    """
    learner = json.loads(booster.save_config())["learner"]
    model = learner["learner_model_param"]
    columns = max(int(model.get("num_class", 0)), int(model.get("num_target", 1)))
    is_wide = columns > 1 and learner["objective"]["name"] != "multi:softmax"
    return {"shape": [None, columns] if is_wide else [None], "type": "float32"}


def tree_count(booster: Any) -> int | None:
    """Return how many trees a booster has; None for one that is linear.

    Args:
        booster: a configured booster.
    """
    section: Any = json.loads(booster.save_config())["learner"]["gradient_booster"]
    section = section.get("gbtree", section)  # that of DART is around it
    count = section.get("gbtree_model_param", {}).get("num_trees")
    return None if count is None else int(count)
