// One plot of curves on uPlot's canvas: axes, gaps, zoom, and which line is under the pointer.

import { colorOf, h, oncePerFrame, put } from "../dom.js";
import { number } from "../format.js";
import uPlot from "../vendor/uPlot.js";
import { airy, axis, placeText, sizeOf } from "./axes.js";
import { extent, holding, nearest } from "./lines.js";
import { drawMarks, pathOf, stepsOf } from "./strokes.js";
import { swatch } from "./swatch.js";

// Pixels from a line within which the pointer is on it.
const REACH = 36;

/**
 * A plot in a box that may change its width.
 *
 * A line is `{key, group, label, color, dash?, faint?, held?, x, y}`: lines of one group are highlighted together, a
 * faint one is the raw curve behind its smoothed one. Colours are expressions of CSS.
 */
export class Plot {
  /**
   * @param {HTMLElement} host what the plot fills
   * @param {object} calls `zoom(from, to)` (without values: back to all) and `point(group | null)`
   */
  constructor(host, calls) {
    this.host = host;
    this.calls = calls;
    this.height = 220;
    this.shown = null;
    this.highlighted = null;
    this.tip = h("div.tip", { hidden: true });
    this.dot = h("div.u-cursor-pt", { style: { width: "8px", height: "8px", margin: "-4px 0 0 -4px" } });
    this.host.tabIndex = 0;
    this.host.setAttribute("role", "img");
    this.host.addEventListener("keydown", (event) => this.onKey(event));
    this.host.addEventListener("pointerleave", () => this.leave());
    this.sizes = new ResizeObserver(oncePerFrame(() => this.resize()));
    this.sizes.observe(host);
    this.hover = oncePerFrame(() => this.onHover());
  }

  /** Pixels of the canvas beside each other. */
  get columns() {
    return Math.max(50, Math.round((this.host.clientWidth - 60) * (window.devicePixelRatio || 1)));
  }

  /**
   * Draw lines.
   *
   * @param {object[]} lines what is drawn
   * @param {object} view `x`, `logX`, `logY`, `from`, `to` (null: all there is), `marks` of `{x, label}`
   * @param {string} description for those who do not see it
   */
  show(lines, view, description) {
    this.host.setAttribute("aria-label", description);
    const { first, last } = extent(lines);
    const from = view.from ?? first;
    const to = view.to ?? last;
    const { low, high } = extent(lines, from, to);
    const x = from < to ? [from, to] : Number.isFinite(from) ? airy(from, from, view.logX) : [0, 1];
    const y = airy(low, high, view.logY);
    this.shown = { lines, view, x, y };
    const kind = JSON.stringify([view.x, view.logX, view.logY, lines.map((line) => [line.key, line.faint])]);
    if (this.plot && kind === this.kind) {
      this.plot.batch(() => {
        this.plot.setData(this.data(), false);
        this.plot.setScale("x", { min: x[0], max: x[1] });
        this.plot.setScale("y", { min: y[0], max: y[1] });
      });
      return;
    }
    this.kind = kind;
    this.draw();
  }

  /** Show another range at once, with the points that there are. */
  range(from, to) {
    if (this.shown === null || !this.plot) return;
    const { lines, view } = this.shown;
    this.show(lines, { ...view, from, to }, this.host.getAttribute("aria-label"));
  }

  /** Lift the lines of one group out of the others; null for none. */
  highlight(group) {
    if (group === this.highlighted) return;
    this.highlighted = group;
    if (!this.plot) return;
    this.style();
    this.plot.redraw(false, false);
  }

  /** Draw anew: after colours have changed. */
  draw() {
    this.plot?.destroy();
    this.plot = null;
    if (this.shown === null || this.host.clientWidth < 80) return;
    const { lines, x, y } = this.shown;
    if (lines.length === 0) return;
    put(this.host, this.tip);
    this.plot = new uPlot(this.options(lines, x, y), this.data(), this.host);
    this.plot.over.append(this.dot);
    this.dot.hidden = true;
    this.style();
  }

  destroy() {
    this.sizes.disconnect();
    this.plot?.destroy();
    this.plot = null;
  }

  data() {
    return [null, ...this.shown.lines.map((line) => [line.x, line.y])];
  }

  resize() {
    const width = this.host.clientWidth;
    if (!this.plot) this.draw();
    else if (width > 80 && (width !== this.plot.width || this.height !== this.plot.height)) {
      this.plot.setSize({ width, height: this.height });
    }
  }

  style() {
    const { lines } = this.shown;
    lines.forEach((line, i) => {
      const series = this.plot.series[i + 1];
      const isOther = this.highlighted !== null && line.group !== this.highlighted;
      const isLifted = this.highlighted !== null && !isOther;
      series.alpha = (line.faint ? 0.32 : 1) * (isOther ? 0.22 : 1);
      series.width = line.faint ? 1 : isLifted ? 2.6 : 1.6;
    });
  }

  options(lines, x, y) {
    const { view } = this.shown;
    const colors = { soft: colorOf("var(--soft)", this.host), line: colorOf("var(--line)", this.host) };
    const series = lines.map((line) => {
      const color = colorOf(line.color, this.host);
      return {
        stroke: () => color,
        width: 1.6,
        dash: line.dash,
        facets: [
          { scale: "x", auto: false },
          { scale: "y", auto: false },
        ],
        paths: line.held ? stepsOf : pathOf,
        points: { show: false },
      };
    });
    return {
      mode: 2,
      width: this.host.clientWidth,
      height: this.height,
      // The last text of the axis needs half of its width beside the plot, and times are long.
      padding: [8, ["relative", "time"].includes(view.x) ? 32 : 18, 0, 0],
      legend: { show: false },
      focus: { alpha: 1 },
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false, dist: 4 },
        dataIdx: () => null,
        bind: { dblclick: () => () => this.calls.zoom() },
      },
      scales: {
        x: { time: false, auto: false, distr: view.logX ? 3 : 1, min: x[0], max: x[1] },
        y: { auto: false, distr: view.logY ? 3 : 1, min: y[0], max: y[1] },
      },
      axes: [axis(colors, view.logX, view.x), { ...axis(colors, view.logY, ""), size: sizeOf }],
      series: [{}, ...series],
      hooks: {
        setSelect: [(plot) => this.onSelect(plot)],
        setCursor: [() => this.hover()],
        draw: [(plot) => drawMarks(plot, this.shown.view.marks ?? [], colors.soft, colorOf("var(--surface)", this.host))],
      },
    };
  }

  onSelect(plot) {
    const { left, width } = plot.select;
    if (width < 4) return;
    const ends = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.calls.zoom(...ends);
  }

  onKey(event) {
    if (this.shown === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const [from, to] = this.shown.x;
    const span = to - from;
    const moves = {
      "+": [from + span / 4, to - span / 4],
      "=": [from + span / 4, to - span / 4],
      "-": [from - span / 2, to + span / 2],
      ArrowLeft: [from - span / 4, to - span / 4],
      ArrowRight: [from + span / 4, to + span / 4],
      0: [],
    };
    if (!Object.hasOwn(moves, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    this.calls.zoom(...moves[event.key]);
  }

  leave() {
    this.tip.hidden = this.dot.hidden = true;
    if (this.pointed) this.calls.point(null);
    this.pointed = null;
  }

  onHover() {
    const plot = this.plot;
    if (!plot || this.shown === null) return;
    const { left, top } = plot.cursor;
    if (left === undefined || left < 0) {
      this.leave();
      return;
    }
    const found = this.under(left, top);
    const group = found === null ? null : found.line.group;
    if (group !== this.pointed) {
      this.pointed = group;
      this.calls.point(group);
    }
    this.tip.hidden = this.dot.hidden = found === null;
    if (found === null) return;
    this.dot.style.transform = `translate(${found.px}px, ${found.py}px)`;
    this.dot.style.background = colorOf(found.line.color, this.host);
    put(this.tip, this.tipOf(found));
    const box = plot.over;
    const x = found.px + box.offsetLeft;
    const isLeft = found.px > box.clientWidth / 2;
    this.tip.style.left = isLeft ? "auto" : `${x + 12}px`;
    this.tip.style.right = isLeft ? `${this.host.clientWidth - x + 12}px` : "auto";
    this.tip.style.top = `${Math.max(0, Math.min(found.py - 8, box.clientHeight - 52))}px`;
  }

  /** The nearest point to a place within the plot, where one is near enough. */
  under(left, top) {
    const plot = this.plot;
    const position = plot.posToVal(left, "x");
    let best = null;
    for (const line of this.shown.lines) {
      if (line.held) {
        const i = holding(line.x, position);
        const py = i < 0 || line.y[i] === null ? null : plot.valToPos(line.y[i], "y");
        const distance = py === null ? Infinity : Math.abs(py - top) * 0.7;
        if (distance < REACH && (best === null || distance < best.distance))
          best = { line, i, px: left, py, distance, place: position };
        continue;
      }
      const middle = nearest(line.x, position);
      // Thinned curves have steep columns: the nearest point may stand a few places aside.
      for (let i = Math.max(0, middle - 4); i <= Math.min(line.x.length - 1, middle + 4); i += 1) {
        if (line.y[i] === null) continue;
        const [px, py] = [plot.valToPos(line.x[i], "x"), plot.valToPos(line.y[i], "y")];
        const distance = Math.hypot(px - left, (py - top) * 0.7) + (line.faint ? 4 : 0);
        if (distance < REACH && (best === null || distance < best.distance))
          best = { line, i, px, py, distance };
      }
    }
    return best;
  }

  tipOf({ line, i, place = line.x[i] }) {
    const { view, x } = this.shown;
    const at = line.held && view.x === "step" ? Math.floor(place) : place;
    return [
      h(
        "div",
        {},
        swatch(line.color, line.dash),
        h("span", {}, line.label),
        h("b", {}, number(line.y[i])),
      ),
      h(
        "div.soft",
        {},
        placeText(view.x, at, x[1] - x[0]),
        line.faint === undefined ? "" : line.faint ? " · raw" : " · smoothed",
      ),
    ];
  }
}
