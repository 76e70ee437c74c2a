// One plot of curves on uPlot's canvas: axes, gaps, zoom, and which line is under the pointer.

import { colorOf, oncePerFrame, put } from "../dom.js";
import uPlot from "../vendor/uPlot.js";
import { airy, axis, sizeOf } from "./axes.js";
import { extent } from "./lines.js";
import { Reader } from "./reader.js";
import { drawMarks, pathOf, stepsOf } from "./strokes.js";

/**
 * A plot in a box that may change its width.
 *
 * A line is `{key, group, label, color, dash?, faint?, held?, x, y}`: lines of one group are highlighted together, a
 * faint one is the raw curve behind its smoothed one. Colours are expressions of CSS.
 */
export class Plot {
  /**
   * @param {HTMLElement} host what the plot fills
   * @param {object} calls `zoom(from, to)` (without values: back to all), `look(from, to)`, which is no step that
   *   the way back leads to, and `point(group | null)`
   */
  constructor(host, calls) {
    this.host = host;
    this.calls = calls;
    this.height = 220;
    this.shown = null;
    this.highlighted = null;
    this.host.tabIndex = 0;
    this.host.setAttribute("role", "img");
    this.host.addEventListener("keydown", (event) => this.onKey(event));
    this.reader = new Reader(this, {
      point: calls.point,
      look: (from, to) => this.move(from, to, calls.look),
    });
    this.sizes = new ResizeObserver(oncePerFrame(() => this.resize()));
    this.sizes.observe(host);
    this.hover = oncePerFrame(() => this.reader.hover());
  }

  /** Pixels of the canvas beside each other. */
  get columns() {
    return Math.max(50, Math.round((this.host.clientWidth - 60) * (window.devicePixelRatio || 1)));
  }

  /**
   * Draw lines.
   *
   * @param {object[]} lines what is drawn
   * @param {object} view `x`, `logX`, `logY`, `from`, `to` (null: all there is), `whole`: the first and the last place
   *   of all there is, `marks` of `{x, label}`
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
      this.reader.find();
      return;
    }
    this.kind = kind;
    this.draw();
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
    if (lines.length === 0) {
      this.reader.leave();
      return;
    }
    put(this.host);
    this.plot = new uPlot(this.options(lines, x, y), this.data(), this.host);
    this.reader.renew();
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
    if (!this.plot || event.ctrlKey || event.metaKey || event.altKey) return;
    const [from, to] = this.shown.x;
    const span = to - from;
    const zoom = (by) => () => this.move(from - by * span, to + by * span, this.calls.zoom);
    const zooms = { "+": zoom(-1 / 4), "=": zoom(-1 / 4), "-": zoom(1 / 2), 0: () => this.calls.zoom() };
    const action = Object.hasOwn(zooms, event.key) ? zooms[event.key] : this.reader.actionOf(event);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  /** Show a range by a call, as much of it as there is. */
  move(from, to, call) {
    const [first, last] = this.shown.view.whole;
    if (!(first < last)) return;
    if (to - from >= last - first) call();
    else if (from < first) call(first, first + to - from);
    else if (to > last) call(last - (to - from), last);
    else call(from, to);
  }
}
