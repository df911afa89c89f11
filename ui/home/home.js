// Draws the devices of /v1/devices, follows /v1/devices/events, and sends sentences to /api/conversation/process. Keeps nothing.
"use strict";
(() => {
  const words = JSON.parse(document.getElementById("words").textContent);
  const el = (id) => document.getElementById(id);
  const GLOW = {
    "white": "#f2e6c0", "warm white": "#ffc58f", "cold white": "#c9e2ff", "red": "#e04a3a", "orange": "#ee9436", "yellow": "#e9c62f",
    "green": "#4aa564", "turquoise": "#40c8bb", "blue": "#4a7fe0", "purple": "#9a5fc9", "pink": "#ee9ab2",
  };
  let secret = "";
  let conversation = "";

  function headers(more = {}) {
    return secret ? { ...more, Authorization: `Bearer ${secret}` } : more;
  }

  async function ask(path, options = {}) {
    const answer = await fetch(path, { ...options, headers: headers(options.headers) });
    el("key").hidden = answer.status !== 401;
    if (answer.status === 401) {
      el("reply").textContent = words.key_hint;
      throw new Error("key");
    }
    return answer;
  }

  function make(tag, text = "", className = "") {
    const node = document.createElement(tag);
    node.textContent = text;
    node.className = className;
    return node;
  }

  function sign(device) {
    const state = device.state;
    const node = make("div", "", "sign");
    node.setAttribute("aria-hidden", "true");
    if (!Object.keys(state).length) {
      node.classList.add("silent");
    } else if ("position" in state) {
      node.classList.add("square");
      const blind = make("div", "", "blind");
      blind.style.height = `${100 - state.position}%`;
      node.append(blind);
    } else if ("locked" in state) {
      node.classList.add("square", state.locked ? "locked" : "unlocked");
    } else if (state.power === "on") {
      node.classList.add("on");
      node.style.setProperty("--glow", GLOW[state.colour] || "#e9b949");
      node.style.opacity = "brightness" in state ? String(0.35 + 0.65 * state.brightness / 100) : "1";
    }
    return node;
  }

  async function draw() {
    const found = (await (await ask(`v1/devices?language=${words.language}`)).json()).data;
    const rooms = new Map();
    for (const device of found) {
      const names = device.area_names[words.language] || device.area_names.en || [device.area];
      if (!rooms.has(device.area)) rooms.set(device.area, { name: names[0], devices: [] });
      rooms.get(device.area).devices.push(device);
    }
    el("rooms").replaceChildren(...[...rooms.values()].map((room) => {
      const card = make("section", "", "room");
      const list = document.createElement("ul");
      for (const device of room.devices) {
        const line = document.createElement("li");
        line.id = `device-${device.id}`;
        const text = make("div", (device.names[words.language] || device.names.en)[0]);
        const known = Object.keys(device.state).length ? device.said : words.silent;
        text.append(make("span", device.asks.length ? `${known} (${words.asks})` : known, "state"));
        line.append(sign(device), text);
        list.append(line);
      }
      card.append(make("h2", room.name), list);
      return card;
    }));
  }

  function entry(done) {
    const when = new Date(done.at * 1000).toLocaleTimeString(document.documentElement.lang);
    const line = make("li", `${when} ${done.device}: ${done.action} ${done.value} `);
    line.append(make("span", words[done.outcome] || done.outcome, done.outcome));
    if (done.by) line.append(` (${done.by}, ${Math.round(done.ms)} ms)`);
    return line;
  }

  async function drawLog() {
    const found = (await (await ask("v1/devices/log")).json()).data;
    el("log").replaceChildren(...(found.length ? found.slice(0, 50).map(entry) : [make("li", words.nothing_yet)]));
  }

  const refresh = () => Promise.all([draw(), drawLog()]);

  async function follow() {
    for (;;) {
      try {
        const answer = await ask("v1/devices/events");
        await refresh();
        const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
        for (;;) {
          const { value, done } = await reader.read();
          if (done) break;
          if (value.includes("event: done")) await refresh();
        }
      } catch (error) {
        if (error.message === "key") return;  // asked for; the form begins again
        el("reply").textContent = words.lost;
      }
      await new Promise((later) => setTimeout(later, 2000));
    }
  }

  el("say").addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = el("text").value.trim();
    if (!text) return;
    el("text").value = "";
    try {
      const answer = await ask("api/conversation/process", {
        method: "POST", headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ text, conversation_id: conversation || null }),
      });
      const found = await answer.json();
      conversation = found.conversation_id || conversation;
      el("reply").textContent = found.response ? found.response.speech.plain.speech : found.error.message;
    } catch (error) {
      if (error.message !== "key") el("reply").textContent = words.lost;
    }
  });

  el("key").addEventListener("submit", (event) => {
    event.preventDefault();
    secret = el("secret").value.trim();
    el("reply").textContent = "";
    follow();
  });

  follow();
})();
