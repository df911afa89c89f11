// The map of a collection: a canvas of points with pan, zoom, colours, search, lasso and a list. Needs nothing from anywhere.
// Words of documents only ever become text of a node or of the canvas, never HTML.
function drawMap(root, data, words, onSelect) {
  const COLOURS = ["#4c8a76", "#c7604a", "#5a6fa8", "#b98a3a", "#8a5a9e", "#3f9ab5", "#a3584f", "#6f8f3a", "#c46a93", "#7a6a55", "#2f6f8f", "#d09a5a"];
  const GREY = "#8b8d90", SIGNS = { audio: "♪", video: "▸" }, TAU = 2 * Math.PI, MOST = 60;
  const make = (tag, parent, text, kind) => {
    const node = document.createElement(tag);
    if (text) node.textContent = text;
    if (kind) node.className = kind;
    parent.appendChild(node);
    return node;
  };
  const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, key) => values[key]);
  const box = make("div", root, "", "map");
  const bar = make("div", box, "", "bar"), body = make("div", box, "", "body");
  const plane = make("div", body, "", "plane"), side = make("div", body, "", "side");
  const canvas = make("canvas", plane), pen = canvas.getContext("2d"), tip = make("div", plane, "", "tip");
  tip.hidden = true;
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  const search = make("input", bar), colour = make("select", bar);
  search.type = "search";
  search.placeholder = words.search;
  search.setAttribute("aria-label", words.search);
  colour.setAttribute("aria-label", words.colour);
  const button = (text, act, parent = bar) => { const node = make("button", parent, text); node.type = "button"; node.onclick = act; return node; };
  const lassoing = button(words.lasso, () => pressed(lassoing, !isOn(lassoing)));
  button("+", () => zoom(1.4)).setAttribute("aria-label", words.nearer);
  button("−", () => zoom(1 / 1.4)).setAttribute("aria-label", words.farther);
  button(words.whole, () => { view = { x: 0, y: 0, scale: 1 }; paint(); });
  const twins = button(words.duplicates, () => choose(points.filter((p) => p.duplicates >= 0)));
  const legend = make("div", side, "", "legend"), note = make("p", side, "", "note"), list = make("div", side, "", "list");
  note.setAttribute("aria-live", "polite");
  const isOn = (node) => node.getAttribute("aria-pressed") === "true";
  const pressed = (node, on) => { node.setAttribute("aria-pressed", on); canvas.classList.toggle("lasso", isOn(lassoing)); };
  pressed(lassoing, false);

  let points = [], byId = new Map(), pictures = new Map(), selected = new Set(), hidden = new Set(), names = [], view = { x: 0, y: 0, scale: 1 };
  let hover = null, drag = null, trail = [], waiting = 0;

  const valueOf = (point) => {
    const by = colour.value;
    if (by === "region") return (data.regions.find((r) => r.region === point.region) || { words: [] }).words.join(" · ") || words.open;
    if (by === "modality") return words[point.modality] || point.modality;
    if (by === "duplicates") return point.duplicates >= 0 ? words.twice : words.once;
    return String(point.metadata[by.slice(2)] ?? words.none);
  };
  const shade = (name) => { const n = names.indexOf(name); return n >= 0 && n < COLOURS.length ? COLOURS[n] : GREY; };
  const matching = (point) => { const wanted = search.value.trim().toLowerCase(); return !wanted || point.words.includes(wanted); };
  const visible = (point) => !hidden.has(point.value);
  const unitX = () => 0.47 * Math.min(canvas.clientWidth, 1.7 * canvas.clientHeight) * view.scale;
  const unitY = () => 0.47 * Math.min(canvas.clientHeight, 1.7 * canvas.clientWidth) * view.scale;
  const onScreen = (p) => [canvas.clientWidth / 2 + (p.x - view.x) * unitX(), canvas.clientHeight / 2 - (p.y - view.y) * unitY()];

  function recolour() {
    const counts = new Map();
    for (const p of points) { p.value = valueOf(p); counts.set(p.value, (counts.get(p.value) || 0) + 1); }
    names = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a));
    hidden = new Set();
    legend.replaceChildren();
    for (const name of names.slice(0, 24)) {
      const chip = button("", () => { hidden.has(name) ? hidden.delete(name) : hidden.add(name); chip.setAttribute("aria-pressed", !hidden.has(name)); tell(); }, legend);
      make("i", chip).style.background = shade(name);
      make("span", chip, `${name} ${counts.get(name)}`);
      chip.setAttribute("aria-pressed", true);
    }
    tell();
  }
  function tell() {
    const shown = points.filter(visible), found = shown.filter(matching);
    const size = data.total > points.length ? fill(words.sample, { shown: points.length, total: data.total }) : fill(words.items, { count: points.length });
    const state = data.state === "arranging" ? " " + words.arranging : "";
    note.textContent = selected.size ? fill(words.selected, { count: selected.size }) : search.value.trim() ? fill(words.matching, { count: found.length }) : size + state;
    canvas.setAttribute("aria-label", note.textContent);
    list.replaceChildren();
    const rows = make("ul", list), chosen = selected.size ? points.filter((p) => selected.has(p.item_id)) : search.value.trim() ? found : asked();
    for (const p of chosen.slice(0, MOST)) {
      const row = button("", () => { hover = p; view = { x: p.x, y: p.y, scale: Math.max(view.scale, 2.5) }; paint(); }, make("li", rows));
      if (data.thumbnails[p.item_id]) { const image = make("img", row); image.src = data.thumbnails[p.item_id]; image.alt = ""; }
      make("span", row, (p.share === undefined ? "" : `${Math.round(100 * p.share)} % `) + (p.title || p.text));
    }
    if (chosen.length > MOST) make("p", list, fill(words.more, { count: chosen.length - MOST }), "note");
    if (selected.size) button(words.clear, () => choose([]), list);
    paint();
  }
  const asked = () => (data.query ? data.query.hits.map((hit) => ({ ...(byId.get(hit.item_id) || hit), share: hit.probability })).sort((a, b) => b.share - a.share) : []);
  function choose(chosen) { selected = new Set(chosen.map((p) => p.item_id)); tell(); onSelect([...selected]); }
  function zoom(by, at) {
    const before = at ? [(at[0] - canvas.clientWidth / 2) / unitX(), (canvas.clientHeight / 2 - at[1]) / unitY()] : [0, 0];
    view.scale = Math.min(60, Math.max(0.5, view.scale * by));
    const after = at ? [(at[0] - canvas.clientWidth / 2) / unitX(), (canvas.clientHeight / 2 - at[1]) / unitY()] : [0, 0];
    view.x += before[0] - after[0];
    view.y += before[1] - after[1];
    paint();
  }
  const paint = () => { if (!waiting) waiting = requestAnimationFrame(() => { waiting = 0; draw(); }); };

  function draw() {
    const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
    if (!width || !height) return;
    if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
    if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    const style = getComputedStyle(box), ink = style.color, accent = style.getPropertyValue("--accent").trim() || "#2f5d50";
    const paper = style.getPropertyValue("--paper").trim() || "#fff";
    const size = Math.max(2.2, Math.min(7, (points.length > 3000 ? 2.2 : points.length > 400 ? 3 : 4.5) * Math.sqrt(view.scale)));
    const taken = new Set(), side = Math.min(64, 26 * Math.sqrt(view.scale));
    for (const p of points) {
      if (!visible(p)) continue;
      const [x, y] = onScreen(p);
      if (x < -40 || y < -40 || x > width + 40 || y > height + 40) continue;
      pen.globalAlpha = matching(p) ? (selected.size && !selected.has(p.item_id) ? 0.3 : 0.9) : 0.07;
      const picture = pictures.get(p.item_id), cell = `${Math.round(x / side)},${Math.round(y / side)}`;
      if (picture && picture.complete && picture.naturalWidth && !taken.has(cell)) {
        taken.add(cell);
        const scale = side / Math.max(picture.naturalWidth, picture.naturalHeight), w = picture.naturalWidth * scale, h = picture.naturalHeight * scale;
        pen.drawImage(picture, x - w / 2, y - h / 2, w, h);
        pen.lineWidth = selected.has(p.item_id) ? 3 : 1.5;
        pen.strokeStyle = selected.has(p.item_id) ? accent : shade(p.value);
        pen.strokeRect(x - w / 2, y - h / 2, w, h);
        continue;
      }
      pen.fillStyle = shade(p.value);
      if (SIGNS[p.modality] && size > 3.5) { pen.font = `${4 * size}px sans-serif`; pen.textAlign = "center"; pen.textBaseline = "middle"; pen.fillText(SIGNS[p.modality], x, y); }
      else { pen.beginPath(); pen.arc(x, y, size, 0, TAU); pen.fill(); }
      if (p.duplicates >= 0 && colour.value === "duplicates") { pen.lineWidth = 1.5; pen.strokeStyle = ink; pen.beginPath(); pen.arc(x, y, size + 2.5, 0, TAU); pen.stroke(); }
      if (selected.has(p.item_id)) { pen.lineWidth = 2; pen.strokeStyle = accent; pen.beginPath(); pen.arc(x, y, size + 2, 0, TAU); pen.stroke(); }
    }
    pen.globalAlpha = 1;
    for (const hole of data.holes || []) if (hole.x !== null) mark("?", hole, "#c7604a", paper);
    labels(width, height, ink, paper);
    if (data.query && data.query.x !== null) question(ink, accent, paper);
    if (hover) { const [x, y] = onScreen(hover); pen.lineWidth = 2; pen.strokeStyle = ink; pen.beginPath(); pen.arc(x, y, size + 4, 0, TAU); pen.stroke(); }
    if (trail.length > 1) { pen.beginPath(); trail.forEach(([x, y], n) => (n ? pen.lineTo(x, y) : pen.moveTo(x, y))); pen.closePath(); pen.strokeStyle = accent; pen.lineWidth = 1.5; pen.stroke(); pen.globalAlpha = 0.12; pen.fillStyle = accent; pen.fill(); pen.globalAlpha = 1; }
  }
  function mark(sign, at, back, paper) {
    const [x, y] = onScreen(at);
    pen.fillStyle = back;
    pen.beginPath(); pen.arc(x, y, 10, 0, TAU); pen.fill();
    pen.fillStyle = paper; pen.font = "bold 13px sans-serif"; pen.textAlign = "center"; pen.textBaseline = "middle"; pen.fillText(sign, x, y + 0.5);
  }
  function question(ink, accent, paper) {
    const [x, y] = onScreen(data.query);
    for (const hit of data.query.hits) {
      const [a, b] = onScreen(hit);
      pen.strokeStyle = hit.found ? accent : ink; pen.globalAlpha = hit.found ? 0.9 : 0.4; pen.lineWidth = hit.found ? 2 : 1;
      pen.setLineDash(hit.found ? [] : [4, 4]);
      pen.beginPath(); pen.moveTo(x, y); pen.lineTo(a, b); pen.stroke();
      pen.setLineDash([]);
      pen.beginPath(); pen.arc(a, b, 7, 0, TAU); pen.stroke();
    }
    pen.globalAlpha = 1;
    mark("★", data.query, accent, paper);
  }
  function labels(width, height, ink, paper) {
    pen.font = "600 12px system-ui, sans-serif"; pen.textAlign = "center"; pen.textBaseline = "middle"; pen.lineJoin = "round";
    const drawn = [];
    for (const region of data.regions) {
      const text = region.words.join(" · "), [x, y] = onScreen(region), wide = pen.measureText(text).width / 2 + 6;
      const at = Math.min(width - wide, Math.max(wide, x));
      if (!text || x < 0 || y < 8 || x > width || y > height - 8 || drawn.some((d) => Math.abs(d[0] - at) < d[2] + wide && Math.abs(d[1] - y) < 18)) continue;
      drawn.push([at, y, wide]);
      pen.lineWidth = 4; pen.strokeStyle = paper; pen.globalAlpha = 0.85; pen.strokeText(text, at, y); pen.globalAlpha = 1; pen.fillStyle = ink; pen.fillText(text, at, y);
    }
  }
  function nearestTo(x, y) {
    let best = null, least = 14 * 14;
    for (const hole of data.holes || []) if (hole.x !== null) { const [a, b] = onScreen(hole); if ((a - x) ** 2 + (b - y) ** 2 < 100) return { ...hole, title: hole.text, text: words.hole, hole: true }; }
    for (const p of points) if (visible(p) && matching(p)) { const [a, b] = onScreen(p), d = (a - x) ** 2 + (b - y) ** 2; if (d < least) { least = d; best = p; } }
    return best;
  }
  function show(point, x, y) {
    tip.hidden = !point;
    if (!point) return;
    tip.replaceChildren();
    if (data.thumbnails[point.item_id]) { const image = make("img", tip); image.src = data.thumbnails[point.item_id]; image.alt = ""; }
    make("b", tip, point.title);
    if (point.text) make("span", tip, point.text);
    tip.style.left = `${Math.max(4, Math.min(x + 14, plane.clientWidth - tip.offsetWidth - 4))}px`;
    tip.style.top = `${Math.max(4, Math.min(y + 14, plane.clientHeight - tip.offsetHeight - 4))}px`;
  }
  const inside = (p) => {
    const [x, y] = onScreen(p);
    let within = false;
    for (let n = 0, m = trail.length - 1; n < trail.length; m = n++) {
      const [a, b] = trail[n], [c, d] = trail[m];
      if (b > y !== d > y && x < ((c - a) * (y - b)) / (d - b) + a) within = !within;
    }
    return within;
  };
  const spot = (event) => { const edge = canvas.getBoundingClientRect(); return [event.clientX - edge.left, event.clientY - edge.top]; };
  canvas.onpointerdown = (event) => {
    canvas.setPointerCapture(event.pointerId);
    drag = { at: spot(event), from: { ...view }, lasso: isOn(lassoing) || event.shiftKey, moved: false };
    if (drag.lasso) trail = [drag.at];
  };
  canvas.onpointermove = (event) => {
    const [x, y] = spot(event);
    if (!drag) { const found = nearestTo(x, y); if (found !== hover) { hover = found; paint(); } show(found, x, y); return; }
    drag.moved = drag.moved || Math.hypot(x - drag.at[0], y - drag.at[1]) > 4;
    if (drag.lasso) trail.push([x, y]);
    else { view.x = drag.from.x - (x - drag.at[0]) / unitX(); view.y = drag.from.y + (y - drag.at[1]) / unitY(); }
    show(null);
    paint();
  };
  canvas.onpointerup = (event) => {
    const [x, y] = spot(event), was = drag;
    drag = null;
    if (was && was.lasso && trail.length > 3) { const chosen = points.filter((p) => visible(p) && matching(p) && inside(p)); trail = []; pressed(lassoing, false); choose(chosen); return; }
    trail = [];
    const found = was && !was.moved ? nearestTo(x, y) : null;
    if (found && !found.hole) {
      const kept = new Set(event.ctrlKey || event.metaKey || selected.has(found.item_id) ? selected : []);
      kept.has(found.item_id) ? kept.delete(found.item_id) : kept.add(found.item_id);
      choose(points.filter((p) => kept.has(p.item_id)));
    } else paint();
  };
  canvas.onpointerleave = () => { hover = null; show(null); paint(); };
  canvas.onwheel = (event) => { event.preventDefault(); zoom(Math.exp(-event.deltaY / 400), spot(event)); };
  canvas.onkeydown = (event) => {
    const step = 0.15 / view.scale, moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    if (moves[event.key]) { view.x += moves[event.key][0]; view.y += moves[event.key][1]; }
    else if (event.key === "+" || event.key === "=") zoom(1.4);
    else if (event.key === "-") zoom(1 / 1.4);
    else if (event.key === "Escape") { choose([]); return; }
    else return;
    event.preventDefault();
    paint();
  };
  search.oninput = tell;
  search.onkeydown = (event) => { if (event.key === "Enter" && search.value.trim()) choose(points.filter((p) => visible(p) && matching(p))); };
  colour.onchange = recolour;

  function update(fresh) {
    const by = colour.value;
    data = fresh;
    points = data.points.map((p) => ({ ...p, words: `${p.title} ${p.text} ${Object.values(p.metadata).join(" ")}`.toLowerCase() }));
    byId = new Map(points.map((p) => [p.item_id, p]));
    selected = new Set([...selected].filter((id) => byId.has(id)));
    colour.replaceChildren();
    const choices = [["region", words.by_region], ["modality", words.by_kind], ["duplicates", words.by_duplicates], ...data.fields.map((f) => [`m:${f}`, f])];
    for (const [value, text] of choices) make("option", colour, text).value = value;
    colour.value = choices.some(([value]) => value === by) ? by : data.regions.length > 1 ? "region" : "modality";
    twins.hidden = !data.duplicates.length;
    twins.textContent = fill(words.duplicates, { count: data.duplicates.length });
    for (const [id, address] of Object.entries(data.thumbnails)) if (!pictures.has(id)) { const image = new Image(); image.onload = paint; image.src = address; pictures.set(id, image); }
    recolour();
  }
  const watcher = new ResizeObserver(paint);
  watcher.observe(plane);
  update(data);
  return { update, close: () => { watcher.disconnect(); box.remove(); } };
}
