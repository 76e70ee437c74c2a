// The address is the state of the view: what is after the `#` says all of it, and nothing else does.
// What a person has chosen for every view (columns, theme) is remembered in the browser.

/**
 * The view that the address names.
 *
 * @returns {{path: string[], query: URLSearchParams}} `#/run/7k3f?x=epoch` is `["run", "7k3f"]` and `x`
 */
export function here() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const parts = path.split("/").filter(Boolean).map(unescaped);
  return { path: parts, query: new URLSearchParams(query) };
}

function unescaped(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a lone percent sign
  }
}

/** The address of a view. */
export function address(path, query = {}) {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "" && value !== false) words.set(name, value);
  }
  // Commas and slashes may stand as they are: lists of ids and names of metrics stay readable.
  const rest = words.toString().replaceAll("%2C", ",").replaceAll("%2F", "/");
  return `#/${path.map(encodeURIComponent).join("/")}${rest ? `?${rest}` : ""}`;
}

/** Go to a view; the way back leads here. */
export function go(path, query) {
  location.hash = address(path, query);
}

/**
 * Change a part of the view's state; what is null or empty leaves the address.
 *
 * @param {object} changes by name
 * @param {boolean} [step] whether the way back leads to the state before
 */
export function change(changes, step = false) {
  const { path, query } = here();
  const next = address(path, { ...Object.fromEntries(query), ...changes });
  if (next === location.hash) return;
  if (step) history.pushState(null, "", next);
  else history.replaceState(null, "", next);
}

/** What was remembered under a name; the fallback where nothing was, or where it cannot be read. */
export function remembered(name, fallback) {
  try {
    const text = localStorage.getItem(`fitscribe.${name}`);
    return text === null ? fallback : JSON.parse(text);
  } catch {
    return fallback; // storage is forbidden, or holds something else
  }
}

/** Remember a choice; a browser that keeps nothing forgets it with the page. */
export function remember(name, value) {
  try {
    localStorage.setItem(`fitscribe.${name}`, JSON.stringify(value));
  } catch (error) {
    console.info("fitscribe: this choice lasts as long as the page:", error.message);
  }
}
