"""What is recorded of one call of `xgboost.train`, part by part: each part may fail without the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping
from time import thread_time
from typing import TYPE_CHECKING, Any

from fitscribe import capture, lineage
from fitscribe.engine import Call
from fitscribe.tracking import trained, training_run
from fitscribe_xgboost import matrices
from fitscribe_xgboost.iterables import Overheard, items_of, overhear
from fitscribe_xgboost.models import log_booster
from fitscribe_xgboost.parameters import (
    correct,
    default_arguments,
    log_defaults,
    named_callbacks,
    outputs_of,
    parameters_of,
    remember_told,
    scheduled,
)
from fitscribe_xgboost.rounds import RoundCallback, note_shared_metrics, round_callback
from fitscribe_xgboost.stopping import early_stopping
from fitscribe_xgboost.trees import log_trees

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun
    from fitscribe.tracking.hosting import Guest

TRAIN = "train"
# Data to evaluate on that has that name, and is other data.
OTHER_TRAIN = "train (eval set)"
KIND = "booster"


def is_recorded_here() -> bool:
    """Whether this process is the one that records: of several that train one model, the first."""
    from xgboost import collective

    return bool(collective.get_rank() == 0)


def recorded_training(call: Call) -> Generator[None, Any, None]:
    """Record a training as a run of its own."""
    params = parameters_of(call)
    known = default_arguments(call) | params
    with training_run(call, name="xgboost.train", params=known, changed=list(params)) as run:
        recording = Recording(call, run)
        recording.before()
        with run.section("datasets"):
            recording.log_data()
        try:
            booster = yield
        except BaseException:
            recording.ended()
            raise
        recording.ended()
        raw = recording.after(booster)
        with run.section("parameters"):
            log_overheard(call, run)
            log_defaults(run, booster, params, scheduled(call.arguments.get("callbacks")))
        with run.section("link to the model"):
            remember(run, booster, call.arguments["dtrain"], recording.eval_sets())
            remember_told(booster, call.arguments.get("params"))
        signature = None
        with run.section("signature"):
            signature = recording.log_signature(booster)
        with run.section("model"):
            log_booster(run, booster, signature, raw)


def recorded_guest(call: Call, guest: Guest) -> Generator[None, Any, None]:
    """Record of a training within an estimator's fit what the estimator does not tell."""
    recording = Recording(call, guest.run, guest.prefix)
    recording.before()
    with guest.run.section("datasets"):
        recording.log_eval_sets()
        recording.log_beside_rows()
    try:
        booster = yield
    except BaseException:
        recording.ended()
        raise
    recording.ended()
    recording.after(booster)
    with guest.run.section("parameters"):
        correct(guest, call, booster)
    with guest.run.section("link to the model"):
        # The run knows the estimator's data, and not that of the matrices made of it.
        trained.remember(booster, guest.run, kind=KIND)
        remember_told(booster, call.arguments.get("params"))


class Recording:
    """The recording of one call of ``train``.

    Args:
        call: the observed call.
        run: the run that it adds to.
        prefix: what the names begin with.
    """

    def __init__(self, call: Call, run: ActiveRun, prefix: str = "") -> None:
        self._call = call
        self._run = run
        self._prefix = prefix
        goes_on = call.arguments.get("xgb_model") is not None
        self._callback: RoundCallback = round_callback(run, prefix, goes_on=goes_on)
        self._dataset: dict[str, Any] | None = None
        self._started = 0.0

    def before(self) -> None:
        """Let the rounds be recorded as they are made."""
        add_callback(self._call, self._run, self._callback, self._prefix)
        overhear(self._call, "evals")
        self._started = thread_time()

    def log_data(self) -> None:
        """Describe the matrices, and what they descend from."""
        if not self._run.options.datasets:
            return
        dtrain = self._call.arguments["dtrain"]
        if not matrices.is_matrix(dtrain):  # an error, and XGBoost's to tell
            return
        self._dataset = matrices.describe(dtrain)
        self._run.log_description(self._dataset, role=TRAIN)
        if not self._overhears_evals():
            self.log_eval_sets()

    def log_eval_sets(self) -> None:
        """Describe the data that the rounds are evaluated on, and what all of it descends from."""
        if not self._run.options.datasets:
            return
        sets = self.eval_sets()
        for name, matrix in sets.items():
            self._run.log_description(matrices.describe(matrix), role=f"{self._prefix}{name}")
        if self._dataset is not None:  # of a guest it is its host's
            matrices.log_lineage(self._run, {TRAIN: self._call.arguments["dtrain"], **sets})

    def log_beside_rows(self) -> None:
        """Record what the rows of the training data have besides: its host has the arguments alone."""
        dtrain = self._call.arguments["dtrain"]
        if self._run.options.datasets and dtrain.num_row() <= matrices.LABELS:
            beside = matrices.beside_rows(dtrain)
            if beside:
                self._run.log_facts({f"{self._prefix}train_data": beside})

    def eval_sets(self) -> dict[str, Any]:
        """The matrices to evaluate on, by name; one that is the training data itself is that."""
        dtrain = self._call.arguments["dtrain"]
        return {
            OTHER_TRAIN if name == TRAIN else name: matrix
            for matrix, name in self._eval_pairs()
            if matrix is not dtrain and matrices.is_matrix(matrix)
        }

    def _eval_pairs(self) -> list[tuple[Any, str]]:
        # What is none is an error, and XGBoost's to tell.
        pairs = items_of(self._call.arguments.get("evals"))
        return [tuple(each) for each in pairs if isinstance(each, (list, tuple)) and len(each) == 2]

    def _overhears_evals(self) -> bool:
        return isinstance(self._call.arguments.get("evals"), Overheard)

    def ended(self) -> None:
        """End the series, however the training ended, and record what was learned of the call by it."""
        with self._run.section("rounds"):
            self._callback.end()
            self._note_shared_names()
        if self._overhears_evals():
            with self._run.section("datasets"):
                self.log_eval_sets()

    def _note_shared_names(self) -> None:
        counts = Counter(name for _, name in self._eval_pairs())
        for name in [name for name, count in counts.items() if count > 1]:
            self._run.note_unseen(
                f"the results of all eval sets called {name!r} but the last",
                "XGBoost keeps the results of eval sets of one name in one list",
            )
        note_shared_metrics(self._run, self._callback, counts)

    def after(self, booster: Any) -> bytearray | None:
        """Record how the training ended, and what was learned.

        Args:
            booster: what it returned.

        Returns:
            The booster in its own format, if it was saved for this.
        """
        run, arguments, prefix = self._run, self._call.arguments, self._prefix
        trained_s = thread_time() - self._started
        with run.section("parameters"):
            changing = scheduled(arguments.get("callbacks"))
            if changing:
                run.log_facts({f"{prefix}scheduled": changing})
        with run.section("early stopping"):
            stopped = early_stopping(arguments, self._callback)
            if stopped is not None:
                run.log_facts({f"{prefix}early_stopping": stopped})
        raw = None
        with run.section("trees"):
            raw = log_trees(run, booster, prefix, trained_s)
        with run.section("continued training"):
            self._log_continued()
        return raw

    def _log_continued(self) -> None:
        facts: dict[str, Any] = {}
        if self._callback.before:
            facts[f"{self._prefix}rounds_before"] = self._callback.before
        # There need be no rounds before: an `updater` may go through those of the model once more.
        earlier = trained.run_before(self._call.arguments.get("xgb_model"))
        if earlier is not None:
            facts[f"{self._prefix}continues"] = earlier
        if facts:
            self._run.log_facts(facts)

    def log_signature(self, booster: Any) -> dict[str, Any] | None:
        """Record the columns and types that the booster takes and gives, and return them."""
        return None if self._dataset is None else log_signature(self._run, self._dataset, booster)


def log_signature(run: ActiveRun, dataset: Mapping[str, Any], booster: Any) -> dict[str, Any]:
    """Record the columns and types that a booster takes and gives, and return them.

    Args:
        run: the run.
        dataset: the description of what it was trained on.
        booster: what was trained.
    """
    found = capture.signature(dataset) | {"outputs": outputs_of(booster)}
    run.log_signature(found)
    return found


def add_callback(call: Call, run: ActiveRun, callback: RoundCallback, prefix: str = "") -> None:
    """Let a callback be called beside those of the user's; where it cannot, the run says so.

    Args:
        call: of ``train`` or ``cv``.
        run: the run.
        callback: the callback.
        prefix: what the names of its series begin with.
    """
    if overhear(call, "callbacks", [callback]) or call.add_to_list("callbacks", callback):
        return
    given = capture.type_name(call.arguments.get("callbacks"))
    why = f"the callbacks are {given}" if call.state == "applied" else call.state
    run.note_unseen(f"{prefix}rounds", why)


def log_overheard(call: Call, run: ActiveRun) -> None:
    """Record the names of callbacks that were not to be known before XGBoost had asked for them.

    Args:
        call: of ``train`` or ``cv``, which is over.
        run: its run.
    """
    callbacks = call.arguments.get("callbacks")
    if isinstance(callbacks, Overheard):
        names = named_callbacks(callbacks)
        run.log_params(names, changed=list(names))


def remember(run: ActiveRun, booster: Any, dtrain: Any, eval_sets: Mapping[str, Any]) -> None:
    """Remember the run of a booster, so that what it predicts finds it.

    Args:
        run: the run.
        booster: what was trained.
        dtrain: the data.
        eval_sets: further matrices by the user's names, which are the roles of what is predicted for them.
    """
    node = lineage.seen(dtrain)
    found = trained.remember(booster, run, data=node, target=node.target, kind=KIND)
    for name, matrix in eval_sets.items():
        found.use(name, lineage.seen(matrix))
