// Tags, notes and stars are edited where they stand.

import { patchRun, tagRuns } from "./api.js";
import { h, put } from "./dom.js";
import { icon } from "./icons.js";
import { pop } from "./pop.js";
import { chip } from "./runs/cells.js";
import { complain } from "./toast.js";

/** What a tag's value is, as it was typed. */
function valueOf(text) {
  if (text === "" || text === "True" || text === "true") return true;
  if (text === "False" || text === "false") return false;
  return text.trim() !== "" && Number.isFinite(Number(text)) && String(Number(text)) === text.trim()
    ? Number(text)
    : text;
}

/**
 * Change a run.
 *
 * @returns {Promise<object | null>} its row; null where it could not be changed, which was said
 */
export async function edit(id, changes) {
  try {
    return await patchRun(id, changes);
  } catch (error) {
    complain(error);
    return null;
  }
}

/**
 * Edit the tags of runs.
 *
 * @param {HTMLElement} anchor where they stand
 * @param {object[]} rows the runs; with several of them, of which the ids are enough, tags are added to all
 * @param {(rows: object[]) => void} done is given the changed row; of several runs none
 * @param {string} [name] the tag that is to be changed
 */
export function editTags(anchor, rows, done, name = "") {
  const only = rows.length === 1 ? rows[0] : null;
  const tags = { ...only?.tags };
  const changes = {};
  const chips = h("div.bar.chips", {});
  const nameBox = h("input", {
    type: "text",
    placeholder: "tag",
    "aria-label": "Name of the tag",
    size: 10,
    prop: { value: name },
  });
  const valueBox = h("input", {
    type: "text",
    placeholder: "value",
    "aria-label": "Value",
    size: 10,
    prop: { value: tags[name] ?? "" },
  });
  const draw = () =>
    put(
      chips,
      Object.entries(tags).map(([each, value]) => {
        const remove = () => {
          delete tags[each];
          changes[each] = null;
          draw();
        };
        return chip(
          each,
          value,
          h("button", { type: "button", "aria-label": `Remove ${each}`, onclick: remove }, icon("close")),
        );
      }),
    );
  const add = () => {
    // `stage=prod` may as well be typed into one box.
    const [, first, rest] = /^([^=]+)=(.*)$/.exec(nameBox.value) ?? [];
    if (first && valueBox.value === "") [nameBox.value, valueBox.value] = [first, rest.trim()];
    const key = nameBox.value.trim();
    if (key === "") return;
    changes[key] = valueOf(valueBox.value);
    tags[key] = valueBox.value || "True";
    nameBox.value = valueBox.value = "";
    draw();
    nameBox.focus();
  };
  draw();
  const typed = valueBox.value;
  pop(anchor, "Tags", {
    isChanged: () =>
      Object.keys(changes).length > 0 || nameBox.value.trim() !== name || valueBox.value !== typed,
    save: async () => {
      if (nameBox.value.trim() === "" && valueBox.value !== "") throw new Error("a tag needs a name.");
      add();
      if (Object.keys(changes).length === 0) return [];
      if (only) return [await patchRun(only.id, { tags: changes })];
      const ids = rows.map((row) => row.id);
      await tagRuns(ids, changes);
      return [];
    },
    done,
    content: (save) => {
      const enter = (event) => {
        if (event.key !== "Enter") return;
        event.preventDefault();
        if (nameBox.value.trim() === "") save();
        else add();
      };
      for (const box of [nameBox, valueBox]) box.addEventListener("keydown", enter);
      (name ? valueBox : nameBox).setAttribute("autofocus", "");
      return [
        h("h3", {}, only ? "Tags" : `Tag ${rows.length} runs`),
        chips,
        h(
          "div.bar",
          {},
          nameBox,
          h("span.soft", {}, "="),
          valueBox,
          h("button", { type: "button", onclick: add }, "Add"),
        ),
      ];
    },
  });
}

/** Edit the notes of a run; see `editTags`. */
export function editNotes(anchor, row, notes, done) {
  const box = h("textarea", { rows: 7, "aria-label": "Notes", autofocus: true, prop: { value: notes } });
  const isChanged = () => box.value !== notes;
  pop(anchor, "Notes", {
    isChanged,
    save: async () => (isChanged() ? [await patchRun(row.id, { notes: box.value })] : []),
    done,
    content: (save) => {
      box.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save();
      });
      return [h("h3", {}, "Notes"), box];
    },
  });
}
