// The microphone and the loudspeaker of the page. Knows samples and milliseconds, no words and no server.
export const HEARD_RATE = 16000;
export const SPOKEN_RATE = 24000;
const PIECE_SECONDS = 0.04;
const REMEMBERED = 120 * SPOKEN_RATE;  // samples kept for "play again": two minutes

/** Why sound cannot be had here at all: `insecure`, `unable`, or empty. */
export function hindrance() {
  if (!window.isSecureContext) return "insecure";
  return window.AudioWorkletNode && navigator.mediaDevices ? "" : "unable";
}

export class Sound {
  /** `piece(Int16Array, level)` while the microphone is open; `played(ms, over)` while a voice is heard; `gone()` when it is unplugged. */
  constructor({ piece, played, gone }) {
    this.tell = { piece, played, gone };
    this.turn = 0;
    this.kept = [];
    this.samples = this.heard = 0;
    this.sounding = false;
  }

  /** Must follow a press: browsers stay silent before one. */
  async open() {
    if (!this.context) {
      this.context = new AudioContext({ latencyHint: "interactive" });
      this.ready = this.context.audioWorklet.addModule(new URL("worklet.js", import.meta.url)).then(() => {
        this.speaker = new AudioWorkletNode(this.context, "speaker", {
          numberOfInputs: 0, outputChannelCount: [1], processorOptions: { rate: SPOKEN_RATE },
        });
        this.speaker.port.onmessage = ({ data }) => this.counted(data);
        this.speaker.connect(this.context.destination);
      });
    }
    if (this.context.state !== "running") await this.context.resume();
    await this.ready;
  }

  get listening() { return Boolean(this.stream); }

  /** Open the microphone. Rejects with the browser's DOMException. */
  async listen() {
    if (this.stream) return;
    // The assistant's own voice must not interrupt it. What a browser takes for noise is left in: the recogniser knows speech better.
    const wanted = { echoCancellation: true, noiseSuppression: false, autoGainControl: true, channelCount: 1 };
    const opened = navigator.mediaDevices.getUserMedia({ audio: wanted });
    const [stream] = await Promise.all([opened, this.open()]);
    this.stream = stream;
    this.source = this.context.createMediaStreamSource(stream);
    this.microphone = new AudioWorkletNode(this.context, "microphone", {
      numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit", processorOptions: { rate: HEARD_RATE, seconds: PIECE_SECONDS },
    });
    this.microphone.port.onmessage = ({ data }) => this.tell.piece(new Int16Array(data.pcm), data.level);
    this.source.connect(this.microphone);
    stream.getAudioTracks()[0].addEventListener("ended", () => { this.deaf(); this.tell.gone(); });
  }

  /** Close the microphone, so that the browser's sign for it goes out. */
  deaf() {
    if (!this.stream) return;
    this.stream.getTracks().forEach((track) => track.stop());
    this.microphone.port.onmessage = null;
    this.source.disconnect();
    this.stream = null;
  }

  /** Begin an answer: what waits of the one before is dropped. */
  begin() {
    this.flush();
    this.kept = [];
    this.samples = 0;
  }

  /** More of the answer's voice. */
  play(pcm) {
    if (this.samples < REMEMBERED) this.kept.push(pcm.slice());
    this.samples += pcm.length;
    this.send(pcm);
  }

  send(pcm) {
    if (!this.speaker) return;
    this.sounding = true;
    this.speaker.port.postMessage({ pcm: pcm.buffer }, [pcm.buffer]);
  }

  /** No more of it comes. */
  end() { if (this.speaker) this.speaker.port.postMessage({ end: true }); }

  /** Silence at once; milliseconds that were heard. */
  flush() {
    const late = this.context ? 1000 * (this.context.outputLatency || this.context.baseLatency || 0) : 0;
    const heard = this.sounding ? Math.max(0, Math.round(this.heard - late)) : 0;
    this.sounding = false;
    this.heard = 0;
    this.turn += 1;
    if (this.speaker) this.speaker.port.postMessage({ flush: true, turn: this.turn });
    return heard;
  }

  get repeatable() { return this.kept.length > 0; }

  /** The last answer once more. */
  async again() {
    await this.open();
    this.flush();
    for (const pcm of this.kept) this.send(pcm.slice());
    this.end();
  }

  counted({ turn, played, empty, over }) {
    if (turn !== this.turn) return;
    this.heard = played;
    if (over) this.sounding = false;
    this.tell.played(played, over, empty);
  }
}
