// The curves of one run: what is measured on several data sets lies in one chart.

import { Board } from "../chart/board.js";
import { colorAt, dashAt } from "../chart/drawing.js";
import { h } from "../dom.js";
import { named, number } from "../format.js";
import { legend } from "./legend.js";

const ROLES = ["train", "valid", "test", "cv"];
// More lines than these are told apart in several charts; more roles than colours have none of their own.
const MOST_LINES = 20;
const COLOURS = 10;

const isCurve = (each) => each.count > 1 && each.name !== "epoch";
const isConstant = (each) => each.min === each.max && each.max === each.last;

/** The names of the curves of a run, as a text that changes when they do. */
export const curveNames = (run) =>
  run.metrics
    .filter(isCurve)
    .map((each) => each.name)
    .join("\n");

/**
 * The charts of a run.
 *
 * @param {object} run its page
 * @param {boolean} system those of the system, or all others
 */
export function chartsOf(run, system) {
  const shown = run.metrics.filter((each) => isCurve(each) && each.system === system);
  const roles = [...new Set([...ROLES, ...shown.map((each) => each.role)])].filter(Boolean);
  const groups = [...grouped(shown, (each) => (each.background || system ? each.name : each.metric))].flatMap(
    ([title, some]) => (some.length > MOST_LINES ? [...grouped(some, behindFirst)] : [[title, some]]),
  );
  // One that never changes may be the very one that is looked for, but tells least.
  const inOrder = groups.sort(([, a], [, b]) => Number(a.every(isConstant)) - Number(b.every(isConstant)));
  return inOrder.map(([title, metrics]) => chartOf(title, metrics, run, roles));
}

function grouped(metrics, keyOf) {
  const groups = new Map();
  for (const each of metrics) {
    const key = keyOf(each);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(each);
  }
  return groups;
}

/** `unit0/act` of `layer3/unit0/act`. */
const behindFirst = ({ name }) => name.slice(name.indexOf("/") + 1);

/** The number of a line's colour: that of its role in all charts, as long as there are enough of them. */
function placeOf({ role }, i, roles, isAlone) {
  if (role && (roles.length <= COLOURS || ROLES.includes(role))) return roles.indexOf(role);
  return isAlone ? 0 : ROLES.length + i;
}

function chartOf(title, metrics, run, roles) {
  const lines = metrics.map((each, i) => {
    const place = placeOf(each, i, roles, metrics.length === 1);
    return {
      run: run.id,
      name: each.name,
      group: each.name,
      label: named(each.name),
      color: colorAt(place),
      dash: each.means_of === null ? (dashAt(place) ?? undefined) : [5, 4],
    };
  });
  const isWatched = metrics.some((each) => each.name === run.early_stopping?.watched);
  const legendOf = (hidden, toggle) => legend(metrics, lines, title, hidden, toggle);
  return { title, lines, legend: legendOf, marks: isWatched ? bestOf(run.early_stopping) : [] };
}

/** Where the best iteration is in a series, named as the page names it elsewhere. */
function bestOf({ best_step: step, best_iteration: iteration }) {
  if (!Number.isFinite(step ?? iteration)) return [];
  if ((step ?? iteration) === (iteration ?? step)) return [{ x: step ?? iteration, label: "best" }];
  const [one, other] = [number(iteration), number(step)];
  // LightGBM counts iterations from 1, and its series from 0.
  const remark = `iterations count from ${number(iteration - step)}, steps from 0: iteration ${one} is step ${other}`;
  return [{ x: step, label: `best: iteration ${one}`, remark }];
}

/**
 * The section of curves.
 *
 * @returns {{element: HTMLElement, boards: Board[], renew: (run: object) => void} | null} null where there is no
 *     curve; `renew` shows what the same curves have come to
 */
export function curves(run, view) {
  const charts = chartsOf(run, false);
  let system = chartsOf(run, true);
  if (charts.length + system.length === 0) return null;
  const boards = [];
  const main = charts.length > 0 ? new Board(charts, view) : null;
  if (main) boards.push(main);
  const more = h("details", {}, h("summary", {}, `System: ${system.length} curves`));
  more.addEventListener("toggle", () => {
    if (!more.open || more.children.length > 1) return;
    const board = new Board(system, { ...view, from: null, to: null });
    boards.push(board);
    more.append(board.grid);
  });
  const renew = (run) => {
    system = chartsOf(run, true);
    const anew = [...chartsOf(run, false), ...system];
    for (const board of boards) board.renew(anew);
  };
  return { element: h("div.section", {}, main?.element, system.length > 0 && more), boards, renew };
}
