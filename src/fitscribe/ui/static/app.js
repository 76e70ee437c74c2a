// The page: the bar on top, and below it the view that the address names.
//
// A view is a class with `start()`, which puts it into `main`; `follow()`, told that the address has changed while
// it still names this view; `end()`; and, where curves are drawn, `redraw()`.

import { getStore, made, reported } from "./api.js";
import { ComparePage } from "./compare/page.js";
import { add, h, put } from "./dom.js";
import { ExplorePage } from "./explore/page.js";
import { clock } from "./format.js";
import { icon, mark } from "./icons.js";
import { showKeys, startKeys } from "./keys.js";
import { watch } from "./live.js";
import { notice } from "./notice.js";
import { RunPage } from "./run/page.js";
import { RunsPage } from "./runs/page.js";
import { onSelection, selectedIds } from "./selection.js";
import { address, go, here } from "./state.js";
import { onTheme, startTheme, theme, turnTheme } from "./theme.js";
import { TrashPage } from "./trash/page.js";

const PAGES = {
  runs: { page: RunsPage, title: "Runs" },
  run: { page: RunPage, title: "Run" },
  compare: { page: ComparePage, title: "Compare" },
  explore: { page: ExplorePage, title: "Explore" },
  trash: { page: TrashPage, title: "Trash" },
};

const IN_REPORT = new Set(["run", "compare"]);
// Who waits longer is to know what for.
const PATIENCE = 400;
const RETRY = 1000;

const main = h("main", { id: "main", tabindex: -1 });
const links = h("nav", { "aria-label": "Views" });
const gone = h("div", { hidden: true, style: { padding: "8px 20px" } });
let shown = null;
let retry = 0;

function home() {
  if (reported === null) return ["runs"];
  return reported.length === 1 ? ["run", reported[0]] : ["compare"];
}

function comparison() {
  const picked = reported ?? selectedIds();
  return picked.length > 1 ? address(["compare"], { runs: picked.join(",") }) : null;
}

function drawLinks() {
  const [name] = here().path;
  const link = (to, href, label, badge) =>
    h(
      "a",
      { href, "aria-current": to === name ? "page" : null },
      label,
      badge ? h("span.badge", {}, badge) : null,
    );
  if (reported !== null) {
    put(
      links,
      reported.length > 1 && link("compare", "#/compare", "Compare"),
      name === "run" && reported.length > 1 && link("run", location.hash, "Run"),
    );
    return;
  }
  const picked = selectedIds().length;
  const compare = comparison();
  put(
    links,
    link("runs", "#/runs", "Runs"),
    (compare || name === "compare") &&
      link("compare", compare ?? location.hash, "Compare", picked > 1 ? picked : null),
    link("explore", "#/explore", "Explore"),
    link("trash", "#/trash", "Trash"),
  );
}

/** Show what the address names; who has come from another view stands in this one, and not beside the page. */
async function route(isTurn) {
  clearTimeout(retry);
  const { path } = here();
  if (path.length === 0) {
    history.replaceState(null, "", address(home()));
    return route(isTurn);
  }
  const key = path[0] === "run" ? path.join("/") : path[0];
  drawLinks();
  if (shown?.key === key) return attempt(shown, () => shown.view.follow(), true);
  shown?.view.end();
  if (isTurn) main.focus({ preventScroll: true });
  const found = reported === null || IN_REPORT.has(path[0]) ? PAGES[path[0]] : undefined;
  if (!found) {
    shown = null;
    return put(main, notice("There is no such page.", back()));
  }
  shown = { key, view: new found.page(main) };
  document.title = `${found.title} · fitscribe`;
  window.scrollTo(0, 0);
  return attempt(shown, () => shown.view.start());
}

const back = () => h("a", { href: "#/" }, reported === null ? "To the runs" : "To the report");

/** What a view cannot show stands in its place, and the next address begins it anew. */
async function attempt(own, call, isFollowing = false) {
  const before = main.firstChild;
  const patience = setTimeout(() => {
    // A view that has something to show says itself what it waits for.
    if (shown !== own || main.firstChild !== before) return;
    // One that follows keeps what it shows until it has something else: nobody would put that back.
    if (isFollowing) main.classList.add("waiting");
    else put(main, h("p.page.soft", { role: "status" }, "Reading the store …"));
  }, PATIENCE);
  try {
    await call();
    if (retry && shown === own) {
      retry = 0;
      tell(null);
    }
  } catch (error) {
    if (shown === own) {
      own.view.end();
      shown = null;
      const remedy = error.remedy || (reported === null ? "" : back());
      if (error.kind === "gone") tryAgain(error);
      else {
        retry = 0;
        tell(null);
        put(main, h("div.page", {}, notice(error.message, remedy, "bad")));
      }
    }
    if (!error.kind) throw error;
  } finally {
    clearTimeout(patience);
    main.classList.remove("waiting");
  }
}

/** Begin the view anew until the server answers: what is said above it says why there is none. */
function tryAgain(error) {
  put(main);
  tell(error);
  retry = setTimeout(() => route(false), RETRY);
}

/** Say that the server is gone, once for all that find out; null takes it back. */
function tell(error) {
  if (error !== null && !gone.hidden) return;
  gone.hidden = error === null;
  put(gone, error && notice(error.message, error.remedy, "bad"));
}

function top() {
  const turn = h("button.quiet.icon", { type: "button" }, icon("theme"));
  const say = () =>
    turn.setAttribute("aria-label", `Colours: ${theme() === "auto" ? "as the system has them" : theme()}`);
  turn.addEventListener("click", () => (turnTheme(), say()));
  say();
  const note = made ? `report of ${clock(made.time)}, fitscribe ${made.version}` : "";
  return h(
    "header.top",
    {},
    h("a.brand", { href: "#/", "aria-label": "fitscribe" }, mark(), h("span", {}, "fitscribe")),
    links,
    h("span.place", { id: "place" }, note),
    h(
      "span.right",
      {},
      turn,
      h("button.quiet.icon.wide", { type: "button", "aria-label": "Keys", onclick: showKeys }, "?"),
    ),
  );
}

startTheme();
add(
  document.body,
  h(
    "a.skip",
    { href: "#main", onclick: (event) => (event.preventDefault(), main.focus()) },
    "Skip to content",
  ),
  top(),
  gone,
  main,
);
onSelection(drawLinks);
onTheme(() => shown?.view.redraw?.());
startKeys({
  "?": showKeys,
  "/": () => main.querySelector("input[type=text], input[type=search]")?.focus(),
  "g r": () => go(home()),
  ...(reported === null && { "g t": () => go(["trash"]), "g e": () => go(["explore"]) }),
  c: () => comparison() && (location.hash = comparison()),
  d: turnTheme,
});
addEventListener("hashchange", () => route(true));
if (reported === null)
  getStore().then(
    ({ path }) => put(document.getElementById("place"), h("bdi", { title: path }, path)),
    () => undefined,
  );
watch(tell);
// A path that says what the part behind the # does is written as that.
if (reported === null && location.pathname !== "/" && location.hash === "")
  history.replaceState(null, "", `/#${location.pathname}${location.search}`);
route(false);
