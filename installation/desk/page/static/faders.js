// Faders for everything that the score and the desk can move; layers only of the cues at hand.

import { $, made, write } from "./words.js";
import { throttled } from "./link.js";

const GROUPS = { master: "", outputs: "Outputs", parameters: "Parameters", sounds: "Sounds", layers: "Layers of this cue" };
const SOUND_MASTER = "/sound/level";
const QUIETEST = -60; // decibels: where a meter begins
const HOLDING = 700; // how long after the last touch a fader does not follow the show

// How loud a bus is, from -60 dB to full scale.
function meterOf(word) {
  const meter = made("meter", { class: "peak", min: QUIETEST, max: 0, low: -12, high: -3, optimum: -30, value: QUIETEST, "aria-label": `${word}: how loud` });
  meter.show = (peak) => {
    const decibels = peak > 0 ? Math.max(20 * Math.log10(peak), QUIETEST) : QUIETEST;
    meter.value = decibels;
    meter.title = peak > 0 ? `${decibels.toFixed(0)} dB` : "silent";
  };
  return meter;
}

export class Faders {
  #faders = []; #layers = new Map(); #cue = null;

  constructor(link) {
    this.link = link;
    $("release").addEventListener("click", () => link.ask("/release"));
  }

  outline({ faders, cues }) {
    this.#cue = null;
    this.#layers = new Map(cues.map((cue) => [cue.id, new Set(cue.layers)]));
    this.#faders = faders.map((fader) => this.#make(fader));
    $("faders").replaceChildren(...Object.entries(GROUPS).flatMap(([group, title]) => {
      const rows = this.#faders.filter((one) => one.group === group).map((one) => one.row);
      if (!rows.length) return [];
      return [made("div", { role: "group", "aria-label": title || "Master" }, ...(title ? [made("h3", { text: title })] : []), ...rows)];
    }));
  }

  state({ faders, cue, peaks }) {
    if (cue !== this.#cue) {
      this.#cue = cue;
      const shown = this.#layers.get(cue);
      for (const one of this.#faders) if (one.group === "layers") one.row.hidden = !shown?.has(one.label);
    }
    for (const one of this.#faders) one.meter?.show(peaks?.[one.label] ?? 0);
    faders.forEach((value, index) => { const one = this.#faders[index]; if (one && performance.now() > one.held) one.show(value); });
  }

  #make(fader) {
    const { address, group, label, about, low, high, home, unit } = fader, level = group !== "parameters";
    const id = `fader${address.replace(/[^a-zA-Z0-9]/g, "-")}`;
    const input = made("input", { type: "range", id, min: low, max: high, step: (high - low) / 200 || 1, title: about });
    const output = made("output", { for: id });
    const send = throttled(33, (value) => this.link.ask(level ? address : `${address}/value`, value));
    const one = { ...fader, held: 0 };
    one.show = (value) => {
      if (Math.abs(input.valueAsNumber - value) > (high - low) / 400) input.value = value;
      input.style.setProperty("--share", `${(value - low) / (high - low) * 100}%`);
      const text = level ? `${Math.round(value * 100)} %` : `${Number(value.toFixed(3))} ${unit}`.trim();
      write(output, text);
      input.setAttribute("aria-valuetext", text);
      one.row.classList.toggle("away", Math.abs(value - home) > (high - low) / 1000);
    };
    input.addEventListener("input", () => {
      one.held = performance.now() + HOLDING;
      one.show(input.valueAsNumber);
      send(input.valueAsNumber);
    });
    const back = made("button", { type: "button", class: "home", text: "⌂", "aria-label": `${label}: back to the score`, title: "Back to the score",
      onclick: () => { one.held = 0; this.link.ask(level ? address : `${address}/value`, home); } });
    const word = label.charAt(0).toUpperCase() + label.slice(1).replaceAll("_", " ");
    one.row = made("div", { class: "fader" }, made("label", { for: id, text: word, title: about }), output, input, back);
    if (group === "sounds" && address !== SOUND_MASTER) one.row.append(one.meter = meterOf(word));
    one.show(home);
    return one;
  }
}
