// What came of a turn: devices that changed, pictures, and sources that open. Knows the API's shapes; no sound and no talk.
import { announce, el, given, make, say } from "./look.js";

export class Results {
  /** `get(path)` asks the API. */
  constructor(get) {
    this.get = get;
    this.addresses = [];
    el("close").addEventListener("click", () => el("evidence").close());
    el("evidence").addEventListener("click", (event) => { if (event.target === el("evidence")) el("evidence").close(); });
    el("evidence").addEventListener("close", () => {
      el("evidence-body").replaceChildren();
      this.release(this.opened);
      this.opened = [];
    });
  }

  clear() {
    this.release(this.addresses);
    this.addresses = [];
    for (const id of ["devices", "pictures", "sources"]) {
      el(id).replaceChildren();
      el(`h-${id}`).hidden = true;
    }
    el("found").hidden = true;
  }

  release(addresses = []) { addresses.forEach((address) => URL.revokeObjectURL(address)); }

  put(id, ...items) {
    el(id).append(...items);
    el(`h-${id}`).hidden = false;
    el("found").hidden = false;
  }

  /** An event of the turn, in the shape of the API. */
  async take(event) {
    if (event.type === "tool_finished" && event.tool === "control_device" && event.ok) await this.devices(event.data);
    else if (event.type === "shown" && event.media.modality === "image") await this.picture(event.media);
    else if (event.type === "cited" && event.citations.length) this.put("sources", ...event.citations.map((citation) => this.source(citation)));
  }

  async devices({ devices = [] }) {
    const changed = new Set(devices.map((device) => device.id));
    if (!changed.size) return;
    const { data } = await (await this.get(`v1/devices?language=${given.language}`)).json();
    for (const device of data.filter(({ id }) => changed.has(id))) {
      const before = el(`device-${device.id}`);
      if (before) before.remove();
      const lit = device.state.power === "on" ? { "data-lit": "" } : {};
      this.put("devices", make("li", { id: `device-${device.id}`, ...lit }, make("b", {}, device.label), make("span", {}, device.said)));
    }
  }

  async blob(path, kept) {
    const address = URL.createObjectURL(await (await this.get(path)).blob());
    kept.push(address);
    return address;
  }

  async picture({ file_id: id, caption, handle }) {
    const image = make("img", { alt: caption || handle, width: 176, height: 176 });
    const open = make("button", { type: "button" }, image);
    open.addEventListener("click", () => this.show(caption || handle, "", async (kept) => [
      make("img", { src: await this.blob(`v1/files/${id}/content`, kept), alt: caption || handle }),
    ]));
    this.put("pictures", make("li", {}, open));
    image.src = await this.blob(`v1/files/${id}/thumbnail`, this.addresses);
  }

  source(citation) {
    const { index: number, title } = citation;
    const where = place(citation.locator || {});
    const open = make("button", { type: "button", "aria-label": say("say.source", { number, title }) + (where ? `, ${where}` : "") },
      `[${number}] ${title} `, make("small", {}, where));
    open.addEventListener("click", () => this.show(`[${number}] ${title}`, where, (kept) => this.evidence(citation, kept)));
    return make("li", {}, open);
  }

  async show(title, where, content) {
    el("evidence-title").textContent = title;
    el("evidence-body").replaceChildren(make("p", {}, where));
    el("evidence").showModal();
    try {
      this.opened = [];
      el("evidence-body").append(...await content(this.opened));
    } catch (refused) {
      el("evidence-body").append(make("p", {}, say("trouble.evidence")));
      announce(say("trouble.evidence"));
    }
  }

  async evidence(citation, kept) {
    const { locator = {}, file_id: file, item_id: item, media_type: kind, title } = citation;
    const quote = citation.cited_text ? [make("blockquote", { dir: "auto" }, citation.cited_text)] : [];
    if (file && locator.time_span && /^(audio|video)/.test(kind || citation.modality)) {
      const player = make((kind || citation.modality).startsWith("video") ? "video" : "audio", {
        controls: "", src: await this.blob(`v1/files/${file}/content`, kept), "aria-label": title,
      });
      player.addEventListener("loadedmetadata", () => { player.currentTime = locator.time_span[0]; }, { once: true });
      return [player, ...quote];
    }
    const answer = await this.drawn(file, item, locator);
    if ((answer.headers.get("content-type") || "").startsWith("image/")) {
      const address = URL.createObjectURL(await answer.blob());
      kept.push(address);
      return [make("img", { src: address, alt: `${title} ${place(locator)}`.trim() }), ...quote];
    }
    const { text, context } = await answer.json();
    return [make("blockquote", { dir: "auto" }, ...marked(context || text || "", citation.cited_text || text || ""))];
  }

  async drawn(file, item, locator) {
    if (file) {
      try {
        return await this.get(`v1/files/${file}/evidence?${query(locator)}`);
      } catch (gone) {
        if (!item || item === file) throw gone;
      }
    }
    return this.get(`v1/items/${item}/evidence`);
  }
}

function query({ page, bbox, image_region: region, char_span: span, row }) {
  const found = { page, bbox, region, char_span: span, row };
  return new URLSearchParams(Object.entries(found).filter(([, value]) => value !== null && value !== undefined)
    .map(([key, value]) => [key, String(value)]));
}

function place({ page, row, time_span: span }) {
  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
  if (page) return say("say.page", { page });
  if (span) return say("say.time", { start: clock(span[0]), end: clock(span[1]) });
  return row ? say("say.row", { row }) : "";
}

function marked(context, quote) {
  const at = quote && quote !== context ? context.indexOf(quote) : -1;
  return at < 0 ? [context] : [context.slice(0, at), make("mark", {}, quote), context.slice(at + quote.length)];
}
