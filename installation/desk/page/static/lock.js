// The show lock: while it is on, whatever a locked show refuses is out of the hands' reach. Unlocking asks twice.

import { $, all } from "./words.js";
import { Guard } from "./guard.js";

const REFUSED = "#faders, #rate, #engage, #release, .jump, .audition";

export class Lock {
  #locked = null; #guard;

  constructor(link) {
    this.#guard = new Guard($("lock"), () => link.ask("/lock", this.#locked ? 0 : 1), () => !this.#locked);
  }

  outline() { this.#locked = null; }

  state({ locked }) {
    if (locked === this.#locked) return;
    this.#locked = locked;
    this.#guard.disarm();
    this.#guard.say(locked ? "Unlock" : "Lock");
    document.body.classList.toggle("locked", locked);
    for (const one of all(REFUSED)) one.disabled = locked;
  }
}
