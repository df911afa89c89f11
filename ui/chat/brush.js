// A picture to paint on: white where it may change. What is painted goes to Python once, as a PNG of the picture's own size.
// Stripes are seen on every picture, whatever its colours.
function stripes(pen, wide) {
  const tile = document.createElement("canvas");
  const side = tile.width = tile.height = Math.max(8, Math.round(wide / 40));
  const brush = tile.getContext("2d");
  brush.fillStyle = "#6d28d9";
  brush.fillRect(0, 0, side, side);
  brush.fillStyle = "#ffffff";
  for (const left of [-side, 0]) {
    brush.beginPath();
    for (const [x, y] of [[left + side / 2, 0], [left + side, 0], [left + 2 * side, side], [left + 1.5 * side, side]]) brush.lineTo(x, y);
    brush.fill();
  }
  return pen.createPattern(tile, "repeat");
}

function parts(root, words) {
  const make = (name, more = {}, ...inside) => {
    const element = Object.assign(document.createElement(name), more);
    element.append(...inside);
    return element;
  };
  const found = {
    image: make("img", { alt: "" }),
    canvas: make("canvas", { tabIndex: 0 }),
    ring: make("div", { className: "ring" }),
    draw: make("button", { type: "button", textContent: words.brush }),
    erase: make("button", { type: "button", textContent: words.erase }),
    size: make("input", { type: "range", min: "1", max: "40", value: "12" }),
    undo: make("button", { type: "button", textContent: words.undo }),
    clear: make("button", { type: "button", textContent: words.clear }),
    words: make("input", { type: "text", maxLength: 1000, placeholder: words.example }),
    send: make("button", { type: "button", textContent: words.send, className: "send" }),
    note: make("p", { className: "note", textContent: words.keys }),
  };
  found.canvas.setAttribute("role", "application");
  found.canvas.setAttribute("aria-label", `${words.marks} ${words.keys}`);
  found.note.setAttribute("role", "status");
  root.replaceChildren(
    make("div", { className: "plane" }, found.image, found.canvas, found.ring),
    make("div", { className: "bar" }, found.draw, found.erase, found.undo, found.clear,
      make("label", { className: "size" }, words.size, found.size)),
    found.note,
    make("div", { className: "bar say" }, make("label", { className: "words" }, words.what, found.words), found.send),
  );
  return found;
}

// The strokes are the truth: undoing forgets the last one, and all are drawn anew.
function painting(canvas) {
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const strokes = [];
  const colour = stripes(pen, Math.min(canvas.width, canvas.height));
  const line = (stroke, from) => {
    pen.globalCompositeOperation = stroke.erase ? "destination-out" : "source-over";
    pen.strokeStyle = pen.fillStyle = colour;
    pen.lineWidth = stroke.size;
    pen.lineCap = pen.lineJoin = "round";
    pen.beginPath();
    const first = stroke.points[Math.max(from, 0)];
    if (stroke.points.length - Math.max(from, 0) === 1) {
      pen.arc(first[0], first[1], stroke.size / 2, 0, 2 * Math.PI);
      pen.fill();
      return;
    }
    pen.moveTo(first[0], first[1]);
    for (const point of stroke.points.slice(Math.max(from, 0) + 1)) pen.lineTo(point[0], point[1]);
    pen.stroke();
  };
  const again = () => {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    for (const stroke of strokes) line(stroke, 0);
  };
  const covered = () => {
    const pixels = pen.getImageData(0, 0, canvas.width, canvas.height).data;
    const mask = new Uint8Array(pixels.length / 4);
    for (let at = 0; at < mask.length; at += 1) mask[at] = pixels[4 * at + 3] > 127 ? 255 : 0;
    return mask;
  };
  return {
    strokes,
    begin(point, size, erase) { strokes.push({ points: [point], size, erase }); line(strokes.at(-1), 0); },
    go(point) { const stroke = strokes.at(-1); stroke.points.push(point); line(stroke, stroke.points.length - 2); },
    undo() { strokes.pop(); again(); },
    clear() { strokes.length = 0; again(); },
    share() { const mask = covered(); return mask.reduce((sum, value) => sum + value, 0) / 255 / mask.length; },
    png() {
      const mask = covered();
      const out = document.createElement("canvas");
      out.width = canvas.width;
      out.height = canvas.height;
      const image = new ImageData(out.width, out.height);
      for (let at = 0; at < mask.length; at += 1) image.data.set([mask[at], mask[at], mask[at], 255], 4 * at);
      out.getContext("2d").putImageData(image, 0, 0);
      return out.toDataURL("image/png");
    },
  };
}

function drawBrush(root, data, tell) {
  const words = data.words;
  const found = parts(root, words);
  found.image.src = data.picture;
  found.canvas.width = data.width;
  found.canvas.height = data.height;
  const paint = painting(found.canvas);
  const at = [data.width / 2, data.height / 2];
  let erase = false;
  let down = false;
  const size = () => Math.max(2, Number(found.size.value) / 100 * Math.min(data.width, data.height));
  const say = (text, wrong = false) => { found.note.textContent = text; found.note.classList.toggle("wrong", wrong); };
  const ring = (visible) => {
    const scale = found.canvas.clientWidth / data.width;
    Object.assign(found.ring.style, {
      display: visible ? "block" : "none", left: `${at[0] * scale}px`, top: `${at[1] * scale}px`,
      width: `${size() * scale}px`, height: `${size() * scale}px`,
    });
  };
  const tools = () => {
    found.draw.setAttribute("aria-pressed", String(!erase));
    found.erase.setAttribute("aria-pressed", String(erase));
    found.undo.disabled = found.clear.disabled = !paint.strokes.length;
  };
  const ended = () => {
    down = false;
    tools();
    say(paint.strokes.length ? words.marked.replace("{share}", `${Math.round(100 * paint.share())} %`) : words.keys);
  };
  const place = (event) => {
    const box = found.canvas.getBoundingClientRect();
    at[0] = (event.clientX - box.left) / box.width * data.width;
    at[1] = (event.clientY - box.top) / box.height * data.height;
    return [...at];
  };
  found.canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    found.canvas.setPointerCapture(event.pointerId);
    down = true;
    paint.begin(place(event), size(), erase);
    ring(true);
  });
  found.canvas.addEventListener("pointermove", (event) => {
    const steps = event.getCoalescedEvents?.() ?? [];
    for (const step of down ? (steps.length ? steps : [event]) : []) paint.go(place(step));
    place(event);
    ring(true);
  });
  for (const name of ["pointerup", "pointercancel"]) found.canvas.addEventListener(name, () => { if (down) ended(); });
  found.canvas.addEventListener("pointerleave", () => ring(false));
  found.canvas.addEventListener("focus", () => ring(found.canvas.matches(":focus-visible")));
  found.canvas.addEventListener("blur", () => { ring(false); if (down) ended(); });
  found.canvas.addEventListener("keydown", (event) => {
    const far = Math.max(1, size() / (event.shiftKey ? 8 : 2));
    const step = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] }[event.key];
    if (step) {
      at[0] = Math.min(data.width, Math.max(0, at[0] + step[0]));
      at[1] = Math.min(data.height, Math.max(0, at[1] + step[1]));
      if (down) paint.go([...at]);
    } else if (event.key === " ") {
      if (!event.repeat && !down) { down = true; paint.begin([...at], size(), erase); }
    } else if (event.key === "+" || event.key === "-") {
      found.size.value = String(Number(found.size.value) + (event.key === "+" ? 2 : -2));
    } else if (event.key === "e") {
      erase = !erase;
      tools();
    } else if (event.key === "z" && (event.ctrlKey || event.metaKey)) {
      paint.undo();
      ended();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    ring(true);
  });
  found.canvas.addEventListener("keyup", (event) => { if (event.key === " " && down) { event.preventDefault(); ended(); } });
  found.draw.onclick = () => { erase = false; tools(); };
  found.erase.onclick = () => { erase = true; tools(); };
  found.undo.onclick = () => { paint.undo(); ended(); };
  found.clear.onclick = () => { paint.clear(); ended(); };
  const send = () => {
    if (!paint.share()) { say(words.nothing_marked, true); found.canvas.focus(); return; }
    if (!found.words.value.trim()) { say(words.nothing_said, true); found.words.focus(); return; }
    found.send.disabled = true;
    tell({ mask: paint.png(), words: found.words.value.trim() });
    setTimeout(() => { found.send.disabled = false; }, 4000);
  };
  found.send.onclick = send;
  found.words.addEventListener("keydown", (event) => { if (event.key === "Enter" && !event.isComposing) send(); });
  tools();
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".brush");
  const tell = (value) => setTriggerValue("done", value);
  if (root.__brush && root.__brush.key === data.key) {
    root.__brush.tell = tell;
    return;
  }
  const state = { key: data.key, tell };
  root.__brush = state;
  drawBrush(root, data, (value) => state.tell(value));
}
