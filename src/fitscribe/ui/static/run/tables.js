// Tables that runs keep: some rows of them, the others on demand.

import { Unreadable } from "../chart/records.js";
import { h, put } from "../dom.js";
import { count, number, text, toNumber } from "../format.js";

const ROWS = 20;

/**
 * A table of columns and rows.
 *
 * @param {{columns: any[], rows: any[][], total?: number | null}} data of a record, or of a preview, which may have
 *   some of the rows alone
 */
export function tableOf(data) {
  const { columns, rows } = data ?? {};
  if (!Array.isArray(columns) || !Array.isArray(rows) || !rows.every(Array.isArray))
    throw new Unreadable("it is no table");
  const isNumber = columns.map(
    (_, i) =>
      rows.some((row) => isNumeric(row[i])) &&
      rows.every((row) => row[i] === null || row[i] === undefined || row[i] === "" || isNumeric(row[i])),
  );
  const body = h("tbody", {});
  const line = (row) =>
    h(
      "tr",
      {},
      columns.map((_, i) => h(isNumber[i] ? "td.num" : "td.wrap", {}, cellText(row[i]))),
    );
  put(body, rows.slice(0, ROWS).map(line));
  const table = h(
    "div.scroll",
    {},
    h(
      "table.plain.small",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          columns.map((head, i) => h("th", { scope: "col", class: isNumber[i] ? "num" : "" }, text(head))),
        ),
      ),
      body,
    ),
  );
  if (rows.length <= ROWS) return [table];
  const isAll = data.total === undefined || data.total === rows.length;
  const more = h(
    "button.quiet.small",
    { type: "button", onclick: () => (put(body, rows.map(line)), more.remove()) },
    `Show ${isAll ? "all" : "the first"} ${count(rows.length)} rows`,
  );
  return [table, more];
}

// A preview of a file has texts alone; those that read as numbers stand below each other as numbers do.
const isNumeric = (value) =>
  toNumber(value) !== null ||
  (typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value)));

function cellText(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return number(value);
  if (isNumeric(value)) return value.length > 9 ? number(Number(value)) : value;
  return text(value);
}
