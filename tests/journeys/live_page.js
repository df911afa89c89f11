// Put into the page of live voice before it loads: measures what comes out of the loudspeaker, notes what is sent, and gives a mouth.
(() => {
  const connect = AudioNode.prototype.connect;
  window.output = { now: 0, peak: 0, ms: 0, log: [] };
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to === this.context.destination && !this.ear) {
      const ear = this.ear = this.context.createAnalyser(), data = new Float32Array(ear.fftSize = 1024);
      connect.call(this, ear);
      let last = performance.now();
      setInterval(() => {
        ear.getFloatTimeDomainData(data);
        output.now = Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length);
        output.peak = Math.max(output.peak, output.now);
        const now = performance.now();
        if (output.now > 0.01) output.ms += now - last;
        last = now;
        output.log.push([now, output.now]);
      }, 10);
    }
    return connect.call(this, to, ...rest);
  };

  const Real = WebSocket;
  window.sent = [];
  window.got = [];
  window.WebSocket = class extends Real {
    constructor(...given) {
      super(...given);
      window.WebSocket.instance = this;
      this.addEventListener("message", ({ data }) => got.push([performance.now(), JSON.parse(data)]));
    }

    send(data) {
      const event = JSON.parse(data);
      if (event.type !== "input_audio_buffer.append") sent.push(event);
      super.send(data);
    }
  };

  window.shift = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => { if (!entry.hadRecentInput) window.shift += entry.value; }))
    .observe({ type: "layout-shift", buffered: true });

  if (!window.name.includes("mouth")) return;
  navigator.mediaDevices.getUserMedia = async () => {  // a microphone that hears what `speak` is given
    const context = new AudioContext(), to = context.createMediaStreamDestination();
    await context.resume();
    window.speak = async (wav) => {
      const source = context.createBufferSource();
      source.buffer = await context.decodeAudioData(Uint8Array.from(atob(wav), (letter) => letter.charCodeAt(0)).buffer);
      source.connect(to);
      source.start();
      return performance.now();
    };
    return to.stream;
  };
})();
