// The hands: button, keys and forms of the page of live voice. Knows what each of them means to the talk, and nothing of the talk itself.
import { onChange } from "./choices.js";
import { el } from "./look.js";
import * as talk from "./talk.js";

function press() {
  if (talk.free()) return;  // a click does it
  if (talk.held() && talk.held().latched) talk.end();
  else talk.begin();
}

el("talk").addEventListener("pointerdown", (event) => {
  if (event.button > 0) return;
  el("talk").setPointerCapture(event.pointerId);
  press();
});
for (const kind of ["pointerup", "pointercancel"]) el("talk").addEventListener(kind, talk.release);
el("talk").addEventListener("contextmenu", (event) => event.preventDefault());
el("talk").addEventListener("click", (event) => {
  if (talk.free()) talk.toggle();
  else if (event.detail === 0) {  // a screen reader or the Enter key: there is nothing to hold
    if (talk.held()) talk.end();
    else talk.latch();
  }
});

/** Whether the space bar belongs to this element, and not to the talk. */
const elsewhere = (node) => node.closest("input:not([type=radio]), textarea, select, button:not(#talk), summary, a, dialog");

function space(event) {
  if (event.key !== " " || elsewhere(event.target) || talk.barred) return false;
  event.preventDefault();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && talk.busy() && !el("evidence").open) talk.stop();
  if (space(event) && !event.repeat) press();
});
document.addEventListener("keyup", (event) => {
  if (!space(event)) return;
  if (talk.free()) talk.toggle();
  else talk.release();
});
window.addEventListener("blur", () => { if (talk.held() && !talk.held().latched) talk.end(); });

el("stop").addEventListener("click", () => {
  talk.stop();
  el("talk").focus();
});
el("again").addEventListener("click", talk.again);
el("mute").addEventListener("click", talk.mute);
el("type").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = el("text").value.trim();
  if (text && await talk.type(text)) el("text").value = "";
});
el("key").addEventListener("submit", (event) => {
  event.preventDefault();
  talk.start(el("secret").value.trim());
});
onChange(talk.changed);
talk.start();
