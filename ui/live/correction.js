// The words of a held utterance, before they are sent: shown in a field, sent by themselves after a while unless somebody touches them.
import { el } from "./look.js";

const WAIT_MS = 3000;
let timer = 0;
let told = null;

function close() {
  clearTimeout(timer);
  told = null;
  el("correct").hidden = true;
  el("heard").hidden = false;
}

function touch() {
  if (!timer || !told) return;
  clearTimeout(timer);
  timer = 0;
  told.touched();
}

function send() {
  const { send: tell, drop } = told, text = el("corrected").value.trim();
  close();
  if (text) tell(text);
  else drop();
}

function discard() {
  if (!told) return;
  const { drop } = told;
  close();
  drop();
}

/** Offer `text`. `by_itself`: send it after three seconds. Then `send(text)` or `drop()`; `touched()` when somebody begins to mend it. */
function open(text, by_itself, tell) {
  told = tell;
  el("corrected").value = text;
  el("heard").hidden = true;
  el("correct").hidden = false;
  timer = by_itself ? setTimeout(send, WAIT_MS) : 0;
  if (!by_itself) el("corrected").focus();
}

for (const kind of ["focus", "pointerdown", "input"]) el("corrected").addEventListener(kind, touch);
el("corrected").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send();
  } else if (event.key === "Escape") discard();
});
el("correct").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
el("discard").addEventListener("click", () => {
  discard();
  el("talk").focus();
});

export const correction = { open, close, discard };
