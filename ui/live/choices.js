// What a person chose on this page, kept in this browser. Knows the form, and not what the choices do.
import { el, given } from "./look.js";

const PLACE = "assistant.voice";
const USUAL = { mode: "hold", language: "", voice: "", speed: 1, speak: true, sending: "wait", wake: "" };
const listeners = [];

function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(PLACE)) || {};
    return Object.fromEntries(Object.entries(USUAL).map(([key, usual]) => [key, typeof found[key] === typeof usual ? found[key] : usual]));
  } catch (refused) {
    return { ...USUAL };  // a browser that keeps nothing, or something else at that place
  }
}

export const choices = kept();

/** Call `listener(name)` after each choice. */
export function onChange(listener) { listeners.push(listener); }

function choose(name, value) {
  choices[name] = value;
  try {
    localStorage.setItem(PLACE, JSON.stringify(choices));
  } catch (refused) { /* it holds until the page is closed */ }
  listeners.forEach((listener) => listener(name));
}

/** A voice that is named after a language, as people call that language. */
function called(name) {
  try {
    return new Intl.DisplayNames(given.language, { type: "language", fallback: "none" }).of(name) || name;
  } catch (other) {
    return name;
  }
}

function go(language) { location.search = new URLSearchParams({ lang: language }); }

if (choices.language && choices.language !== given.language && !new URLSearchParams(location.search).has("lang")) go(choices.language);
if (!given.voices.includes(choices.voice)) choices.voice = "";

el("voice").append(...given.voices.map((name) => new Option(called(name), name)));
el("language").value = given.language;
for (const name of ["voice", "sending", "wake", "speed"]) el(name).value = choices[name];
el("speak").checked = choices.speak;
el("pace").textContent = `${choices.speed}×`;
for (const radio of document.getElementsByName("mode")) {
  radio.checked = radio.value === choices.mode;
  radio.addEventListener("change", () => choose("mode", radio.value));
}
for (const name of ["voice", "sending"]) el(name).addEventListener("change", () => choose(name, el(name).value));
el("wake").addEventListener("change", () => choose("wake", el("wake").value.trim()));
el("speak").addEventListener("change", () => choose("speak", el("speak").checked));
el("speed").addEventListener("input", () => { el("pace").textContent = `${el("speed").value}×`; });
el("speed").addEventListener("change", () => choose("speed", Number(el("speed").value)));
el("language").addEventListener("change", () => {
  choose("language", el("language").value);
  go(el("language").value);
});
el("other").addEventListener("click", () => choose("language", given.language === "zh" ? "en" : "zh"));
el("choices").addEventListener("submit", (event) => event.preventDefault());
document.addEventListener("pointerdown", (event) => { if (!el("settings").contains(event.target)) el("settings").open = false; });
el("settings").addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  el("settings").open = false;
  el("settings").firstElementChild.focus();
});
