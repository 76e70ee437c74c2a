// Parallel coordinates: one line per run through all of its parameters to what came out of them.

import { FONT, fitting } from "../chart/strokes.js";
import { placeTip } from "../chart/tip.js";
import { colorOf, h, oncePerFrame, put } from "../dom.js";
import { isDark } from "../theme.js";
import { axisOf, heat, isWide } from "./marks.js";

const HEIGHT = 340;
const MARGIN = { top: 34, bottom: 25, left: 14 };
// Room beside the last axis for what is written there, and around all that is written.
const [RIGHT, WIDEST, AIR] = [40, 120, 6];
const NARROWEST = 80;
const REACH = 7;
// Ends of a range are written with so many digits that they are at their places again but for this.
const [DIGITS, ROUNDED] = [12, 1e-9];

/**
 * Parallel coordinates on a canvas. Drag along an axis to keep the runs that pass there; click it to let all through.
 *
 * @param {object} values as `/api/values` has it; the last column colours the lines
 * @param {object} calls `open(id)`, `kept(ids | null, ranges | null)` with ranges of values by field
 * @param {object} [ranges] those that are kept at first
 */
export class Parallel {
  constructor(values, calls, ranges = {}) {
    this.values = values;
    this.calls = calls;
    this.axes = values.columns.map((column) => axisOf(column, isWide(column)));
    this.places = values.columns.map((column, i) => column.values.map(this.axes[i].place));
    this.kept = values.columns.map(({ field }, i) => {
      const ends = (Object.hasOwn(ranges, field) ? ranges[field] : []).map(this.axes[i].placeOf);
      return ends.length === 2 && ends.every(Number.isFinite) ? ends : null;
    });
    this.pointed = -1;
    this.right = RIGHT;
    this.canvas = h("canvas", {
      role: "img",
      "aria-label": `Parallel coordinates of ${values.ids.length} runs over ${this.axes.map((axis) => axis.label).join(", ")}`,
    });
    this.tip = h("div.tip", { hidden: true });
    this.box = h(
      "div.canvas",
      { style: { "min-width": `${this.axes.length * NARROWEST}px` } },
      this.canvas,
      this.tip,
    );
    this.element = h("div.scroll", {}, this.box);
    this.layer = h("canvas", {});
    this.isStale = true;
    this.paintSoon = oncePerFrame(() => this.paint());
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.box);
    this.canvas.addEventListener("pointermove", (event) => this.onMove(event));
    this.canvas.addEventListener("pointerdown", (event) => this.onDown(event));
    this.canvas.addEventListener("pointerup", () => this.onUp());
    this.canvas.addEventListener("pointerleave", () => this.point(-1));
    this.canvas.addEventListener(
      "dblclick",
      () => this.pointed >= 0 && this.calls.open(values.ids[this.pointed]),
    );
  }

  destroy() {
    this.sizes.disconnect();
  }

  x(axis) {
    const inner = this.box.clientWidth - MARGIN.left - this.right;
    return MARGIN.left + (this.axes.length > 1 ? (axis / (this.axes.length - 1)) * inner : inner / 2);
  }

  /** How far two axes are from each other. */
  get between() {
    return this.axes.length > 1 ? this.x(1) - this.x(0) : this.box.clientWidth / 2;
  }

  y(place) {
    // Runs without a value pass below the axis, where that is written.
    return place === null ? HEIGHT - 7 : MARGIN.top + (1 - place) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  }

  isKept(run) {
    return this.kept.every(
      (range, axis) =>
        range === null ||
        (this.places[axis][run] !== null &&
          this.places[axis][run] >= range[0] - ROUNDED &&
          this.places[axis][run] <= range[1] + ROUNDED),
    );
  }

  /** Draw everything anew. */
  draw() {
    this.isStale = true;
    this.paintSoon();
  }

  paint() {
    const [width, ratio] = [this.box.clientWidth, devicePixelRatio || 1];
    if (width === 0) return;
    if (this.isStale) this.paintAll(width, ratio);
    this.isStale = false;
    Object.assign(this.canvas, { width: width * ratio, height: HEIGHT * ratio });
    this.canvas.style.height = `${HEIGHT}px`;
    const context = this.canvas.getContext("2d");
    context.drawImage(this.layer, 0, 0);
    if (this.pointed < 0) return;
    context.scale(ratio, ratio);
    context.lineWidth = 2.6;
    context.strokeStyle = colorOf("var(--ink)", this.box);
    this.trace(context, this.pointed);
    this.axes.forEach((axis, i) => this.write(context, axis, i));
  }

  /** Draw all lines and axes into a layer, which stays while the pointer moves over it. */
  paintAll(width, ratio) {
    Object.assign(this.layer, { width: width * ratio, height: HEIGHT * ratio });
    const context = this.layer.getContext("2d");
    context.scale(ratio, ratio);
    context.font = FONT;
    const widths = this.axes.at(-1)?.ticks.map(({ text }) => context.measureText(text).width) ?? [];
    this.right = Math.min(WIDEST, Math.max(RIGHT, ...widths.map((each) => each + 2 * AIR)));
    const count = this.values.ids.length;
    const [last, dark, dim] = [this.places.at(-1), isDark(), colorOf("var(--line)", this.box)];
    const order = [...Array(count).keys()].map((run) => ({ run, kept: this.isKept(run) }));
    order.sort((a, b) => a.kept - b.kept || (last[a.run] ?? -1) - (last[b.run] ?? -1));
    context.lineWidth = count > 500 ? 0.8 : 1.3;
    for (const { run, kept } of order) {
      context.globalAlpha = kept ? Math.max(0.12, Math.min(0.85, 10 / Math.sqrt(count))) : 0.5;
      context.strokeStyle = kept ? heat(last[run], dark) : dim;
      this.trace(context, run);
    }
    context.globalAlpha = 1;
    this.axes.forEach((axis, i) => this.paintAxis(context, axis, i));
  }

  trace(context, run) {
    context.beginPath();
    for (let axis = 0; axis < this.axes.length; axis += 1) {
      const [x, y] = [this.x(axis), this.y(this.places[axis][run])];
      if (axis === 0) context.moveTo(x, y);
      else {
        const [before, above] = [this.x(axis - 1), this.y(this.places[axis - 1][run])];
        const middle = (before + x) / 2;
        context.bezierCurveTo(middle, above, middle, y, x, y);
      }
    }
    context.stroke();
  }

  paintAxis(context, axis, i) {
    const x = this.x(i);
    context.strokeStyle = colorOf("var(--edge)", this.box);
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x, MARGIN.top);
    context.lineTo(x, HEIGHT - MARGIN.bottom);
    context.stroke();
    this.write(context, axis, i);
    this.title(context, axis, i);
    if (this.kept[i] === null) return;
    const [low, high] = this.kept[i];
    context.globalAlpha = 0.3;
    context.fillStyle = colorOf("var(--accent)", this.box);
    context.fillRect(x - 6, this.y(high), 12, this.y(low) - this.y(high));
    context.globalAlpha = 1;
  }

  /** What is written along an axis, on a ground of its own: a line through a number reads as its sign. */
  write(context, axis, i) {
    const x = this.x(i);
    const [soft, ground] = ["soft", "surface"].map((each) => colorOf(`var(--${each})`, this.box));
    const room = i === this.axes.length - 1 ? this.right : this.between;
    context.textAlign = "left";
    context.font = FONT;
    const lacking = this.places[i].includes(null) ? [{ at: null, text: "no value" }] : [];
    for (const { at, text } of [...axis.ticks, ...lacking]) {
      const shown = fitting(context, text, room - 2 * AIR, false);
      const y = this.y(at);
      context.fillStyle = ground;
      context.fillRect(x + 2, y - 8, context.measureText(shown).width + AIR, 16);
      context.fillStyle = soft;
      context.fillText(shown, x + 5, y + 4);
    }
  }

  title(context, axis, i) {
    const [isFirst, isLast] = [i === 0, i === this.axes.length - 1];
    context.font = `600 ${FONT}`;
    context.fillStyle = colorOf("var(--ink)", this.box);
    // Those at the sides reach from there to halfway to the next one.
    const half = this.between / 2;
    const room = isFirst ? MARGIN.left + half : isLast ? this.right + half : this.between;
    const title = fitting(context, axis.label, room - 2 * AIR, true);
    context.textAlign = isFirst ? "left" : isLast ? "right" : "center";
    context.fillText(title, isFirst ? AIR : isLast ? this.box.clientWidth - AIR : this.x(i), 16);
  }

  axisAt(x) {
    return this.axes.findIndex((_, axis) => Math.abs(this.x(axis) - x) < 14);
  }

  onDown(event) {
    const axis = this.axisAt(event.offsetX);
    if (axis < 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.dragged = { axis, from: event.offsetY };
    this.kept[axis] = null;
    this.draw();
  }

  onMove(event) {
    if (this.dragged) {
      const place = (y) =>
        Math.min(1, Math.max(0, 1 - (y - MARGIN.top) / (HEIGHT - MARGIN.top - MARGIN.bottom)));
      const ends = [place(this.dragged.from), place(event.offsetY)].sort((a, b) => a - b);
      this.kept[this.dragged.axis] = ends[1] - ends[0] > 0.01 ? ends : null;
      this.draw();
      return;
    }
    this.canvas.style.cursor = this.axisAt(event.offsetX) >= 0 ? "ns-resize" : "default";
    this.point(this.nearest(event.offsetX, event.offsetY), event.offsetX, event.offsetY);
  }

  onUp() {
    if (!this.dragged) return;
    this.dragged = null;
    const ends = this.values.columns.map(({ field }, axis) => [field, this.kept[axis], this.axes[axis]]);
    const ranges = ends
      .filter(([, range]) => range !== null)
      .map(([field, range, axis]) => [
        field,
        range.map((each) => Number(axis.value(each).toPrecision(DIGITS))),
      ]);
    this.calls.kept(this.keptIds(), ranges.length > 0 ? Object.fromEntries(ranges) : null);
  }

  /** The runs that pass all ranges; null where there is none. */
  keptIds() {
    if (this.kept.every((range) => range === null)) return null;
    return this.values.ids.filter((_, run) => this.isKept(run));
  }

  nearest(x, y) {
    let axis = 0;
    while (axis < this.axes.length - 2 && this.x(axis + 1) < x) axis += 1;
    if (this.axes.length < 2) return -1;
    const [left, right] = [this.x(axis), this.x(axis + 1)];
    const t = Math.min(1, Math.max(0, (x - left) / (right - left)));
    // As the curve between two axes: slow at both ends.
    const eased = t * t * (3 - 2 * t);
    let best = -1;
    let least = REACH;
    for (let run = 0; run < this.values.ids.length; run += 1) {
      if (!this.isKept(run)) continue;
      const [a, b] = [this.y(this.places[axis][run]), this.y(this.places[axis + 1][run])];
      const distance = Math.abs(a + (b - a) * eased - y);
      if (distance < least) [best, least] = [run, distance];
    }
    return best;
  }

  point(run, x = 0, y = 0) {
    if (run !== this.pointed) {
      this.pointed = run;
      this.paintSoon();
    }
    this.tip.hidden = run < 0;
    if (run < 0) return;
    put(
      this.tip,
      h(
        "div",
        {},
        h("strong", {}, this.values.names[run]),
        h("span.soft.mono", {}, this.values.ids[run].slice(0, 6)),
      ),
      this.values.columns.map((column, axis) =>
        h(
          "div",
          {},
          h("span.soft", {}, this.axes[axis].label),
          h("b", {}, this.axes[axis].said(column.values[run])),
        ),
      ),
    );
    placeTip(this.tip, x, y);
  }
}
