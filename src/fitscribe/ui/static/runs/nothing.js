// Why a table has no row, and what helps.

import { getCheck } from "../api.js";
import { h, put } from "../dom.js";

/** What stands in the place of rows. */
export class Nothing {
  /** @param {() => void} clear takes the filter away */
  constructor(clear) {
    this.clear = clear;
    this.element = h("div.nothing", { role: "status", hidden: true });
  }

  /**
   * Say why there is no row, or nothing where there are some.
   *
   * @param {object} list the rows
   * @param {string} filter what is filtered by
   * @param {object | null} parent the run whose children are listed, if they are of one
   */
  async draw(list, filter, parent) {
    this.list = list;
    this.element.hidden = list.length > 0;
    if (list.length > 0) return;
    const where = parent ? ` in ${parent.name || parent.id}` : "";
    if (!filter) {
      put(this.element, h("p", {}, `There are no runs${where} any more.`));
      return;
    }
    const { unknown } = await getCheck(filter).catch(() => ({ unknown: [] }));
    // Rows may have come meanwhile, or something else was asked for.
    if (this.list !== list || list.length > 0) return;
    const why = unknown.length > 0 ? `: none has ${unknown.join(", ")}` : "";
    put(
      this.element,
      h("p.wrap", {}, `No run${where} matches the filter${why}.`),
      h("button", { type: "button", onclick: this.clear }, "Clear the filter"),
    );
  }
}
