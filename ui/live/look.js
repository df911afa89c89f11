// What is seen of the talk: captions, bars, the line that says what goes on. Knows elements and words, no sound and no server.
import { SPOKEN_RATE } from "./sound.js";

export const el = (id) => document.getElementById(id);
export const given = JSON.parse(el("given").textContent);

/** A sentence of the catalogue, filled in. */
export function say(key, values = {}) {
  return (given.words[key] || "").replace(/\{(\w+)\}/g, (hole, name) => (name in values ? String(values[name]) : hole));
}

export function make(tag, attributes = {}, ...content) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...content);
  return node;
}

/** The line under the button. It is no live region: it would talk over the answer. */
export function state(key, values) {
  const text = say(key, values);
  if (el("state").textContent !== text) el("state").textContent = text;
}

/** What stands in the way, and what to do; empty when nothing does. */
export function trouble(text = "") {
  if (el("trouble").textContent !== text) el("trouble").textContent = text;
}

/** For a screen reader only, once and politely. */
export function announce(text) {
  el("status").textContent = text;
}

/** How loud it is at the microphone, 0 to 1, on a scale as ears have it: from a whisper (-55 dB) to a call (-12 dB). */
export function loud(level) {
  const part = level > 0 ? Math.max(0, Math.min(1, (20 * Math.log10(level) + 55) / 43)) : 0;
  for (const id of ["stage", "meter"]) el(id).style.setProperty("--loud", part.toFixed(2));
}

export const heard = {
  partial(text) {
    this.show(text);
    el("heard").toggleAttribute("data-partial", Boolean(text));
  },
  final(text) {
    this.show(text);
    el("heard").removeAttribute("data-partial");
  },
  show(text) {
    el("heard").textContent = text;
    el("heard").scrollTop = el("heard").scrollHeight;
  },
  get text() { return el("heard").textContent; },
};

const LETTERS_A_SECOND = { en: 14, zh: 4.5 };
const CHINESE = /[\u3400-\u9fff]/;

/** The answer's words, shown as they are spoken: each sentence knows at which sample of the voice it begins. */
export class Saying {
  constructor() { this.begin(); }

  begin() {
    this.sentences = [];
    this.samples = 0;
    this.complete = false;
    this.put("");
    el("said").removeAttribute("data-cut");
  }

  words(text) { if (text) this.sentences.push({ text, start: this.samples }); }

  sound(samples) { this.samples += samples; }

  get text() { return this.sentences.reduce((all, { text }) => joined(all, text), ""); }

  /** Show what has been said after `ms` of voice. */
  until(ms) {
    const at = ms * SPOKEN_RATE / 1000;
    let text = "";
    this.sentences.forEach((sentence, n) => {
      if (at >= sentence.start) text = joined(text, portion(sentence.text, (at - sentence.start) / this.length(n)));
    });
    this.put(text);
  }

  /** Samples of a sentence; a guess by its letters while it is still coming. */
  length(n) {
    const { text, start } = this.sentences[n], next = this.sentences[n + 1];
    if (next || this.complete) return Math.max(1, (next ? next.start : this.samples) - start);
    const pace = CHINESE.test(text) ? LETTERS_A_SECOND.zh : LETTERS_A_SECOND.en;
    return Math.max(this.samples - start, SPOKEN_RATE * text.length / pace);
  }

  all() { this.put(this.text); }

  cut() { el("said").setAttribute("data-cut", ""); }

  put(text) {
    if (el("said").textContent === text) return;
    el("said").textContent = text;
    el("said").scrollTop = el("said").scrollHeight;
  }
}

function joined(before, after) {
  const close = !before || /\s$/.test(before) || /^\s/.test(after) || CHINESE.test(before.at(-1) + after[0]) || /[，。！？；：]$/.test(before);
  return close ? before + after : `${before} ${after}`;
}

function portion(text, part) {
  if (part >= 1) return text;
  const end = Math.ceil(text.length * part);
  const space = CHINESE.test(text) ? end : text.indexOf(" ", end);
  return space < 0 ? text : text.slice(0, space);
}

const BARS = ["hearing", "understanding", "thinking", "doing", "speaking"];

/** Mark the stage that works now; none with an empty name. */
export function stage(name) {
  for (const bar of BARS) el(`bar-${bar}`).toggleAttribute("data-now", bar === name);
}

export function milliseconds(ms) {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}

/** The milliseconds of a turn at the five bars; the longest fills its bar. */
export function times(timings) {
  const known = (name) => (typeof timings[name] === "number" ? timings[name] : null);
  const words = known("answer") ?? known("route");  // from the words heard to the first of the answer, what a tool did in between included
  const thinking = words === null ? null : Math.max(0, words - (known("tool") || 0));
  const found = { hearing: known("vad"), understanding: known("stt"), thinking, doing: known("tool"), speaking: known("tts") };
  const most = Math.max(1, ...Object.values(found));
  for (const bar of BARS) {
    el(`bar-${bar}`).querySelector("output").textContent = found[bar] === null ? "–" : milliseconds(found[bar]);
    el(`bar-${bar}`).querySelector("b").style.setProperty("--part", ((found[bar] || 0) / most).toFixed(3));
  }
  const total = "total" in timings ? milliseconds(timings.total) : "";
  const first = "first_sound" in timings ? milliseconds(timings.first_sound) : "";
  el("total").textContent = total ? say(first ? "stage.total" : "stage.silent", { first, total }) : "";
}

const KEPT_TURNS = 30;

/** Put a turn that is over under "Earlier". */
export function remember(asked, answer) {
  if (!asked && !answer) return;
  el("turns").prepend(make("li", {}, make("p", { dir: "auto" }, asked), make("p", { dir: "auto" }, answer)));
  while (el("turns").children.length > KEPT_TURNS) el("turns").lastChild.remove();
  el("earlier").hidden = false;
}
