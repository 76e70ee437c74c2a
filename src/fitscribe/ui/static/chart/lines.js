// From what the server says of a series to the lines that are drawn of it.

import { smoothed } from "./smooth.js";

/** Whether a series can be drawn over a kind of position: a run that has no epochs has no place on their axis. */
export const isPlaced = (series, kind) => kind !== "epoch" || series.epochs !== null;

/**
 * The lines of one series: the raw one, and the smoothed one beside it.
 *
 * @param {object} series as `/api/series` has it
 * @param {object} view `x` (step, epoch, time, relative), `logX`, `logY`, `smooth` from 0 to below 1
 * @returns {{raw: object, smooth: object | null, left: number}} each line `{x, y}`; how many points are left
 *   out since a logarithmic axis has no place for them
 */
export function linesOf(series, view) {
  const raw = clean(positions(series, series, view.x), series.values, view);
  const line = { raw: { x: raw.x, y: raw.y }, smooth: null, left: raw.left };
  if (view.smooth > 0) {
    const means = series.thinned && series.means ? series.means : series;
    // A logarithmic axis has no place for values at or below zero, but the average counts them.
    const base = clean(positions(series, means, view.x), means.values, { ...view, logY: false });
    const places = view.logX ? base.x.map(Math.log) : base.x;
    const smooth = smoothed(places, base.y, view.smooth);
    line.smooth = { x: base.x, y: view.logY ? smooth.map((each) => (each > 0 ? each : null)) : smooth };
  }
  return line;
}

function positions(series, points, kind) {
  if (kind === "epoch") return points.epochs;
  if (kind === "step") return points.steps;
  if (kind === "relative") return points.times;
  return points.times.map((each) => series.started + each);
}

function clean(x, values, { logX, logY }) {
  const places = [];
  const y = [];
  let left = 0;
  for (let i = 0; i < x.length; i += 1) {
    if (logX && !(x[i] > 0)) {
      left += 1;
      continue;
    }
    const value = values[i];
    const shown = Number.isFinite(value) && !(logY && value <= 0);
    if (!shown && Number.isFinite(value)) left += 1;
    places.push(x[i]);
    y.push(shown ? value : null);
  }
  return { x: places, y, left };
}

/** The lowest and the highest of finite numbers, within a range of positions, where lines cross its ends too. */
export function extent(lines, from = -Infinity, to = Infinity) {
  let [low, high, first, last] = [Infinity, -Infinity, Infinity, -Infinity];
  const include = (value) => {
    if (value < low) low = value;
    if (value > high) high = value;
  };
  for (const { x, y } of lines) {
    for (let i = 0; i < x.length; i += 1) {
      const at = x[i];
      if (at < first) first = at;
      if (at > last) last = at;
      const value = y[i];
      if (value === null) continue;
      if (at >= from && at <= to) include(value);
      const [before, earlier] = [x[i - 1], y[i - 1]];
      if (i === 0 || earlier === null || before === at) continue;
      for (const end of [from, to])
        if (before < end && end < at) include(earlier + ((value - earlier) * (end - before)) / (at - before));
    }
  }
  return { low, high, first, last };
}

/** The index of the point of a line that is nearest to a position; -1 where there is none. */
export function nearest(x, position) {
  if (x.length === 0) return -1;
  let [low, high] = [0, x.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle] < position) low = middle;
    else high = middle;
  }
  return position - x[low] <= x[high] - position ? low : high;
}
