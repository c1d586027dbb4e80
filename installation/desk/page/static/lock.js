// What hands may reach: all of it, what a locked show leaves them, or what their passcode does. Unlocking asks twice.

import { $, all } from "./words.js";
import { Guard } from "./guard.js";

const EDITS = "#faders, #rate, #engage, #release, .jump, .audition";
const RUNS = ".transport button, .safety button, .cue, .return";

export class Lock {
  #locked = null; #role = "edit"; #guard;

  constructor(link) {
    this.#guard = new Guard($("lock"), () => link.ask("/lock", this.#locked ? 0 : 1), () => !this.#locked);
  }

  outline() { this.#locked = null; }

  role(role) { this.#role = role; this.#locked = null; }

  state({ locked }) {
    if (locked === this.#locked) return;
    this.#locked = locked;
    this.#guard.disarm();
    this.#guard.say(locked ? "Unlock" : "Lock");
    document.body.classList.toggle("locked", locked);
    for (const one of all(EDITS)) one.disabled = locked || this.#role !== "edit";
    for (const one of all(RUNS)) one.disabled = this.#role === "look";
    $("lock").disabled = this.#role !== "edit";
    /** @type {HTMLElement} */ (document.querySelector("main.rig")).inert = this.#role !== "edit";
  }
}
