"""What a run has of the data of its training: what it was, where it is from, and what the model takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fitscribe import capture
from fitscribe.tracking import trained
from fitscribe.tracking.kept_data import keep_data
from fitscribe.tracking.lineages import log_lineage
from fitscribe_lightgbm import datasets, versions

if TYPE_CHECKING:
    from fitscribe.lineage import Node
    from fitscribe.tracking import ActiveRun

_TRAIN = "train"
# Data to evaluate on that has that name, and is other data.
_OTHER_TRAIN = "train (eval set)"


class Data:
    """The data sets of one training.

    Args:
        run: its run.
        training_set: the `Dataset` to train on; None where the run's host describes the training data.
        eval_sets: those that it is evaluated on, by name.
    """

    def __init__(self, run: ActiveRun, training_set: Any, eval_sets: Mapping[str, Any]) -> None:
        self._run = run
        self._sets = {}
        if datasets.is_dataset(training_set):
            self._sets[_TRAIN] = training_set
        self._sets |= {self._role_of(name, each): each for name, each in eval_sets.items()}
        self._origins: dict[str, datasets.Origin] = {}
        self._described: dict[str, dict[str, Any]] = {}
        self._is_lineage_whole = True

    def _role_of(self, name: str, dataset: Any) -> str:
        """The name of a set, or another one where it has that of the training data and is other data."""
        return _OTHER_TRAIN if name == _TRAIN and self._sets.get(_TRAIN) is not dataset else name

    def log(self) -> None:
        """Record what the data is, before LightGBM lets go of it."""
        run = self._run
        with run.section("origin of the data"):
            self._origins = {name: datasets.note(dataset) for name, dataset in self._sets.items()}
        if run.options.datasets:
            for name, dataset in self._sets.items():
                # Of what is in a file, nothing is known before it is read.
                if datasets.raw_data(dataset) is not None or versions.is_constructed(dataset):
                    self._describe(name, dataset)
            self._log_lineage()
        training_set = self._sets.get(_TRAIN)
        if training_set is not None:
            self._keep(training_set)

    def add(self, name: str, dataset: Any) -> None:
        """Record one more set, before LightGBM lets go of its raw data.

        Args:
            name: of the set.
            dataset: a `Dataset`, which LightGBM takes just now.
        """
        name = self._role_of(name, dataset)
        self._sets[name] = dataset
        self._is_lineage_whole = False
        with self._run.section("origin of the data"):
            self._origins[name] = datasets.note(dataset)
        if self._run.options.datasets and datasets.raw_data(dataset) is not None:
            self._describe(name, dataset)

    def log_later(self) -> None:
        """Record of the other data, such as that in files, what LightGBM knows of it by now."""
        if self._run.options.datasets and not self._is_lineage_whole:
            self._log_lineage()
        if self._run.options.datasets:
            for name, dataset in self._sets.items():
                if name not in self._described:
                    self._describe(name, dataset)

    def _describe(self, name: str, dataset: Any) -> None:
        with self._run.section("datasets"):
            self._described[name] = description = datasets.describe(dataset)
            self._run.log_description(description, role=name)

    def _log_lineage(self) -> None:
        with self._run.section("lineage"):
            nodes: dict[str, Node | None] = {}
            for name, origin in self._origins.items():
                nodes |= {name: origin.data, f"{name} target": origin.target}
            log_lineage(self._run, nodes)

    def _keep(self, dataset: Any) -> None:
        run, raw = self._run, datasets.raw_data(dataset)
        if run.options.keep_data != "no":
            with run.section("data"):
                if raw is None:
                    run.note_unseen("the train data", "LightGBM has it in a form of its own only")
                else:
                    keep_data(run, raw, datasets.label_of(dataset), how=run.options.keep_data)
        if run.options.input_example:
            with run.section("input example"):
                example = None if raw is None else capture.first_rows(raw)
                if example is None:
                    run.note_unseen("input example", f"the data is {capture.type_name(raw)}")
                else:
                    run.log_record("input_example", "table", example)

    def log_signature(self, booster: Any) -> dict[str, Any] | None:
        """Record the columns and types that a booster takes and gives, and return them.

        Args:
            booster: what was trained. It gives one column for each model of a round: of a class.
        """
        signature = None
        with self._run.section("signature"):
            description = self._described.get(_TRAIN)
            if description is not None and "not_read" not in description:
                columns = booster.num_model_per_iteration()
                outputs = {"shape": [None, columns] if columns > 1 else [None], "type": "float64"}
                signature = capture.signature(description) | {"outputs": outputs}
                self._run.log_signature(signature)
        return signature

    def log_evaluated(self, booster: Any) -> None:
        """Record sets that a booster of this run is evaluated on from now on.

        Args:
            booster: what is trained.
        """
        self.log()
        self.log_later()
        known = trained.find(booster)
        if known is not None:
            self._use(known)

    def link(self, booster: Any) -> None:
        """Remember that a booster was trained in this run, on this data.

        Args:
            booster: what was trained.
        """
        with self._run.section("link to the model"):
            origin = self._origins.get(_TRAIN, datasets.Origin(None, None))
            self._use(trained.remember(booster, self._run, data=origin.data, target=origin.target))

    def _use(self, known: trained.Trained) -> None:
        for name, each in self._origins.items():
            known.use(name, each.data)
