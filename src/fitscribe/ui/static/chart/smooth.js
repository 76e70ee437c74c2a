// Smoothing that does not lie: it lags behind nothing, ends at every gap, and lies beside the raw curve.

// Points at the same place count for a little, too.
const LEAST = 1e-9;

/**
 * A series averaged over its neighbourhood.
 *
 * Neighbours count the less the further away they are, on both sides alike: an average of the past alone would
 * lie behind the curve. Each stands for the stretch of the axis around it, so that points which are closer
 * together, or were thinned, count no more than others. No average crosses a gap.
 *
 * @param {ArrayLike<number>} x positions, ascending
 * @param {ArrayLike<number|null>} y values; null, NaN and infinities are gaps
 * @param {number} strength 0 (none) to below 1: the share of the axis over which neighbours count
 * @returns {(number|null)[]} as long as the series
 */
export function smoothed(x, y, strength) {
  const size = y.length;
  const result = new Array(size).fill(null);
  const reach = reachOf(strength) * (x[size - 1] - x[0] || 1);
  for (let start = 0; start < size; start += 1) {
    if (!Number.isFinite(y[start])) continue;
    let end = start;
    while (end < size && Number.isFinite(y[end])) end += 1;
    smoothPiece(x, y, reach, start, end, result);
    start = end;
  }
  return result;
}

/** Average one piece without gaps: once forwards, once backwards, each point's own share counted once. */
function smoothPiece(x, y, reach, start, end, result) {
  const [ahead, weights] = [new Float64Array(end - start), new Float64Array(end - start)];
  const share = (i) => (x[Math.min(i + 1, end - 1)] - x[Math.max(i - 1, start)]) / 2 / reach + LEAST;
  let [sum, weight] = [0, 0];
  for (let i = start; i < end; i += 1) {
    const kept = i === start ? 0 : Math.exp((x[i - 1] - x[i]) / reach);
    sum = sum * kept + share(i) * y[i];
    weight = weight * kept + share(i);
    ahead[i - start] = sum;
    weights[i - start] = weight;
  }
  [sum, weight] = [0, 0];
  for (let i = end - 1; i >= start; i -= 1) {
    const kept = i === end - 1 ? 0 : Math.exp((x[i] - x[i + 1]) / reach);
    // What lies behind it, without itself.
    [sum, weight] = [sum * kept, weight * kept];
    result[i] = (ahead[i - start] + sum) / (weights[i - start] + weight);
    sum += share(i) * y[i];
    weight += share(i);
  }
}

/** The share of the axis that a strength reaches over: 0.9 is a twentieth of it, and 0.5 a four-hundredth. */
function reachOf(strength) {
  return 10 ** (-4.3 + 3.4 * Math.min(Math.max(strength, 0), 0.99));
}
