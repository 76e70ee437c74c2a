// What is drawn on the canvas of a plot: its lines, and marks across it.

/** The font of texts on a canvas. */
// Whole pixels: uPlot makes them larger for a screen with more of them, and reads no fractions.
export const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/** The line through points; what is null lifts the pen, and a point between two gaps is a dot. */
export const pathOf = (plot, index) => pathThrough(plot, index, false);

/** The line of values that hold until the next one. */
export const stepsOf = (plot, index) => pathThrough(plot, index, true);

function pathThrough(plot, index, held) {
  const [xs, ys] = plot.data[index];
  const stroke = new Path2D();
  const [toX, toY] = [placing(plot, "x"), placing(plot, "y")];
  let drawing = false;
  let height = 0;
  for (let i = 0; i < xs.length; i += 1) {
    const y = ys[i];
    if (y === null) {
      drawing = false;
      continue;
    }
    const [px, py] = [toX(xs[i]), toY(y)];
    if (drawing) {
      if (held) stroke.lineTo(px, height);
      stroke.lineTo(px, py);
    } else {
      stroke.moveTo(px, py);
      const isAlone = i + 1 === xs.length || ys[i + 1] === null;
      if (isAlone) stroke.arc(px, py, 1.6 * window.devicePixelRatio, 0, 2 * Math.PI);
    }
    drawing = true;
    height = py;
  }
  return { stroke, fill: null, clip: null, band: null, gaps: null, flags: 1 };
}

/** From values to pixels of the canvas, without looking at the scale for each point. */
function placing(plot, key) {
  const { min, max, distr } = plot.scales[key];
  const { left, top, width, height } = plot.bbox;
  const [origin, size] = key === "x" ? [left, width] : [top + height, -height];
  if (distr === 3) {
    const [low, factor] = [Math.log(min), size / (Math.log(max) - Math.log(min))];
    return (value) => origin + (Math.log(value) - low) * factor;
  }
  const factor = size / (max - min);
  return (value) => origin + (value - min) * factor;
}

/** Draw dashed lines across a plot at some positions, each with its label, at the end that the curves leave free. */
export function drawMarks(plot, marks, color, ground) {
  const { ctx, bbox } = plot;
  const ratio = window.devicePixelRatio || 1;
  for (const mark of marks) {
    const x = plot.valToPos(mark.x, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = color;
    ctx.lineWidth = ratio;
    ctx.setLineDash([3 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.font = FONT.replace("12", String(11 * ratio));
    const isLeft = x > bbox.left + bbox.width / 2;
    const width = ctx.measureText(mark.label).width + 10 * ratio;
    const height = [bbox.top + 11 * ratio, bbox.top + bbox.height - 6 * ratio];
    const free = height.map((each) => distance(plot, isLeft ? [x - width, x] : [x, x + width], each - 4 * ratio));
    const y = height[free[1] > free[0] ? 1 : 0];
    const at = x + (isLeft ? -5 : 5) * ratio;
    ctx.textAlign = isLeft ? "right" : "left";
    ctx.setLineDash([]);
    ctx.lineJoin = "round";
    ctx.lineWidth = 4 * ratio;
    ctx.strokeStyle = ground;
    ctx.strokeText(mark.label, at, y);
    ctx.fillText(mark.label, at, y);
    ctx.restore();
  }
}

/** How far the lines of a plot stay away from a height, in a stretch of the canvas. */
function distance(plot, [left, right], height) {
  const [toX, toY] = [placing(plot, "x"), placing(plot, "y")];
  let least = Infinity;
  for (const [xs, ys] of plot.data.slice(1)) {
    for (let i = 1; i < xs.length; i += 1) {
      if (ys[i - 1] === null || ys[i] === null || toX(xs[i]) < left || toX(xs[i - 1]) > right) continue;
      const [one, other] = [toY(ys[i - 1]) - height, toY(ys[i]) - height];
      least = Math.min(least, one * other < 0 ? 0 : Math.min(Math.abs(one), Math.abs(other)));
    }
  }
  return least;
}

/** A text, or as much of its beginning or its end as there is room for. */
export function fitting(context, text, room, end) {
  const isFitting = (each) => context.measureText(each).width <= room;
  if (isFitting(text)) return text;
  const part = (length) => (end ? `…${text.slice(text.length - length)}` : `${text.slice(0, length)}…`);
  let length = text.length - 1;
  while (length > 1 && !isFitting(part(length))) length -= 1;
  return part(length);
}
