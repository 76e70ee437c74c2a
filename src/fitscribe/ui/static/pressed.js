// A press is a click only where it ends on the element it began on: what is held down must not be drawn anew.

const PRESSED = "a[href], button, input[type=checkbox], input[type=radio]";
// Where a menu of the browser's takes the release, nobody tells of it.
const LONGEST = 3000;
const KEYS = new Set([" ", "Enter"]);
let held = null;
let release = null;

function hold(event) {
  if (release !== null || !event.target.closest?.(PRESSED)) return;
  held = new Promise((resolve) => {
    release = resolve;
  });
  setTimeout(release, LONGEST);
}

function letGo() {
  // The click comes after the event that ends the press.
  if (release !== null) setTimeout(release);
  held = release = null;
}

const options = { capture: true, passive: true };
addEventListener("pointerdown", (event) => event.button === 0 && hold(event), options);
addEventListener("keydown", (event) => KEYS.has(event.key) && hold(event), options);
for (const name of ["pointerup", "pointercancel", "keyup", "dragend"]) addEventListener(name, letGo, options);
// Of the window: what has the focus loses it to what is pressed.
addEventListener("blur", letGo);

/** Wait until no link, button or box is held down, or for a few seconds. */
export async function untouched() {
  await held;
}
