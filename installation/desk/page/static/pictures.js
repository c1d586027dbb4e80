// What the outputs show right now, as fast as this browser reads it, and how they are doing.

import { $, made, write } from "./words.js";

const AGAIN = 1500, LEAST_HIGH = 96;
const HEADER_BYTES = 4;

export class Pictures {
  #outputs = new Map(); #cues = new Map(); #socket = null; #reader = new TextDecoder(); #wanted = false; #shape = "";

  constructor(audition) { this.audition = audition; }

  outline({ outputs, cues }) {
    this.#cues = new Map(cues.map((cue) => [cue.id, cue.name]));
    const shape = JSON.stringify(outputs.map(({ name, width, height }) => [name, width, height]));
    if (shape === this.#shape) return; // an edit that leaves the outputs as they are leaves their pictures, too
    this.#shape = shape;
    this.#outputs.clear();
    $("pictures").replaceChildren(...outputs.map(({ name, width, height }) => {
      const canvas = made("canvas", { width: 480, height: Math.round(480 * height / width), role: "img", "aria-label": `Output ${name}, live picture` });
      const rate = made("span"), late = made("span"), dropped = made("span"), skew = made("span"), quality = made("span");
      const cue = made("span", { class: "cue-on" });
      const open = made("button", { type: "button", class: "audition", text: "Audition", "aria-label": `Audition a cue on ${name}`, onclick: () => this.audition.open(name) });
      const back = made("button", { type: "button", class: "return", text: "Return", "aria-label": `Return ${name} to the show`, hidden: "", onclick: () => this.audition.return(name) });
      const figure = made("figure", {}, made("div", { class: "picture" }, canvas, cue),
        made("figcaption", {}, made("strong", { text: name }), made("span", { class: "doing" }, rate, late, dropped, skew, quality), open, back));
      this.#outputs.set(name, { figure, canvas, cue, open, back, rate, late, dropped, skew, quality, drawing: canvas.getContext("2d", { alpha: false }) });
      figure.style.flex = `${width / height} 1 ${Math.round(LEAST_HIGH * width / height)}px`;
      figure.style.maxWidth = `${Math.round(46 * width / height)}vh`;
      return figure;
    }));
  }

  open() { this.#wanted = true; if (!this.#socket) this.#connect(); }

  state({ outputs, auditions }) {
    for (const [name, { figure, cue, open, back }] of this.#outputs) {
      const shown = auditions[name];
      figure.classList.toggle("auditioning", !!shown);
      open.hidden = !!shown;
      back.hidden = !shown;
      write(cue, shown ? `Audition: ${this.#cues.get(shown.cue) ?? shown.cue}` : "");
    }
    for (const { output, fps, late, dropped, skew_ms, quality } of outputs) {
      const known = this.#outputs.get(output);
      if (!known) continue;
      write(known.rate, `${fps.toFixed(1)} fps`);
      write(known.late, late ? `${late} late` : "");
      known.late.classList.toggle("bad", late > 0);
      write(known.dropped, dropped ? `${dropped} dropped` : "");
      known.dropped.classList.toggle("bad", dropped > 0);
      write(known.skew, skew_ms === null ? "" : `${skew_ms.toFixed(1)} ms skew`);
      write(known.quality, quality);
    }
  }

  #connect() {
    const socket = new WebSocket(new URL("api/v1/pictures", location.href.replace(/^http/, "ws")));
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => this.#draw(data);
    socket.onclose = () => { this.#socket = null; setTimeout(() => { if (this.#wanted && !this.#socket) this.#connect(); }, AGAIN); };
  }

  // One sheet has the pictures of all outputs. A browser that says it has drawn one gets the next.
  async #draw(data) {
    const socket = this.#socket, length = new DataView(data).getUint32(0);
    const { frame, places } = JSON.parse(this.#reader.decode(new Uint8Array(data, HEADER_BYTES, length)));
    const drawn = () => requestAnimationFrame(() => { if (socket?.readyState === WebSocket.OPEN) socket.send("drawn"); });
    let sheet;
    try {
      sheet = await createImageBitmap(new Blob([new Uint8Array(data, HEADER_BYTES + length)], { type: "image/jpeg" }));
    } catch {
      drawn(); // a sheet that cannot be read costs itself, and not all that come after
      return;
    }
    for (const [name, [left, top, width, height]] of Object.entries(places)) {
      const known = this.#outputs.get(name);
      if (!known) continue;
      const { canvas, drawing } = known;
      if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
      drawing.drawImage(sheet, left, top, width, height, 0, 0, width, height);
      canvas.dataset.frame = frame;
    }
    sheet.close();
    drawn();
  }
}
