// What is in the trash, and the way back. Nothing here deletes: `fitscribe purge` does.

import { getTrash, restore } from "../api.js";
import { h, keepFocus, put } from "../dom.js";
import { ago, clock, count, plural, size } from "../format.js";
import { listen } from "../live.js";
import { notice } from "../notice.js";
import { status } from "../runs/cells.js";
import { complain, toast } from "../toast.js";

const PAGE = 100;

/** The trash; see `app.js` for what a page is. */
export class TrashPage {
  constructor(main) {
    this.main = main;
    this.picked = new Set();
    this.offset = 0;
    this.end = listen(({ structure }) => structure && this.look().catch(complain));
  }

  async start() {
    this.take(await getTrash(this.offset, PAGE));
  }

  /** Look again; what has not changed is not taken away from who is about to press it. */
  async look() {
    const found = await getTrash(this.offset, PAGE);
    if (JSON.stringify(found) !== JSON.stringify(this.found)) this.take(found);
  }

  take(found) {
    this.found = found;
    const there = new Set(this.found.rows.map((row) => row.id));
    for (const id of this.picked) if (!there.has(id)) this.picked.delete(id);
    this.draw();
  }

  follow() {
    return this.start();
  }

  draw() {
    const { total, rows } = this.found;
    const button = h(
      "button.main",
      { type: "button", disabled: this.picked.size === 0, onclick: () => this.bring([...this.picked]) },
      this.picked.size ? `Restore ${count(this.picked.size)}` : "Restore",
    );
    const content = h(
      "div.page",
      {},
      h(
        "div.head",
        {},
        h("h1", {}, "Trash"),
        h("span.soft", {}, plural(total, "run")),
        h("div.more", {}, rows.length > 0 && button),
      ),
      total === 0
        ? h("p.soft", {}, "Nothing was thrown away. Runs that are moved here keep all they have.")
        : notice("Nothing is deleted here.", [
            "To free the space: ",
            h("code", {}, "fitscribe purge"),
            ".",
          ]),
      rows.length > 0 && h("div.panel.scroll", {}, this.table(rows)),
      total > PAGE && this.pages(total),
    );
    keepFocus(this.main, () => put(this.main, content), this.main);
  }

  table(rows) {
    const all = h("input", {
      type: "checkbox",
      "aria-label": "Select all",
      prop: { checked: rows.every((row) => this.picked.has(row.id)) },
      onchange: (event) =>
        this.pick(
          rows.map((row) => row.id),
          event.currentTarget.checked,
        ),
    });
    return h(
      "table.plain",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", {}, all),
          ["run", "experiment", "status", "started", "size", ""].map((head) =>
            h("th", { scope: "col", class: head === "size" ? "num" : "" }, head),
          ),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((row) =>
          h(
            "tr",
            { "data-run": row.id },
            h(
              "td",
              {},
              h("input", {
                type: "checkbox",
                "aria-label": `Select ${row.name}`,
                prop: { checked: this.picked.has(row.id) },
                onchange: (event) => this.pick([row.id], event.currentTarget.checked),
              }),
            ),
            h("td.wrap", {}, row.name || "unnamed", " ", h("span.soft.mono.small", {}, row.id)),
            h("td", {}, row.experiment),
            h("td", {}, status(row.status)),
            h("td", { title: clock(row.started) }, ago(row.started)),
            h("td.num", {}, size(row.size)),
            h(
              "td.num",
              {},
              h(
                "button",
                { type: "button", "aria-label": `Restore ${row.name}`, onclick: () => this.bring([row.id]) },
                "Restore",
              ),
            ),
          ),
        ),
      ),
    );
  }

  pages(total) {
    const turn = (by) => {
      this.offset += by;
      this.start().catch(complain);
    };
    return h(
      "div.bar",
      {},
      h("button", { type: "button", disabled: this.offset === 0, onclick: () => turn(-PAGE) }, "Newer"),
      h("span.soft", {}, `${count(this.offset + 1)} to ${count(Math.min(total, this.offset + PAGE))}`),
      h(
        "button",
        { type: "button", disabled: this.offset + PAGE >= total, onclick: () => turn(PAGE) },
        "Older",
      ),
    );
  }

  pick(ids, on) {
    for (const id of ids) {
      if (on) this.picked.add(id);
      else this.picked.delete(id);
    }
    this.draw();
  }

  async bring(ids) {
    try {
      const { moved } = await restore(ids);
      toast(`${plural(moved.length, "run")} restored.`);
    } catch (error) {
      complain(error);
      return;
    }
    this.picked.clear();
    await this.start().catch(complain);
  }
}
