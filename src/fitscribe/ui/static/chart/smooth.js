// Smoothing that does not lie: it lags behind nothing, ends at every gap, and lies beside the raw curve.

// Points at the same place count for a little, too.
const LEAST = 1e-9;
// Beyond so many reaches nothing counts any more: less than a thousandth.
const FAR = 8;
// At its ends a piece is averaged over so much less.
const NEAR = 6;
// A single point counts for that part of the reach at most.
const PART = 4;

/**
 * A series averaged over its neighbourhood.
 *
 * Neighbours count the less the further away they are, on both sides alike: an average of the past alone would
 * lie behind the curve. Each stands for the stretch of the axis around it, so that points which are closer
 * together, or were thinned, count no more than others; but for no pause, in which nothing was measured. No average
 * crosses a gap, and towards the ends of a piece it reaches less far: there all neighbours lie on one side.
 *
 * @param {ArrayLike<number>} x positions, ascending
 * @param {ArrayLike<number|null>} y values; null, NaN and infinities are gaps
 * @param {number} strength 0 (none) to below 1: the share of the axis over which neighbours count
 * @param {number} [span] of the axis of the whole series, of which these may be a part
 * @returns {(number|null)[]} as long as the series
 */
export function smoothed(x, y, strength, span = x[y.length - 1] - x[0]) {
  const size = y.length;
  const result = new Array(size).fill(null);
  const reach = reachOf(strength) * (span || 1);
  for (let start = 0; start < size; start += 1) {
    if (!Number.isFinite(y[start])) continue;
    let end = start;
    while (end < size && Number.isFinite(y[end])) end += 1;
    smoothPiece(x, y, reach, start, end, result);
    start = end;
  }
  return result;
}

/** How far beyond a range points count for what is drawn within it. */
export const margin = (strength, span) => FAR * reachOf(strength) * span;

/** Average one piece without gaps: once forwards, once backwards, each point's own share counted once. */
function smoothPiece(x, y, reach, start, end, result) {
  const size = end - start;
  const [shares, kept] = [new Float64Array(size), new Float64Array(size)];
  const reachAt = (place) => Math.min(reach, reach / NEAR + Math.min(place - x[start], x[end - 1] - place) / 2);
  for (let i = start; i < end; i += 1) {
    const before = i > start ? x[i] - x[i - 1] : Infinity;
    const after = i + 1 < end ? x[i + 1] - x[i] : Infinity;
    // A pause on one side is not its own, and between two pauses it stands for little.
    const nearer = Math.min(before, after, reach / PART);
    shares[i - start] = nearer / reachAt(x[i]) + LEAST;
    if (i > start) kept[i - start] = Math.exp(-before / reachAt((x[i] + x[i - 1]) / 2));
  }
  const [ahead, weights] = [new Float64Array(size), new Float64Array(size)];
  let [sum, weight] = [0, 0];
  for (let i = 0; i < size; i += 1) {
    sum = sum * kept[i] + shares[i] * y[start + i];
    weight = weight * kept[i] + shares[i];
    [ahead[i], weights[i]] = [sum, weight];
  }
  [sum, weight] = [0, 0];
  for (let i = size - 1; i >= 0; i -= 1) {
    // What lies behind it, without itself.
    const left = i + 1 < size ? kept[i + 1] : 0;
    [sum, weight] = [sum * left, weight * left];
    result[start + i] = (ahead[i] + sum) / (weights[i] + weight);
    sum += shares[i] * y[start + i];
    weight += shares[i];
  }
}

/** The share of the axis that a strength reaches over: 0.9 is a twentieth of it, and 0.5 a four-hundredth. */
function reachOf(strength) {
  return 10 ** (-4.3 + 3.4 * Math.min(Math.max(strength, 0), 0.99));
}
