// All that the page asks of the server, as docs/ui-api.md has it. In a report the answers lie in the page itself.

import { untouched } from "./pressed.js";

const LONGEST_ADDRESS = 4000;

const embedded = document.getElementById("fitscribe-report");
const report = embedded === null ? null : JSON.parse(embedded.textContent);

/** The ids of the runs that a report is of; null in the browser view. */
export const reported = report === null ? null : report.runs;
/** When and with which version a report was made. */
export const made = report === null ? null : { version: report.version, time: report.made };

/** An answer that is an error; `message` says what is wrong, `remedy` what to do. */
export class Failure extends Error {
  constructor(status, error) {
    super(error.message);
    this.status = status;
    this.kind = error.kind;
    this.remedy = error.remedy ?? "";
    this.where = error.where;
    this.position = error.position;
    this.end = error.end;
  }
}

/**
 * The address of a request.
 *
 * @param {string} path below `/api`
 * @param {object} [query] values by name; lists are repeated, null and empty texts left out
 */
export function urlOf(path, query = {}) {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== null && each !== undefined && each !== "") words.append(name, each);
    }
  }
  const text = words.toString();
  return `/api/${path}${text ? `?${text}` : ""}`;
}

async function request(path, query, options = {}) {
  if (report !== null) throw new Failure(404, { kind: "not_found", message: "This is not in the report." });
  let answer;
  try {
    answer = await fetch(urlOf(path, query), options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure(0, {
      kind: "gone",
      message: "fitscribe ui does not answer any more.",
      remedy: "Start it again with `fitscribe ui`.",
    });
  }
  const body = await answer.json().catch(() => null);
  // What is answered is drawn.
  await untouched();
  options.signal?.throwIfAborted();
  if (answer.ok && body !== null) return body;
  throw new Failure(
    answer.status,
    body?.error ?? { kind: "internal", message: `The server answered ${answer.status}.` },
  );
}

function send(method, path, body, options = {}) {
  const headers = { "Content-Type": "application/json" };
  return request(path, {}, { method, headers, body: JSON.stringify(body), ...options });
}

/** Ask about a choice of runs, or of names, which may be too long for an address. */
function choose(path, query, options) {
  if (urlOf(path, query).length <= LONGEST_ADDRESS) return request(path, query, options);
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const texts = (value) => (Array.isArray(value) ? value.map(String) : String(value));
  return send("POST", path, Object.fromEntries(given.map(([name, value]) => [name, texts(value)])), options);
}

function embeddedAnswer(key) {
  if (Object.hasOwn(report.answers, key)) return report.answers[key];
  throw new Failure(404, { kind: "not_found", message: "This is not in the report." });
}

const id = encodeURIComponent;

export const getStore = () => request("store");
export const getChanges = (since, wait, signal) => request("changes", { since, wait }, { signal });
export const getColumns = (query, signal) => choose("columns", query, { signal });
export const getCheck = (filter) => request("check", { filter });
export const getCompletion = (text, cursor, signal) => request("complete", { text, cursor }, { signal });
export const getGroups = (query, signal) => choose("groups", query, { signal });
export const getTrash = (offset, limit) => request("trash", { offset, limit });
export const getValues = (query, signal) => choose("values", query, { signal });
export const getImportance = (query, signal) => choose("importance", query, { signal });

/** Rows of the table; a report has those of its runs. */
export async function getRuns(query, signal) {
  return report === null ? choose("runs", query, { signal }) : embeddedAnswer("rows");
}

export async function getRun(run, signal) {
  return report === null ? request(`runs/${id(run)}`, {}, { signal }) : embeddedAnswer(`run/${run}`);
}

export async function getDiff(run) {
  return report === null ? request(`runs/${id(run)}/diff`) : embeddedAnswer(`diff/${run}`);
}

export async function getComparison(runs, signal) {
  return report === null ? request("compare", { run: runs }, { signal }) : embeddedAnswer("compare");
}

export async function getCode(runs) {
  return report === null ? request("compare/code", { run: runs }) : embeddedAnswer("code");
}

/**
 * What there is to see of an artifact.
 *
 * @param {string} run its id
 * @param {object} artifact of the run's page
 * @param {string} [entry] a file of a folder
 */
export async function getPreview(run, artifact, entry) {
  if (report === null) return request(`runs/${id(run)}/preview`, { name: artifact.name, entry });
  if (artifact.image) return { kind: "image", file: artifact.image, size: artifact.size };
  return artifact.shown ?? { kind: "none", why: "The report does not hold it." };
}

/** The values of an artifact that was kept as data; large ones are fetched. */
export async function getData(artifact) {
  if (artifact.data !== undefined || !artifact.data_at || report !== null) return artifact.data;
  return request(artifact.data_at.replace(/^\/api\//, ""));
}

/** Points of metrics; a report has all that it has at once, whatever range is asked for. */
export async function getSeries(query, signal) {
  if (report === null) return choose("series", query, { signal });
  const keys = query.run.flatMap((run) => query.name.map((name) => `series/${run}/${name}`));
  return {
    series: keys.filter((key) => Object.hasOwn(report.answers, key)).map((key) => report.answers[key]),
  };
}

export const patchRun = (run, changes) => send("PATCH", `runs/${id(run)}`, changes);
export const tagRuns = (runs, tags) => send("PATCH", "runs", { runs, tags });
export const moveToTrash = (runs, running) => send("POST", "trash", running ? { runs, running } : { runs });
export const restore = (runs) => send("POST", "restore", { runs });
