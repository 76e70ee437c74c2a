// The box that filters are typed into: completion while typing, and mistakes marked where they are.

import { getCompletion } from "../api.js";
import { debounced, freshId, h, put } from "../dom.js";
import { sentence } from "../format.js";
import { icon } from "../icons.js";

// Whoever is still typing has not made a mistake yet.
const PATIENCE = 700;
const PAUSE = 60;

/**
 * A filter box.
 *
 * @param {string} value what stands in it
 * @param {(filter: string) => Promise<void>} apply filters by a text; it fails where that cannot be understood
 */
export class FilterBox {
  constructor(value, apply) {
    this.apply = apply;
    this.submitted = value;
    /** The filter whose runs are shown; null before there are any. */
    this.accepted = null;
    this.items = [];
    this.chosen = -1;
    this.isTyped = false;
    const [listId, mistakeId] = [freshId("completion"), freshId("mistake")];
    this.marks = h("div.marks", { "aria-hidden": "true" });
    this.input = h("input", {
      type: "text",
      role: "combobox",
      spellcheck: "false",
      autocomplete: "off",
      autocapitalize: "off",
      placeholder: "Filter: metrics.test/accuracy > 0.9 and params.max_depth <= 6",
      "aria-label": "Filter runs",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": listId,
      "aria-describedby": mistakeId,
      prop: { value },
      oninput: () => {
        this.isTyped = true;
        this.onInput();
      },
      onkeydown: (event) => this.onKey(event),
      // Whoever is back by then is typing something else.
      onblur: () => setTimeout(() => document.activeElement === this.input || this.close(), 120),
      onscroll: () => this.scroll(),
    });
    this.list = h("ul.list", { role: "listbox", id: listId, "aria-label": "Completions", hidden: true });
    this.clear = h(
      "button.quiet.icon",
      { type: "button", "aria-label": "Clear the filter", hidden: value === "", onclick: () => this.set("") },
      icon("close"),
    );
    this.mistake = h("div.mistake", { id: mistakeId, role: "alert" });
    this.element = h(
      "div.filter",
      {},
      icon("search"),
      this.marks,
      this.input,
      this.clear,
      this.list,
      this.mistake,
    );
    this.applySoon = debounced(PAUSE, () => this.submit(false));
    this.complete = debounced(40, () => this.ask());
    this.showSoon = debounced(PATIENCE, (error, text) => {
      if (this.input.value === text) this.say(error);
    });
  }

  /** Put a text into the box and filter by it. */
  set(text) {
    this.input.value = text;
    this.clear.hidden = text === "";
    this.submit(true);
    this.input.focus();
  }

  /** Put a text into the box that is in force already. */
  show(text) {
    if (this.submitted === text) return;
    this.submitted = text;
    this.input.value = text;
    this.clear.hidden = text === "";
    this.setWrong(false);
    this.say(null);
  }

  /** Say whether what is shown is not what the box asks for: who is typing sees that at once. */
  setWrong(isWrong) {
    this.element.classList.toggle("wrong", isWrong);
  }

  onInput() {
    this.clear.hidden = this.input.value === "";
    this.say(null);
    this.complete();
    this.applySoon();
  }

  async submit(isDone) {
    const text = this.input.value;
    if (!isDone && text === this.submitted) return;
    this.submitted = text;
    this.isUnanswered = false;
    this.showSoon.cancel();
    try {
      await this.apply(text.trim());
      this.setWrong(false);
      if (this.input.value === text) this.say(null);
    } catch (error) {
      if (error.name === "AbortError" || this.input.value !== text) return;
      this.setWrong(true);
      this.isUnanswered = error.kind === "gone";
      if (isDone) this.say(error);
      else this.showSoon(error, text);
    }
  }

  /** Filter by what stands in the box if nobody has answered to it. */
  retry() {
    if (this.isUnanswered) this.submit(true);
  }

  /** Say what is wrong, and mark the place; null takes it back. */
  say(error) {
    // Who has asked for something else meanwhile has made no mistake.
    if (error?.name === "AbortError") return;
    this.input.setAttribute("aria-invalid", String(error !== null));
    if (error === null) {
      put(this.mistake);
      put(this.marks);
      return;
    }
    this.setWrong(true);
    const [said] = error.message.split("\n");
    const shown =
      this.accepted === "" ? "all runs" : ["what matches ", h("code", {}, this.accepted)];
    put(
      this.mistake,
      error.remedy ? `${sentence(said)} ${error.remedy}` : said,
      this.accepted !== null && h("div.soft", {}, "Still shown: ", shown),
    );
    if (error.position === undefined || error.where !== "filter") return;
    const text = this.input.value;
    // What is missing at the end is marked behind it.
    const end = Math.max(error.end ?? 0, error.position + 1);
    put(
      this.marks,
      text.slice(0, error.position),
      h("mark", {}, text.slice(error.position, end).padEnd(end - error.position, "\u00a0")),
    );
    this.scroll();
  }

  scroll() {
    this.marks.scrollLeft = this.input.scrollLeft;
  }

  async ask() {
    const text = this.input.value;
    const cursor = this.input.selectionStart ?? text.length;
    this.asking?.abort();
    this.asking = new AbortController();
    let answer;
    try {
      answer = await getCompletion(text, cursor, this.asking.signal);
    } catch (error) {
      if (error.name !== "AbortError") this.close(); // filters can be typed without it
      return;
    }
    if (this.input.value !== text || document.activeElement !== this.input) return;
    const typed = text.slice(answer.start, answer.end);
    this.place = answer;
    this.items = answer.items.filter((item) => item.text !== typed);
    this.text = text;
    // What has been typed to its end is not to be replaced by something longer.
    this.isTyped &&= typed !== "" && this.items.length === answer.items.length;
    this.chosen = -1;
    this.draw();
  }

  draw() {
    const isOpen = this.items.length > 0;
    this.list.hidden = !isOpen;
    this.input.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) this.input.removeAttribute("aria-activedescendant");
    put(
      this.list,
      this.items.map((item, i) =>
        h(
          "li",
          {
            role: "option",
            id: `${this.list.id}-${i}`,
            "aria-selected": "false",
            onpointerdown: (event) => (event.preventDefault(), this.accept(i)),
          },
          h("span", {}, item.text),
          h("span", {}, item.detail),
        ),
      ),
    );
  }

  choose(index) {
    const count = this.items.length;
    this.chosen = ((index % count) + count) % count;
    [...this.list.children].forEach((node, i) =>
      node.setAttribute("aria-selected", String(i === this.chosen)),
    );
    const node = this.list.children[this.chosen];
    node.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", node.id);
  }

  accept(index) {
    const { start, end } = this.place;
    const { text } = this.items[index];
    const rest = this.input.value.slice(end);
    const space = rest.startsWith(" ") || text.endsWith(".") ? "" : " ";
    this.input.value = this.input.value.slice(0, start) + text + space + rest;
    const cursor = start + text.length + space.length;
    this.input.setSelectionRange(cursor, cursor);
    this.close();
    this.isTyped = false;
    this.onInput(); // asks for what may come next
  }

  /** Whether what is offered completes a word that is being typed: else Tab leads on, as everywhere. */
  isBegun() {
    return this.isTyped && this.text === this.input.value;
  }

  close() {
    // What is still asked for must not open the list again.
    this.complete.cancel();
    this.asking?.abort();
    this.items = [];
    this.draw();
  }

  onKey(event) {
    const isOpen = this.items.length > 0;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen) this.ask();
      else
        this.choose(
          this.chosen +
            (event.key === "ArrowDown" ? 1 : -1) +
            (this.chosen < 0 && event.key === "ArrowUp" ? 1 : 0),
        );
    } else if ((event.key === "Enter" || event.key === "Tab") && isOpen && this.chosen >= 0) {
      event.preventDefault();
      this.accept(this.chosen);
    } else if (event.key === "Tab" && isOpen && this.isBegun() && !event.shiftKey) {
      event.preventDefault();
      this.accept(0);
    } else if (event.key === "Enter") {
      this.close();
      this.submit(true);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      if (isOpen) this.close();
      else this.input.blur();
    } else if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      this.ask();
    }
  }
}
