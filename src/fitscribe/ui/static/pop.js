// A small box in which something is edited beside where it stands. What was typed is not lost: a click elsewhere saves
// it, Escape asks first, and the box stays until the server has it.

import { again, h, put } from "./dom.js";
import { sentence } from "./format.js";

let open = null;

/**
 * Open a box beside an element.
 *
 * @param {HTMLElement} anchor what it is about
 * @param {string} label for those who do not see it
 * @param {object} edited `content(save)`: what is in the box, with what saves it; `isChanged()`; `save()`, which fails
 *   where it could not be saved; `done(saved)`, told what that gave
 */
export async function pop(anchor, label, edited) {
  const place = anchor.getBoundingClientRect();
  if (open && !(await open.leave())) return;
  open = new Box(label, edited);
  open.show(place);
}

class Box {
  constructor(label, edited) {
    this.edited = edited;
    this.before = document.activeElement;
    this.isAsked = this.isSaving = false;
    this.said = h("p.small", { role: "alert", hidden: true });
    this.element = h(
      "div.pop",
      { role: "dialog", "aria-label": label },
      edited.content(() => this.save()),
      this.said,
      h(
        "div.actions",
        {},
        h("button.quiet", { type: "button", onclick: () => this.close() }, "Cancel"),
        h("button.main", { type: "button", onclick: () => this.save() }, "Save"),
      ),
    );
    this.element.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") this.escape();
    });
    this.element.addEventListener("input", () => this.say(""));
    this.outside = (event) => this.element.contains(event.target) || this.leave();
  }

  show(place) {
    document.body.append(this.element);
    const { width, height } = this.element.getBoundingClientRect();
    const below = place.bottom + 4;
    const top = below + height < innerHeight - 8 ? below : Math.max(8, place.top - height - 4);
    this.element.style.top = `${top}px`;
    this.element.style.left = `${Math.max(8, Math.min(place.left, innerWidth - width - 12))}px`;
    document.addEventListener("pointerdown", this.outside, true);
    (this.element.querySelector("[autofocus]") ?? this.element.querySelector("input, textarea, button")).focus();
  }

  close() {
    this.element.remove();
    document.removeEventListener("pointerdown", this.outside, true);
    if (open === this) open = null;
    again(this.before)?.focus({ preventScroll: true });
  }

  /** Save what was typed, and close the box; it tells whether it is closed. */
  leave() {
    if (this.edited.isChanged()) return this.save();
    this.close();
    return true;
  }

  escape() {
    if (this.isAsked || !this.edited.isChanged()) return this.close();
    this.say("This is not saved yet. Escape again throws it away.");
    this.isAsked = true;
    return undefined;
  }

  async save() {
    if (this.isSaving) return false;
    this.isSaving = true;
    this.element.classList.add("waiting");
    try {
      const saved = await this.edited.save();
      this.close();
      this.edited.done(saved);
      return true;
    } catch (error) {
      this.say(`Not saved: ${error.remedy ? `${sentence(error.message)} ${error.remedy}` : error.message}`);
      return false;
    } finally {
      this.isSaving = false;
      this.element.classList.remove("waiting");
    }
  }

  say(text) {
    this.isAsked = false;
    this.said.hidden = text === "";
    put(this.said, text);
  }
}
