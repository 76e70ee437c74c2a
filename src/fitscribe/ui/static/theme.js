// Light and dark: as the system has it, unless a person says otherwise.

import { remember, remembered } from "./state.js";

const NEXT = { auto: "light", light: "dark", dark: "auto" };
const listeners = new Set();
const system = matchMedia("(prefers-color-scheme: dark)");

/** The theme that was chosen: `auto`, `light` or `dark`. */
export const theme = () => remembered("theme", "auto");

function apply() {
  const chosen = theme();
  if (chosen === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  for (const call of listeners) call();
}

/** Put the theme in force, and keep it so when the system changes. */
export function startTheme() {
  apply();
  system.addEventListener("change", apply);
}

/** Whether the page is dark now. */
export function isDark() {
  const chosen = theme();
  return chosen === "dark" || (chosen === "auto" && system.matches);
}

/** Go on to the next theme, and return it. */
export function turnTheme() {
  remember("theme", NEXT[theme()] ?? "auto");
  apply();
  return theme();
}

/** Hear of it when colours have changed; what is returned ends it. */
export function onTheme(call) {
  listeners.add(call);
  return () => listeners.delete(call);
}
