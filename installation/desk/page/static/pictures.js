// What the outputs show right now, as fast as this browser reads it, and how they are doing.

import { $, made, write } from "./words.js";

const AGAIN = 1500;
const HEADER_NUMBER_BYTES = 8;

export class Pictures {
  #outputs = new Map(); #socket = null; #reader = new TextDecoder(); #wanted = false;

  outline({ outputs }) {
    this.#outputs.clear();
    $("pictures").replaceChildren(...outputs.map(({ name, width, height }) => {
      const canvas = made("canvas", { width: 480, height: Math.round(480 * height / width), role: "img", "aria-label": `Output ${name}, live picture` });
      const rate = made("span"), late = made("span"), skew = made("span"), quality = made("span");
      this.#outputs.set(name, { canvas, rate, late, skew, quality, drawing: canvas.getContext("2d") });
      const figure = made("figure", {}, canvas, made("figcaption", {}, made("strong", { text: name }), rate, late, skew, quality));
      figure.style.flexGrow = width / height;
      figure.style.maxWidth = `${Math.round(46 * width / height)}vh`;
      return figure;
    }));
  }

  open() { this.#wanted = true; if (!this.#socket) this.#connect(); }

  state({ outputs }) {
    for (const { output, fps, late, skew_ms, quality } of outputs) {
      const known = this.#outputs.get(output);
      if (!known) continue;
      write(known.rate, `${fps.toFixed(1)} fps`);
      write(known.late, late ? `${late} late` : "");
      known.late.classList.toggle("bad", late > 0);
      write(known.skew, skew_ms === null ? "" : `${skew_ms.toFixed(1)} ms skew`);
      write(known.quality, quality);
    }
  }

  #connect() {
    const socket = new WebSocket(new URL("console/pictures", location.href.replace(/^http/, "ws")));
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => this.#draw(data);
    socket.onclose = () => { this.#socket = null; setTimeout(() => { if (this.#wanted && !this.#socket) this.#connect(); }, AGAIN); };
  }

  async #draw(data) {
    const length = new Uint8Array(data, 0, 1)[0];
    const name = this.#reader.decode(new Uint8Array(data, 1, length));
    const known = this.#outputs.get(name);
    if (!known) return;
    const number = new DataView(data, 1 + length, HEADER_NUMBER_BYTES).getBigUint64(0);
    const bitmap = await createImageBitmap(new Blob([new Uint8Array(data, 1 + length + HEADER_NUMBER_BYTES)], { type: "image/jpeg" }));
    if (known.canvas.width !== bitmap.width || known.canvas.height !== bitmap.height) { known.canvas.width = bitmap.width; known.canvas.height = bitmap.height; }
    known.drawing.drawImage(bitmap, 0, 0);
    known.canvas.dataset.frame = number;
    bitmap.close();
  }
}
