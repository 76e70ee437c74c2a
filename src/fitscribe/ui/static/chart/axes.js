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
  const rough = Math.max(least, (high - low) / wanted);
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

/** A duration on an axis: `90 s`, `1:30`, `2 h`. */
export function timeText(seconds) {
  const sign = seconds < 0 ? "−" : "";
  const size = Math.abs(seconds);
  if (size < 60) return `${sign}${Number(size.toPrecision(4))} s`;
  const [h, m, s] = [Math.floor(size / 3600), Math.floor((size % 3600) / 60), Math.floor(size % 60)];
  const two = (value) => String(value).padStart(2, "0");
  if (size % 3600 === 0) return `${sign}${h} h`;
  return h > 0
    ? `${sign}${h}:${two(m)}${s ? `:${two(s)}` : " h"}`
    : s
      ? `${sign}${m}:${two(s)}`
      : `${sign}${m} min`;
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

/** A position on the axis of a kind, in words. */
export function placeText(kind, x) {
  if (kind === "time") return clock(x);
  if (kind === "relative") return timeText(x);
  return `${kind} ${number(x)}`;
}

/** The scale of points in time: round ones of the clock that hangs here. */
export function clockSplits(low, high, wanted = 5) {
  const zone = new Date(low * 1000).getTimezoneOffset() * 60;
  return timeSplits(low - zone, high - zone, wanted).map((each) => each + zone);
}

const SPLITS = {
  step: (plot, index, low, high) => linearSplits(low, high, room(plot, index), 1),
  relative: (plot, index, low, high) => timeSplits(low, high, room(plot, index)),
  time: (plot, index, low, high) => clockSplits(low, high, room(plot, index)),
  log: (plot, index, low, high) => logSplits(low, high),
  linear: (plot, index, low, high) => linearSplits(low, high, room(plot, index)),
};

/** How many marks there is room for. */
function room(plot, index) {
  const [pixels, wanted] = index === 0 ? [plot.bbox.width, 68] : [plot.bbox.height, 42];
  return Math.max(2, pixels / (window.devicePixelRatio || 1) / wanted);
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
        ? values.map(timeText)
        : kind === "time"
          ? clockTexts(values)
          : tickTexts(values, log),
  };
}

/** Texts for points in time, with what tells neighbours apart: the day, the minute, the second. */
export function clockTexts(values) {
  const distance = values.length > 1 ? values[1] - values[0] : 3600;
  return values.map((each) => {
    const text = clock(each);
    if (distance < 1) return `${text.slice(11)}${tick(each % 1, distance).slice(1)}`;
    return distance >= 86400 ? text.slice(5, 10) : distance >= 60 ? text.slice(11, 16) : text.slice(11);
  });
}

/** How much room the texts of an upright axis take. */
export function sizeOf(plot, values) {
  return Math.max(34, ...(values ?? []).map((each) => each.length * 6.8 + 14));
}
