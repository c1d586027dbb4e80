// Auditions: a cue tried out on one output while the show goes on on the others.

import { $, made } from "./words.js";

export class Audition {
  #cues = []; #standby = null;

  constructor(link) { this.link = link; }

  outline({ cues }) { this.#cues = cues; }

  state({ standby }) { this.#standby = standby; }

  // Asks which cue; the one on standby is the first to be reached.
  open(output) {
    const dialog = $("audition");
    $("audition-heading").textContent = `Audition on ${output}`;
    $("audition-cues").replaceChildren(...this.#cues.map((cue, index) => {
      const next = cue.id === this.#standby;
      const button = made("button", { type: "button", autofocus: next ? "" : null, onclick: () => { this.link.ask(`/out/${output}/audition`, cue.id); dialog.close(); } },
        made("span", { class: "index", text: index + 1 }), made("span", { class: "name", text: cue.name }), made("span", { class: "mark", text: next ? "standby" : "" }));
      return made("li", { class: next ? "next" : "" }, button);
    }));
    dialog.showModal();
  }

  return(output) { this.link.ask(`/out/${output}/return`); }
}
