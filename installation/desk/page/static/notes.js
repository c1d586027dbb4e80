// What is out of the ordinary and easily forgotten, with who did it and when: a desk that is ignored, a lock, auditions.

import { $, made, write, clock } from "./words.js";

const SOURCES = { page: "the page", osc: "OSC", sacn: "sACN", artnet: "Art-Net", midi: "MIDI", timecode: "timecode", mqtt: "MQTT", buttons: "buttons", camera: "the camera", http: "a program", keyboard: "the keyboard", hours: "the opening hours" };

function who(source) {
  const at = source.indexOf(":"), kind = at < 0 ? source : source.slice(0, at);
  return `${SOURCES[kind] ?? kind}${at < 0 ? "" : ` on ${source.slice(at + 1)}`}`;
}

export class Notes {
  #fps = 1; #cues = new Map(); #shown = ""; #ages = [];

  outline({ fps, cues }) {
    this.#fps = fps;
    this.#cues = new Map(cues.map((cue) => [cue.id, cue.name]));
    this.#shown = "";
  }

  state(state) {
    const notes = this.#notes(state), shown = JSON.stringify(notes);
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.#ages = [];
      $("notes").replaceChildren(...notes.map(({ kind, text, frame }) => {
        const age = made("span", { class: "age" });
        this.#ages.push([age, frame]);
        return made("li", { class: kind }, made("span", { text }), age);
      }));
    }
    for (const [age, frame] of this.#ages) write(age, clock(Math.max(state.frame - frame, 0) / this.#fps, 0));
  }

  #notes({ locked, locked_by, engaged, engaged_by, ignored, auditions }) {
    const notes = [];
    if (locked) notes.push({ kind: "lock", text: `Locked by ${who(locked_by.source)}: page and keyboard only run the show`, frame: locked_by.frame });
    if (!engaged) notes.push({ kind: "ignored", text: `Desk ignored by ${who(engaged_by.source)}${ignored ? `, messages ignored: ${ignored}` : ""}`, frame: engaged_by.frame });
    for (const [output, { cue, frame }] of Object.entries(auditions)) notes.push({ kind: "audition", text: `Audition on ${output}: ${this.#cues.get(cue) ?? cue}`, frame });
    return notes;
  }
}
