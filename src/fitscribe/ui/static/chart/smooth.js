// Smoothing that does not lie: it starts anew behind every gap, and lies beside the raw curve.

/**
 * The exponential moving average of a series, weighted by the distance of its points.
 *
 * The weight of what came before falls with the distance on the axis, so that points which stand closer
 * together, or were thinned, count no more than others. The beginning is not pulled towards zero.
 *
 * @param {ArrayLike<number>} x positions, ascending
 * @param {ArrayLike<number|null>} y values; null, NaN and infinities are gaps, and no average crosses one
 * @param {number} strength 0 (none) to below 1: the share of the axis over which a value is forgotten
 * @returns {(number|null)[]} as long as the series
 */
export function smoothed(x, y, strength) {
  const size = y.length;
  const result = new Array(size).fill(null);
  if (size === 0) return result;
  const reach = reachOf(strength) * (x[size - 1] - x[0] || 1);
  let sum = 0;
  let weight = 0;
  let before = null;
  for (let i = 0; i < size; i += 1) {
    const value = y[i];
    if (!Number.isFinite(value)) {
      sum = weight = 0;
      before = null;
      continue;
    }
    const kept = before === null ? 0 : Math.exp(-(x[i] - before) / reach);
    const fresh = before === null ? 1 : Math.max(1 - kept, 1e-6);
    sum = sum * kept + value * fresh;
    weight = weight * kept + fresh;
    result[i] = sum / weight;
    before = x[i];
  }
  return result;
}

/** The share of the axis that a strength reaches over: 0.9 is a tenth of it, and 0.5 half a hundredth. */
function reachOf(strength) {
  return 10 ** (-4 + 3.4 * Math.min(Math.max(strength, 0), 0.99));
}
