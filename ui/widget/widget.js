/* The bubble: a page of any site asks the assistant of its owner. One file, no framework, no cookie, nothing kept in the browser.
 *
 *   <script src="https://assistant.example/widget.js" data-key="pk_..." async></script>
 *   Assistant.init({ key: "pk_...", api: "https://assistant.example" })
 *   <assistant-chat key="pk_..." inline></assistant-chat>
 *
 * Everything stands in a shadow root. There is no innerHTML, no style attribute, no eval, no picture or sound by address: pictures are
 * drawn on a canvas and sound goes through Web Audio, so a page needs only script-src and connect-src for this server.
 */
(() => {
  "use strict";
  if (window.Assistant && window.Assistant.init) return;

  const WORDS = /* words */ {};
  const here = document.currentScript;
  const HOME = here && here.src ? new URL(here.src).origin + new URL(here.src).pathname.replace(/\/widget\.js$/, "") : "";
  const OPTIONS = ["key", "api", "collection", "language", "title", "greeting", "questions", "theme", "side", "open", "inline"];
  const PHOTO_SIDE = 1280;
  const VOICE_SECONDS = 30;
  const REMEMBERED = 12;
  const PHONE = "(max-width: 480px), (max-height: 420px)";

  const STYLE = `
:host { all: initial !important; display: block !important; position: fixed !important; z-index: 2147483000 !important;
  inset: auto 0 0 auto !important; width: 0 !important; height: 0 !important; color-scheme: light dark; }
:host([inline]) { position: relative !important; inset: auto !important; width: 100% !important; height: 100% !important;
  min-height: 420px !important; z-index: auto !important; }
:host([hidden]) { display: none !important; }
.root { --accent: var(--assistant-accent, #2f5d50); --on-accent: var(--assistant-on-accent, #ffffff); --paper: var(--assistant-paper, #fdfcfa);
  --ink: var(--assistant-ink, #22252a); --soft: var(--assistant-soft, #f1eee7); --line: var(--assistant-line, #d9d4c8);
  --quiet: var(--assistant-quiet, #595e66); --warn: var(--assistant-warn, #8a4b12); --mark: #ffe9a8;
  --radius: var(--assistant-radius, 14px); font: 15px/1.5 var(--assistant-font, system-ui, "Segoe UI", "PingFang SC", "Microsoft YaHei",
  "Noto Sans CJK SC", sans-serif); color: var(--ink); text-align: start; -webkit-text-size-adjust: 100%; }
.root.dark { --accent: var(--assistant-accent-dark, #8fc3b0); --on-accent: #10211b; --paper: #16181b; --ink: #e8e6e1; --soft: #24282c;
  --line: #3b4047; --quiet: #b1b4ba; --warn: #f0b27a; --mark: #5b4a12; color-scheme: dark; }
*, *::before, *::after { box-sizing: border-box; }
button, textarea, input { font: inherit; color: inherit; margin: 0; }
button { cursor: pointer; background: none; border: 0; padding: 0; }
button:disabled { cursor: default; opacity: .55; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
[hidden] { display: none !important; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
svg { width: 20px; height: 20px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round;
  display: block; flex: none; }
.bubble { position: fixed; inset-block-end: var(--assistant-bottom, 20px); inset-inline-end: var(--assistant-side, 20px); width: 56px;
  height: 56px; border-radius: 50%; background: var(--accent); color: var(--on-accent); display: grid; place-items: center;
  border: 1px solid transparent; box-shadow: 0 6px 20px rgb(0 0 0 / .24); transition: transform .15s; }
.bubble:hover { transform: translateY(-2px); }
.bubble svg { width: 26px; height: 26px; }
.start .bubble, .start .panel { inset-inline: var(--assistant-side, 20px) auto; }
.panel { position: fixed; inset-block-end: calc(var(--assistant-bottom, 20px) + 70px); inset-inline-end: var(--assistant-side, 20px);
  width: 380px; height: min(560px, calc(100vh - 110px)); display: flex; flex-direction: column; background: var(--paper);
  border: 1px solid var(--line); border-radius: var(--radius); box-shadow: 0 18px 50px rgb(0 0 0 / .26); overflow: hidden; }
.inline .panel { position: absolute; inset: 0; width: auto; height: auto; box-shadow: none; }
.inline .bubble, .inline .close { display: none; }
header { display: flex; align-items: center; gap: 10px; padding: 12px 14px; border-block-end: 1px solid var(--line); }
h2 { font: inherit; font-weight: 650; font-size: 16px; margin: 0; flex: 1; overflow-wrap: anywhere; }
.icon { width: 36px; height: 36px; border-radius: 10px; display: grid; place-items: center; flex: none; }
.icon:hover:not(:disabled) { background: var(--soft); }
.log { flex: 1; overflow-y: auto; overscroll-behavior: contain; padding: 14px; display: flex; flex-direction: column; gap: 12px;
  outline-offset: -3px; }
.turn { max-width: 92%; overflow-wrap: anywhere; }
.turn.mine { align-self: flex-end; background: var(--accent); color: var(--on-accent); padding: 8px 12px;
  border-radius: 14px 14px 4px 14px; max-width: 84%; }
[dir=rtl] .turn.mine { border-radius: 14px 14px 14px 4px; }
.turn.mine canvas { display: block; max-width: 180px; max-height: 140px; border-radius: 8px; margin-block-end: 6px; }
.turn p { margin: 0 0 8px; white-space: pre-line; }
.turn p:last-child { margin-block-end: 0; }
.turn ul { margin: 0 0 8px; padding-inline-start: 20px; }
.turn a, .foot a, .foot button { color: var(--accent); text-decoration: underline; }
.turn.mine a { color: inherit; }
.turn code { font-family: ui-monospace, monospace; font-size: 13px; background: var(--soft); padding: 1px 4px; border-radius: 4px; }
.turn.refused > .words { border-inline-start: 3px solid var(--warn); padding-inline-start: 10px; }
.tag { display: block; color: var(--warn); font-size: 13px; font-weight: 600; margin-block-end: 2px; }
.cite { color: var(--accent); font-size: 12px; font-weight: 700; min-width: 24px; height: 24px; padding: 0 5px; border-radius: 7px;
  background: var(--soft); margin-inline: 2px; vertical-align: 1px; border: 1px solid var(--line); }
.turn .sources { list-style: none; margin: 8px 0 0; padding: 0; display: flex; flex-direction: column; gap: 6px; }
.source { display: flex; gap: 8px; width: 100%; text-align: start; border: 1px solid var(--line); border-radius: 10px; padding: 7px 10px;
  font-size: 13px; line-height: 1.4; align-items: flex-start; }
.source:hover { background: var(--soft); }
.source b { color: var(--accent); }
canvas.small { width: 56px; height: 56px; object-fit: cover; border-radius: 6px; background: var(--soft); flex: none; }
.source small { display: block; color: var(--quiet); font-size: 12px; }
.tools { display: flex; gap: 2px; margin-block-start: 6px; align-items: center; color: var(--quiet); font-size: 13px; }
.tools .icon { width: 32px; height: 32px; }
.tools svg { width: 17px; height: 17px; }
.tools [aria-pressed=true] { color: var(--accent); background: var(--soft); }
.working { color: var(--quiet); display: flex; gap: 8px; align-items: center; }
.dots { display: inline-flex; gap: 4px; }
.dots i { width: 6px; height: 6px; border-radius: 50%; background: currentColor; animation: beat 1.2s infinite; }
.dots i:nth-child(2) { animation-delay: .2s; } .dots i:nth-child(3) { animation-delay: .4s; }
@keyframes beat { 0%, 60%, 100% { opacity: .25; } 30% { opacity: 1; } }
.chips { display: flex; flex-direction: column; align-items: flex-start; gap: 8px; margin: 0; padding: 0; list-style: none; }
.chip, .plain { border: 1px solid var(--line); border-radius: 16px; padding: 6px 12px; text-align: start; background: var(--paper); min-height: 32px; }
.chip:hover, .plain:hover { background: var(--soft); border-color: var(--accent); }
.stakes { color: var(--quiet); font-size: 13px; margin: 6px 0 0; }
.note { color: var(--warn); font-size: 14px; display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
form.ask { border-block-start: 1px solid var(--line); padding: 8px 10px; display: flex; flex-direction: column; gap: 6px; }
.row { display: flex; align-items: flex-end; gap: 4px; }
textarea { flex: 1; resize: none; border: 1px solid var(--quiet); border-radius: 12px; padding: 7px 11px; min-height: 38px; max-height: 120px;
  background: var(--paper); line-height: 22px; field-sizing: content; min-width: 0; }
textarea:focus-visible, .sheet input:focus-visible { outline-width: 2px; outline-offset: 0; border-color: transparent; }
textarea::placeholder { color: var(--quiet); opacity: 1; }
.go { background: var(--accent); color: var(--on-accent); border-radius: 12px; }
.go:hover:not(:disabled) { background: var(--accent); filter: brightness(1.12); }
.live { background: #a3271b; color: #fff; }
.live:hover:not(:disabled) { background: #a3271b; }
.held { display: flex; gap: 8px; align-items: center; font-size: 13px; color: var(--quiet); }
.held canvas { width: 44px; height: 44px; border-radius: 8px; object-fit: cover; }
.foot { padding: 0 14px 10px; font-size: 12px; color: var(--quiet); display: flex; flex-direction: column; gap: 2px; }
.foot a, .foot button { font-size: 13px; align-self: flex-start; min-height: 24px; }
.sheet { position: absolute; inset: 0; background: var(--paper); display: flex; flex-direction: column; }
.sheet .body { flex: 1; overflow: auto; padding: 14px; display: flex; flex-direction: column; gap: 10px; align-items: stretch; outline-offset: -3px; }
.sheet canvas { max-width: 100%; height: auto; border: 1px solid var(--line); border-radius: 8px; align-self: flex-start; }
.sheet blockquote { margin: 0; padding: 10px 12px; background: var(--soft); border-radius: 10px; white-space: pre-line; overflow-wrap: anywhere; }
mark { background: var(--mark); color: inherit; border-radius: 3px; }
.sheet label { display: flex; flex-direction: column; gap: 4px; font-size: 14px; }
.sheet input { border: 1px solid var(--quiet); border-radius: 10px; padding: 8px 11px; background: var(--paper); }
.turn > .chip { display: inline-block; margin-block-start: 8px; text-decoration: none; }
.sheet textarea { field-sizing: fixed; flex: none; min-height: 120px; max-height: none; resize: vertical; }
.sheet .plain { align-self: flex-start; background: var(--accent); color: var(--on-accent); border-color: transparent; padding: 8px 16px; }
@media ${PHONE} {
  .root:not(.inline) .panel { inset: 0; width: auto; height: auto; border: 0; border-radius: 0; }
  .root.opened:not(.inline) .bubble { display: none; }
  .icon { width: 44px; height: 44px; } textarea { min-height: 44px; padding-block: 10px; font-size: 16px; } .tools .icon { width: 40px; height: 40px; }
}
@media (prefers-reduced-motion: reduce) { *, *::before, *::after { animation: none !important; transition: none !important; } }
@media (forced-colors: active) { .bubble, .go, .turn.mine { border: 1px solid ButtonText; } }
`;

  const ICONS = {
    chat: "M4 5h16v11H9l-5 4z M8 9h8 M8 12h5", close: "M6 6l12 12 M18 6L6 18", send: "M4 12l16-8-6 16-3-6z M11 14l9-10",
    stop: "M7 7h10v10H7z", photo: "M4 7h4l2-2h4l2 2h4v12H4z M12 10a3.2 3.2 0 1 0 .01 0", mic: "M12 4a2.5 2.5 0 0 1 2.5 2.5v5a2.5 2.5 0 0 1-5 0v-5A2.5 2.5 0 0 1 12 4z M6 11a6 6 0 0 0 12 0 M12 17v3",
    up: "M7 11v9H4v-9z M7 11l4-7c1.6 0 2.3 1 2 2.6L12.5 10H19c1 0 1.6.9 1.3 1.9l-1.8 6.6c-.3 1-.9 1.5-1.9 1.5H7",
    down: "M7 13V4H4v9z M7 13l4 7c1.6 0 2.3-1 2-2.6L12.5 14H19c1 0 1.6-.9 1.3-1.9l-1.8-6.6C18.2 4.5 17.6 4 16.6 4H7",
    sound: "M4 10v4h3l4 4V6l-4 4z M15 9.5a4 4 0 0 1 0 5 M17.5 7a8 8 0 0 1 0 10", back: "M15 6l-6 6 6 6",
  };

  /* An element: `on…` are listeners, `aria…` and the like attributes, true properties the rest. Never markup. */
  const h = (tag, given, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(given || {})) {
      if (value === undefined || value === null || value === false) continue;
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
    return node;
  };
  const icon = (name) => {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS(space, "path");
    path.setAttribute("d", ICONS[name]);
    svg.append(path);
    return svg;
  };
  const button = (label, picture, action, more) =>
    h("button", { type: "button", class: "icon", "aria-label": label, title: label, onclick: action, ...more }, icon(picture));

  /* Words of an answer: paragraphs, lists, **bold**, `code`, links and [n]. Everything else stays the letters it is. */
  const INLINE = /\*\*([^*\n]+)\*\*|`([^`\n]+)`|\[(\d{1,3})\]|\[([^\]\n]+)\]\((https?:\/\/[^\s)]+)\)|(https?:\/\/[^\s<>"'）。，]+[^\s<>"'）。，.!?;:,)])/g;
  /* Where a link with words of its own goes, when that is somewhere else: words must not hide it. */
  const leads = (href, label) => {
    const host = new URL(href).host;
    return host === location.host || label.includes(host) ? "" : ` (${host})`;
  };
  const inline = (text, cite) => {
    const found = [];
    let at = 0;
    for (const match of text.matchAll(INLINE)) {
      found.push(text.slice(at, match.index));
      at = match.index + match[0].length;
      const [whole, bold, code, number, label, named, bare] = match;
      const link = (href, shown) => h("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, shown);
      if (bold) found.push(h("b", null, bold));
      else if (code) found.push(h("code", null, code));
      else if (number) found.push(cite(Number(number), whole));
      else found.push(...(named ? [link(named, label), leads(named, label)] : [link(bare, bare)]));
    }
    return [...found, text.slice(at)].filter((piece) => piece !== "");
  };
  const blocks = (text, cite) => {
    const found = [];
    for (const part of text.split(/\n{2,}/)) {
      let list = null, lines = [];
      const flush = () => { if (lines.length) found.push(h("p", { dir: "auto" }, inline(lines.join("\n"), cite))); lines = []; };
      for (const line of part.split("\n")) {
        const item = line.match(/^\s*(?:[-*•]|\d{1,2}[.)])\s+(.*)$/);
        if (item) {
          flush();
          if (!list) found.push(list = h("ul", { dir: "auto" }));
          list.append(h("li", null, inline(item[1], cite)));
        } else if (line.trim()) { list = null; lines.push(line.replace(/^#{1,6}\s+/, "")); }
      }
      flush();
    }
    return found;
  };

  class Fault extends Error {
    constructor(message, status) { super(message); this.status = status; }
  }

  class AssistantChat extends HTMLElement {
    constructor() {
      super();
      this.given = {};
      this.said = [];
      this.busy = null;
      this.photo = null;
      this.delay = 1000;
    }

    connectedCallback() {
      if (this.shadowRoot) return;
      for (const name of OPTIONS) if (this.hasAttribute(name) && !(name in this.given)) this.given[name] = this.getAttribute(name) || true;
      this.api = String(this.given.api || HOME).replace(/\/+$/, "");
      const wanted = String(this.given.language || document.documentElement.lang || navigator.language || "en").toLowerCase();
      this.language = wanted.startsWith("zh") ? "zh" : "en";
      this.inline = "inline" in this.given && this.given.inline !== false;
      if (this.inline) this.setAttribute("inline", "");
      const root = this.attachShadow({ mode: "open" });
      try {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(STYLE);
        root.adoptedStyleSheets = [sheet];
      } catch (old) { root.append(h("style", null, STYLE)); }
      this.draw(root);
      if (this.inline || (this.given.open !== undefined && this.given.open !== false && this.given.open !== "false")) this.open(false);
    }

    say(key, values) {
      return (WORDS[this.language] || WORDS.en)[key].replace(/\{(\w+)\}/g, (whole, name) => (values && name in values ? values[name] : whole));
    }

    draw(shadow) {
      const direction = getComputedStyle(this.parentElement || document.documentElement).direction === "rtl" ? "rtl" : "ltr";
      this.root = h("div", { class: "root", dir: direction, lang: this.language === "zh" ? "zh-CN" : "en" });
      if (this.given.side === "start" || this.given.side === "left") this.root.classList.add("start");
      if (this.inline) this.root.classList.add("inline");
      const night = matchMedia("(prefers-color-scheme: dark)");
      const dress = () => this.root.classList.toggle("dark", this.given.theme === "dark" || (this.given.theme !== "light" && night.matches));
      dress();
      night.addEventListener("change", dress);
      this.bubble = h("button", {
        type: "button", class: "bubble", "aria-label": this.say("open"), "aria-expanded": "false", "aria-haspopup": "dialog",
        onclick: () => (this.opened ? this.close() : this.open()),
      }, icon("chat"));
      this.heading = h("h2", { id: "title" }, this.given.title || this.say("title"));
      this.status = h("div", { class: "sr", role: "status" });
      this.log = h("div", { class: "log", role: "log", "aria-live": "off", "aria-label": this.say("talk"), tabindex: "0" });
      this.input = h("textarea", {
        rows: "1", "aria-label": this.say("input"), placeholder: this.say("placeholder"), maxlength: "2000", dir: "auto",
        onkeydown: (event) => { if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); if (!this.busy) this.submit(); } },
        onpaste: (event) => { const [file] = event.clipboardData.files; if (file && this.offers.photo) { event.preventDefault(); this.hold(file); } },
      });
      this.file = h("input", { type: "file", accept: "image/*", hidden: true, tabindex: "-1", "aria-hidden": "true",
        onchange: () => { if (this.file.files[0]) this.hold(this.file.files[0]); this.file.value = ""; } });
      this.photoButton = button(this.say("photo"), "photo", () => this.file.click(), { hidden: true });
      this.micButton = button(this.say("record"), "mic", () => this.record(), { hidden: true, "aria-pressed": "false" });
      this.go = h("button", { type: "submit", class: "icon go", "aria-label": this.say("send"), title: this.say("send") }, icon("send"));
      this.held = h("div", { class: "held", hidden: true });
      this.form = h("form", { class: "ask", onsubmit: (event) => { event.preventDefault(); this.submit(); } },
        this.held, h("div", { class: "row" }, this.photoButton, this.file, this.input, this.micButton, this.go));
      this.foot = h("div", { class: "foot" });
      this.panel = h("div", { class: "panel", role: this.inline ? "region" : "dialog", "aria-labelledby": "title", hidden: true },
        h("header", null, this.heading, button(this.say("close"), "close", () => this.close(), { class: "icon close" })),
        this.log, this.form, this.foot, this.status);
      this.panel.addEventListener("keydown", (event) => this.keys(event));
      this.offers = {};
      this.root.append(this.bubble, this.panel);
      shadow.append(this.root);
    }

    get opened() { return !this.panel.hidden; }

    open(focus = true) {
      this.panel.hidden = false;
      this.root.classList.add("opened");
      this.bubble.setAttribute("aria-expanded", "true");
      this.bubble.setAttribute("aria-label", this.say("close"));
      this.bubble.firstChild.replaceWith(icon("close"));
      if (matchMedia(PHONE).matches && !this.inline) this.panel.setAttribute("aria-modal", "true");
      else this.panel.removeAttribute("aria-modal");
      if (focus) this.input.focus();
      this.tell("open");
      if (!this.about) this.greet();
    }

    close() {
      if (this.inline) return;
      this.silence();
      this.panel.hidden = true;
      this.root.classList.remove("opened");
      this.bubble.setAttribute("aria-expanded", "false");
      this.bubble.setAttribute("aria-label", this.say("open"));
      this.bubble.firstChild.replaceWith(icon("chat"));
      clearTimeout(this.waiting);
      this.bubble.focus();
      this.tell("close");
    }

    tell(name, detail) { this.dispatchEvent(new CustomEvent(`assistant-${name}`, { detail, bubbles: true, composed: true })); }

    keys(event) {
      if (event.key === "Escape") {
        event.preventDefault();
        if (this.sheet) this.fold();
        else this.close();
      }
      if (event.key !== "Tab" || !this.panel.hasAttribute("aria-modal")) return;
      const inside = [...(this.sheet || this.panel).querySelectorAll("button, a[href], textarea, input, [tabindex='0']")]
        .filter((node) => !node.disabled && node.tabIndex >= 0 && node.getClientRects().length);
      const at = inside.indexOf(this.shadowRoot.activeElement);
      const next = event.shiftKey ? at - 1 : at + 1;
      if (next < 0 || next >= inside.length) { event.preventDefault(); inside[next < 0 ? inside.length - 1 : 0].focus(); }
    }

    /* ---- the service */
    async reach(path, body, signal) {
      const options = { mode: "cors", credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer", signal, headers: { "Accept-Language": this.language } };
      if (body) Object.assign(options, { method: "POST", body: JSON.stringify(body), headers: { ...options.headers, "Content-Type": "application/json" } });
      const answer = await fetch(`${this.api}/v1/widget/${encodeURIComponent(this.given.key || "")}${path}`, options);
      if (answer.ok) return answer;
      let message = this.say("failed");
      try { message = (await answer.json()).error.message || message; } catch (broken) { /* the status says enough */ }
      throw new Fault(message, answer.status);
    }

    async greet() {
      if (this.greeting) return;
      this.greeting = true;
      try {
        this.about = await (await this.reach(`?language=${this.language}`)).json();
        this.delay = 1000;
        this.welcome();
      } catch (fault) {
        /* A page of a foreign origin is told nothing, so this may be the reason too; the site's owner reads it here. */
        if (!fault.status) console.info(`Assistant: no answer from ${this.api}. Does it run, and is the key bound to ${location.origin}?`);
        this.notice(fault.status ? fault.message : this.say("offline"), () => { this.delay = 1000; this.greet(); });
        clearTimeout(this.waiting);
        this.waiting = setTimeout(() => { if (this.opened) this.greet(); }, this.delay = Math.min(this.delay * 2, 60000));
      } finally { this.greeting = false; }
    }

    welcome() {
      const about = this.about, given = this.given;
      this.notice();
      this.heading.textContent = given.title || about.title || this.say("title");
      const asked = typeof given.questions === "string" ? given.questions.split("|") : given.questions || about.questions;
      const chips = asked.map((text) => String(text).trim()).filter(Boolean).slice(0, 6).map((text) =>
        h("li", null, h("button", { type: "button", class: "chip", dir: "auto", onclick: () => { this.ask(text); this.input.focus(); } }, text)));
      this.chips = chips.length ? h("ul", { class: "chips", "aria-label": this.say("suggestions") }, chips) : null;
      this.log.prepend(...[h("div", { class: "turn" }, h("div", { class: "words" }, blocks(given.greeting || about.greeting || this.say("greeting"), (n, text) => text))), this.chips].filter(Boolean));
      this.offers = { photo: about.photo, voice: about.voice && Boolean(window.MediaRecorder && navigator.mediaDevices) };
      this.photoButton.hidden = !this.offers.photo;
      this.micButton.hidden = !this.offers.voice;
      this.foot.replaceChildren(...[this.person(""), h("span", null, h("bdi", null, this.say("made")))].filter(Boolean));
    }

    /* A link or button that leads to a person; `question` goes along. */
    person(question, style) {
      const { kind, address } = (this.about && this.about.contact) || {};
      if (kind === "form") return h("button", { type: "button", class: style, onclick: () => this.letter() }, this.say("reach"));
      if (kind === "link" && /^https?:\/\//i.test(address)) return h("a", { href: address, target: "_blank", rel: "noopener noreferrer", class: style }, this.say("reach"));
      if (kind !== "mail" || !/^mailto:/i.test(address)) return null;
      const more = question ? `?subject=${encodeURIComponent(this.say("subject"))}&body=${encodeURIComponent(question)}` : "";
      return h("a", { href: address + more, class: style }, this.say("reach"));
    }

    notice(text, again) {
      if (this.note) this.note.remove();
      this.note = text ? h("div", { class: "note" }, h("span", null, h("bdi", null, text)), again ? h("button", { type: "button", class: "plain", onclick: again }, this.say("again")) : null) : null;
      if (!this.note) return;
      this.status.textContent = text;
      this.log.append(this.note);
      this.log.scrollTop = this.log.scrollHeight;
    }

    /* ---- asking */
    submit() {
      if (this.busy) return this.busy.abort();
      const text = this.input.value.trim();
      if (!text && !this.photo) return this.input.focus();
      this.input.value = "";
      const photo = this.photo;
      this.drop();
      this.ask(text || this.say("photo_question"), { photo });
    }

    async ask(question, { photo = null, audio = null } = {}) {
      if (this.busy) return;
      if (!this.opened) this.open();
      const stopper = this.busy = new AbortController();
      this.notice();
      if (this.chips) this.chips.remove();
      this.silence();
      this.working(true);
      const mine = h("div", { class: "turn mine" }, h("span", { class: "sr" }, `${this.say("you")}: `), photo ? photo.shown : null, h("span", { dir: "auto" }, question || this.say("voice_message")));
      const words = h("div", { class: "words" });
      const turn = h("div", { class: "turn" }, h("span", { class: "sr" }, `${this.say("assistant")}: `), words,
        h("div", { class: "working" }, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), this.say("working")));
      this.log.append(mine, turn);
      this.log.scrollTop = this.log.scrollHeight;
      this.status.textContent = this.say("working");
      const state = { turn, words, mine, stopper, text: "", question, spoken: Boolean(audio) };
      try {
        const body = { question, history: this.said.slice(-REMEMBERED), language: photo || audio ? this.language : "" };
        if (photo) body.image = photo.data;
        if (audio) body.audio = audio;
        if (this.given.collection) body.collection = this.given.collection;
        await this.read(await this.reach("/answers", body, stopper.signal), state);
      } catch (fault) {
        if (!state.done) this.broken(state, fault, () => { mine.remove(); turn.remove(); this.ask(question, { photo, audio }); });
      } finally {
        this.rest(stopper);
      }
    }

    /* An answer that stands leaves room for the next question, though its stream may take a moment to close. */
    rest(stopper) {
      if (this.busy !== stopper) return;
      this.busy = null;
      this.working(false);
    }

    working(on) {
      this.go.replaceChildren(icon(on ? "stop" : "send"));
      this.go.setAttribute("aria-label", this.say(on ? "stop" : "send"));
      this.go.title = this.say(on ? "stop" : "send");
      this.micButton.disabled = on;
    }

    async read(answer, state) {
      const reader = answer.body.getReader(), decoder = new TextDecoder();
      let rest = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        const pieces = (rest + decoder.decode(value, { stream: true })).split("\n\n");
        rest = pieces.pop();
        for (const piece of pieces) {
          if (piece.startsWith("data: {")) this.take(JSON.parse(piece.slice(6)), state);
        }
      }
      if (!state.done) throw new Fault(this.say("failed"), 500);
    }

    take(event, state) {
      const low = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 60;
      if (event.type === "heard" && event.text) { state.question = event.text; state.mine.lastChild.textContent = event.text; }
      else if (event.type === "delta") {
        state.text += event.text;
        state.words.replaceChildren(...blocks(state.text, (number) => h("sup", null, `[${number}]`)));
      } else if (event.type === "notice") state.notice = event.text;
      else if (event.type === "error") throw new Fault(event.message, 500);
      else if (event.type === "done") this.finish(event, state);
      if (low) this.log.scrollTop = this.log.scrollHeight;
    }

    finish(event, state) {
      state.done = true;
      this.rest(state.stopper);
      this.last = event.id;
      const { turn, words } = state;
      turn.querySelector(".working").remove();
      const known = new Map(event.sources.map((source) => [source.number, source]));
      const cite = (number, text) => {
        const source = known.get(number);
        if (!source) return text;
        return h("button", { type: "button", class: "cite", "aria-label": this.say("source", source), title: source.title, onclick: () => this.show(event.id, source) }, String(number));
      };
      words.replaceChildren(...blocks(event.text, cite));
      if (event.refused) {
        turn.classList.add("refused");
        words.prepend(h("span", { class: "tag" }, this.say("refused")));
      }
      if (event.sources.length) turn.append(h("ul", { class: "sources", "aria-label": this.say("sources") }, event.sources.map((source) => this.listed(event.id, source))));
      if (state.notice) turn.append(h("p", { class: "stakes", dir: "auto" }, state.notice));
      turn.append(this.tools(event));
      if (event.review) this.later(event, state);
      if (event.refused) {
        const person = this.person(state.question, "chip");
        if (person) turn.append(person);
      }
      if (state.question) this.said.push({ role: "user", text: state.question.slice(0, 4000) });
      this.said.push({ role: "assistant", text: event.text.slice(0, 4000) });
      this.status.textContent = this.say("answered", { text: event.text.replace(/\s*\[\d+\]/g, "") });
      this.tell("answer", { question: state.question, answer: event.text, refused: event.refused, id: event.id });
      if (state.spoken) this.listen(event.id, turn.querySelector(".speak"));
    }

    /* An answer that waits for a person: asked for again while the bubble is open. */
    later(event, state, delay = 5000) {
      setTimeout(async () => {
        if (!this.isConnected) return;
        let found = { state: "waiting" };
        try { if (this.opened) found = await (await this.reach(`/answers/${event.id}/reviews/${event.review}`)).json(); }
        catch (fault) { if (fault.status === 404) return; }
        if (found.state === "waiting") return this.later(event, state, Math.min(delay * 1.5, 60000));
        const { turn } = state;
        for (const old of turn.querySelectorAll(".sources, .stakes, .tools, .chip")) old.remove();
        turn.append(h("div", { class: "working" }));
        this.said = this.said.filter((one) => one.text !== event.text.slice(0, 4000));
        this.finish({ ...event, ...found, id: event.id, review: null, refused: false }, { ...state, question: "", notice: found.notice, spoken: false });
      }, delay);
    }

    listed(answer, source) {
      const place = source.place;
      const small = source.kind === "image" ? h("canvas", { class: "small", "aria-hidden": "true", width: 56, height: 56 }) : null;
      if (small) this.thumbnail(answer, source.number, small);
      return h("li", null, h("button", { type: "button", class: "source", onclick: () => this.show(answer, source) },
        h("b", null, `[${source.number}]`), small, h("span", { dir: "auto" }, source.title || this.say("evidence"), place ? h("small", null, place) : null)));
    }

    async thumbnail(answer, number, canvas) {
      try {
        const found = await this.reach(`/answers/${answer}/evidence/${number}`);
        if ((found.headers.get("content-type") || "").startsWith("image/")) canvas.replaceWith(Object.assign(await this.drawn(await found.blob(), 160), { className: "small" }));
        else canvas.remove();
      } catch (gone) { canvas.remove(); }
    }

    tools(event) {
      const said = h("span", { role: "status" });
      const rate = (name) => (pressed) => {
        const was = pressed.currentTarget.getAttribute("aria-pressed") === "true";
        for (const thumb of thumbs) thumb.setAttribute("aria-pressed", "false");
        pressed.currentTarget.setAttribute("aria-pressed", String(!was));
        this.reach(`/answers/${event.id}/rating`, { rating: was ? "none" : name }).then(() => { said.textContent = was ? "" : this.say("thanks"); }, (fault) => { said.textContent = fault.message; });
      };
      const thumbs = [button(this.say("helpful"), "up", rate("up"), { "aria-pressed": "false" }), button(this.say("unhelpful"), "down", rate("down"), { "aria-pressed": "false" })];
      const speak = this.about && this.about.voice ? button(this.say("listen"), "sound", (pressed) => this.listen(event.id, pressed.currentTarget), { class: "icon speak", "aria-pressed": "false" }) : null;
      return h("div", { class: "tools" }, thumbs, speak, said);
    }

    broken(state, fault, again) {
      if (state.turn.querySelector(".working")) state.turn.querySelector(".working").remove();
      if (fault.name === "AbortError") {
        if (!state.text) state.turn.remove();
        return;
      }
      state.turn.remove();
      this.notice(fault.status ? fault.message : this.say("offline"), again);
    }

    /* ---- a sheet over the talk: a source, or a letter */
    unfold(title, ...content) {
      this.fold(false);
      this.before = this.shadowRoot.activeElement;
      this.sheet = h("div", { class: "sheet", role: "dialog", "aria-label": title },
        h("header", null, button(this.say("back"), "back", () => this.fold()), h("h2", null, title)),
        h("div", { class: "body", tabindex: "0", role: "group", "aria-label": title }, content));
      this.panel.append(this.sheet);
      for (const below of [this.log, this.form, this.foot, this.panel.firstChild]) below.inert = true;
      this.sheet.querySelector("button").focus();
      return this.sheet.lastChild;
    }

    fold(back = true) {
      if (!this.sheet) return;
      this.sheet.remove();
      this.sheet = null;
      for (const below of [this.log, this.form, this.foot, this.panel.firstChild]) below.inert = false;
      if (back && this.before) this.before.focus();
    }

    async show(answer, source) {
      const body = this.unfold(source.title || this.say("evidence"), h("p", { class: "working" }, this.say("working")));
      const sheet = this.sheet;
      try {
        const found = await this.reach(`/answers/${answer}/evidence/${source.number}`);
        const place = source.place ? [h("p", { class: "working" }, source.place)] : [];
        if ((found.headers.get("content-type") || "").startsWith("image/")) {
          const canvas = await this.drawn(await found.blob(), 1600);
          canvas.setAttribute("role", "img");
          canvas.setAttribute("aria-label", this.say("source", source));
          body.replaceChildren(...place, canvas, ...(source.text ? [h("blockquote", { dir: "auto" }, source.text)] : []));
        } else {
          const { text, context } = await found.json();
          body.replaceChildren(...place, h("blockquote", { dir: "auto" }, this.marked(context || text || "", text || source.text)));
        }
      } catch (fault) { if (this.sheet === sheet) body.replaceChildren(h("p", { class: "note" }, fault.status === 429 ? fault.message : this.say("evidence_failed"))); }
    }

    marked(context, text) {
      const at = text && text !== context ? context.indexOf(text) : -1;
      return at < 0 ? [context] : [context.slice(0, at), h("mark", null, text), context.slice(at + text.length)];
    }

    letter() {
      const message = h("textarea", { rows: "5", required: true, maxlength: "4000", dir: "auto" });
      const mail = h("input", { type: "email", autocomplete: "email", maxlength: "200", dir: "ltr" });
      const said = h("p", { role: "status" });
      const form = h("form", { class: "body", onsubmit: async (event) => {
        event.preventDefault();
        const send = form.querySelector("button");
        send.disabled = true;
        try {
          await this.reach("/messages", { message: message.value, reply_to: mail.value, answer_id: this.last || "" });
          form.replaceChildren(h("p", { role: "status" }, this.say("sent")));
        } catch (fault) { said.textContent = fault.status ? fault.message : this.say("offline"); send.disabled = false; }
      } }, h("label", null, this.say("your_message"), message), h("label", null, this.say("reply_to"), mail), h("button", { type: "submit", class: "plain" }, this.say("write")), said);
      this.unfold(this.say("reach"), form);
      message.focus();
    }

    /* ---- photos, drawn anew: smaller, and without the place where they were taken */
    async drawn(blob, side) {
      const picture = await createImageBitmap(blob);
      const scale = Math.min(1, side / Math.max(picture.width, picture.height));
      const canvas = h("canvas");
      canvas.width = Math.max(1, Math.round(picture.width * scale));
      canvas.height = Math.max(1, Math.round(picture.height * scale));
      const pen = canvas.getContext("2d");
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
      picture.close();
      return canvas;
    }

    async hold(file) {
      try {
        const canvas = await this.drawn(file, PHOTO_SIDE);
        const shown = await this.drawn(file, 360);
        shown.setAttribute("role", "img");
        shown.setAttribute("aria-label", this.say("photo_added"));
        this.photo = { data: canvas.toDataURL("image/jpeg", 0.86), shown };
        this.held.replaceChildren(shown, h("span", null, this.say("photo_added")), button(this.say("photo_remove"), "close", () => { this.drop(); this.input.focus(); }));
        this.held.hidden = false;
        this.status.textContent = this.say("photo_added");
        this.log.scrollTop = this.log.scrollHeight;
        this.input.focus();
      } catch (unread) { this.notice(this.say("photo_failed")); }
    }

    drop() {
      this.photo = null;
      this.held.hidden = true;
      this.held.replaceChildren();
    }

    /* ---- voice */
    async record() {
      if (this.recorder) return this.recorder.stop();
      if (this.busy) return;
      let stream;
      try { stream = await navigator.mediaDevices.getUserMedia({ audio: true }); }
      catch (denied) { return this.notice(this.say("record_failed")); }
      const pieces = [], recorder = this.recorder = new MediaRecorder(stream);
      const limit = setTimeout(() => recorder.state === "recording" && recorder.stop(), VOICE_SECONDS * 1000);
      recorder.ondataavailable = (event) => pieces.push(event.data);
      recorder.onstop = async () => {
        clearTimeout(limit);
        stream.getTracks().forEach((track) => track.stop());
        this.recorder = null;
        this.hears(false);
        const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
        if (!bytes.length) return;
        let letters = "";
        for (let at = 0; at < bytes.length; at += 32768) letters += String.fromCharCode(...bytes.subarray(at, at + 32768));
        const format = (recorder.mimeType.match(/\/(\w+)/) || [0, "webm"])[1];
        this.ask("", { audio: { data: btoa(letters), format } });
      };
      recorder.start();
      this.hears(true);
    }

    hears(on) {
      const words = this.say(on ? "recording" : "record");
      this.micButton.classList.toggle("live", on);
      this.micButton.setAttribute("aria-pressed", String(on));
      this.micButton.setAttribute("aria-label", words);
      this.micButton.title = words;
      this.input.placeholder = on ? words : this.say("placeholder");
      if (on) this.status.textContent = words;
    }

    async listen(answer, pressed) {
      const again = this.playing && this.playing.pressed === pressed;
      this.silence();
      if (again || !pressed) return;
      const playing = this.playing = { pressed };
      pressed.setAttribute("aria-pressed", "true");
      pressed.setAttribute("aria-label", this.say("silence"));
      try {
        this.audio = this.audio || new AudioContext();
        await this.audio.resume();
        const sound = await this.audio.decodeAudioData(await (await this.reach(`/answers/${answer}/speech`)).arrayBuffer());
        if (this.playing !== playing) return;
        playing.source = this.audio.createBufferSource();
        playing.source.buffer = sound;
        playing.source.connect(this.audio.destination);
        playing.source.onended = () => { if (this.playing === playing) this.silence(); };
        playing.source.start();
        this.tell("speak", { seconds: sound.duration });
      } catch (fault) {
        if (this.playing === playing) this.silence();
        pressed.parentNode.lastChild.textContent = this.say("listen_failed");
      }
    }

    silence() {
      if (!this.playing) return;
      const { pressed, source } = this.playing;
      this.playing = null;
      pressed.setAttribute("aria-pressed", "false");
      pressed.setAttribute("aria-label", this.say("listen"));
      if (source) source.stop();
    }
  }

  if (!customElements.get("assistant-chat")) customElements.define("assistant-chat", AssistantChat);

  let one = null;
  window.Assistant = {
    /** Put the bubble on the page, or with `element` a panel into a place of it; the `<assistant-chat>`. */
    init(options = {}) {
      const made = document.createElement("assistant-chat");
      made.given = { ...options };
      delete made.given.element;
      const put = () => (options.element || document.body).append(made);
      if (options.element) made.given.inline = true;
      if (document.body) put();
      else document.addEventListener("DOMContentLoaded", put, { once: true });
      return (one = made);
    },
    open() { if (one) one.open(); },
    close() { if (one) one.close(); },
    ask(question) { return one ? one.ask(String(question)) : undefined; },
  };

  if (here && here.dataset.key) {
    const given = {};
    for (const name of OPTIONS) if (name in here.dataset) given[name] = here.dataset[name] || true;
    window.Assistant.init(given);
  }
})();
