// What is drawn on the canvas of a plot: its lines, and marks across it.

/** The font of texts on a canvas. */
// Whole pixels: uPlot makes them larger for a screen with more of them, and reads no fractions.
export const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/** The line through points; what is null lifts the pen, and a point between two gaps is a dot. */
export function pathOf(plot, index) {
  const [xs, ys] = plot.data[index];
  const stroke = new Path2D();
  const [toX, toY] = [placing(plot, "x"), placing(plot, "y")];
  let drawing = false;
  for (let i = 0; i < xs.length; i += 1) {
    const y = ys[i];
    if (y === null) {
      drawing = false;
      continue;
    }
    const [px, py] = [toX(xs[i]), toY(y)];
    if (drawing) stroke.lineTo(px, py);
    else {
      stroke.moveTo(px, py);
      const isAlone = i + 1 === xs.length || ys[i + 1] === null;
      if (isAlone) stroke.arc(px, py, 1.6 * window.devicePixelRatio, 0, 2 * Math.PI);
    }
    drawing = true;
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

/** Draw dashed lines across a plot at some positions, each with its label. */
export function drawMarks(plot, marks, color) {
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
    ctx.textAlign = x > bbox.left + bbox.width / 2 ? "right" : "left";
    ctx.fillText(mark.label, x + (ctx.textAlign === "right" ? -5 : 5) * ratio, bbox.top + 11 * ratio);
    ctx.restore();
  }
}
