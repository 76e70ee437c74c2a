// Where the marks of an axis stand, and what is written at them.

import { clock, number, tick } from "../format.js";
import { FONT } from "./strokes.js";

const STEPS_OF_TIME = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400,
];

/** Values of a logarithmic axis that are marked: decades, and in between where there are few of them. */
export function logSplits(low, high) {
  const decades = Math.log10(high / low);
  const factors = decades > 5 ? [1] : decades > 1.2 ? [1, 3] : decades > 0.5 ? [1, 2, 3, 5, 7] : null;
  if (factors === null) return linearSplits(low, high, 4);
  const every = Math.max(1, Math.ceil(decades / 7));
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += every) {
    for (const factor of factors) {
      const value = factor * 10 ** power;
      if (value >= low && value <= high) found.push(value);
    }
  }
  return found;
}

/** About so many round values between two, no closer than a distance: there is no half of a step. */
export function linearSplits(low, high, wanted = 5, least = 0) {
  if (!(high > low)) return [low];
  // Steps that are nothing beside where they are taken would lead nowhere.
  const finest = 1e-15 * Math.max(Math.abs(low), Math.abs(high));
  const rough = Math.max(least, finest, (high - low) / wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10]
    .map((each) => each * power)
    .find((each) => each >= rough && !(least > 0 && each % least));
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i += 1) found.push(i * step);
  return found;
}

/** Texts for values of an axis; on a logarithmic one each has digits of its own. */
export function tickTexts(splits, log = false) {
  const distances = splits.slice(1).map((each, i) => Math.abs(each - splits[i]));
  const distance = log || distances.length === 0 ? null : Math.min(...distances);
  return splits.map((each) => tick(each, distance));
}

/** The scale of durations: seconds that make round minutes and hours. */
export function timeSplits(low, high, wanted = 5) {
  const rough = (high - low) / wanted;
  if (rough < 1) return linearSplits(low, high, wanted);
  const step = STEPS_OF_TIME.find((each) => each >= rough) ?? Math.ceil(rough / 86400) * 86400;
  const found = [];
  for (let i = Math.ceil(low / step); i * step <= high; i += 1) found.push(i * step);
  return found;
}

// A point in time, in seconds since 1970, has no more of them.
const MOST_DECIMALS = 6;

/** The decimals of seconds that stand at a distance of each other. */
function decimalsAt(distance) {
  if (distance >= 1) return 0;
  const isWhole = (value) => Math.abs(value - Math.round(value)) < 0.01 * value;
  let decimals = 1;
  while (decimals < MOST_DECIMALS && !isWhole(distance * 10 ** decimals)) decimals += 1;
  return decimals;
}

/** The decimals of seconds that a pointer can tell apart on an axis of so many. */
const decimalsWithin = (span) =>
  Math.max(0, Math.min(MOST_DECIMALS, Math.ceil(-Math.log10(span / 100))));

/** A duration on an axis: `90 s`, `1:30`, `2 h`; with decimals all of its seconds. */
export function timeText(seconds, decimals = 0) {
  const sign = seconds < 0 ? "−" : "";
  const isWhole = decimals === 0;
  const size = isWhole ? Math.abs(seconds) : Number(Math.abs(seconds).toFixed(decimals));
  if (size < 60) return `${sign}${isWhole ? Number(size.toPrecision(4)) : size.toFixed(decimals)} s`;
  const [h, m, s] = [Math.floor(size / 3600), Math.floor((size % 3600) / 60), Math.floor(size % 60)];
  const two = (value) => String(value).padStart(2, "0");
  if (!isWhole) {
    const rest = (size % 60).toFixed(decimals).padStart(decimals + 3, "0");
    return h > 0 ? `${sign}${h}:${two(m)}:${rest}` : `${sign}${m}:${rest}`;
  }
  if (size % 3600 === 0) return `${sign}${h} h`;
  return h > 0
    ? `${sign}${h}:${two(m)}${s ? `:${two(s)}` : " h"}`
    : s
      ? `${sign}${m}:${two(s)}`
      : `${sign}${m} min`;
}

/** Texts for durations, each with the decimals that tell neighbours apart. */
export function timeTexts(values) {
  const decimals = values.length > 1 ? decimalsAt(values[1] - values[0]) : 0;
  return values.map((each) => timeText(each, decimals));
}

/** A point in time with decimals of its seconds. */
function clockText(moment, decimals) {
  if (decimals === 0) return clock(moment);
  const rounded = Math.round(moment * 10 ** decimals) / 10 ** decimals;
  return `${clock(rounded)}${(rounded - Math.floor(rounded)).toFixed(decimals).slice(1)}`;
}

/**
 * The range of an axis that shows some values, with a little air.
 *
 * @param {number} low of the values
 * @param {number} high of the values
 * @param {boolean} log whether the axis is logarithmic; then both are above zero
 * @returns {[number, number]}
 */
export function airy(low, high, log) {
  if (!(low <= high)) return log ? [0.1, 10] : [0, 1];
  if (log) {
    const air = Math.max((high / low) ** 0.05, 1.02);
    return [low / air, high * air];
  }
  const air = high > low ? (high - low) * 0.06 : Math.abs(low) * 0.1 || 1;
  return [low - air, high + air];
}

/** A position on the axis of a kind, of which a span is shown, in words. */
export function placeText(kind, x, span) {
  if (kind === "time") return clockText(x, decimalsWithin(span));
  if (kind === "relative") return timeText(x, decimalsWithin(span));
  return `${kind} ${number(x)}`;
}

/** The scale of points in time: round ones of the clock that hangs here. */
export function clockSplits(low, high, wanted = 5) {
  const zone = new Date(low * 1000).getTimezoneOffset() * 60;
  return timeSplits(low - zone, high - zone, wanted).map((each) => each + zone);
}

const SPLITS = {
  step: (plot, index, low, high) => linearSplits(low, high, room(plot, index), 1),
  relative: (plot, index, low, high) => apart(plot, index, timeTexts, (most) => timeSplits(low, high, most)),
  time: (plot, index, low, high) => apart(plot, index, clockTexts, (most) => clockSplits(low, high, most)),
  log: (plot, index, low, high) => logSplits(low, high),
  linear: (plot, index, low, high) => linearSplits(low, high, room(plot, index)),
};

/** How many marks there is room for, with texts of some width. */
function room(plot, index, width = 0) {
  const [pixels, wanted] = index === 0 ? [plot.bbox.width, Math.max(68, width)] : [plot.bbox.height, 42];
  return Math.max(2, pixels / (window.devicePixelRatio || 1) / wanted);
}

/** Marks whose texts do not reach into each other: the nearer they are, the longer these get. */
function apart(plot, index, texts, splits) {
  return splits(room(plot, index, sizeOf(plot, texts(splits(room(plot, index))))));
}

/** An axis as uPlot takes it: logarithmic, or of a kind of position, or of values. */
export function axis(colors, log, kind) {
  return {
    stroke: () => colors.soft,
    font: FONT,
    size: 26,
    gap: 5,
    grid: { stroke: () => colors.line, width: 1 },
    ticks: { show: false },
    filter: (plot, values) => values,
    splits: log ? SPLITS.log : (SPLITS[kind] ?? SPLITS.linear),
    values: (plot, values) =>
      kind === "relative"
        ? timeTexts(values)
        : kind === "time"
          ? clockTexts(values)
          : tickTexts(values, log),
  };
}

/** Texts for points in time, with what tells neighbours apart: the day, the minute, the second. */
export function clockTexts(values) {
  const distance = values.length > 1 ? values[1] - values[0] : 3600;
  const decimals = decimalsAt(distance);
  return values.map((each) => {
    const text = clockText(each, decimals);
    return distance >= 86400 ? text.slice(5, 10) : distance >= 60 ? text.slice(11, 16) : text.slice(11);
  });
}

/** How much room the texts of an axis take. */
export function sizeOf(plot, values) {
  return Math.max(34, ...(values ?? []).map((each) => each.length * 6.8 + 14));
}
