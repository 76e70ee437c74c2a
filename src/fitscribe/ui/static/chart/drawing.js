// Small drawings of lines and dots over two axes: what has some hundred points and is looked at as a whole.

import { h, put, s } from "../dom.js";
import { number } from "../format.js";
import { linearSplits, tickTexts } from "./axes.js";
import { swatch } from "./swatch.js";
import { placeTip } from "./tip.js";

const [WIDTH, HEIGHT] = [420, 320];
const MARGIN = { left: 50, right: 12, top: 10, bottom: 42 };
const REACH = 28;

/** The colour of the line of some number; there are ten, and dashes tell the further ones apart. */
export const colorAt = (index) => `var(--s${index % 10})`;
export const dashAt = (index) => [null, [6, 4], [2, 3], [10, 4, 2, 4]][Math.floor(index / 10) % 4];

/**
 * Draw lines and dots.
 *
 * @param {object} options
 *   `label` for those who do not see it; `xLabel`, `yLabel`; `x`, `y`: the ranges (by default those of the points);
 *   `texts`: what stands at the positions 0, 1, … of an axis of names;
 *   `lines`: `{label, color, dash?, x, y, spread?, dots?, steps?}` with `spread` above and below each point, and
 *   `steps` where nothing lies on a straight line between two;
 *   `diagonal`, `rule`: a line of what chance gives, from corner to corner or at a height
 * @returns {HTMLElement}
 */
export function drawing(options) {
  const { lines } = options;
  const frame = frameOf(options);
  const tip = h("div.tip", { hidden: true });
  const dot = s("circle.dot", { r: 4.5, visibility: "hidden" });
  const picture = s(
    "svg.draw",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": options.label },
    axes(options, frame),
    options.diagonal && path("faintly", frame, options.x ?? frame.x, options.y ?? frame.y),
    options.rule !== undefined && path("faintly", frame, frame.x, [options.rule, options.rule]),
    lines.map((line) => lineOf(line, frame)),
    dot,
  );
  const box = h("div.canvas", { style: { "max-width": "480px" } }, picture, tip);
  picture.addEventListener("pointermove", (event) => {
    const scale = WIDTH / picture.clientWidth;
    const found = under(lines, frame, event.offsetX * scale, event.offsetY * scale);
    tip.hidden = found === null;
    dot.setAttribute("visibility", found === null ? "hidden" : "visible");
    if (found === null) return;
    const { line, i, px, py } = found;
    dot.setAttribute("cx", px);
    dot.setAttribute("cy", py);
    dot.style.setProperty("--of", line.color);
    const place = options.texts ? options.texts[line.x[i]] : number(line.x[i]);
    put(
      tip,
      h("div", {}, swatch(line.color, line.dash), h("span", {}, line.label)),
      h("div.soft", {}, `${options.xLabel} ${place}, ${options.yLabel} ${number(line.y[i])}`),
      line.notes && h("div.soft", {}, line.notes[i]),
    );
    placeTip(tip, px / scale, py / scale);
  });
  picture.addEventListener("pointerleave", () => {
    tip.hidden = true;
    dot.setAttribute("visibility", "hidden");
  });
  return box;
}

function frameOf({ lines, x, y, texts }) {
  const range = (given, name) => {
    if (given) return given;
    const all = lines.flatMap((line) =>
      name === "y" && line.spread
        ? line.y.flatMap((each, i) => [each - line.spread[i], each + line.spread[i]])
        : line[name],
    );
    const [low, high] = all
      .filter(Number.isFinite)
      .reduce(([a, b], each) => [Math.min(a, each), Math.max(b, each)], [Infinity, -Infinity]);
    if (!(low <= high)) return [0, 1];
    const air = (high - low) * 0.06 || Math.abs(low) * 0.1 || 1;
    return [low - air, high + air];
  };
  const ends = { x: texts ? [-0.5, texts.length - 0.5] : range(x, "x"), y: range(y, "y") };
  const inner = [WIDTH - MARGIN.left - MARGIN.right, HEIGHT - MARGIN.top - MARGIN.bottom];
  return {
    ...ends,
    px: (value) => MARGIN.left + ((value - ends.x[0]) / (ends.x[1] - ends.x[0])) * inner[0],
    py: (value) => MARGIN.top + inner[1] - ((value - ends.y[0]) / (ends.y[1] - ends.y[0])) * inner[1],
  };
}

function axes({ xLabel, yLabel, texts }, frame) {
  const bottom = HEIGHT - MARGIN.bottom;
  const xs = texts ? texts.map((_, i) => i) : linearSplits(...frame.x, 5);
  const ys = linearSplits(...frame.y, 5);
  const every = texts ? Math.ceil(texts.length / 6) : 1;
  const [xTexts, yTexts] = [texts ?? tickTexts(xs), tickTexts(ys)];
  return [
    ys.map((value, i) => [
      s("line.rule", { x1: MARGIN.left, x2: WIDTH - MARGIN.right, y1: frame.py(value), y2: frame.py(value) }),
      s("text", { x: MARGIN.left - 7, y: frame.py(value) + 4, "text-anchor": "end" }, yTexts[i]),
    ]),
    xs.map(
      (value, i) =>
        i % every === 0 && [
          s("line.rule", { x1: frame.px(value), x2: frame.px(value), y1: MARGIN.top, y2: bottom }),
          s(
            "text",
            { x: frame.px(value), y: bottom + 16, "text-anchor": "middle" },
            String(xTexts[i]).slice(0, 12),
          ),
        ],
    ),
    s("path.axis", { d: `M${MARGIN.left} ${MARGIN.top}V${bottom}H${WIDTH - MARGIN.right}` }),
    s("text", { x: (MARGIN.left + WIDTH) / 2, y: HEIGHT - 6, "text-anchor": "middle" }, xLabel),
    s(
      "text",
      { x: 12, y: bottom / 2, "text-anchor": "middle", transform: `rotate(-90 12 ${bottom / 2})` },
      yLabel,
    ),
  ];
}

function lineOf(line, frame) {
  const style = { style: { "--of": line.color } };
  const points = line.x.map((x, i) => [frame.px(x), frame.py(line.y[i])]);
  // Between two of them only the further one can be reached.
  const corners = line.steps
    ? points.flatMap(([px, py], i) => (i === 0 ? [[px, py]] : [[points[i - 1][0], py], [px, py]]))
    : points;
  const upper = line.spread?.map((each, i) => [points[i][0], frame.py(line.y[i] + each)]);
  const lower = line.spread?.map((each, i) => [points[i][0], frame.py(line.y[i] - each)]).reverse();
  return [
    upper &&
      s("polygon.area", { points: [...upper, ...lower].map((each) => each.join()).join(" "), ...style }),
    !line.alone &&
      s("polyline.curve", {
        points: corners.map((each) => each.join()).join(" "),
        "stroke-dasharray": line.dash?.join(" "),
        ...style,
      }),
    line.dots &&
      points.map(([cx, cy]) =>
        s("circle.dot", { cx, cy, r: line.alone ? 2.6 : 3, "fill-opacity": line.alone ? 0.55 : 1, ...style }),
      ),
  ];
}

function path(name, frame, [x0, x1], [y0, y1]) {
  return s(`line.${name}`, { x1: frame.px(x0), y1: frame.py(y0), x2: frame.px(x1), y2: frame.py(y1) });
}

function under(lines, frame, x, y) {
  let best = null;
  for (const line of lines) {
    for (let i = 0; i < line.x.length; i += 1) {
      const [px, py] = [frame.px(line.x[i]), frame.py(line.y[i])];
      const distance = Math.hypot(px - x, py - y);
      if (distance < REACH && (best === null || distance < best.distance))
        best = { line, i, px, py, distance };
    }
  }
  return best;
}
