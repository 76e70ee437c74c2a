// How good a run is, beyond its numbers: matrices, curves, importances and tables that it keeps.

import { getData } from "../api.js";
import { confusion } from "../chart/matrix.js";
import { LINES, Unreadable, drawLines, isDrawn } from "../chart/records.js";
import { weights } from "../chart/weights.js";
import { h, put } from "../dom.js";
import { titleOf as titleOfName } from "../format.js";
import { tableOf } from "./tables.js";

const ORDER = ["confusion_matrix", "roc", "pr", "calibration", "residuals", "curve"];
const WEIGHTS = new Set(["feature_importance", "coefficients"]);
const ROLES = ["test", "valid", "cv", "train"];
const TITLES = { roc: "ROC", pr: "Precision and recall", confusion_matrix: "Confusion matrix" };

/** Whether a record is shown among those that say how good a run is. */
export const isEvaluation = (artifact) =>
  isRecord(artifact) && (ORDER.includes(artifact.kind) || artifact.kind === "table");
export const isWeights = (artifact) => isRecord(artifact) && WEIGHTS.has(artifact.kind);
const isRecord = (artifact) => artifact.data !== undefined || artifact.data_at !== undefined;

/** What is drawn of a record of some kind; fails with `Unreadable` where its data has another form. */
export function drawRecord(artifact, data) {
  if (artifact.kind === "confusion_matrix") return confusion(data);
  if (WEIGHTS.has(artifact.kind)) return weights(data);
  if (artifact.kind === "table") return tableOf(data);
  if (isDrawn(artifact.kind))
    return drawLines(artifact.kind, LINES[artifact.kind](data), titleOf(artifact), data);
  throw new Unreadable("nothing is drawn of this kind");
}

const titleOf = (artifact) => TITLES[artifact.kind] ?? titleOfName(artifact.name).title;

/** A panel with a record in it; one that cannot be drawn says why. */
export function recordPanel(artifact) {
  const body = h("div.section", {});
  const draw = (data) => {
    try {
      put(body, drawRecord(artifact, data));
    } catch (error) {
      if (!(error instanceof Unreadable) && !(error instanceof TypeError)) throw error;
      put(body, h("p.warn", {}, `Not drawn: ${error.message}.`));
    }
  };
  if (artifact.data !== undefined) draw(artifact.data);
  else getData(artifact).then(draw, (error) => put(body, h("p.bad", {}, error.message)));
  return h(
    "div.panel",
    { "data-record": artifact.name },
    h("header", {}, h("h3", {}, titleOf(artifact)), artifact.role && h("span.role", {}, artifact.role)),
    body,
  );
}

/**
 * The panels of an evaluation, data set by data set: held-out data first, of each the matrix first.
 *
 * What was measured on training data says little where there is anything else: it is folded.
 */
export function evaluation(artifacts) {
  const place = (list, item) => (list.includes(item) ? list.indexOf(item) : list.length);
  const shown = artifacts
    .filter(isEvaluation)
    .sort(
      (a, b) => place(ROLES, a.role) - place(ROLES, b.role) || place(ORDER, a.kind) - place(ORDER, b.kind),
    );
  const panels = (some) => h("div.many", {}, some.map(recordPanel));
  const [other, train] = [
    shown.filter((each) => each.role !== "train"),
    shown.filter((each) => each.role === "train"),
  ];
  if (other.length === 0) return train.length > 0 ? panels(train) : null;
  return h(
    "div.section",
    {},
    panels(other),
    train.length > 0 && folded("On training data", () => panels(train)),
  );
}

function folded(title, make) {
  const block = h("details", {}, h("summary", {}, title));
  block.addEventListener("toggle", () => block.open && block.children.length === 1 && block.append(make()));
  return block;
}

/** What each feature counts for. */
export function importances(artifacts) {
  const shown = artifacts.filter(isWeights);
  return shown.length ? h("div.many", {}, shown.map(recordPanel)) : null;
}
