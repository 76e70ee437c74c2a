// The code and the environment that a run was made in.

import { getDiff } from "../api.js";
import { diffView } from "../diff.js";
import { h, put } from "../dom.js";
import { count, plural, size, text } from "../format.js";

const PACKAGES = 16;

/** The section of source, environment and packages; null where nothing was kept. */
export function code(run) {
  const source = run.source ?? {};
  const parts = [
    sourcePanel(run, source),
    environmentPanel(run.environment ?? {}),
    packagesPanel(run.packages ?? {}),
  ].filter(Boolean);
  if (parts.length === 0) return null;
  return h("div.section", {}, h("div.two", {}, parts), textPanels(run.id, source));
}

function rowsOf(rows) {
  const shown = rows.filter(
    ([, value]) => value !== null && value !== undefined && value !== "" && value !== false,
  );
  return shown.length
    ? h(
        "dl.pairs.small",
        {},
        shown.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
      )
    : null;
}

function panel(title, content, note) {
  return (
    content &&
    h("div.panel", {}, h("header", {}, h("h3", {}, title), note && h("span.role", {}, note)), content)
  );
}

function sourcePanel(run, source) {
  const git = source.git ?? {};
  const untracked =
    (Array.isArray(git.untracked) ? git.untracked.length : 0) + (Number(git.untracked_more) || 0);
  const commit = git.commit
    ? [
        h("span.mono", { title: text(git.commit) }, text(git.commit).slice(0, 10)),
        git.branch ? ` on ${text(git.branch)}` : ", detached",
        git.dirty ? ", with changes" : "",
        untracked ? `, ${plural(untracked, "untracked file")}` : "",
      ]
    : "commit" in git
      ? "none yet"
      : "";
  const argv = Array.isArray(source.argv) ? source.argv.map(text).join(" ") : "";
  return panel(
    "Source",
    rowsOf([
      [
        source.kind ? text(source.kind) : "script",
        source.module || source.path ? h("span.mono", {}, text(source.module ?? source.path)) : "",
      ],
      ["command", argv && h("span.mono", {}, argv)],
      ["folder", source.folder && h("span.mono", {}, text(source.folder))],
      ["called at", run.site && h("span.mono", {}, run.site)],
      ["commit", commit],
      ["remote", git.remote && text(git.remote)],
      ["git", git.not_read && text(git.not_read)],
    ]),
  );
}

function environmentPanel(found) {
  const cpu = found.cpu ?? {};
  const gpus = Array.isArray(found.gpus) ? found.gpus.map((gpu) => text(gpu?.name ?? gpu)).join(", ") : "";
  const variables = Object.entries(found.variables ?? {});
  const content = rowsOf([
    ["python", [found.implementation, found.python].filter(Boolean).map(text).join(" ")],
    ["virtualenv", found.virtualenv && h("span.mono", {}, text(found.virtualenv))],
    ["platform", found.platform && text(found.platform)],
    ["host", found.host && text(found.host)],
    [
      "machine",
      [
        cpu.model && text(cpu.model),
        cpu.count && `${text(cpu.count)} CPUs`,
        Number.isFinite(found.memory) && size(found.memory),
      ]
        .filter(Boolean)
        .join(", "),
    ],
    ["gpus", gpus],
  ]);
  const more =
    variables.length > 0 &&
    h(
      "details",
      { style: { "margin-top": "8px" } },
      h("summary.small", {}, plural(variables.length, "variable")),
      rowsOf(variables.map(([name, value]) => [name, h("span.mono", {}, text(value))])),
    );
  return (content || more) && panel("Environment", [content, more]);
}

function packagesPanel(found) {
  const names = Object.entries(found);
  if (names.length === 0) return null;
  const list = h("div", {});
  const draw = (wanted, most) => {
    const matching = names.filter(([name]) => name.toLowerCase().includes(wanted.toLowerCase()));
    const shown = matching.slice(0, most);
    put(
      list,
      rowsOf(shown.map(([name, version]) => [name, h("span.mono", {}, text(version))])) ??
        h("p.soft", {}, "None has such a name."),
    );
    if (matching.length > shown.length)
      list.append(
        h(
          "button.quiet.small",
          { type: "button", onclick: () => draw(wanted, Infinity) },
          `${count(matching.length - shown.length)} more`,
        ),
      );
  };
  draw("", PACKAGES);
  const search =
    names.length > PACKAGES &&
    h("input", {
      type: "search",
      placeholder: "Find a package",
      "aria-label": "Find a package",
      oninput: (event) => draw(event.currentTarget.value, PACKAGES * 2),
    });
  return panel(
    "Packages",
    [search && h("div", { style: { "margin-bottom": "8px" } }, search), list],
    plural(names.length, "distribution"),
  );
}

/** What was not committed, and the script itself where git does not have it; asked for when it is opened. */
function textPanels(run, { diff_size: diffSize, code_size: codeSize }) {
  let asked = null;
  const ask = () => (asked ??= getDiff(run));
  const changes = ({ diff, notes, cut }) => [
    notes.map((note) => h("p.small.soft", {}, note)),
    diff ? diffView(diff, "Changes that were not committed") : h("p.soft", {}, "No diff is kept."),
    cut && h("p.small.soft", {}, "Only the beginning of it was kept."),
  ];
  const script = ({ code: content }) => h("pre.text", { tabindex: 0 }, content);
  return [
    diffSize > 0 && textPanel(`Changes that were not committed, ${size(diffSize)}`, ask, changes),
    codeSize > 0 && textPanel(`The script, ${size(codeSize)}`, ask, script),
  ];
}

function textPanel(title, ask, show) {
  const body = h("div.section", {});
  const block = h("details", {}, h("summary", {}, title), body);
  block.addEventListener("toggle", async () => {
    if (!block.open || body.hasChildNodes()) return;
    try {
      put(body, show(await ask()));
    } catch (error) {
      put(body, h("p.bad", {}, error.message));
    }
  });
  return h("div.panel", {}, block);
}
