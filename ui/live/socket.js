// The connection to /v1/realtime: connects, comes back by itself, and says how it stands. Knows no event but their JSON.
const WAITS = [500, 1000, 2000, 4000, 8000];

export class Socket {
  /** `event(object)` for each event; `state("open" | "lost" | "starting" | "key")` when that changes. */
  constructor({ event, state }) {
    this.tell = { event, state };
    this.secret = "";
    this.tries = 0;
  }

  connect(secret = this.secret) {
    this.secret = secret;
    clearTimeout(this.timer);
    if (this.socket) this.socket.onclose = this.socket.onmessage = null;
    const address = new URL("v1/realtime?model=assistant", document.baseURI);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = this.socket = new WebSocket(address, ["realtime", ...(secret ? [`openai-insecure-api-key.${secret}`] : [])]);
    socket.onopen = () => {
      this.tries = 0;
      this.tell.state("open");
    };
    socket.onmessage = ({ data }) => this.tell.event(JSON.parse(data));
    socket.onclose = () => this.lost();
  }

  get open() { return this.socket && this.socket.readyState === WebSocket.OPEN; }

  /** Send an event; false while there is no connection. */
  send(event) {
    if (!this.open) return false;
    this.socket.send(JSON.stringify(event));
    return true;
  }

  /** A socket does not say why it was refused, so a small request asks. */
  async lost() {
    let why = "lost";
    try {
      const { status } = await fetch("v1/models", { headers: this.headers() });
      why = status === 401 || status === 403 ? "key" : status === 503 ? "starting" : "lost";
    } catch (gone) { /* lost */ }
    this.tell.state(why);
    if (why === "key") return;
    const wait = why === "starting" ? 1000 : WAITS[Math.min(this.tries++, WAITS.length - 1)];
    this.timer = setTimeout(() => this.connect(), wait);
  }

  headers() { return this.secret ? { Authorization: `Bearer ${this.secret}` } : {}; }

  /** GET of the API as this person. Rejects when it is refused. */
  async get(path) {
    const answer = await fetch(path, { headers: this.headers() });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer;
  }
}

/** 16-bit samples as base64. */
export function packed(pcm) {
  return btoa(String.fromCharCode(...new Uint8Array(pcm.buffer)));
}

/** And back. */
export function unpacked(text) {
  return new Int16Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
}
