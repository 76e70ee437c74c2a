"""What a training was set to: the parameters given, by the names that LightGBM has for them."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe.capture import plain_value
from fitscribe.engine import guarded
from fitscribe.tracking.weakly import WeakTable
from fitscribe_lightgbm import versions
from fitscribe_lightgbm.datasets import is_dataset

if TYPE_CHECKING:
    from fitscribe.engine import Call
    from fitscribe.tracking import ActiveRun
    from fitscribe.tracking.hosting import Guest

# How many rounds `train` and `cv` make where nobody says anything else (3.3 to 4.7).
ROUNDS = 100
# Arguments that are parameters under another name, that are recorded elsewhere, or that only print.
_ELSEWHERE = frozenset(
    """
    params train_set valid_sets valid_names num_boost_round callbacks evals_result fobj early_stopping_rounds
    metrics verbose_eval show_stdv feature_name categorical_feature keep_training_booster return_cvbooster
    """.split()
)
# `seed` of `cv` makes the folds: the model's own one, by whatever alias, is another parameter.
_APART = {"seed": "fold_seed"}
_OF_FOLDS = ("nfold", "stratified", "shuffle", "seed")

_SECTION, _END = "\nparameters:", "\nend of parameters"
# One that is set to something.
_SETTING = re.compile(r"\[(\w+): (.+)\]")
# By the booster.
_told: WeakTable[dict[str, Any]] = WeakTable()


class Parameters(NamedTuple):
    """What a training was set to.

    Attributes:
        values: their plain forms, aliases resolved: ``learning_rate``, whoever wrote ``eta``.
        changed: names of those that were given.
    """

    values: dict[str, Any]
    changed: list[str]


def of_call(call: Call) -> Parameters:
    """Read the parameters of a call of `train` or `cv`, those of its data set included.

    Args:
        call: the call.
    """
    arguments = call.arguments
    values = _of_model(arguments)
    if arguments.get("early_stopping_rounds") is not None:
        values.setdefault("early_stopping_round", arguments["early_stopping_rounds"])
    values = resolved(values)
    if arguments.get("fobj") is not None:
        values["objective"] = arguments["fobj"]
    if arguments.get("metrics") is not None:
        values["metric"] = arguments["metrics"]
    for name, value in arguments.items():
        if name not in _ELSEWHERE and value is not None:
            values[_APART.get(name, name)] = value
    callbacks = _named_callbacks(arguments.get("callbacks"))
    if callbacks:
        values["callbacks"] = callbacks
    changed = list(values)
    if "num_iterations" not in values:
        values["num_iterations"] = arguments.get("num_boost_round", ROUNDS)
        if "num_boost_round" in arguments:
            changed.append("num_iterations")
    return Parameters(_default_arguments(call) | _plain(values), changed)


def _default_arguments(call: Call) -> dict[str, Any]:
    """What was left to its defaults of the arguments of `cv` that are no parameters; `train` has none."""
    # Where the folds are given, nothing is asked for how to make them.
    others = _OF_FOLDS if call.arguments.get("folds") is not None else ()
    return {
        _APART.get(name, name): default
        for name, default in call.defaults.items()
        if type(default) in (bool, int) and name not in {*_ELSEWHERE, *others}
    }


def of_booster(booster: Any, objective: Any) -> Parameters:
    """Read the parameters of a booster that the script trains by itself.

    Args:
        booster: a `Booster` with a data set.
        objective: the function that it is trained by; None where that is one of its parameters.
    """
    known = _told.get(booster)
    values = told(vars(booster)) if known is None else dict(known)
    if objective is not None:
        values["objective"] = shown(objective)
    return Parameters(values, list(values))


def told(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a model is told, which counts for the rounds that a loop of the script's makes of it, too.

    Args:
        arguments: of the call of `train` that makes it, or what it has itself where no such call did:
            `train` adds what it has made of its other arguments.
    """
    values = _plain(
        {name: value for name, value in resolved(_of_model(arguments)).items() if value is not None}
    )
    values.pop("num_iterations", None)  # a loop makes as many as it makes
    return values


def remember_told(booster: Any, values: dict[str, Any]) -> None:
    """Remember what the model of a call of `train` was told, for a loop that goes on with it.

    Args:
        booster: what was trained.
        values: what :func:`told` gave before the call.
    """
    _told.set(booster, values)


def scheduled(callbacks: Iterable[Any], arguments: Mapping[str, Any]) -> dict[str, str]:
    """Return the parameters that have another value in each round, and the main name of each.

    Args:
        callbacks: of the training, among which those of `lightgbm.reset_parameter` are.
        arguments: of the training, one of which is for rates until 3.3.
    """
    main = {alias: name for name, aliases in versions.aliases().items() for alias in aliases}
    names = [name for each in callbacks for name in versions.scheduled(each)]
    if arguments.get("learning_rates") is not None:
        names.append("learning_rate")
    return {name: main.get(name, name) for name in names}


def log_others(run: ActiveRun, given: Parameters, booster: Any, scheduled: Collection[str] = ()) -> None:
    """Record what a booster is trained by that nobody gave: the defaults of this version.

    Args:
        run: the run.
        given: what was given.
        booster: a `Booster`.
        scheduled: those that change from round to round, which are none.
    """
    with run.section("parameters"):
        # All of them are in the text of the model (3.3 to 4.7); the text of one round is short.
        _, _, told = booster.model_to_string(num_iteration=1).partition(_SECTION)
        others = {name: _read(value) for name, value in _SETTING.findall(told.partition(_END)[0])}
        others.pop("num_iterations", None)  # the default is none of a loop, which makes as many as it makes
        left_out = {*given.values, *scheduled}
        run.log_params({name: others[name] for name in others if name not in left_out}, changed=[])


def correct(guest: Guest, call: Call) -> None:
    """Record what an estimator trains with, where its parameters do not say it.

    The run has what `get_params` gave: None where LightGBM decides, an objective that `LGBMClassifier`
    replaces, a default beside an alias that was given. If that is an `LGBMModel`'s own, each of these gets
    the value that counts.

    Args:
        guest: the place of the training in the run of the estimator.
        call: of `train` within the estimator's `fit`.
    """
    run = guest.run
    with run.section("parameters"):
        _name_callbacks(guest, call)
        given = _mapping(call.arguments.get("params"))
        counts = resolved(given)
        counts.setdefault("num_iterations", call.arguments.get("num_boost_round", ROUNDS))
        host = None if call.owner is None else call.owner.instance
        is_models = isinstance(host, sys.modules["lightgbm"].LGBMModel)
        has_function = call.arguments.get("fobj") is not None or callable(counts.get("objective"))
        counts = _plain(counts)
        differing = _differing(vars(host) if is_models else given, counts)
        named = {main: counts[main] for main in differing}
        if is_models:
            run.log_params({name: counts[main] for main, names in differing.items() for name in names})
            guest.log_decided(_decided(vars(host), counts, has_function))
        elif "objective" in counts and not has_function:
            named["objective"] = counts["objective"]
        if named:
            run.log_facts({f"{guest.prefix}parameters_that_count": named})


def _name_callbacks(guest: Guest, call: Call) -> None:
    """Record callbacks that a host's `fit` was given by names that are the same in every version.

    They are the host's own, or as those of a step of a pipeline ``m__callbacks``.
    """
    arguments: Mapping[str, Any] = {} if call.owner is None else call.owner.arguments
    for argument, callbacks in arguments.items():
        if argument.rpartition("__")[2] == "callbacks":
            names = _named_callbacks(callbacks)
            if names and any(map(versions.callback_name, callbacks)):
                guest.log_decided({f"fit__{argument}": shown(names)})


def _named_callbacks(callbacks: Any) -> list[Any]:
    """The names, the same in every version, of callbacks of LightGBM's own, and the others themselves."""
    is_list = type(callbacks) in (list, tuple)
    return [versions.callback_name(each) or each for each in callbacks] if is_list else []


def _decided(attributes: Mapping[str, Any], counts: Mapping[str, Any], has_function: bool) -> dict[str, Any]:
    """What a training uses of the parameters that an estimator leaves to LightGBM, by its names of them."""
    left = {
        name: counts[main]
        for main, names in versions.aliases().items()
        for name in names
        if main in counts and attributes.get(name, main) is None
    }
    if not has_function and "objective" in counts:
        left["objective"] = counts["objective"]
    return left


def _differing(given: Mapping[str, Any], counts: Mapping[str, Any]) -> dict[str, list[str]]:
    """The names of each parameter that has several of them with several values, by its main name."""
    found = {}
    for main, aliases in versions.aliases().items():
        names = [name for name in aliases if name in given]
        if len(names) > 1 and main in counts and any(shown(given[name]) != counts[main] for name in names):
            found[main] = names
    return found


def _read(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def resolved(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters by their main names; of several names for one that counts which LightGBM takes.

    Args:
        given: names and values.
    """
    table = versions.aliases()
    main = {alias: name for name, aliases in table.items() for alias in aliases}
    found: dict[str, Any] = {}
    for name in given:
        own = main.get(name, name)
        if own not in found:
            found[own] = given[next((each for each in table.get(own, ()) if each in given), name)]
    return found


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for name, value in values.items():
        with guarded("lightgbm parameters"):
            found[name] = shown(value)
    return found


def shown(value: Any) -> Any:
    """Return the plain form of a parameter's value; a function is known by its name.

    Args:
        value: any object.
    """
    if type(value) in (list, tuple) and len(value) <= 20:
        return [shown(each) for each in value]
    if type(value).__module__ == "lightgbm.sklearn" and "func" in getattr(value, "__dict__", {}):
        value = value.func  # what LGBMModel wraps the user's functions in
    if type(value).__module__.partition(".")[0] == "lightgbm":
        return type(value).__name__
    return plain_value(value)


def _of_model(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {**_of_dataset(arguments.get("train_set")), **_mapping(arguments.get("params"))}


def _of_dataset(dataset: Any) -> dict[str, Any]:
    return _mapping(dataset.get_params()) if is_dataset(dataset) else {}


def _mapping(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}
