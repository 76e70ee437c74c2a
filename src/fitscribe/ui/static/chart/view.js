// How curves are looked at: what the address says of it, and the controls that change it.

import { h, oncePerFrame, put } from "../dom.js";
import { icon } from "../icons.js";
import { change, remember, remembered } from "../state.js";

const KINDS = { step: "Step", epoch: "Epoch", relative: "Relative time", time: "Time" };

/**
 * The view that an address describes.
 *
 * @param {URLSearchParams} query of the address
 * @returns {{x: string, logX: boolean, logY: boolean, smooth: number, from: number|null, to: number|null}}
 */
export function viewOf(query) {
  const limit = (name) =>
    query.has(name) && Number.isFinite(Number(query.get(name))) ? Number(query.get(name)) : null;
  const smooth = query.has("smooth") ? Number(query.get("smooth")) : remembered("smooth", 0);
  return {
    x: Object.hasOwn(KINDS, query.get("x")) ? query.get("x") : "step",
    logX: query.has("logx"),
    logY: query.has("logy"),
    smooth: smooth >= 0 && smooth < 1 ? smooth : 0,
    from: limit("from"),
    to: limit("to"),
  };
}

/** Write a view into the address. */
export function keep(view, step = false) {
  change(
    {
      x: view.x === "step" ? null : view.x,
      logx: view.logX ? 1 : null,
      logy: view.logY ? 1 : null,
      smooth: view.smooth || null,
      from: view.from,
      to: view.to,
    },
    step,
  );
}

/**
 * The controls of a view.
 *
 * @param {object} view as `viewOf` gives it
 * @param {(changes: object) => void} set is told what a person changes
 * @returns {{element: HTMLElement, update: (view: object) => void}}
 */
export function controls(view, set) {
  const kinds = Object.entries(KINDS).map(([kind, label]) =>
    h(
      "button",
      { type: "button", "data-kind": kind, onclick: () => set({ x: kind, from: null, to: null }) },
      label,
    ),
  );
  const toggles = [
    ["logX", "Log x"],
    ["logY", "Log y"],
  ].map(([name, label]) => {
    const press = (event) => set({ [name]: event.currentTarget.getAttribute("aria-pressed") !== "true" });
    return h("button", { type: "button", "data-name": name, onclick: press }, label);
  });
  const output = h("output", { style: { "min-width": "2.4em" } });
  const slide = oncePerFrame((value) => {
    remember("smooth", value);
    set({ smooth: value });
  });
  const slider = h("input", {
    type: "range",
    min: 0,
    max: 0.95,
    step: 0.05,
    oninput: (event) => slide(Number(event.currentTarget.value)),
  });
  const back = h(
    "button",
    { type: "button", onclick: () => set({ from: null, to: null }) },
    icon("reset"),
    "Whole range",
  );
  const update = (now) => {
    for (const button of kinds) button.setAttribute("aria-pressed", String(button.dataset.kind === now.x));
    for (const button of toggles) button.setAttribute("aria-pressed", String(now[button.dataset.name]));
    slider.value = now.smooth;
    put(output, now.smooth ? now.smooth.toFixed(2) : "off");
    back.hidden = now.from === null && now.to === null;
  };
  update(view);
  const element = h(
    "div.bar",
    {},
    h("div.segments", { role: "group", "aria-label": "Horizontal axis" }, kinds),
    h("div.segments", { role: "group", "aria-label": "Logarithmic axes" }, toggles),
    h(
      "label.field",
      { title: "The raw curve stays visible behind the smoothed one" },
      "Smoothing",
      slider,
      output,
    ),
    back,
  );
  return { element, update };
}
