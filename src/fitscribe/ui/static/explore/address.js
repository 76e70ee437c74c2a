// What of an exploration the address says.

import { change } from "../state.js";

const NAMES = ["metric", "x", "y", "color", "logx", "logy", "kept"];

/**
 * The exploration that an address describes; see `Explorer`.
 *
 * @param {URLSearchParams} query of the address
 * @param {string} [prefix] of its names, on a page that has other things of these names
 */
export function explorationOf(query, prefix = "") {
  const given = NAMES.filter((name) => query.has(prefix + name));
  return Object.fromEntries(given.map((name) => [name, read(name, query.get(prefix + name))]));
}

function read(name, text) {
  if (name === "kept") return rangesIn(text);
  return name.startsWith("log") ? text === "1" : text;
}

/** Ranges of values by field; what anybody may have typed has another form at times. */
function rangesIn(text) {
  try {
    const found = Object.entries(JSON.parse(text) ?? {});
    return Object.fromEntries(
      found.filter(([, range]) => Array.isArray(range) && range.length === 2 && range.every(Number.isFinite)),
    );
  } catch {
    return {};
  }
}

/** Write an exploration into the address. */
export function keepExploration(state, prefix = "") {
  change(Object.fromEntries(NAMES.map((name) => [prefix + name, written(state[name])])));
}

function written(value) {
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "object" && value !== null ? JSON.stringify(value) : value;
}
