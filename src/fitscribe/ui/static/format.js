// Values as text: numbers, durations, sizes, points in time. The rules are those of `fitscribe show`.

const SPECIAL = { nan: NaN, inf: Infinity, "-inf": -Infinity };

/** The number that a value of the API stands for; null where it is none. JSON lacks NaN and infinities. */
export function toNumber(value) {
  if (typeof value === "number") return value;
  return typeof value === "string" && Object.hasOwn(SPECIAL, value) ? SPECIAL[value] : null;
}

/**
 * A number with four significant digits, or with the decimals of its column.
 *
 * @param {number | string} value as the API has it
 * @param {number} [decimals] as `decimalsOf` gives them
 */
export function number(value, decimals) {
  const found = toNumber(value);
  if (found === null) return value === null || value === undefined ? "" : String(value);
  if (Number.isNaN(found)) return "nan";
  if (!Number.isFinite(found)) return found > 0 ? "inf" : "-inf";
  if (
    decimals !== undefined &&
    Math.abs(found) < 1e6 &&
    (found === 0 || Number(found.toFixed(decimals)) !== 0)
  )
    return found.toFixed(decimals);
  if (found === 0) return "0";
  const size = Math.abs(found);
  if (Number.isInteger(found) && size < 1e15) return found.toLocaleString("en-US");
  if (size < 1e-4 || size >= 1e6) return trimmed(found.toExponential(3));
  return found.toFixed(ownDecimals(size));
}

const LONGEST_NAME = 200;

/** A name as it is shown: its beginning and its end where it is longer than anybody reads. */
export const named = (name) => (name.length > LONGEST_NAME ? `${name.slice(0, 140)}…${name.slice(-40)}` : name);

/** All digits of a number, for whoever points at it. */
export function exact(value) {
  const found = toNumber(value);
  return found === null ? "" : Number.isFinite(found) ? String(found) : number(found);
}

/** Of four significant digits; zeros at the end say that a number was rounded, one that ends there has none. */
function ownDecimals(size) {
  const digits = size.toFixed(Math.max(0, 3 - Math.floor(Math.log10(size))));
  const short = digits.replace(/\.?0+$/, "");
  return ((Number(short) === size ? short : digits).split(".")[1] ?? "").length;
}

/** The decimals that the numbers of one column have; undefined where each has its own. */
export function decimalsOf(values) {
  const sizes = values.filter((each) => Number.isFinite(each) && !Number.isInteger(each)).map(Math.abs);
  if (sizes.length === 0 || sizes.some((each) => each < 1e-3 || each >= 1e6)) return undefined;
  return Math.max(...sizes.map(ownDecimals));
}

/** A number for an axis, as short as the distance of its neighbours allows. */
export function tick(value, increment) {
  const size = Math.abs(value);
  if (value === 0) return "0";
  if (size < 1e-4 || size >= 1e12) {
    // As many digits as tell it from its neighbours.
    const digits = increment ? Math.ceil(Math.log10(size / increment) - 1e-9) : 0;
    return trimmed(value.toExponential(Math.min(15, Math.max(2, digits))));
  }
  if (size >= 1e4) {
    if (value % 100 !== 0) return value.toLocaleString("en-US", { maximumFractionDigits: 2 });
    const [unit, name] = size >= 1e9 ? [1e9, "G"] : size >= 1e6 ? [1e6, "M"] : [1e3, "k"];
    return `${Number((value / unit).toPrecision(9))}${name}`;
  }
  if (!increment) return String(Number(value.toPrecision(4)));
  let decimals = 0;
  // As many as the distance itself has: a quarter has two.
  while (
    decimals < 8 &&
    Math.abs(increment * 10 ** decimals - Math.round(increment * 10 ** decimals)) >
      1e-6 * 10 ** decimals * increment
  )
    decimals += 1;
  return value.toFixed(decimals);
}

function trimmed(text) {
  return text.replace(/\.?0+e/, "e").replace("e+", "e");
}

/** How much two numbers differ, with its sign. */
export function change(value) {
  return `${value > 0 ? "+" : ""}${number(value)}`;
}

// Embeddings, overrides and isolates: they turn what stands beside them around, and nobody sees them.
const TURNING = /[\u202a-\u202e\u2066-\u2069]/g;

/** A text with the characters spelled out that would turn the text beside it around. */
export const visible = (said) =>
  said.replace(TURNING, (each) => `\\u${each.codePointAt(0).toString(16)}`);

/** A parameter, tag or fact as one line of text. */
export function text(value) {
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "number") {
    const exact = String(value);
    return exact.length <= 8 ? exact : number(value);
  }
  if (typeof value === "string") return value === "" ? "''" : value;
  if (Array.isArray(value)) return `[${value.map(text).join(", ")}]`;
  return `{${Object.entries(value)
    .map(([name, each]) => `${name}: ${text(each)}`)
    .join(", ")}}`;
}

/** Seconds as a short duration. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "";
  if (seconds < 0.001) return "<1 ms";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h ${pad((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86400)} d ${Math.floor((seconds % 86400) / 3600)} h`;
}

function pad(value) {
  return String(Math.floor(value)).padStart(2, "0");
}

/** A time, in seconds since 1970, as the local date and time of day. */
export function clock(moment) {
  if (moment === null || moment === undefined) return "";
  const date = new Date(moment * 1000);
  if (Number.isNaN(date.getTime())) return "";
  const day = [date.getFullYear(), pad(date.getMonth() + 1), pad(date.getDate())].join("-");
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

const UNITS = [
  [60, 1, "s"],
  [3600, 60, "min"],
  [86400, 3600, "h"],
  [30 * 86400, 86400, "d"],
];

/** When something was, as people say it. */
export function ago(moment, now = Date.now() / 1000) {
  if (moment === null || moment === undefined) return "";
  const passed = now - moment;
  if (passed < 0) return clock(moment);
  if (passed < 10) return "just now";
  for (const [limit, unit, name] of UNITS) {
    if (passed < limit) return `${Math.floor(passed / unit)} ${name} ago`;
  }
  return clock(moment).slice(0, 10);
}

/** A number of bytes. */
export function size(count) {
  if (count === null || count === undefined) return "";
  let amount = count;
  let unit = "B";
  for (unit of ["B", "kB", "MB", "GB", "TB"]) {
    if (amount < 1000 || unit === "TB") break;
    amount /= 1000;
  }
  return unit === "B" || amount >= 100 ? `${amount.toFixed(0)} ${unit}` : `${amount.toFixed(1)} ${unit}`;
}

/** A count with its thousands apart. */
export function count(value) {
  return Number(value).toLocaleString("en-US");
}

/** A message that something else is said behind. */
export const sentence = (said) => (/[.!?:]$/.test(said) ? said : `${said}.`);

/** `1 run`, `2 runs`. */
export function plural(amount, noun, many = `${noun}s`) {
  return `${count(amount)} ${amount === 1 ? noun : many}`;
}

/** A share of one as a percentage, with two digits of what is left to none or to all. */
export function percent(share) {
  const value = share * 100;
  const rest = Math.min(value, 100 - value);
  const decimals = rest > 0 ? Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(rest)))) : 0;
  return `${value.toFixed(decimals)} %`;
}

/** `426 × 30`. */
export function shape(dimensions) {
  return (dimensions ?? [])
    .map((each) => (each === null ? "n" : typeof each === "number" ? count(each) : each))
    .join(" × ");
}

/** What comes after the last dot: the class without its module. */
export function lastPart(name) {
  return String(name ?? "")
    .split(".")
    .pop();
}

/** `test/confusion_matrix` as a title: `Confusion matrix` and the role. */
export function titleOf(name) {
  const slash = name.lastIndexOf("/");
  const kind = name.slice(slash + 1).replaceAll("_", " ");
  return { title: kind.charAt(0).toUpperCase() + kind.slice(1), role: slash < 0 ? "" : name.slice(0, slash) };
}
