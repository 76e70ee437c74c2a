// From what the server says of a series to the lines that are drawn of it.

import { margin, smoothed } from "./smooth.js";

/** Whether a series can be drawn over a kind of position: a run that has no epochs has no place on their axis. */
export const isPlaced = (series, kind) => kind !== "epoch" || series.epochs !== null;

/**
 * The lines of one series: the raw one, and the smoothed one beside it.
 *
 * @param {object} series as `/api/series` has it
 * @param {object} view `x` (step, epoch, time, relative), `logX`, `logY`, `smooth` from 0 to below 1
 * @param {object} [wide] the series with its neighbourhood: what is averaged, where the series is of a part alone
 * @returns {{raw: object, smooth: object | null, left: number}} each line `{x, y, held}`, held where a value is that
 *   of its line until the next one; how many points are left out since a logarithmic axis has no place for them
 */
export function linesOf(series, view, wide = series) {
  const raw = clean(positions(series, series, view.x), series.values, view);
  if (series.held) return { smooth: null, ...held(series, raw, view) };
  const line = { raw: { x: raw.x, y: raw.y }, smooth: null, left: raw.left };
  if (view.smooth > 0) {
    const means = wide.thinned && wide.means ? wide.means : wide;
    // A logarithmic axis has no place for values at or below zero, but the average counts them.
    const base = clean(positions(wide, means, view.x), means.values, { ...view, logY: false });
    const places = view.logX ? base.x.map(Math.log) : base.x;
    const smooth = smoothed(places, base.y, view.smooth, spanOf(series, view.logX));
    line.smooth = { x: base.x, y: view.logY ? smooth.map((each) => (each > 0 ? each : null)) : smooth };
  }
  return line;
}

/**
 * The range of positions that counts for what is drawn of a series between two; null where an end is open.
 *
 * @returns {[number | null, number | null]}
 */
export function reached(series, { from, to, logX, smooth }) {
  const far = margin(smooth, spanOf(series, logX) ?? 0);
  const moved = (place, by) =>
    place === null ? null : logX && place > 0 ? place * Math.exp(by) : place + (logX ? 0 : by);
  return [moved(from, -far), moved(to, far)];
}

/** How long the axis of all of a series is; what is shown of it does not matter. */
function spanOf({ whole, count }, log) {
  const [first, last] = whole ?? [];
  if (!Number.isFinite(first) || !Number.isFinite(last)) return undefined;
  if (!log) return last - first;
  // Of one that begins at zero, as steps do, the first place is about one of them.
  return last > 0 ? Math.log(last / (first > 0 ? first : last / Math.max(2, count))) : undefined;
}

/** What was set and not measured goes on where nothing is said. */
function held(series, { x, y, left }, view) {
  const [places, values] = [[...x], [...y]];
  const whole = positions(series, series, view.x);
  const before = view.logX ? whole.findLastIndex((each) => !(each > 0)) : -1;
  // A logarithmic axis has no place for its beginning, but for what follows.
  const isMoved = before >= 0 && Number.isFinite(series.values[before]);
  if (isMoved) {
    const next = places[0] ?? Infinity;
    places.unshift(view.x === "step" ? Math.min(1, next) : Math.min(1, next / 10));
    values.unshift(view.logY && series.values[before] <= 0 ? null : series.values[before]);
  }
  if (series.until !== null && values.length > 0) {
    const { step, epoch, time } = series.until;
    places.push(positions(series, { steps: [step], epochs: [epoch], times: [time] }, view.x)[0]);
    values.push(values.at(-1));
  }
  return { raw: { x: places, y: values, held: true }, left: left - Number(isMoved) };
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
  for (const { x, y, held } of lines) {
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
        if (before < end && end < at) include(held ? earlier : earlier + ((value - earlier) * (end - before)) / (at - before));
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

/** The index of the point whose value holds at a position; -1 before the first one, and behind the last. */
export function holding(x, position) {
  if (x.length === 0 || position < x[0] || position > x.at(-1)) return -1;
  let [low, high] = [0, x.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle] <= position) low = middle;
    else high = middle;
  }
  return low;
}
