"""One boosting while it goes on: its series, round by round, and what decides when it ends."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from types import TracebackType
from typing import TYPE_CHECKING, Any

from fitscribe.engine import Call, guarded
from fitscribe.tracking.rounds import Rounds
from fitscribe_lightgbm import parameters, versions
from fitscribe_lightgbm.stopping import Made, Told, early_stopping

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun

    # The names of the series that one kind of result makes points of, and the places of the values in it.
    Points = tuple[tuple[str, int], ...]
    Keep = Callable[[ActiveRun, Any, str], None]
    Begun = Callable[[Any], None]

# The places of the items of a result, after the names of the set and of the metric (3.3 to 4.7).
_VALUE, _IS_HIGHER_BETTER, _DEVIATION = 2, 3, 4

# By the id of the call, while it goes on.
_going_on: dict[int, Boosting] = {}


def boosting_of(call: Call | None) -> Boosting | None:
    """Return the boosting that a call of `train` or `cv` is doing; None of any other call."""
    return _going_on.get(id(call))


def of_training(data: str, metric: str) -> Points:
    """Return the series of the results of `train` on one set by one metric.

    Args:
        data: the name of the set.
        metric: the name of the metric.
    """
    return ((f"{data}/{metric}", _VALUE),)


def of_folds(data: str, metric: str) -> Points:
    """Return the series of the results of `cv`: the mean over the folds, and its deviation.

    Args:
        data: as for :func:`of_training`.
        metric: likewise.
    """
    side, metric = versions.fold_result(data, metric)
    name = f"{'train' if side == 'train' else 'cv'}/{metric}"
    return (name, _VALUE), (f"{name}_std", _DEVIATION)


def direction_in(result: Sequence[Any]) -> str:
    """Return which way the metric of a result gets better, as LightGBM says: ``min`` or ``max``."""
    return "max" if result[_IS_HIGHER_BETTER] else "min"


class Boosting:
    """Records what is boosted within the block; the callback that does it is gone when the block is left.

    Args:
        call: of `train` or `cv`.
        run: where it is recorded.
        prefix: what the names of its series begin with.
        points: gives the series of a result, by the names of its set and of its metric.
        keep: keeps a checkpoint of a model under a name; None where there are none.
        begun: is given the model after the first round.
    """

    def __init__(
        self,
        call: Call,
        run: ActiveRun,
        prefix: str,
        points: Callable[[str, str], Points],
        keep: Keep | None = None,
        begun: Begun | None = None,
    ) -> None:
        self.prints = False
        """Whether LightGBM would print of its rounds, were it not for our callback."""
        self._call = call
        self._run = run
        callbacks = listed(call) or ()
        self._callbacks = [each for each in callbacks if versions.stopping(each) is not None]
        self._scheduled = parameters.scheduled(callbacks, call.arguments)
        self._prefix = prefix
        series = {name: f"{prefix}{main}" for name, main in self._scheduled.items()}
        self._recorder = _Recorder(run, prefix, points, keep, begun, series)

    def __enter__(self) -> Boosting:
        if self._scheduled:
            self._run.log_facts({f"{self._prefix}scheduled": sorted({*self._scheduled.values()})})
        given = listed(self._call)
        if not given and versions.prints_unless_called_back(self._call.name, self._call.arguments):
            self.prints = True
            given = [sys.modules["lightgbm.callback"].log_evaluation()]
        # LightGBM numbers callbacks without an order by how far they are from the end of the list, and leaves
        # the number on them: ours is the first one, so that the others get the number they would have got.
        if given is None or not self._call.set_argument("callbacks", [self._recorder, *given]):
            self._run.note_unseen("series", "fitscribe can add no callback to this call")
        _going_on[id(self._call)] = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del _going_on[id(self._call)]
        with self._run.section("series"):
            self._recorder.end()

    def stopped_by(self, callback: Any) -> None:
        """Take note of a callback of early stopping that LightGBM has made by itself.

        Args:
            callback: what `lightgbm.early_stopping` returned.
        """
        # What is made while the rounds are going on is a callback's own affair.
        if self._recorder.made() is None:
            self._callbacks.append(callback)

    def log_ending(self, prefix: str, training_set: str, told: Callable[[], Told]) -> None:
        """Record where the boosting began, and how it ended if anything was to stop it or did.

        Args:
            prefix: what the name of the fact begins with.
            training_set: the name of the training data among the sets that were evaluated.
            told: gives what LightGBM has of how it ended.
        """
        with self._run.section("early stopping"):
            made = self._recorder.made()
            states = [state for state in map(versions.stopping, self._callbacks) if state is not None]
            if made is None:
                return
            if made.first:
                self._run.log_facts({f"{prefix}rounds_before": made.first})
            fact = early_stopping(states, made, training_set, told())
            if fact is not None:
                self._run.log_facts({f"{prefix}early_stopping": fact})


class _Recorder:
    """The callback: what LightGBM calls after each round.

    It is the first one that is called, as another one may end the training by an exception.

    Args:
        run: as for :class:`Boosting`, as the others are.
        prefix: likewise.
        points: likewise.
        keep: likewise.
        begun: likewise.
        scheduled: the series of each parameter that is set before each round.
    """

    def __init__(
        self,
        run: ActiveRun,
        prefix: str,
        points: Callable[[str, str], Points],
        keep: Keep | None,
        begun: Begun | None,
        scheduled: Mapping[str, str],
    ) -> None:
        self.order = float("-inf")
        self.before_iteration = False
        self._run = run
        self._prefix = prefix
        self._points = points
        self._keep = keep
        self._begun = begun
        self._scheduled = scheduled
        self._rounds: Rounds | None = None
        self._first = self._last = self._end = 0
        self._results: Sequence[Any] = ()
        self._known: dict[tuple[str, str], Points] = {}
        self._directions: dict[str, str] = {}
        self._said: set[str] = set()
        self._guard = guarded("lightgbm, round")

    def __call__(self, env: Any) -> None:
        """Record one round.

        Args:
            env: LightGBM's `CallbackEnv`.
        """
        with self._guard:
            rounds = self._rounds
            if rounds is None:
                rounds = self._rounds = Rounds(self._run, env.begin_iteration)
                self._first, self._end = env.begin_iteration, env.end_iteration
            self._results = results = env.evaluation_result_list or ()
            self._last = env.iteration
            values = self._values(results)
            for parameter, name in self._scheduled.items():
                value = env.params.get(parameter)
                if isinstance(value, Real):
                    values[name] = float(value)
            rounds.record(values)
            due = rounds.checkpoint
            if rounds.count == 1:
                self._run.log_directions(self._directions)
            if rounds.count == 1 and self._begun is not None:
                self._begun(env.model)
            if due is not None and self._keep is not None:
                self._keep(self._run, env.model, f"{self._prefix}checkpoint/{due}")

    def _values(self, results: Sequence[Any]) -> dict[str, float]:
        values: dict[str, float] = {}
        known = self._known
        for result in results:
            for name, place in known.get((result[0], result[1])) or self._points_of(result):
                try:
                    values[name] = float(result[place])
                except (TypeError, ValueError):
                    self._note_once(name, f"{type(result[place]).__name__} is no number")
                except OverflowError:
                    self._note_once(name, "a number that is too large for a float")
        if len(values) < len(results) and not self._said:
            self._note_once("some of the series", "several have the same name")
        return values

    def _points_of(self, result: Any) -> Points:
        named = self._points(result[0], result[1])
        found = tuple((f"{self._prefix}{name}", place) for name, place in named)
        self._known[result[0], result[1]] = found
        # The deviation over folds, which comes after the mean, has none.
        self._directions[found[0][0]] = direction_in(result)
        return found

    def _note_once(self, what: str, why: str) -> None:
        if what not in self._said:
            self._said.add(what)
            self._run.note_unseen(what, why)

    def made(self) -> Made | None:
        """What has been made of the boosting; None where it did not come to a round."""
        if self._rounds is None:
            return None
        names = [self._points_of(result)[0][0] for result in self._results]
        return Made(self._first, self._last, self._end, self._results, names)

    def end(self) -> None:
        """Record that there are no more rounds."""
        if self._rounds is not None:
            self._rounds.end()


def listed(call: Call) -> Sequence[Any] | None:
    """Return the callbacks of the caller's; None where they are in something that cannot be copied.

    Args:
        call: of `train` or `cv`.
    """
    given = call.arguments.get("callbacks")
    if given is None:
        return ()
    return list(given) if isinstance(given, (list, tuple, set, frozenset)) else None
