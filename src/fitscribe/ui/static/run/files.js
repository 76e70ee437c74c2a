// What a run keeps as files: models, artifacts with their previews, checkpoints of the script.

import { getPreview, reported } from "../api.js";
import { h, put } from "../dom.js";
import { clock, count, lastPart, size, text } from "../format.js";
import { complain } from "../toast.js";
import { tableOf } from "./tables.js";

const CHECKPOINTS = new Set(["checkpoint", "checkpoints"]);

export const isFile = (artifact) => artifact.file !== null && artifact.file !== undefined;
export const isCheckpoint = (artifact) => CHECKPOINTS.has(artifact.kind);

/** The section of files; null where there are none. */
export function files(run, models, artifacts, others) {
  const checkpoints = others.filter(isCheckpoint);
  const records = others.filter((each) => !isCheckpoint(each));
  const parts = [
    models.length > 0 &&
      h(
        "div.panel",
        {},
        h("header", {}, h("h3", {}, models.length === 1 ? "Model" : "Models")),
        models.map((each) => model(run, each)),
      ),
    artifacts.length > 0 &&
      h(
        "div.panel",
        {},
        h("header", {}, h("h3", {}, "Artifacts")),
        h(
          "div",
          {},
          artifacts.map((each) => artifact(run.id, each)),
        ),
      ),
    checkpoints.length > 0 &&
      h("div.panel", {}, h("header", {}, h("h3", {}, "Checkpoints")), checkpointTable(checkpoints)),
    records.map((each) =>
      h(
        "div.panel",
        {},
        h("header", {}, h("h3", {}, each.title || each.name), h("span.role", {}, each.kind)),
        h("pre.text", {}, JSON.stringify(each.data, null, 1)),
      ),
    ),
  ];
  return parts.flat().some(Boolean) ? h("div.section", {}, parts) : null;
}

function model(run, each) {
  const call =
    each.name === "model"
      ? `fitscribe.load_model("${run.short ?? run.id}")`
      : `fitscribe.get_run("${run.short ?? run.id}").load_model(${JSON.stringify(each.name)})`;
  return h(
    "div",
    { style: { padding: "4px 0" } },
    h(
      "div.bar",
      {},
      h("strong.wrap", {}, each.name),
      h("span.soft", {}, [each.format, size(each.size)].filter(Boolean).join(", ")),
      each.file && reported === null && h("a", { href: each.file, download: "" }, "Download"),
    ),
    h("div.small.soft.wrap", { title: text(each.type ?? "") }, lastPart(each.type)),
    h("pre.small", { style: { "margin-top": "6px", overflow: "auto" } }, call),
  );
}

function artifact(run, each) {
  const body = h("div.section", {});
  const facts = [each.kind, size(each.size)].filter(Boolean).join(", ");
  const block = h(
    "details",
    {},
    h("summary", {}, h("span.named.wrap", {}, each.name), " ", h("span.small", {}, facts)),
    body,
  );
  block.addEventListener("toggle", () => {
    if (block.open && !body.hasChildNodes()) preview(run, each, "", body);
  });
  if (each.kind === "figure") block.open = true;
  // A folder is kept file by file.
  const keep =
    reported === null &&
    each.kind !== "folder" &&
    h("a.small", { href: each.file, download: "", "aria-label": `Download ${each.name}` }, "Download");
  return h("div.kept", { "data-artifact": each.name }, block, keep);
}

async function preview(run, each, entry, body) {
  put(body, h("span.wait", { style: { display: "block" } }));
  try {
    put(body, show(await getPreview(run, each, entry || undefined), run, each));
  } catch (error) {
    put(body, h("p.bad", {}, error.message));
  }
}

function show(found, run, each) {
  if (found.kind === "image")
    return h("img.preview", {
      src: found.file,
      alt: each.name,
      onerror: () => complain(new Error(`${each.name} is no picture that this browser can show.`)),
    });
  if (found.kind === "table")
    return [tableOf(found), found.more && h("p.small.soft", {}, beginning(found))];
  if (found.kind === "text" || found.kind === "json")
    return [
      h("pre.text", { tabindex: 0 }, found.text),
      found.more && h("p.small.soft", {}, "This is the beginning of the file."),
    ];
  if (found.kind === "folder") return folder(found, run, each);
  return h("p.soft", {}, found.why ?? "There is no preview of it.");
}

/** How much of a table its preview has. */
function beginning({ rows, columns, total, wide }) {
  const there = [
    total !== rows.length && `the first ${count(rows.length)} of ${total === null ? "many" : count(total)} rows`,
    wide > columns.length && `${count(columns.length)} of ${count(wide)} columns`,
  ].filter(Boolean);
  return `This is a part of the table: ${there.join(", ")}.`;
}

function folder(found, run, each) {
  const lines = found.entries.map((one) => {
    const body = h("div", {});
    const open = h(
      "button.quiet.small",
      {
        type: "button",
        onclick: () => (body.hasChildNodes() ? put(body) : preview(run, each, one.entry, body)),
      },
      one.entry,
    );
    return h(
      "li",
      {},
      h(
        "div.bar",
        {},
        open,
        h("span.soft.small", {}, size(one.size)),
        reported === null && h("a.small", { href: one.file, download: "" }, "Download"),
      ),
      body,
    );
  });
  return [
    h("ul", {}, lines),
    found.more && h("p.small.soft", {}, `The first ${count(found.entries.length)} files.`),
  ];
}

function checkpointTable(checkpoints) {
  const rows = checkpoints.map((each) => each.data ?? {});
  return h(
    "div.scroll",
    {},
    h(
      "table.plain.small",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          ["path", "step", "size", "saved", "holds"].map((head) => h("th", { scope: "col" }, head)),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((row) =>
          h(
            "tr",
            {},
            h("td.wrap.mono", {}, text(row.path ?? row.why ?? "")),
            h("td", {}, row.step === undefined || row.step === null ? "" : text(row.step)),
            h("td", {}, Number.isFinite(row.size) ? size(row.size) : ""),
            h(
              "td",
              {},
              Number.isFinite(row.time) ? clock(row.time) : "",
              row.saves > 1 ? `, ${row.saves} times` : "",
            ),
            h("td.wrap.soft", {}, row.holds ? holds(row.holds) : ""),
          ),
        ),
      ),
    ),
  );
}

function holds(found) {
  if (typeof found !== "object" || found === null) return text(found);
  if (found.keys && typeof found.keys === "object") return Object.keys(found.keys).join(", ");
  return text(found.class ?? found.type ?? found)
    .split(".")
    .pop();
}
