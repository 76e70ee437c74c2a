// What a model is made of: the steps of a pipeline, the modules of a network.

import { Unreadable } from "../chart/records.js";
import { h } from "../dom.js";
import { count, duration, lastPart, plural, shape, text } from "../format.js";

const MOST_LEVELS = 40;

/** The panel of a structure or of modules. */
export function treePanel(artifact) {
  let drawn;
  try {
    drawn = artifact.kind === "structure" ? steps(artifact.data) : modules(artifact.data);
  } catch (error) {
    if (!(error instanceof Unreadable) && !(error instanceof TypeError)) throw error;
    drawn = h("p.warn", {}, `Not drawn: ${error.message}.`);
  }
  const title = artifact.kind === "structure" ? "Steps" : "Modules";
  return h(
    "div.panel",
    {},
    h("header", {}, h("h3", {}, title), artifact.role && h("span.role", {}, artifact.role)),
    drawn,
  );
}

function steps(data) {
  if (!Array.isArray(data?.steps)) throw new Unreadable("it holds no steps");
  const parents = new Map(data.steps.map((step) => [step.path, step.parent]));
  const depthOf = (step) => {
    let [depth, at] = [0, step.parent];
    while (at !== null && at !== undefined && parents.has(at) && depth < MOST_LEVELS)
      [depth, at] = [depth + 1, parents.get(at)];
    return depth;
  };
  return tree(
    ["step", "class", "took", "gives", "set to"],
    data.steps.map((step) => ({
      depth: depthOf(step),
      cells: [
        String(step.path ?? "")
          .split("__")
          .pop() || "·",
        lastPart(step.name),
        Number.isFinite(step.seconds) ? duration(step.seconds) : "",
        [
          shape(Array.isArray(step.shape) ? step.shape : []),
          Array.isArray(step.columns) && step.columns.length ? columns(step.columns) : "",
        ]
          .filter(Boolean)
          .join(": "),
        Object.entries(step.params ?? {})
          .map(([name, value]) => `${name}=${text(value)}`)
          .join(", "),
      ],
    })),
  );
}

const columns = (names) =>
  names.length > 4
    ? `${names.slice(0, 4).map(text).join(", ")} and ${names.length - 4} more`
    : names.map(text).join(", ");

function modules(data) {
  if (!Array.isArray(data?.modules)) throw new Unreadable("it holds no modules");
  const rows = [];
  const walk = (part, depth) => {
    if (depth > MOST_LEVELS) return;
    rows.push({ depth, cells: moduleCells(part, depth) });
    for (const each of Array.isArray(part.parts) ? part.parts : []) walk(each, depth + 1);
  };
  for (const each of data.modules) walk(each, 0);
  const shares = (counts, before) => {
    const names = Object.entries(counts ?? {});
    return names.length === 1
      ? `${before}${names[0][0]}`
      : names.map(([name, amount]) => `${count(amount)} ${before}${name}`).join(", ");
  };
  const totals = [
    Number.isFinite(data.parameters) && plural(data.parameters, "parameter"),
    data.parameters > 0 &&
      (data.trainable === data.parameters ? "all trainable" : `${count(data.trainable ?? 0)} trainable`),
    shares(data.dtypes, ""),
    shares(data.devices, "on "),
    data.compiled && "compiled",
  ];
  return [
    h("p.soft.small", { style: { "margin-bottom": "8px" } }, totals.filter(Boolean).join(", ")),
    tree(["module", "class", "parameters", ""], rows),
  ];
}

function moduleCells(part, depth) {
  const inside = (each, level) =>
    (Number.isFinite(each.parameters) ? each.parameters : 0) +
    (level === 0
      ? 0
      : (Array.isArray(each.parts) ? each.parts : []).reduce(
          (sum, one) => sum + (one.times ?? 1) * inside(one, level + 1),
          0,
        ));
  const own = inside(part, depth);
  const remarks = [
    part.settings && text(part.settings),
    Array.isArray(part.output_shape) && shape(part.output_shape.flat()),
    Array.isArray(part.connected_to) &&
      part.connected_to.length &&
      `from ${part.connected_to.map(text).join(", ")}`,
    part.calls && `called ${part.calls} times`,
    depth > 0 && part.parameters > 0 && part.trainable === 0 && "not trainable",
    part.shared && `is ${text(part.shared)}`,
    part.buffers > 0 && `${count(part.buffers)} in buffers`,
  ];
  const amount = own ? count(own) : "";
  return [
    text(part.name),
    lastPart(part.class),
    part.times > 1 && amount ? `${part.times} × ${amount}` : amount,
    remarks.filter(Boolean).join(", "),
  ];
}

function tree(heads, rows) {
  return h(
    "div.scroll",
    {},
    h(
      "table.plain.tree",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          heads.map((head) =>
            h("th", { scope: "col", class: head === "took" || head === "parameters" ? "num" : "" }, head),
          ),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map(({ depth, cells }) =>
          h(
            "tr",
            {},
            cells.map((cell, i) =>
              h(
                "td",
                {
                  class: heads[i] === "took" || heads[i] === "parameters" ? "num" : i > 2 ? "soft" : "",
                  style: i === 0 ? { "--deep": String(depth) } : null,
                },
                i > 2 ? h("div", {}, cell) : cell,
              ),
            ),
          ),
        ),
      ),
    ),
  );
}
