// Curves that runs keep as data: ROC, precision and recall, calibration, residuals, curves over a parameter.

import { h } from "../dom.js";
import { count, number, text, toNumber } from "../format.js";
import { colorAt, dashAt, drawing } from "./drawing.js";
import { swatch } from "./swatch.js";

/** Data of another form than its kind has. */
export class Unreadable extends Error {}

/** A list of finite numbers, as long as another one; anything else is unreadable. */
export function numbers(list, like = list) {
  const found = Array.isArray(list) ? list.map(toNumber) : null;
  if (found === null || found.length !== like.length || !found.every(Number.isFinite)) {
    throw new Unreadable("its data has another form than expected");
  }
  return found;
}

function listOf(data, name) {
  if (!Array.isArray(data?.[name])) throw new Unreadable(`its data has no ${name}`);
  return data[name];
}

const ONE = [0, 1];
const RATES = { x: [-0.01, 1.01], y: [-0.01, 1.02] };

/** By kind, the lines that a record is drawn with, before they have colours: `{label, note, x, y, …}`. */
export const LINES = {
  roc: (data) =>
    listOf(data, "curves").map((each) => ({
      label: text(each.label),
      note: `AUC ${number(each.auc)}`,
      x: numbers(each.fpr),
      y: numbers(each.tpr, each.fpr),
    })),
  pr: (data) =>
    listOf(data, "curves").map((each) => ({
      label: text(each.label),
      note: `average precision ${number(each.average_precision)}`,
      x: numbers(each.recall),
      y: numbers(each.precision, each.recall),
      steps: true,
      share: toNumber(each.positives),
    })),
  calibration: (data) => [
    {
      label: text(data.of),
      note: `${count(numbers(data.counts).reduce((sum, each) => sum + each, 0))} rows`,
      x: numbers(data.predicted),
      y: numbers(data.observed, data.predicted),
      notes: numbers(data.counts, data.predicted).map((each) => `${count(each)} rows`),
      dots: true,
    },
  ],
  residuals: (data) => {
    const predicted = numbers(data.predicted);
    const y = numbers(data.true, data.predicted).map((each, i) => each - predicted[i]);
    const note = data.rows
      ? `${count(predicted.length)} of ${count(data.rows)} rows`
      : `${count(predicted.length)} rows`;
    return [{ label: "true − predicted", note, x: predicted, y, dots: true, alone: true }];
  },
  curve: (data) => {
    const x = listOf(data, "x");
    const isNumeric = x.every((each) => Number.isFinite(each));
    return Object.entries(data.series ?? {}).map(([label, each]) => ({
      label,
      note: "",
      x: isNumeric ? x : x.map((_, i) => i),
      texts: isNumeric ? undefined : x.map(text),
      y: numbers(each.mean, x),
      spread: each.std ? numbers(each.std, x) : undefined,
      dots: true,
    }));
  },
};

const FRAMES = {
  roc: () => ({ xLabel: "false positive rate", yLabel: "true positive rate", ...RATES, diagonal: true }),
  pr: (lines) => ({
    xLabel: "recall",
    yLabel: "precision",
    ...RATES,
    rule: lines.length === 1 && Number.isFinite(lines[0].share) ? lines[0].share : undefined,
  }),
  calibration: () => ({
    xLabel: "predicted probability",
    yLabel: "observed share",
    x: ONE,
    y: ONE,
    diagonal: true,
  }),
  residuals: () => ({ xLabel: "predicted", yLabel: "true − predicted", rule: 0 }),
  curve: (lines, data) => ({ xLabel: text(data.x_name ?? "x"), yLabel: "value", texts: lines[0]?.texts }),
};

/** Whether a kind of record is drawn as lines. */
export const isDrawn = (kind) => Object.hasOwn(FRAMES, kind);

/**
 * Draw lines of one kind, with their legend.
 *
 * @param {string} kind `roc`, `pr`, `calibration`, `residuals`, `curve`
 * @param {object[]} lines as `LINES` gives them; those with a `color` keep it
 * @param {string} title what it is a drawing of
 * @param {object} data the record, of which some kinds take the names of their axes
 */
export function drawLines(kind, lines, title, data = {}) {
  if (lines.length === 0) throw new Unreadable("it holds no curves");
  const colored = lines.map((line, i) => ({ color: colorAt(i), dash: dashAt(i), ...line }));
  const picture = drawing({ label: title, lines: colored, ...FRAMES[kind](lines, data) });
  const legend = h(
    "ul.legend.small",
    {},
    colored.map((line) =>
      h(
        "li",
        {},
        h(
          "span.field",
          {},
          swatch(line.color, line.dash),
          h("span", {}, `${line.label}${line.note ? ` · ${line.note}` : ""}`),
        ),
      ),
    ),
  );
  return [picture, legend];
}
