// One run, one dot: any column over any other, coloured by a third.

import { FONT } from "../chart/strokes.js";
import { placeTip } from "../chart/tip.js";
import { colorOf, h, oncePerFrame, put } from "../dom.js";
import { isDark } from "../theme.js";
import { axisOf, colorLegend, heat } from "./marks.js";

const HEIGHT = 380;
const MARGIN = { top: 14, bottom: 44, left: 66, right: 16 };
const REACH = 14;

/** A scatter plot on a canvas. */
export class Scatter {
  /**
   * @param {object} values of `/api/values`: `ids`, `names`, and three columns: x, y, colour
   * @param {{logX: boolean, logY: boolean}} log which axes are logarithmic
   * @param {(id: string) => void} open is told which run was clicked
   */
  constructor(values, log, open) {
    this.values = values;
    const [x, y, color] = values.columns;
    this.axes = [axisOf(x, log.logX), axisOf(y, log.logY), color ? axisOf(color) : null];
    this.places = values.columns.map((column, i) => column.values.map(this.axes[i].place));
    this.pointed = -1;
    const shown = values.ids.filter(
      (_, i) => this.places[0][i] !== null && this.places[1][i] !== null,
    ).length;
    this.canvas = h("canvas", {
      role: "img",
      "aria-label": `${this.axes[1].label} over ${this.axes[0].label}, ${shown} of ${values.ids.length} runs`,
    });
    this.tip = h("div.tip", { hidden: true });
    this.box = h("div.canvas", {}, this.canvas, this.tip);
    this.legend = h("div", {});
    const left = values.ids.length - shown;
    this.element = h(
      "div",
      {},
      this.box,
      this.legend,
      left > 0 && h("p.small.soft", {}, `${left} of ${values.ids.length} runs have no such values`),
    );
    this.draw = oncePerFrame(() => this.paint());
    this.sizes = new ResizeObserver(this.draw);
    this.sizes.observe(this.box);
    this.canvas.addEventListener("pointermove", (event) => this.point(event.offsetX, event.offsetY));
    this.canvas.addEventListener("pointerleave", () => this.point(-100, -100));
    this.canvas.addEventListener("click", () => this.pointed >= 0 && open(values.ids[this.pointed]));
  }

  destroy() {
    this.sizes.disconnect();
  }

  at(run) {
    const [x, y] = [this.places[0][run], this.places[1][run]];
    if (x === null || y === null || x === undefined || y === undefined) return null;
    return [this.x(x), this.y(y)];
  }

  x(place) {
    return MARGIN.left + (0.03 + 0.94 * place) * (this.box.clientWidth - MARGIN.left - MARGIN.right);
  }

  y(place) {
    return MARGIN.top + (0.97 - 0.94 * place) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  }

  paint() {
    const [width, ratio] = [this.box.clientWidth, devicePixelRatio || 1];
    if (width === 0) return;
    Object.assign(this.canvas, { width: width * ratio, height: HEIGHT * ratio });
    this.canvas.style.height = `${HEIGHT}px`;
    const context = this.canvas.getContext("2d");
    context.scale(ratio, ratio);
    this.paintAxes(context, width);
    const [dark, plain] = [isDark(), colorOf("var(--s0)", this.box)];
    if (this.axes[2] && this.dark !== dark) put(this.legend, colorLegend(this.axes[2], dark));
    this.dark = dark;
    const many = this.values.ids.length > 1500;
    context.globalAlpha = many ? 0.45 : 0.75;
    for (let run = 0; run < this.values.ids.length; run += 1) {
      const place = this.at(run);
      if (place === null) continue;
      context.fillStyle = this.axes[2] ? heat(this.places[2][run], dark) : plain;
      context.beginPath();
      context.arc(...place, many ? 2.6 : 4.2, 0, 2 * Math.PI);
      context.fill();
    }
    context.globalAlpha = 1;
    const place = this.pointed >= 0 ? this.at(this.pointed) : null;
    if (place === null) return;
    context.lineWidth = 2;
    context.strokeStyle = colorOf("var(--ink)", this.box);
    context.beginPath();
    context.arc(...place, 6, 0, 2 * Math.PI);
    context.stroke();
  }

  paintAxes(context, width) {
    const [soft, line] = [colorOf("var(--soft)", this.box), colorOf("var(--line)", this.box)];
    const bottom = HEIGHT - MARGIN.bottom;
    context.font = FONT;
    context.fillStyle = soft;
    context.strokeStyle = line;
    context.beginPath();
    context.textAlign = "center";
    let free = -Infinity;
    for (const { at, text } of this.axes[0].ticks) {
      const [x, half] = [this.x(at), context.measureText(text).width / 2];
      context.moveTo(x, MARGIN.top);
      context.lineTo(x, bottom);
      if (x - half < free) continue;
      context.fillText(text, x, bottom + 16);
      free = x + half + 8;
    }
    context.textAlign = "right";
    for (const { at, text } of this.axes[1].ticks) {
      context.moveTo(MARGIN.left, this.y(at));
      context.lineTo(width - MARGIN.right, this.y(at));
      context.fillText(text.slice(0, 9), MARGIN.left - 7, this.y(at) + 4);
    }
    context.stroke();
    context.textAlign = "center";
    context.fillText(this.axes[0].label, (MARGIN.left + width) / 2, HEIGHT - 8);
    context.save();
    context.translate(12, bottom / 2);
    context.rotate(-Math.PI / 2);
    context.fillText(this.axes[1].label, 0, 0);
    context.restore();
  }

  point(x, y) {
    let best = -1;
    let least = REACH;
    for (let run = 0; run < this.values.ids.length; run += 1) {
      const place = this.at(run);
      if (place === null) continue;
      const distance = Math.hypot(place[0] - x, place[1] - y);
      if (distance < least) [best, least] = [run, distance];
    }
    if (best !== this.pointed) {
      this.pointed = best;
      this.draw();
    }
    this.canvas.style.cursor = best < 0 ? "default" : "pointer";
    this.tip.hidden = best < 0;
    if (best < 0) return;
    put(
      this.tip,
      h(
        "div",
        {},
        h("strong", {}, this.values.names[best]),
        h("span.soft.mono", {}, this.values.ids[best].slice(0, 6)),
      ),
      this.values.columns.map((column, i) =>
        h("div", {}, h("span.soft", {}, this.axes[i].label), h("b", {}, this.axes[i].said(column.values[best]))),
      ),
    );
    placeTip(this.tip, x, y);
  }
}
