// The code of the runs that are compared: commits, and the diff itself.

import { getCode, reported } from "../api.js";
import { diffView } from "../diff.js";
import { h, put } from "../dom.js";
import { swatch } from "./legend.js";

/** The panel of code; the diff between two runs of one's choice. */
export function codePanel(runs) {
  const body = h("div.section", {});
  const choose = (chosen, label, set) =>
    h(
      "label.field",
      {},
      label,
      h(
        "select",
        { onchange: (event) => set(event.currentTarget.value) },
        runs.map((run) => h("option", { value: run.id, selected: run.id === chosen }, run.label)),
      ),
    );
  const pair = [runs[0].id, runs[1].id];
  const draw = async () => {
    put(body, h("span.wait", { style: { display: "block" } }));
    try {
      const answer = await getCode(reported === null ? pair : reported);
      put(body, codeOf(answer, runs));
    } catch (error) {
      put(body, h("p.bad", {}, error.message));
    }
  };
  draw();
  const choice =
    runs.length > 2 &&
    reported === null &&
    h(
      "div.bar",
      {},
      ["from", "to"].map((label, i) => choose(pair[i], label, (id) => ((pair[i] = id), draw()))),
    );
  return h("div.panel", {}, h("header", {}, h("h3", {}, "Code"), choice), body);
}

function codeOf({ runs: found, same, between, remark }, runs) {
  const byId = new Map(runs.map((run) => [run.id, run]));
  const labels = found.map((each) => byId.get(each.id)?.label ?? each.id);
  return [
    h(
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
            ["run", "file", "commit", "changes"].map((head) => h("th", { scope: "col" }, head)),
          ),
        ),
        h(
          "tbody",
          {},
          found.map((each) =>
            h(
              "tr",
              {},
              h(
                "td",
                {},
                byId.has(each.id) && swatch(byId.get(each.id)),
                " ",
                byId.get(each.id)?.label ?? each.id,
              ),
              h("td.mono.wrap", {}, each.path ?? ""),
              h(
                "td",
                {},
                each.commit
                  ? [h("span.mono", {}, each.commit.slice(0, 10)), each.branch ? ` on ${each.branch}` : ""]
                  : "not known",
              ),
              h("td", {}, each.dirty ? "not committed" : each.commit ? "none" : ""),
            ),
          ),
        ),
      ),
    ),
    same && h("p.soft", {}, sameness(found)),
    remark && h("p.warn", {}, remark),
    between && [
      h("p.soft", {}, `From ${labels[0]} to ${labels[1]}:`),
      diffView(between, `From the code of ${labels[0]} to that of ${labels[1]}`),
    ],
    !same && !between && !remark && h("p.soft", {}, nothing(found)),
    found.map((each, i) => (each.diff || each.code) && own(each, labels[i])),
  ];
}

function sameness(found) {
  const what = found[0].commit
    ? "Commit and changes are the same"
    : "The script is the same, the commit is not known";
  return `${what}${found.some((each) => each.cut) ? ": as far as it was kept." : "."}`;
}

const nothing = (found) =>
  found.length > 2
    ? "Of two runs at a time the difference is shown, and this is a report of more."
    : "What they change amounts to the same.";

/** What is known of the code of one run, folded. */
function own({ diff, code, cut }, label) {
  const what = diff ? "changes that were not committed" : "the script";
  const text = diff ? diffView(diff, `${label}: ${what}`) : h("pre.text", { tabindex: 0 }, code);
  return h(
    "details",
    {},
    h("summary", {}, `${label}: ${what}`),
    text,
    cut && h("p.small.soft", {}, "Only the beginning of it was kept."),
  );
}
