// Where the data comes from, as a graph: what was read on the left, what was trained and tested on at the right.

import { Unreadable } from "../chart/records.js";
import { h, s } from "../dom.js";
import { lastPart, plural, shape, size, text } from "../format.js";

const [WIDTH, HEIGHT, ACROSS, DOWN] = [204, 68, 62, 14];
const SWEEPS = 4;

/**
 * The graph of a lineage, and the same as a list.
 *
 * @param {object} data `nodes` with `id`, `by`, `of`, …; `roles`: the node of each role; `left_out`
 */
export function lineage(data) {
  if (!Array.isArray(data?.nodes) || data.nodes.length === 0) throw new Unreadable("it holds no data");
  const nodes = new Map(
    data.nodes.map((node) => [
      node.id,
      {
        ...node,
        of: (Array.isArray(node.of) ? node.of : []).filter((each) =>
          data.nodes.some((other) => other.id === each),
        ),
        roles: [],
      },
    ]),
  );
  for (const [role, id] of Object.entries(data.roles ?? {})) nodes.get(id)?.roles.push(role);
  const layers = layersOf(nodes);
  const places = placesOf(layers, nodes);
  const width = layers.length * (WIDTH + ACROSS) - ACROSS + 2;
  const height = Math.max(...layers.map((layer) => layer.length)) * (HEIGHT + DOWN) - DOWN + 2;
  const edges = [...nodes.values()].flatMap((node) =>
    node.of.map((from) => edge(places.get(from), places.get(node.id))),
  );
  const picture = s(
    "svg.draw",
    {
      viewBox: `-1 -1 ${width} ${height}`,
      width,
      height,
      role: "img",
      "aria-label": `Lineage of ${plural(nodes.size, "piece", "pieces")} of data; the list below says the same`,
    },
    edges,
    [...nodes.values()].map((node) => boxOf(node, places.get(node.id))),
  );
  picture.style.width = `${width}px`;
  return [
    h("div.scroll", { tabindex: 0, role: "group", "aria-label": "Lineage, scrolls sideways" }, picture),
    data.left_out > 0 && h("p.small.soft", {}, `and ${plural(data.left_out, "step")} further back`),
    h(
      "details",
      {},
      h("summary", {}, "As a list"),
      h(
        "ul.section",
        {},
        [...nodes.values()].map((node) => h("li.small.wrap", {}, sentence(node, nodes))),
      ),
    ),
  ];
}

/** Each node lies right of all that it was made of. */
function layersOf(nodes) {
  const depths = new Map();
  const depthOf = (id, trail) => {
    if (depths.has(id)) return depths.get(id);
    if (trail.has(id)) return 0; // a file that claims a circle
    trail.add(id);
    const depth = Math.max(-1, ...nodes.get(id).of.map((each) => depthOf(each, trail))) + 1;
    trail.delete(id);
    depths.set(id, depth);
    return depth;
  };
  const layers = [];
  for (const id of nodes.keys()) {
    const depth = depthOf(id, new Set());
    (layers[depth] ??= []).push(id);
  }
  const full = layers.filter(Boolean);
  sortLayers(full, nodes);
  return full;
}

/** Nodes stand beside those that they are tied to. */
function sortLayers(layers, nodes) {
  const children = new Map([...nodes.keys()].map((id) => [id, []]));
  for (const node of nodes.values()) for (const from of node.of) children.get(from).push(node.id);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const isForward = sweep % 2 === 0;
    const position = new Map(layers.flatMap((layer) => layer.map((id, i) => [id, i / layer.length])));
    for (const layer of layers) {
      const weight = (id) => {
        const tied = isForward ? nodes.get(id).of : children.get(id);
        return tied.length
          ? tied.reduce((sum, each) => sum + position.get(each), 0) / tied.length
          : position.get(id);
      };
      const weights = new Map(layer.map((id) => [id, weight(id)]));
      layer.sort((a, b) => weights.get(a) - weights.get(b));
    }
  }
}

function placesOf(layers) {
  const tallest = Math.max(...layers.map((layer) => layer.length));
  return new Map(
    layers.flatMap((layer, x) =>
      layer.map((id, i) => [
        id,
        { x: x * (WIDTH + ACROSS), y: (i + (tallest - layer.length) / 2) * (HEIGHT + DOWN) },
      ]),
    ),
  );
}

function edge(from, to) {
  const [x0, y0, x1, y1] = [from.x + WIDTH, from.y + HEIGHT / 2, to.x, to.y + HEIGHT / 2];
  const bend = Math.max(24, (x1 - x0) / 2);
  return s("path.edge", { d: `M${x0} ${y0}C${x0 + bend} ${y0} ${x1 - bend} ${y1} ${x1} ${y1}` });
}

function boxOf(node, { x, y }) {
  const isLost = node.by === "not seen";
  const lines = [...(node.roles.length ? [node.roles.join(", ")] : []), name(node), what(node)];
  const top = HEIGHT / 2 - lines.length * 9 + 14;
  return s(
    "g.node",
    {
      class: `${node.roles.length ? "role" : ""}${isLost ? " lost" : ""}`,
      transform: `translate(${x} ${y})`,
    },
    s("title", {}, described(node)),
    s("rect", { width: WIDTH, height: HEIGHT, rx: 7 }),
    lines.map((line, i) =>
      s(i === 0 ? "text.name" : "text", { x: 12, y: top + i * 18 }, cut(line, i === 0 ? 24 : 29)),
    ),
  );
}

const name = (node) =>
  node.by === "not seen" ? "origin not seen" : text(node.by).replace(/^(?:\w+\.)+(?=\w+$)/, "");
const cut = (words, most) => (words.length > most ? `${words.slice(0, most - 1)}…` : words);

function what(node) {
  if (node.path) return [String(node.path).split(/[/\\]/).pop(), size(node.size)].filter(Boolean).join(", ");
  return `${lastPart(node.container)} ${shape(Array.isArray(node.shape) ? node.shape : [])}`.trim();
}

function described(node) {
  const facts = Object.entries(node.facts ?? {}).map(([key, value]) => `${key}=${text(value)}`);
  const file = node.path
    ? [node.path, size(node.size), node.modified, node.fingerprint].filter(Boolean).join(", ")
    : "";
  return [text(node.by), facts.join(", "), file || what(node)].filter(Boolean).join("\n");
}

function sentence(node, nodes) {
  const facts = Object.entries(node.facts ?? {}).map(([key, value]) => `${key}=${text(value)}`);
  const parents = node.of
    .map((id) => nodes.get(id))
    .map((each) => (each.roles[0] ? each.roles[0] : `${name(each)}, ${what(each)}`));
  return [
    node.roles.length > 0 && h("strong", {}, `${node.roles.join(", ")}: `),
    `${name(node)}${facts.length ? ` (${facts.join(", ")})` : ""}, ${node.path ? text(node.path) : what(node)}`,
    parents.length > 0 && h("span.soft", {}, ` from ${parents.join(" and ")}`),
  ];
}
