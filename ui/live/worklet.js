// Runs on the audio thread: takes the microphone down to the rate that is sent, and plays the voice that comes, counting what was played.
"use strict";

const ZEROS = 12, FINE = 256;
const KERNEL = Float32Array.from({ length: ZEROS * FINE + 2 }, (_, n) => {
  const x = n / FINE;
  if (x >= ZEROS) return 0;
  const window = 0.5 + 0.5 * Math.cos(Math.PI * x / ZEROS);
  return window * (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
});

/** From one rate to another while the sound comes in: a windowed sinc, cut at the lower of both halves (no whistling above). */
class Resampler {
  constructor(from, to) {
    this.step = from / to;
    this.cut = Math.min(1, to / from);
    this.half = Math.ceil(ZEROS / this.cut);
    this.clear();
  }

  clear() {
    this.held = new Float32Array(this.half);
    this.at = this.half;
  }

  push(samples) {
    const all = new Float32Array(this.held.length + samples.length);
    all.set(this.held);
    all.set(samples, this.held.length);
    const made = [];
    while (this.at + this.half < all.length) {
      const middle = Math.floor(this.at);
      let sum = 0;
      for (let n = middle - this.half + 1; n <= middle + this.half; n++) {
        sum += all[n] * KERNEL[Math.min(ZEROS * FINE + 1, Math.round(Math.abs(n - this.at) * this.cut * FINE))];
      }
      made.push(sum * this.cut);
      this.at += this.step;
    }
    const drop = Math.max(0, Math.min(all.length, Math.floor(this.at) - this.half));
    this.held = all.slice(drop);
    this.at -= drop;
    return Float32Array.from(made);
  }
}

/** Posts `{pcm, level}`: 16-bit pieces of `seconds` at `rate`, and how loud each is (root of the mean square, 0 to 1). */
class Microphone extends AudioWorkletProcessor {
  constructor({ processorOptions: { rate, seconds } }) {
    super();
    this.resampler = new Resampler(sampleRate, rate);
    this.piece = new Int16Array(Math.round(rate * seconds));
    this.filled = 0;
    this.energy = 0;
  }

  process([channels]) {
    if (!channels.length) return true;
    for (const sample of this.resampler.push(channels[0])) {
      this.energy += sample * sample;
      this.piece[this.filled++] = Math.max(-1, Math.min(1, sample)) * 32767;
      if (this.filled === this.piece.length) this.post();
    }
    return true;
  }

  post() {
    const pcm = this.piece.buffer;
    this.piece = new Int16Array(this.filled);
    this.port.postMessage({ pcm, level: Math.sqrt(this.energy / this.filled) }, [pcm]);
    this.filled = this.energy = 0;
  }
}

/** Plays `{pcm}` (16-bit at `rate`) in order; `{flush}` drops what waits. Posts `{turn, played}` in milliseconds of that turn's voice. */
class Speaker extends AudioWorkletProcessor {
  constructor({ processorOptions: { rate } }) {
    super();
    this.resampler = new Resampler(rate, sampleRate);
    this.every = Math.round(sampleRate / 50);
    this.begin(0);
    this.port.onmessage = ({ data }) => {
      if (data.flush) this.begin(data.turn);
      else if (data.end) this.ended = true;
      else this.take(new Int16Array(data.pcm));
    };
  }

  begin(turn) {
    this.turn = turn;
    this.queue = [];
    this.place = this.played = this.told = 0;
    this.ended = false;
    this.resampler.clear();
  }

  take(pcm) {
    this.queue.push(this.resampler.push(Float32Array.from(pcm, (sample) => sample / 32768)));
  }

  process(_, [[out, ...others]]) {
    let n = 0;
    while (n < out.length && this.queue.length) {
      const head = this.queue[0], some = Math.min(out.length - n, head.length - this.place);
      out.set(head.subarray(this.place, this.place + some), n);
      n += some;
      this.place += some;
      if (this.place === head.length) {
        this.queue.shift();
        this.place = 0;
      }
    }
    for (const other of others) other.set(out);
    this.played += n;
    this.told += n;
    const empty = !this.queue.length;
    if (this.told >= this.every || (empty && n) || (empty && this.ended)) this.tell(empty);
    return true;
  }

  tell(empty) {
    const over = empty && this.ended;
    this.port.postMessage({ turn: this.turn, played: 1000 * this.played / sampleRate, empty, over });
    this.told = 0;
    if (over) this.ended = false;
  }
}

registerProcessor("microphone", Microphone);
registerProcessor("speaker", Speaker);
