// Elements are made by code, and text only ever becomes text: nothing that a run holds is read as markup.

import { visible } from "./format.js";

const SVG = "http://www.w3.org/2000/svg";
// Attributes that people read.
const SAID = new Set(["title", "aria-label", "alt"]);

/**
 * Make an element.
 *
 * @param {string} tag its name, with classes after dots: `div.panel.wide`
 * @param {object} [props] attributes; `on…` is a listener, `style` an object of CSS properties (a strict
 *   policy forbids the attribute of that name), `prop` an object of DOM properties; null and false leave out
 * @param {...any} children nodes, texts, arrays of those; null and false leave out
 * @returns {HTMLElement}
 */
export function h(tag, props, ...children) {
  const [name, ...classes] = tag.split(".");
  const node = document.createElement(name);
  if (classes.length) node.className = classes.join(" ");
  return fill(node, props, children);
}

/** Make an element of a drawing; see `h`. */
export function s(tag, props, ...children) {
  const [name, ...classes] = tag.split(".");
  const node = document.createElementNS(SVG, name);
  if (classes.length) node.setAttribute("class", classes.join(" "));
  return fill(node, props, children);
}

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") setStyle(node, value ?? {});
    else if (name === "prop") Object.assign(node, value);
    else if (name === "class") node.classList.add(...value.split(" ").filter(Boolean));
    else if (SAID.has(name)) node.setAttribute(name, visible(String(value)));
    else node.setAttribute(name, value === true ? "" : value);
  }
  add(node, children);
  return node;
}

/** Set CSS properties of an element, custom ones too. */
export function setStyle(node, properties) {
  for (const [name, value] of Object.entries(properties)) node.style.setProperty(name, value);
}

/** Append nodes, texts and arrays of those. */
export function add(node, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === "") continue;
    node.append(child instanceof Node ? child : visible(String(child)));
  }
  return node;
}

/** A name that may go on in the next line behind its dots, slashes and underscores, and nowhere else. */
export const breakable = (name) =>
  name.split(/(?<=[._/]+)(?=[^._/])/).flatMap((each, i) => (i === 0 ? [each] : [h("wbr"), each]));

/** Put other children in the place of those that an element has. */
export function put(node, ...children) {
  node.replaceChildren();
  return add(node, ...children);
}

const FOCUSABLE = "a[href], button:enabled, input:enabled, select:enabled, textarea:enabled";
const calledOf = (node) =>
  node.dataset.key ?? (node.title || node.getAttribute("aria-label") || node.textContent);

/** What has the focus in the place of something that may have been drawn anew since. */
export function again(node) {
  if (node === null || node.isConnected) return node;
  return [...document.querySelectorAll(FOCUSABLE)].find((each) => calledOf(each) === calledOf(node)) ?? null;
}

/**
 * Draw what is in an element anew, with the focus where it was: on what has the same `data-key`, or is called the same.
 *
 * @param {HTMLElement} node the element
 * @param {() => void} draw puts other nodes into it
 * @param {HTMLElement} [otherwise] what gets the focus where nothing is called so any more
 */
export function keepFocus(node, draw, otherwise) {
  const before = document.activeElement;
  if (before === node || !node.contains(before)) {
    draw();
    return;
  }
  const called = calledOf(before);
  const alike = () => [...node.querySelectorAll(FOCUSABLE)].filter((each) => calledOf(each) === called);
  const place = alike().indexOf(before);
  draw();
  const after = alike();
  (after[place] ?? after[0] ?? otherwise)?.focus({ preventScroll: true });
}

/** Call a function once things have been quiet for some milliseconds. */
export function debounced(milliseconds, call) {
  let timer = 0;
  const later = (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => call(...values), milliseconds);
  };
  later.cancel = () => clearTimeout(timer);
  return later;
}

/** Call a function some milliseconds after it is wanted, and once for all that want it until then. */
export function paced(milliseconds, call) {
  let timer = 0;
  return () => {
    timer ||= setTimeout(() => {
      timer = 0;
      call();
    }, milliseconds);
  };
}

/** Call a function at most once per frame, with the values of the last call. */
export function oncePerFrame(call) {
  let waiting = false;
  let last = [];
  return (...values) => {
    last = values;
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      call(...last);
    });
  };
}

let counter = 0;

/** A fresh id, for labels that name what they are of. */
export function freshId(stem) {
  counter += 1;
  return `${stem}-${counter}`;
}

/** The colour that an expression of CSS has here and now, for canvases. */
export function colorOf(expression, near = document.body) {
  const probe = h("span", { style: { color: expression, display: "none" } });
  near.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
}

/** Offer data as a file to keep. */
export function download(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
