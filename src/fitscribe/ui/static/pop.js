// A small box beside what it is about; Escape and a click elsewhere close it.

import { again, h } from "./dom.js";

let open = null;

/**
 * Open a box beside an element.
 *
 * @param {HTMLElement} anchor what it is about
 * @param {string} label for those who do not see it
 * @param {(close: () => void) => any[]} content makes what is in it
 */
export function pop(anchor, label, content) {
  open?.();
  const before = document.activeElement;
  const box = h("div.pop", { role: "dialog", "aria-label": label });
  const close = () => {
    box.remove();
    document.removeEventListener("pointerdown", outside, true);
    open = null;
    again(before)?.focus({ preventScroll: true });
  };
  const outside = (event) => {
    if (!box.contains(event.target)) close();
  };
  box.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") close();
  });
  box.append(...content(close));
  document.body.append(box);
  place(box, anchor);
  open = close;
  document.addEventListener("pointerdown", outside, true);
  (box.querySelector("[autofocus]") ?? box.querySelector("input, textarea, button"))?.focus();
  return box;
}

function place(box, anchor) {
  const [from, own] = [anchor.getBoundingClientRect(), box.getBoundingClientRect()];
  const below = from.bottom + 4;
  const top = below + own.height < innerHeight - 8 ? below : Math.max(8, from.top - own.height - 4);
  box.style.top = `${top}px`;
  box.style.left = `${Math.max(8, Math.min(from.left, innerWidth - own.width - 12))}px`;
}
