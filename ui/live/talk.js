// The talk: what goes on between a person and /v1/realtime, and what each event of it means. Knows no key, no sample and no element's look.
import { Results } from "./results.js";
import { HEARD_RATE, SPOKEN_RATE, Sound, hindrance } from "./sound.js";
import { Socket, packed, unpacked } from "./socket.js";
import { Saying, announce, el, given, heard, loud, remember, say, stage, state, times, trouble } from "./look.js";
import { correction } from "./correction.js";
import { choices } from "./choices.js";

const TAIL_MS = 160;  // people let go of the button with the last sound still on its way
const TAP_MS = 300;  // a shorter press is a tap: it begins, and the next one ends

export const barred = hindrance();
const saying = new Saying();
const sound = new Sound({ piece, played, gone: () => closed("trouble.none") });
const socket = new Socket({ event: (event) => (handlers[event.type] || (() => {}))(event), state: connection });
const results = new Results((path) => socket.get(path));

let link = "connecting";
let muted = false;
let talking = null;  // a held utterance: {since, latched, ready: the microphone is open, ended}
let waiting = null;  // the item whose words are still to come, or to be sent: "" before the server named it
let answer = null;  // the response being given or heard: {id, item, asked, done, voice, over}
let replaying = false;

export const free = () => choices.mode === "free";
export const busy = () => Boolean(replaying || (answer && !answer.over));

/* ---- what is shown */

function refresh() {
  const on = free() ? sound.listening : Boolean(talking);
  el("talk").toggleAttribute("data-on", on);
  el("talk").disabled = Boolean(barred) || link === "key";
  el("talk-words").textContent = say(free() ? (on ? "talk_open" : "talk_free") : !on ? "talk_hold" : talking.latched ? "talk_latched" : "talk_held");
  el("mute").disabled = !sound.listening;
  el("mute").setAttribute("aria-pressed", String(muted));
  el("stop").disabled = !busy();
  el("again").disabled = busy() || !sound.repeatable;
  if (!on || muted) loud(0);
}

/** The line for when nothing goes on. */
function rest(key = "") {
  stage("");
  if (key) state(key);
  else if (link !== "open") state("state.connecting");
  else if (barred) state("state.typed");
  else if (!free()) state(matchMedia("(pointer: coarse)").matches ? "state.touch" : "state.hold");
  else if (!sound.listening) state("state.free");
  else if (muted) state("state.muted");
  else state(choices.wake ? "state.wake" : "state.listening", { phrase: choices.wake });
  refresh();
}

function works(name, line) {
  if (!barred) trouble();
  stage(name);
  state(line);
  refresh();
}

function connection(now) {
  const before = link;
  link = now;
  el("key").hidden = now !== "key";
  if (now === "open") {
    configure();
    trouble(barred ? hinder() : "");
    if (before === "lost") announce(say("trouble.back"));
  } else {
    abandon();
    if (now === "key") trouble(socket.secret ? say("trouble.key") : "");
    else trouble(say(`trouble.${now}`));
  }
  rest();
}

function hinder() {
  const { port, pathname } = location;
  return say(`trouble.${barred}`, { address: `http://localhost${port ? `:${port}` : ""}${pathname}` });
}

/** The connection is gone, and with it what was under way. */
function abandon() {
  if (busy()) saying.cut();
  sound.flush();
  answer = talking = waiting = null;
  replaying = false;
  correction.close();
}

/* ---- what is sent */

function configure() {
  const turns = free() ? { type: "server_vad", create_response: true, interrupt_response: true } : null;
  const spoken = choices.speak && !barred;
  socket.send({ type: "session.update", session: {
    type: "realtime", output_modalities: [spoken ? "audio" : "text"],
    audio: {
      input: { format: { type: "audio/pcm", rate: HEARD_RATE }, transcription: { language: given.language }, turn_detection: turns },
      output: { format: { type: "audio/pcm", rate: SPOKEN_RATE }, voice: choices.voice, speed: choices.speed },
    },
    assistant: { wake: free() ? choices.wake : "" },
  } });
}

function piece(pcm, level) {
  if (muted || !(free() || talking)) return;
  loud(level);
  socket.send({ type: "input_audio_buffer.append", audio: packed(pcm) });
}

/** Stop the voice, and tell how much of it was heard. `cancel` unless the server did so itself. */
function interrupt(cancel) {
  const live = answer && !answer.over;
  if (!live && !replaying) return;
  const ms = sound.flush();
  if (live) {
    if (cancel && !answer.done) socket.send({ type: "response.cancel" });
    if (answer.voice) socket.send({ type: "conversation.item.truncate", item_id: answer.item, content_index: 0, audio_end_ms: ms });
    saying.cut();
    over();
  }
  replaying = false;
  refresh();
}

/** The answer has been given and heard, or was cut short. */
function over() {
  answer.over = true;
  remember(answer.asked, saying.text);
}

function ask(text) {
  interrupt(true);
  heard.final(text);
  socket.send({ type: "conversation.item.create", item: { type: "message", role: "user", content: [{ type: "input_text", text }] } });
  respond();
}

function respond() {
  works("thinking", "state.thinking");
  socket.send({ type: "response.create" });
}

/* ---- the microphone */

async function microphone() {
  if (sound.listening) return true;
  state("state.opening");
  try {
    await sound.listen();
    trouble();
    return true;
  } catch (fault) {
    const why = { NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "none", OverconstrainedError: "none" };
    closed(`trouble.${why[fault.name] || "busy"}`);
    return false;
  }
}

function closed(why) {
  talking = null;
  muted = false;
  trouble(say(why));
  rest();
  el("text").focus();
}

export async function begin() {
  if (talking || link !== "open") return;
  const mine = talking = { since: performance.now(), latched: false, ready: false, ended: false };
  interrupt(true);
  correction.discard();
  results.clear();
  heard.final("");
  const opened = sound.listening;
  if (!(await microphone())) return;
  if (talking !== mine) return rest();
  mine.ready = true;
  if (!opened) mine.since = performance.now();
  socket.send({ type: "input_audio_buffer.clear" });
  muted = false;
  works("hearing", "state.listening");
}

/** Let go of the button. */
export function release() {
  if (!talking) return;
  if (!talking.latched && performance.now() - talking.since < TAP_MS) {
    talking.latched = true;
    refresh();
  } else end();
}

export async function end() {
  const mine = talking;
  if (!mine || mine.ended) return;
  if (!mine.ready) {  // let go of to answer the browser's question: nothing was said yet
    talking = null;
    return refresh();
  }
  mine.ended = true;
  await new Promise((later) => { setTimeout(later, TAIL_MS); });
  if (talking !== mine) return;
  talking = null;
  waiting = "";
  socket.send({ type: "input_audio_buffer.commit" });
  works("understanding", "state.understanding");
}

export async function toggle() {
  if (sound.listening) {
    sound.deaf();
    muted = false;
    socket.send({ type: "input_audio_buffer.clear" });
  } else if (!(await microphone())) return;
  if (busy()) refresh();
  else rest();
}

/* ---- what comes */

function played(ms, last) {
  if (replaying) {
    if (last) {
      replaying = false;
      saying.all();
      rest();
    }
    return;
  }
  if (!answer || answer.over) return;
  saying.until(ms);
  if (last) {
    saying.all();
    over();
    rest();
  }
}

const mine = (event) => answer && !answer.over && event.response_id === answer.id;

function words(event) {
  if (!mine(event)) return;
  saying.words(event.delta);
  if (event.type === "response.output_text.delta") saying.all();
}

const handlers = {
  "input_audio_buffer.speech_started"() {
    interrupt(false);
    if (!free()) return;
    results.clear();
    heard.final("");
    works("hearing", "state.hearing");
  },
  "input_audio_buffer.speech_stopped"() { if (free()) works("understanding", "state.understanding"); },
  "input_audio_buffer.committed"({ item_id: item }) { if (waiting !== null) waiting = item; },
  "conversation.item.input_audio_transcription.delta"({ transcript, delta }) { heard.partial(transcript === undefined ? heard.text + delta : transcript); },
  "conversation.item.input_audio_transcription.completed"({ item_id: item, transcript }) {
    if (talking) {  // the person has begun anew before the words were known
      if (transcript.trim()) socket.send({ type: "conversation.item.delete", item_id: item });
      return;
    }
    heard.final(transcript);
    if (!transcript.trim()) {
      waiting = null;
      rest("state.nothing");
    } else if (free()) works("thinking", "state.thinking");
    else review(item, transcript);
  },
  "conversation.item.input_audio_transcription.failed"({ error }) {
    waiting = null;
    trouble(error.message);
    rest();
  },
  "assistant.wake_heard"() { works("hearing", "state.listening"); },
  "response.created"({ response }) {
    saying.begin();
    sound.begin();
    answer = { id: response.id, item: "", asked: heard.text, done: false, voice: false, over: false };
    works("thinking", "state.thinking");
  },
  "response.output_item.added"(event) { if (mine(event)) answer.item = event.item.id; },
  "response.output_audio_transcript.delta": words,
  "response.output_text.delta": words,
  "response.output_audio.delta"(event) {
    if (!mine(event)) return;
    const pcm = unpacked(event.delta);
    saying.sound(pcm.length);
    sound.play(pcm);
    if (!answer.voice) works("speaking", free() ? "state.speaking_free" : "state.speaking_hold");
    answer.voice = true;
  },
  "assistant.turn_event"(event) {
    if (!mine(event)) return;
    const told = event.event;
    if (told.type === "tool_started" && !answer.voice) {
      works("doing", given.words[`tool.${told.tool}`] ? `tool.${told.tool}` : "state.doing");
    }
    results.take(told).catch(() => {});  // the picture or the device is gone by now; the words stand
  },
  "assistant.timings"({ timings }) { times(timings); },
  "response.done"({ response }) {
    if (!answer || answer.over || response.id !== answer.id) return;
    answer.done = true;
    const details = response.status_details || {};
    if (response.status === "failed") trouble(details.error && details.error.message || say("trouble.failed"));
    if (!choices.speak || barred) announce(say("say.answer", { text: saying.text }));
    saying.complete = true;
    if (answer.voice && response.status === "completed") sound.end();
    else finish(response.status);
  },
  "error"({ error }) {
    if (error.code === "input_audio_buffer_commit_empty") return nothing();
    trouble([error.message, error.hint].filter(Boolean).join(" "));
    waiting = null;
    if (!busy()) rest();
  },
};

function nothing() {
  waiting = null;
  rest("state.nothing");
}

/** An answer without a voice, or one that ended early. */
function finish(status) {
  if (status === "cancelled") {
    sound.flush();
    saying.cut();
  } else saying.all();
  over();
  rest(status === "cancelled" ? "state.interrupted" : "");
}

/** Words of a held utterance wait for the person, who may mend them. */
function review(item, transcript) {
  waiting = null;
  announce(say("say.heard", { text: transcript }));
  if (choices.sending === "once") return respond();
  stage("");
  state(choices.sending === "wait" ? "state.correct" : "state.check");
  refresh();
  correction.open(transcript, choices.sending === "wait", {
    touched: () => state("state.check"),
    send(text) {
      if (text === transcript) {
        heard.final(text);
        return respond();
      }
      socket.send({ type: "conversation.item.delete", item_id: item });
      ask(text);
    },
    drop() {
      socket.send({ type: "conversation.item.delete", item_id: item });
      heard.final("");
      rest();
    },
  });
}

/* ---- what a person may do besides talking */

export const held = () => talking;

/** A press that cannot be held: the next one ends it. */
export async function latch() {
  await begin();
  if (talking) talking.latched = true;
  refresh();
}

export function stop() {
  interrupt(true);
  rest("state.interrupted");
}

export async function again() {
  replaying = true;
  await sound.again();
  works("speaking", free() ? "state.speaking_free" : "state.speaking_hold");
}

export function mute() {
  muted = !muted;
  if (muted) socket.send({ type: "input_audio_buffer.clear" });
  if (busy()) refresh();
  else rest();
}

/** A typed question; false while there is no connection. */
export async function type(text) {
  if (!socket.open) return false;
  trouble(barred ? hinder() : "");
  correction.discard();
  results.clear();
  if (!barred) await sound.open();
  ask(text);
  return true;
}

/** Take over a choice of the person. */
export function changed(name) {
  if (name === "mode") {
    interrupt(true);
    talking = null;
    muted = false;
    sound.deaf();
    correction.discard();
    trouble(barred ? hinder() : "");
  }
  configure();
  if (!busy()) rest();
}

export function start(secret = "") {
  if (barred) trouble(hinder());
  rest();
  socket.connect(secret);
}
