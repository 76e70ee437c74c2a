// The head of a run's page: what it is, how it is doing, and the numbers that say most.

import { h, put } from "../dom.js";
import { reported } from "../api.js";
import { edit, editNotes, editTags } from "../editing.js";
import { ago, clock, duration, exact, named, number } from "../format.js";
import { icon } from "../icons.js";
import { chip, status } from "../runs/cells.js";
import { trash } from "../runs/actions.js";
import { isSelected, select } from "../selection.js";
import { address, go } from "../state.js";
import { coverageInShort } from "./coverage.js";

/**
 * The head.
 *
 * @param {object} run its page, as the API has it
 * @param {() => void} changed is told when the run has been edited
 */
export function lead(run, changed) {
  return [
    h(
      "div.lead",
      {},
      run.ancestors.length > 0 &&
        h(
          "nav.small",
          { "aria-label": "What it lies in" },
          run.ancestors.map((each) => [
            h("a", { href: address(["run", each.id]) }, each.name || each.id),
            h("span.soft", {}, " / "),
          ]),
        ),
      h(
        "div.title",
        {},
        reported === null && star(run, changed),
        h("h1.wrap", {}, run.name || run.id),
        status(run.status),
        h("span.more", {}, reported === null && actions(run)),
      ),
      facts(run),
      tags(run, changed),
      notes(run, changed),
      run.error && failure(run.error),
    ),
    tiles(run),
    ending(run.early_stopping, run.facts),
  ];
}

function star(run, changed) {
  return h(
    "button.quiet.icon.star",
    {
      type: "button",
      "data-key": "star",
      "aria-pressed": String(run.star),
      "aria-label": run.star ? "Take the star away" : "Give it a star",
      onclick: async () => (await edit(run.id, { star: !run.star })) && changed(),
    },
    icon("star"),
  );
}

function actions(run) {
  const pick = h(
    "button",
    {
      type: "button",
      "aria-pressed": String(isSelected(run.id)),
      title: "Put it beside others with Compare",
      onclick: () => {
        select(run.id, !isSelected(run.id));
        pick.setAttribute("aria-pressed", String(isSelected(run.id)));
        put(pick, isSelected(run.id) ? "Selected" : "Select");
      },
    },
    isSelected(run.id) ? "Selected" : "Select",
  );
  return h(
    "span.bar",
    {},
    pick,
    run.kept_in === null &&
      h(
        "button.danger",
        { type: "button", onclick: () => trash([run.id], () => go(["runs"])) },
        "Move to trash",
      ),
  );
}

function facts(run) {
  const copy = h(
    "button.quiet.icon",
    {
      type: "button",
      "aria-label": "Copy the id",
      style: { width: "24px", "min-height": "22px" },
      onclick: () => navigator.clipboard.writeText(run.id),
    },
    icon("copy"),
  );
  return h(
    "div.facts",
    {},
    h("span", {}, h("span.mono", {}, run.id), navigator.clipboard ? copy : null),
    run.experiment && h("span", {}, run.experiment),
    run.started !== null &&
      h("time", { title: clock(run.started) }, `${clock(run.started)}, ${ago(run.started)}`),
    run.duration !== null &&
      h("span", {}, `${run.status === "running" ? "so far " : "took "}${duration(run.duration)}`),
    run.framework && h("span", {}, libraries(run)),
    run.progress && h("span", {}, run.progress),
    run.cost &&
      h(
        "a",
        {
          href: location.hash,
          onclick: (event) => (event.preventDefault(), document.getElementById("coverage")?.scrollIntoView()),
        },
        coverageInShort(run.coverage),
      ),
  );
}

/** The framework, and before it what the model is of, where that is another package: LightGBM has estimators. */
function libraries({ framework, framework_version, models, packages }) {
  const [own] = (models[0]?.type ?? "").split(".");
  const version = own !== framework && Object.hasOwn(packages, own) ? `${own} ${packages[own]}, ` : "";
  return `${version}${framework} ${framework_version ?? ""}`;
}

function tags(run, changed) {
  const names = Object.entries(run.tags);
  if (reported !== null)
    return (
      names.length > 0 &&
      h(
        "div.tags",
        {},
        names.map(([name, value]) => chip(name, value)),
      )
    );
  return h(
    "div.tags",
    {},
    names.map(([name, value]) => chip(name, value)),
    h(
      "button.quiet.small.soft",
      {
        type: "button",
        "data-key": "tags",
        onclick: (event) => editTags(event.currentTarget, [run], changed),
      },
      names.length ? "Edit tags" : "Add tags",
    ),
    run.notes === "" &&
      h(
        "button.quiet.small.soft",
        {
          type: "button",
          "data-key": "notes",
          onclick: (event) => editNotes(event.currentTarget, run, "", changed),
        },
        "Add notes",
      ),
  );
}

function notes(run, changed) {
  if (run.notes === "") return null;
  const change = h(
    "button.quiet.small.soft",
    {
      type: "button",
      "data-key": "notes",
      onclick: (event) => editNotes(event.currentTarget, run, run.notes, changed),
    },
    "Edit notes",
  );
  return h("div", {}, h("div.notes", {}, run.notes), reported === null && change);
}

function failure(error) {
  const said = `${error.type ?? "Error"}: ${error.message ?? ""}`;
  return h(
    "div.notice.bad",
    { role: "note" },
    h(
      "details",
      { style: { "min-width": "0" } },
      h("summary.bad", {}, h("strong.wrap", {}, said)),
      error.traceback && h("pre.text", {}, error.traceback),
    ),
  );
}

function tiles(run) {
  const byName = new Map(run.metrics.map((each) => [each.name, each]));
  const shown = run.headline.map((name) => byName.get(name)).filter(Boolean);
  if (shown.length === 0) return null;
  return h(
    "dl.tiles",
    { "aria-label": "Metrics that say most" },
    shown.map((each) => tile(each, run.role === "sweep")),
  );
}

/** The last value, and the best one beside it; of several trainings the best one is what they have come to. */
function tile({ name, last, best, count }, isSweep) {
  const isOver = best !== null && count > 1 && (best !== last || isSweep);
  const [first, second] = isOver && isSweep ? [best, last] : [last, best];
  const said = isSweep ? `best of ${count}, last ${number(second)}` : `best ${number(second)}`;
  return h(
    "div.tile",
    {},
    h("dt", {}, named(name)),
    h(
      "dd",
      { title: exact(first) },
      number(first),
      isOver && h("div.small.soft", { title: exact(second) }, said),
    ),
  );
}

/** How the training ended, and what was watched for it; a search says so of the last one, with what it has chosen. */
function ending(found, facts) {
  if (found === null) return null;
  const isRefit = facts.some((each) => each.name === "refit_s");
  const watches = found.watched !== null && found.watched !== undefined;
  const said = !watches ? "" : found.stopped_early ? "Stopped early" : "Did not stop early";
  const last = found.last_iteration ?? null;
  const head = [
    isRefit && "Refit",
    `${said}${last === null ? "" : `${said ? " at" : "At"} iteration ${number(last)}`}`,
    found.reason,
  ]
    .filter(Boolean)
    .join(": ");
  const way = { min: ", the lower the better", max: ", the higher the better" }[found.direction] ?? "";
  const details = [
    watches && `watched ${found.watched}${way}`,
    found.patience !== null && found.patience !== undefined && `patience ${number(found.patience)}`,
    found.tolerance !== null &&
      found.tolerance !== undefined &&
      !/\btol=/.test(found.reason ?? "") &&
      `tolerance ${number(found.tolerance)}`,
    found.best !== null &&
      found.best !== undefined &&
      `best ${number(found.best)}${found.best_iteration === null || found.best_iteration === undefined ? "" : ` at iteration ${number(found.best_iteration)}`}`,
    found.wasted_iterations ? `${number(found.wasted_iterations)} iterations after the best one` : null,
  ].filter(Boolean);
  return h(
    "div.notice",
    { role: "note" },
    h("div", {}, h("strong", {}, head), details.length > 0 && h("span.soft", {}, ` · ${details.join(", ")}`)),
  );
}
