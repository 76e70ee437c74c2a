// Matrices, curves and importances that several runs have, over or beside each other.

import { getData, getRun } from "../api.js";
import { confusion } from "../chart/matrix.js";
import { LINES, Unreadable, drawLines, isDrawn } from "../chart/records.js";
import { weightsOf } from "../chart/weights.js";
import { h, put } from "../dom.js";
import { number } from "../format.js";
import { swatch } from "./legend.js";

// Records of more runs than these are not readable over each other.
const MOST_RUNS = 12;
const FEATURES = 20;
const ROLES = ["test", "valid", "cv"];
const KINDS = ["roc", "pr", "calibration", "confusion_matrix", "residuals", "curve"];
const OVERLAID = new Set(["roc", "pr", "calibration"]);

/** The section of what several runs keep; null where there is nothing of that kind. */
export async function results(records, runs) {
  const some = runs.slice(0, MOST_RUNS);
  const wanted = records.filter(
    (each) => each.kind === "confusion_matrix" || isDrawn(each.kind) || isWeights(each),
  );
  if (wanted.length === 0) return null;
  wanted.sort(
    (a, b) => place(ROLES, a.role) - place(ROLES, b.role) || place(KINDS, a.kind) - place(KINDS, b.kind),
  );
  const pages = new Map(
    await Promise.all(some.map(async (run) => [run.id, await getRun(run.id).catch(() => null)])),
  );
  const panels = await Promise.all(wanted.map((record) => panelOf(record, some, pages)));
  return h(
    "div.section",
    {},
    runs.length > MOST_RUNS && h("p.soft", {}, `Of the first ${MOST_RUNS} runs.`),
    h("div.many", {}, panels.filter(Boolean)),
  );
}

const isWeights = (record) => record.kind === "feature_importance" || record.kind === "coefficients";
const place = (list, item) => (list.includes(item) ? list.indexOf(item) : list.length);

async function panelOf(record, runs, pages) {
  const found = [];
  for (const run of runs) {
    const artifact = pages
      .get(run.id)
      ?.artifacts.find((each) => each.name === record.name && each.kind === record.kind);
    if (!artifact) continue;
    const data = await getData(artifact).catch(() => undefined);
    if (data !== undefined) found.push({ run, data });
  }
  if (found.length < 2) return null;
  let content;
  try {
    content = contentOf(record, found);
  } catch (error) {
    if (!(error instanceof Unreadable) && !(error instanceof TypeError)) throw error;
    content = h("p.warn", {}, `Not drawn: ${error.message}.`);
  }
  return h(
    "div.panel",
    { "data-record": record.name, class: OVERLAID.has(record.kind) || isWeights(record) ? "" : "whole" },
    h("header", {}, h("h3", {}, record.name)),
    content,
  );
}

function contentOf(record, found) {
  if (OVERLAID.has(record.kind)) return overlaid(record, found);
  if (isWeights(record)) return importances(found);
  return h(
    "div.beside",
    {},
    found.map(({ run, data }) =>
      h(
        "div.section",
        {},
        h("h3", {}, swatch(run), " ", run.label),
        record.kind === "confusion_matrix"
          ? confusion(data, true)
          : drawLines(record.kind, LINES[record.kind](data), run.label, data),
      ),
    ),
  );
}

/** One curve per run; of several classes, one class at a time. */
function overlaid(record, found) {
  const lines = found.map(({ run, data }) => ({ run, curves: LINES[record.kind](data) }));
  const labels = [...new Set(lines.flatMap((each) => each.curves.map((curve) => curve.label)))];
  const box = h("div", {});
  const draw = (label) => {
    const chosen = lines.flatMap(({ run, curves }) =>
      curves
        .filter((curve) => curve.label === label)
        .map((curve) => ({ ...curve, label: run.label, color: run.color, dash: run.dash })),
    );
    put(box, drawLines(record.kind, chosen, record.name));
  };
  draw(labels[0]);
  const choice =
    labels.length > 1 &&
    h(
      "label.field",
      {},
      "class",
      h(
        "select",
        { onchange: (event) => draw(event.currentTarget.value) },
        labels.map((label) => h("option", { value: label }, label)),
      ),
    );
  return [choice, box];
}

function importances(found) {
  const byRun = found.map(({ run, data }) => ({
    run,
    weights: new Map(weightsOf(data).map((each) => [each.feature, each.values[0]])),
  }));
  const features = [...new Set(byRun.flatMap((each) => [...each.weights.keys()]))];
  const heavy = (feature) => Math.max(...byRun.map((each) => Math.abs(each.weights.get(feature) ?? 0)));
  features.sort((a, b) => heavy(b) - heavy(a));
  const shown = features.slice(0, FEATURES);
  return h(
    "div.scroll",
    {},
    h(
      "table.plain.small",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, "feature"),
          byRun.map(({ run }) => h("th.num", { scope: "col" }, swatch(run), " ", run.short)),
        ),
      ),
      h(
        "tbody",
        {},
        shown.map((feature) =>
          h(
            "tr",
            {},
            h("td.wrap", {}, feature),
            byRun.map(({ weights }) =>
              h("td.num", {}, weights.has(feature) ? number(weights.get(feature)) : "–"),
            ),
          ),
        ),
      ),
    ),
    features.length > FEATURES && h("p.small.soft", {}, `and ${features.length - FEATURES} more`),
  );
}
