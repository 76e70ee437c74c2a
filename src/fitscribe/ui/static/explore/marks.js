// Columns of values as positions and colours: numbers as they are, names in an order, gaps apart.

import {
  clockSplits,
  clockTexts,
  linearSplits,
  logSplits,
  tickTexts,
  timeSplits,
  timeTexts,
} from "../chart/axes.js";
import { h } from "../dom.js";
import { labelOf } from "../fields.js";
import { clock, duration, number, text, toNumber, visible } from "../format.js";

const MOST_NAMES = 24;
const MOST_COLORS = 10;
const LONGEST = 28;
const STOPS = [0, 0.25, 0.5, 0.75, 1];

/** Numbers that are times, by field: where they are marked, what is written there, and what a single one is. */
const TIMES = {
  started: { splits: clockSplits, texts: clockTexts, said: clock },
  duration: { splits: timeSplits, texts: timeTexts, said: duration },
};
const NUMBERS = { splits: linearSplits, texts: tickTexts, said: number };
const WHOLE = { ...NUMBERS, splits: (low, high, wanted) => linearSplits(low, high, wanted, 1) };

/**
 * An axis for a column of values.
 *
 * @param {{field: string, numeric: boolean, values: any[]}} column
 * @param {boolean} [log] whether numbers above zero stand on a logarithmic axis
 * @returns {{label: string, said: (value: any) => string, place: (value: any) => number | null, value: (place: number) => number, ticks: {at: number, text: string}[], isNumeric: boolean, range: [number, number]}}
 *   places are from 0 to 1; null where there is no value
 */
export function axisOf(column, log = false) {
  const numbers = column.values.map(toNumber);
  const finite = numbers.filter(Number.isFinite);
  const isNumeric = column.numeric && finite.length > 0;
  return {
    label: labelOf(column.field),
    isNumeric,
    lacks: column.values.some((each) => each === null),
    ...(isNumeric ? numeric(finite, log, TIMES[column.field] ?? kindOf(finite)) : named(column.values)),
  };
}

const kindOf = (finite) => (finite.every(Number.isInteger) ? WHOLE : NUMBERS);

function numeric(finite, wanted, kind) {
  const [low, high] = endsOf(finite);
  const log = wanted && low > 0 && high > low;
  const span = high - low || 1;
  const place = log
    ? (value) => Math.log(value / low) / Math.log(high / low)
    : (value) => (high > low ? (value - low) / span : 0.5);
  const splits = log ? logSplits(low, high) : kind.splits(low, high, 5);
  const texts = log ? tickTexts(splits, log) : kind.texts(splits);
  return {
    range: [low, high],
    said: (value) => (toNumber(value) === null ? String(value ?? "none") : kind.said(toNumber(value))),
    place: (value) => {
      const found = toNumber(value);
      return Number.isFinite(found) && (!log || found > 0) ? place(found) : null;
    },
    value: (at) => (log ? low * (high / low) ** at : low + at * span),
    placeOf: place,
    ticks: splits.map((each, i) => ({ at: place(each), text: texts[i] })),
  };
}

const endsOf = (finite) =>
  finite.reduce(([low, high], each) => [Math.min(low, each), Math.max(high, each)], [Infinity, -Infinity]);

/** The number that one of many names is; NaN for what is none. */
function sizeOf(value) {
  if (typeof value === "boolean" || (typeof value === "string" && value.trim() === "")) return NaN;
  return toNumber(value) ?? Number(value);
}

function named(values) {
  const sizes = new Map(values.filter((each) => each !== null).map((each) => [text(each), sizeOf(each)]));
  // Numbers by their size, before what has none.
  const names = [...sizes.keys()].sort((a, b) => {
    const [one, other] = [sizes.get(a), sizes.get(b)];
    if (Number.isNaN(one) !== Number.isNaN(other)) return Number.isNaN(one) ? 1 : -1;
    return one - other || a.localeCompare(b, "en", { numeric: true });
  });
  const shown = names.slice(0, MOST_NAMES);
  const places = new Map(names.map((name, i) => [name, names.length > 1 ? i / (names.length - 1) : 0.5]));
  return {
    range: [0, 1],
    said: (value) => (value === null ? "none" : text(value)),
    place: (value) => (value === null ? null : places.get(text(value))),
    value: (at) => at,
    placeOf: (at) => at,
    ticks: shown.map((name) => ({ at: places.get(name), text: visible(name) })),
  };
}

const shortened = (name) => (name.length > LONGEST ? `${name.slice(0, LONGEST)}…` : name);

/** What the colours of an axis stand for: its ends and what lies between, or its names. */
export function colorLegend(axis, dark) {
  const swatch = (place) => h("span.swatch", { style: { "--of": heat(place, dark), height: "9px" } });
  const stops = STOPS.map((each) => heat(each, dark)).join(", ");
  const entries = axis.isNumeric
    ? [
        h("span", {}, axis.said(axis.range[0])),
        h("span.heat", { style: { background: `linear-gradient(to right, ${stops})` } }),
        h("span", {}, axis.said(axis.range[1])),
      ]
    : axis.ticks
        .slice(0, MOST_COLORS)
        .map(({ at, text: name }) =>
          h("span.field", {}, swatch(at), h("span", { title: name }, shortened(name))),
        );
  return h(
    "div.bar.small",
    { role: "note", "aria-label": `Colours: ${axis.label}` },
    h("span.soft", {}, axis.label),
    entries,
    axis.ticks.length > MOST_COLORS && !axis.isNumeric && h("span.soft", {}, "…"),
    axis.lacks && h("span.field", {}, swatch(null), h("span", {}, "none")),
  );
}

/** Whether a column's numbers are of several orders of magnitude, which a logarithmic axis shows. */
export function isWide(column) {
  const finite = column.values.map(toNumber).filter(Number.isFinite);
  const [low, high] = endsOf(finite);
  return low > 0 && high / low >= 100;
}

/** A colour for a place between 0 and 1, from cold to warm; readable in light and dark. */
export function heat(place, isDark) {
  if (place === null) return isDark ? "rgb(110 120 128)" : "rgb(150 158 166)";
  const hue = 265 - 215 * place;
  const light = isDark ? 0.62 + 0.2 * place : 0.48 + 0.2 * place;
  return `oklch(${light.toFixed(3)} ${(0.13 + 0.04 * place).toFixed(3)} ${hue.toFixed(0)})`;
}
